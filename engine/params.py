"""Checks values that came in as text against a pydantic model, and says in plain words what is wrong.

Parameters are read as JSON would be: strictly (no "8080" for a number, no 1 for true), but a string makes a path.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from engine.errors import RuleError
from engine.model import Scalar

Model = TypeVar("Model", bound=BaseModel)
Place = tuple[str | int, ...]
LONGEST_SHOWN = 60
_PLAIN_WORDS = (
    ("Input should be", "should be"),
    ("String should", "should"),
    ("Tuple should", "should"),
    ("Dictionary should", "should"),
    (" after validation, not 0", ""),
    ("a valid dictionary", "a mapping"),
    ("an object", "a mapping"),
    ("a valid array", "a list"),
    ("a valid tuple", "a list"),
    ("a valid string", "text"),
    ("a valid integer", "a whole number"),
    ("a valid number", "a number"),
    ("a valid boolean", "true or false"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One thing that is wrong with a value: where in it, what, and a way out.

    `about_key` is true when the key at `place` is wrong rather than its value.
    """

    place: Place
    message: str
    hint: str = ""
    about_key: bool = False


def parse(model: type[Model], raw: Mapping[str, Scalar], where: str) -> Model:
    """The parameters as `model`; RuleError names `where`, every wrong field and what is expected of it."""
    try:
        return model.model_validate_json(json.dumps(dict(raw)), strict=True)
    except ValidationError as error:
        said = "; ".join(_sentence(complaint) for complaint in complaints(error, model))
        raise RuleError(f"{where}: {said}") from error


def complaints(error: ValidationError, model: type[BaseModel]) -> Iterator[Complaint]:
    """Every complaint of a ValidationError of `model`, one for each mistake that a person made."""
    for detail in error.errors(include_url=False):
        place, kind = tuple(detail["loc"]), detail["type"]
        about_key = place[-1:] == ("[key]",)
        place = place[:-1] if about_key else place
        if kind == "too_short" and detail["input"]:
            continue  # its items are wrong, and were told
        if kind == "extra_forbidden":
            known = fields_at(model, place[:-1])
            yield Complaint(
                place=place,
                message=f"unknown key '{place[-1]}'",
                hint=_way_out(str(place[-1]), known),
                about_key=True,
            )
        elif kind == "missing":
            yield Complaint(place=place[:-1], message=f"'{place[-1]}' is missing")
        elif kind == "value_error":
            message = str(detail.get("ctx", {}).get("error", detail["msg"]))
            yield Complaint(place=place, message=message, about_key=about_key)
        else:
            message = f"{_expected(detail['msg'])}, not {_shown(detail['input'])}"
            yield Complaint(place=place, message=message, about_key=about_key)


def did_you_mean(word: str, known: tuple[str, ...]) -> str:
    """A hint that names the known word most like `word`; empty when none is."""
    close = get_close_matches(word, known, n=1, cutoff=0.6)
    return f"did you mean '{close[0]}'?" if close else ""


def _way_out(key: str, known: tuple[str, ...]) -> str:
    if " " in key:
        return "put text that contains a comma in quotes"
    return did_you_mean(key, known) or f"known keys: {', '.join(known)}"


def fields_at(model: type[BaseModel], place: Place) -> tuple[str, ...]:
    """The keys that may stand at `place` in a text of `model`; empty when nothing is known of it."""
    types: list[Any] = [model]
    for step in place:
        types = [inner for one in types for inner in _inside(one, step)]
    return tuple(sorted({name for one in types for name in _keys(one)}))


def _inside(kind: Any, step: str | int) -> list[Any]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [
            alternative
            for name, info in kind.model_fields.items()
            if step in (name, info.alias)
            for alternative in _alternatives(info.annotation)
        ]
    inner = [one for one in get_args(kind) if one is not Ellipsis]
    return _alternatives(inner[-1]) if inner else []


def _alternatives(kind: Any) -> list[Any]:
    if get_origin(kind) is Annotated:
        return _alternatives(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        return [one for alternative in get_args(kind) for one in _alternatives(alternative)]
    return [kind]


def _keys(kind: Any) -> list[str]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [info.alias or name for name, info in kind.model_fields.items()]
    return []


def _sentence(complaint: Complaint) -> str:
    name = ".".join(map(str, complaint.place)) if not complaint.about_key else ""
    hint = f" ({complaint.hint})" if complaint.hint else ""
    return f"{name}: {complaint.message}{hint}" if name else f"{complaint.message}{hint}"


def _expected(message: str) -> str:
    for theirs, ours in _PLAIN_WORDS:
        message = message.replace(theirs, ours, 1)
    return message


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 3]}..."
