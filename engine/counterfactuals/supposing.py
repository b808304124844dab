"""Reads what an operator supposes: "port.owner=other" of a target, checked against what its rules may be given.

A name that nobody observes must not become a supposition that silently changes nothing, and a value that no probe
could give must not make a conclusion that could never be.
"""

from collections.abc import Iterable, Sequence

from engine.counterfactuals.situation import Key, Situation
from engine.errors import ActionError, NotFoundError
from engine.model import Observable, Reading, Scalar, Target, TargetId, Unknown
from engine.observing import checked
from engine.params import did_you_mean

UNKNOWN_WORD = "unknown"
SUPPOSED = Unknown(because="supposed to be unknown")
_BOOLEANS = {"true": True, "false": False}


def suppose(situation: Situation, target: TargetId, words: Sequence[str]) -> dict[Key, Scalar | Unknown]:
    """The changes that "PART.READING=VALUE" words ask for; VALUE may be "unknown".

    Raises NotFoundError for a target or an observation that there is not, ActionError for a word without "=", a value
    of the wrong type or outside the closed set, and an observation that is supposed twice.
    """
    known = {one.id: one for one in situation.targets}
    if target not in known:
        raise NotFoundError(f"there is no target '{target}'{_hint(target, known)}")
    changes: dict[Key, Scalar | Unknown] = {}
    for word in words:
        name, equals, value = word.partition("=")
        name = name.strip()
        if not equals:
            raise ActionError(f"'{word}' supposes nothing: write PART.READING=VALUE, as in port.owner=other")
        if (target, name) in changes:
            raise ActionError(f"{name} is supposed twice: leave one out")
        changes[target, name] = _value(situation, known[target], name, value.strip())
    return changes


def _value(situation: Situation, target: Target, name: str, word: str) -> Scalar | Unknown:
    readable = {observe: one for (kind, observe), one in situation.observables.items() if kind == target.kind}
    if name not in readable:
        raise NotFoundError(f"nobody observes '{name}' of the kind '{target.kind}'{_hint(name, readable)}")
    observable = readable[name]
    if word == UNKNOWN_WORD and word not in observable.values:
        return SUPPOSED
    value = _read(observable, word)
    if value is None or isinstance(_as_probe(observable, value), Unknown):
        raise ActionError(f"{name} is never '{word}': it is {_possible(observable)}, or {UNKNOWN_WORD}")
    return value


def _read(observable: Observable, word: str) -> Scalar | None:
    """The word as a value of the observable's type; None when it is none."""
    if observable.type is bool:
        return _BOOLEANS.get(word)
    if observable.type is str:
        return word
    try:
        return int(word) if observable.type is int else float(word)
    except ValueError:
        return None


def _as_probe(observable: Observable, value: Scalar) -> Scalar | Unknown:
    """What would be observed if a probe gave this value."""
    (reading,) = checked((observable,), [Reading(name=observable.name, value=value)])
    return reading.value


def _possible(observable: Observable) -> str:
    if observable.values:
        return f"one of {', '.join(observable.values)}"
    unit = f" ({observable.unit})" if observable.unit else ""
    return {bool: "true or false", int: "a whole number", float: "a number", str: "short text"}[observable.type] + unit


def _hint(word: str, known: Iterable[str]) -> str:
    names = tuple(sorted(known))
    return f" ({did_you_mean(word, names) or 'known: ' + (', '.join(names) or 'none')})"
