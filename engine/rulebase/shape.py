"""Brings a piece of a YAML document into a pydantic model; every mistake keeps its place in the text."""

import json
import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)

from engine.errors import Mistake
from engine.model import Scalar, Seconds
from engine.params import Complaint, complaints
from engine.rulebase.yaml_text import Document, Place, Plain

Model = TypeVar("Model", bound=BaseModel)

_UNITS: Mapping[str, float] = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_MEASURES: Mapping[str, tuple[str, float]] = {
    **{unit: ("time", size) for unit, size in _UNITS.items()},
    "%": ("share", 1.0),
    **{unit: ("memory", 1024.0**power) for power, unit in enumerate(("B", "KiB", "MiB", "GiB", "TiB"))},
    **{unit: ("memory", 1000.0**power) for power, unit in enumerate(("kB", "MB", "GB", "TB"), start=1)},
    **{f"/{unit}": ("rate", 1 / size) for unit, size in (("s", 1.0), ("min", 60.0), ("h", 3600.0))},
}
"""What each unit measures, and how many of the measure's own unit (s, %, B, /s) it is."""

_QUANTITY = re.compile(r"([-+]?[0-9]{1,15}(?:\.[0-9]{1,9})?) ?(%|/?[A-Za-z]{1,3})")
_WORD = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_DOTTED = re.compile(rf"{_WORD.pattern}(\.[a-z0-9]+(-[a-z0-9]+)*)+")
_DURATION = re.compile(r"([0-9]{1,6})(ms|s|m|h|d)")


class Shape(BaseModel):
    """A mapping in a YAML text: closed, strict, frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class BothTexts(Shape):
    """One text in both languages."""

    en: Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
    zh: Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


def seconds(text: object) -> Seconds:
    """The seconds of a duration such as 500ms, 10s, 10m, 2h or 1d; ValueError for anything else."""
    found = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if not found:
        raise ValueError(f"should be a duration such as 500ms, 10s, 10m, 2h or 1d, not {json.dumps(text)}")
    return int(found[1]) * _UNITS[found[2]]


def duration(value: Seconds) -> str:
    """The shortest way to write a duration: 90 is 90s, 60 is 1m, 0.5 is 500ms."""
    thousandths = round(value * 1000)
    for unit, size in reversed(tuple(_UNITS.items())):
        if thousandths and thousandths % round(size * 1000) == 0:
            return f"{thousandths // round(size * 1000)}{unit}"
    return "0s"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit ("500ms", "85 %", "2 GiB", "10 /min"); without one it is in the unit observed."""

    number: float
    unit: str = ""

    def within(self, unit: str) -> float | None:
        """The number in another unit; None when the two measure different things."""
        if not self.unit or self.unit == unit:
            return self.number
        own, other = _MEASURES[self.unit], _MEASURES.get(unit)
        return self.number * own[1] / other[1] if other and other[0] == own[0] else None

    def __str__(self) -> str:
        return f"{self.number:g}{' ' if self.unit else ''}{self.unit}"


def quantity(value: object) -> Quantity:
    """The quantity that a number or a text such as "500ms" stands for; ValueError for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Quantity(float(value))
    found = _QUANTITY.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise ValueError(f"should be a number, with a unit or without (90, 85 %, 500ms), not {json.dumps(value)[:60]}")
    if found[2] not in _MEASURES:
        raise ValueError(f"'{found[2]}' is no unit; known: {', '.join(_MEASURES)}")
    return Quantity(float(found[1]), found[2])


def _scalar(value: object) -> Scalar:
    if isinstance(value, str | int | float | bool):
        return value
    raise ValueError(f"should be text, a number, true or false, not {json.dumps(value)[:60]}")


def _word(text: str) -> str:
    if not _WORD.fullmatch(text):
        raise ValueError(f"should be lower-case words joined by hyphens, such as notes-api, not {text[:60]!r}")
    return text


def _dotted(text: str) -> str:
    if not _DOTTED.fullmatch(text):
        raise ValueError(f"should be an id with its subject first, such as service.port-taken, not {text[:60]!r}")
    return text


Duration = Annotated[
    Seconds, PlainValidator(seconds), WithJsonSchema({"type": "string", "pattern": f"^{_DURATION.pattern}$"})
]
Bound = Annotated[
    Quantity,
    PlainValidator(quantity),
    WithJsonSchema({"type": ["number", "string"], "pattern": f"^{_QUANTITY.pattern}$"}),
]
AnyScalar = Annotated[
    Scalar, PlainValidator(_scalar), WithJsonSchema({"type": ["string", "number", "boolean"]})
]  # a union of types would say four things of one mistake
Word = Annotated[str, AfterValidator(_word), WithJsonSchema({"type": "string", "pattern": f"^{_WORD.pattern}$"})]
Dotted = Annotated[str, AfterValidator(_dotted), WithJsonSchema({"type": "string", "pattern": f"^{_DOTTED.pattern}$"})]
Share = Annotated[float, Field(ge=0, le=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted(Generic[Model]):
    """A model, or none when it could not be made; and what is wrong with the text either way."""

    value: Model | None
    complaints: tuple[Complaint, ...] = ()

    def mistakes(self, document: Document) -> tuple[Mistake, ...]:
        """The complaints with their positions in the document."""
        return tuple(document.mistake(one.place, one.message, one.hint, key=one.about_key) for one in self.complaints)


def fit(model: type[Model], data: Plain, place: Place = ()) -> Fitted[Model]:
    """The data as `model`; complaints are placed under `place`.

    What is wrong is told and then left out where that can be, so that it does not hide the mistakes behind it.
    """
    try:
        return Fitted(value=_made(model, data))
    except ValidationError as error:
        found = tuple(complaints(error, model))
    value = None
    try:
        value = _made(model, _without(data, tuple(one.place for one in found)))
    except ValidationError as error:
        if all(one.about_key for one in found):  # else what is said now may only follow from what was left out
            found = (*found, *complaints(error, model))
    return Fitted(
        value=value,
        complaints=tuple(
            Complaint(place=(*place, *one.place), message=one.message, hint=one.hint, about_key=one.about_key)
            for one in found
        ),
    )


def _made(model: type[Model], data: Plain) -> Model:
    # As JSON a list makes a tuple and a word makes an enum's member, while types stay strict.
    return model.model_validate_json(json.dumps(data), strict=True)


def _without(data: Plain, places: Sequence[Place]) -> Plain:
    """A copy without what stands at these places, as far as it is there; the last items of a list go first."""
    kept = deepcopy(data)
    for place in sorted(set(places), key=lambda one: [str(step).rjust(9, "0") for step in one], reverse=True):
        inner: Plain = kept
        for step in place[:-1]:
            inner = _inside(inner, step)
        if isinstance(inner, dict) and place:
            inner.pop(str(place[-1]), None)
        elif isinstance(inner, list) and place and isinstance(place[-1], int) and place[-1] < len(inner):
            del inner[place[-1]]
    return kept


def _inside(data: Plain, step: str | int) -> Plain:
    if isinstance(data, dict):
        return data.get(str(step))
    return data[step] if isinstance(data, list) and isinstance(step, int) and step < len(data) else None
