"""Reads a recording line by line, and refuses what no recorder would have written.

A recording may come from anywhere. Each line is bounded and must be complete, in order of time and about a target of
the header; each value must be one that its probe could have given. The first bad line is an error with its number,
because a recording with holes would tell of another world; only a last line that was torn is left out, with a note.
"""

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NoReturn, TypeAlias, cast

from engine.errors import Mistake, NotFoundError, TextError
from engine.lines import one_line
from engine.model import Instant, Observable, Observation, Scalar, TargetId, Unknown
from engine.rehearsing import header as heads
from engine.rehearsing.header import LATEST
from engine.rehearsing.observables import LONGEST_TEXT, Vocabulary, is_plain, refusal, unwritable

LONGEST_LINE = 16_384
LONGEST_HEADER = 4 << 20
MOST_CHECKED = 16_384
LONGEST_CHECKED = 512
MOST_PLACES = 250_000


class Recording:
    """A recording that is being read: its header, then its observations one by one, once.

    `count` and `until` are the number of observations so far and the time of the last one; `torn` says what was left
    out at the end, and is empty until then.
    """

    def __init__(self, file: BinaryIO, name: str, known: Vocabulary) -> None:
        self._file = file
        self._name = name
        self._lines = 0
        self.count = 0
        self.until: Instant = 0.0
        self.torn = ""
        self.header = heads.read(self._first(), name)
        self._kinds = {target.id: known.get(target.kind, {}) for target in self.header.targets}

    def observations(self) -> Iterator[Observation]:
        """The observations; TextError at the first line that is none.

        Most looks say what the last one said: a line that differs from a checked one in its time alone is not parsed.
        """
        places: dict[tuple[object, object], _Place] = {}
        checked: dict[bytes, _Said] = {}
        last: Instant = 0.0
        while line := self._line(LONGEST_LINE):
            head = _AT.match(line)
            rest = line[head.end() :] if head else b""
            said = checked.get(rest)
            if said is not None and head:
                at: object = float(head[1])
            else:
                raw = self._object(line)
                if raw is None:
                    return
                said, at = self._said(raw, places), raw.get("at")
                if head and len(rest) <= LONGEST_CHECKED:
                    if len(checked) >= MOST_CHECKED:
                        checked.clear()
                    checked[rest] = said
            place, value, detail = said
            if type(at) is not float or not max(last, place.at) <= at <= LATEST or at == place.at:
                at = self._time(at, last, place)  # says what is wrong, if anything is
            self.count += 1
            self.until = last = place.at = at
            yield Observation(target=place.target, name=place.name, value=value, at=at, detail=detail)

    def _first(self) -> str:
        line = self._line(LONGEST_HEADER)
        if not line.endswith(b"\n"):
            self._wrong("the first line is not whole, so nothing tells what was recorded" if line else "it is empty")
        try:
            return line.decode()
        except UnicodeDecodeError:
            self._wrong("this is not UTF-8")

    def _line(self, longest: int) -> bytes:
        """The next line with its end; a torn one ends without, and after the last one comes nothing."""
        self._lines += 1
        try:
            line = self._file.readline(longest + 1)
        except EOFError:
            self.torn = f"the compressed file breaks off after line {self._lines - 1}"
            return b""
        except (OSError, zlib.error) as error:
            self._wrong(f"it cannot be read any further: {getattr(error, 'strerror', None) or error}")
        if len(line) > longest:
            self._wrong(f"the line is longer than {longest} characters")
        return line

    def _object(self, line: bytes) -> dict[str, object] | None:
        """The line as an object; None for a last line that was torn."""
        try:
            return _parsed(line)
        except (ValueError, RecursionError) as error:
            if line.endswith(b"\n"):
                self._wrong(_why(error))
        self.torn = f"line {self._lines} is not whole and was left out"
        return None

    def _said(self, raw: dict[str, object], places: "dict[tuple[object, object], _Place]") -> "_Said":
        """What a line says besides its time."""
        try:
            place = places[raw["target"], raw["name"]]
        except (KeyError, TypeError):
            place = self._place(raw)
            if len(places) >= MOST_PLACES:
                self._wrong(f"there are more than {MOST_PLACES} different observations")
            places[place.target, place.name] = place
        detail = raw.get("detail", "")
        if len(raw) != (5 if "detail" in raw else 4) or ("value" in raw) is ("unknown" in raw):
            self._misshapen(raw)
        if not isinstance(detail, str) or not is_plain(detail):
            self._wrong(f"'detail' should be printable text of at most {LONGEST_TEXT} characters")
        return place, self._unknown(raw) if "unknown" in raw else self._value(raw["value"], place), detail

    def _place(self, raw: dict[str, object]) -> "_Place":
        target, name = raw.get("target"), raw.get("name")
        if not isinstance(target, str) or target not in self._kinds:
            self._wrong(f"the header has no target {one_line(repr(target), 80)}")
        if not isinstance(name, str) or not name or not is_plain(name):
            self._wrong(f"'name' should be the name of an observation, not {one_line(repr(name), 80)}")
        return _Place(TargetId(target), name, self._kinds[TargetId(target)].get(name))

    def _time(self, at: object, last: Instant, place: "_Place") -> Instant:
        if type(at) is not float and type(at) is not int:
            self._wrong(f"'at' should be a time in seconds since 1970, not {one_line(repr(at), 80)}")
        if not 0 <= at <= LATEST:
            shown = one_line(repr(at), 40)
            self._wrong(f"'at' should be a time in seconds since 1970, up to the year 9999, not {shown}")
        if at < last:
            self._wrong(f"it is {last - at:.3f} s older than the line before it: the lines must be in order of time")
        if at <= place.at:
            self._wrong(f"{place.name} of {place.target} was observed at this very time already")
        return float(at)

    def _unknown(self, raw: dict[str, object]) -> Unknown:
        because = raw["unknown"]
        if type(because) is not str or not is_plain(because):
            self._wrong(f"'unknown' should say why, in printable text of at most {LONGEST_TEXT} characters")
        return Unknown(because=because)

    def _value(self, value: object, place: "_Place") -> Scalar:
        trouble = refusal(place.observable, value) if place.observable else unwritable(value)
        if trouble:
            self._wrong(f"the value of {place.name} {trouble}, not {one_line(repr(value), 80)}")
        proper = cast("Scalar", value)
        return float(proper) if place.observable and place.observable.type is float else proper

    def _misshapen(self, raw: dict[str, object]) -> NoReturn:
        strange = sorted(raw.keys() - _KEYS)
        if strange:
            self._wrong(f"unknown key {one_line(repr(strange[0]), 80)} (an observation has {', '.join(_KEYS)})")
        self._wrong("an observation needs 'at', 'target', 'name' and either a 'value' or why it is 'unknown'")

    def _wrong(self, message: str) -> NoReturn:
        raise TextError((Mistake(file=self._name, line=self._lines, column=1, message=message),))


@contextmanager
def reading(path: Path, known: Vocabulary) -> Iterator[Recording]:
    """The recording in a file, closed at the end; values are checked against what is `known` of their kind.

    Raises NotFoundError without such a file and TextError when its header is none.
    """
    try:
        file = _opened(path)
    except OSError as error:
        raise NotFoundError(f"the recording {path} cannot be read: {error.strerror or error}") from error
    with file:
        yield Recording(file, str(path), known)


_KEYS = ("at", "target", "name", "value", "unknown", "detail")


class _Place:
    """One observation of one target: what it can be, and when it was last seen."""

    __slots__ = ("at", "name", "observable", "target")

    def __init__(self, target: TargetId, name: str, observable: Observable | None) -> None:
        self.target = target
        self.name = name
        self.observable = observable
        self.at: Instant = -1.0


_Said: TypeAlias = tuple[_Place, Scalar | Unknown, str]
_AT = re.compile(rb'\{"at":((?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,9})?),')


def _closed(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


_DECODER = json.JSONDecoder(object_pairs_hook=_closed, parse_constant=_no_number)


def _parsed(line: bytes) -> dict[str, object]:
    """The object on a line; ValueError or RecursionError when there is no such thing."""
    found = _DECODER.decode(line.decode())
    if not isinstance(found, dict):
        raise ValueError("this is no object")  # noqa: TRY004 - one kind of error for all that a line may be
    return found


def _why(error: Exception) -> str:
    match error:
        case UnicodeDecodeError():
            return "this is not UTF-8"
        case json.JSONDecodeError():
            return f"this is not JSON: {error.msg} in column {error.colno}"
        case RecursionError():
            return "this is nested too deeply"
        case _:
            return one_line(str(error))


def _opened(path: Path) -> BinaryIO:
    if path.suffix != ".gz":
        return path.open("rb")
    return cast("BinaryIO", gzip.open(path, "rb"))
