"""What can be observed on targets of the packs' kinds, and whether a value that somebody wrote down can be seen there.

A scenario or a recording must not speak of what no probe could have seen.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from engine.knowledge import Pack
from engine.model import Observable

WIDEST_NUMBER = 2**63
LONGEST_TEXT = 1000
Vocabulary: TypeAlias = Mapping[str, Mapping[str, Observable]]
"""What is known by kind of target and "part.reading"."""

_WANTED = {bool: "true or false", int: "a whole number", float: "a number", str: "plain text"}


def vocabulary(packs: Iterable[Pack], probes: Mapping[str, Sequence[Observable]]) -> Vocabulary:
    """Everything that `probes` read of the kinds of targets in `packs`."""
    known: dict[str, dict[str, Observable]] = {}
    for pack in packs:
        for kind, parts in pack.parts.items():
            readings = known.setdefault(kind, {})
            for part, probe in parts.items():
                readings.update({f"{part}.{one.name}": one for one in probes.get(probe, ())})
    return known


def refusal(observable: Observable, value: object) -> str:
    """Why `value` is none that `observable` can have: "should be one of ..."; empty when it can.

    A whole number is a number; true is never one.
    """
    if observable.values:
        proper = isinstance(value, str) and value in observable.values
        return "" if proper else f"should be one of {', '.join(observable.values)}"
    kinds = (int, float) if observable.type is float else (observable.type,)
    if type(value) not in kinds:
        return f"should be {_WANTED[observable.type]}"
    return unwritable(value)


def unwritable(value: object) -> str:
    """Why no observation has such a value, whatever it is of; empty when one may."""
    match value:
        case bool():
            return ""
        case int() | float():
            return "" if abs(value) < WIDEST_NUMBER else "should be a finite number below 2^63"
        case str():
            return "" if is_plain(value) else f"should be printable text of at most {LONGEST_TEXT} characters"
        case _:
            return "should be text, a number, true or false"


def is_plain(text: str) -> bool:
    """Whether a text may stand in a recording: printable, on one line, not too long."""
    return len(text) <= LONGEST_TEXT and text.isprintable()
