"""Reads the code for the reference: what a class says of its members, and what a pydantic model accepts.

A member is described by a comment that begins with `#:`, at the end of its line or on the lines above it.
"""

import inspect
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Any

from pydantic import BaseModel, TypeAdapter

from engine.rulebase.comments import members
from engine.rulebase.schema import Version
from engine.rulebase.shape import BothTexts, Dotted, Duration, Word, duration
from engine.settings import Listen

_PATTERNS: Mapping[str, str] = {
    TypeAdapter(Duration).json_schema()["pattern"]: "duration (`10m`)",
    TypeAdapter(Word).json_schema()["pattern"]: "word (`notes-api`)",
    TypeAdapter(Dotted).json_schema()["pattern"]: "dotted id (`service.port-taken`)",
    TypeAdapter(Version).json_schema()["pattern"]: "version (`1.0.0`)",
    r"^[^\s:*]+(:[^\s:*]+)?$": "NAME or GROUP:NAME",
}
_WORDS: Mapping[str, str] = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "null": "nothing",
    "object": "mapping",
}


# --- what a class says ------------------------------------------------------------------------------------


def said_of(kind: type) -> str:
    """The docstring of a class as one paragraph per blank line, unwrapped."""
    return unwrapped(kind.__doc__ or "")


def unwrapped(text: str) -> str:
    """A docstring with each paragraph on one line; lines of tables stay as they are."""
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(one if one.startswith("|") else " ".join(one.split()) for one in paragraphs)


# --- what a model accepts ---------------------------------------------------------------------------------


def field_rows(
    model: type[BaseModel], variables: Mapping[str, str] | None = None, *, beyond: type[BaseModel] = BaseModel
) -> list[Sequence[str]]:
    """A row for each key of a model that `beyond` has not: key, what it takes, its default, what it means.

    With `variables` the environment variable of each key stands before its meaning.
    """
    schema = model.model_json_schema()
    about = members(model)
    rows: list[Sequence[str]] = []
    for name, field in model.model_fields.items():
        if name in beyond.model_fields:
            continue
        key = field.alias or name
        part = schema["properties"][key]
        default = "required" if field.is_required() else _default(field.get_default(call_default_factory=True), part)
        row = [f"`{key}`", takes(part, schema), default]
        if variables is not None:
            row.append(f"`{variables[name]}`" if name in variables else "")
        rows.append([*row, about.get(name, "")])
    return rows


def takes(part: Mapping[str, Any], schema: Mapping[str, Any]) -> str:  # noqa: C901, PLR0911 - one arm for each form of a schema
    """What a piece of a JSON schema accepts, in words."""
    match part:
        case {"$ref": str(ref)}:
            name = ref.rpartition("/")[2]
            inner = schema["$defs"][name]
            return takes(inner, schema) if "enum" in inner else _named(name)
        case {"anyOf": [*options]}:
            return " or ".join(takes(one, schema) for one in options if one.get("type") != "null")
        case {"const": value}:
            return f"`{value}`"
        case {"enum": [*values]}:
            return ", ".join(f"`{value}`" for value in values)
        case {"type": [*_], "pattern": str(_)}:
            return "number, with a unit or without (`85 %`)"
        case {"type": [*_]}:
            return "text, number, true or false"
        case {"type": "array"}:
            few = ", at least one" if part.get("minItems") else ""
            return f"list of {takes(part.get('items', {}), schema)}{few}"
        case {"type": "object"}:
            inner = part.get("additionalProperties") or next(iter(part.get("patternProperties", {}).values()), {})
            return f"mapping of {takes(inner, schema)}" if inner else "mapping"
        case {"format": str(shape)}:
            return shape
        case {"pattern": str(pattern)}:
            return _PATTERNS[pattern]
        case {"type": str(kind)}:
            return _WORDS[kind] + _range(part)
    return "anything"


def _named(name: str) -> str:
    if name == BothTexts.__name__:
        return "`{en: text, zh: text}`"
    return f"[{title(name)}](#{title(name).replace(' ', '-')})"


def title(name: str) -> str:
    """The heading of a shape: "blast radius" style words of its class's name without "Shape"."""
    stem = name.removesuffix("Shape")
    return "".join(f" {char.lower()}" if char.isupper() else char for char in stem).strip()


def _range(part: Mapping[str, Any]) -> str:
    match part:
        case {"minimum": low, "maximum": high}:
            return f", {low} to {high}"
        case {"exclusiveMinimum": low, "maximum": high}:
            return f", above {low}, at most {high}"
        case _:
            return ""


def _default(value: object, part: Mapping[str, Any]) -> str:
    match value:
        case None | "" | () | BaseModel():
            return ""
        case dict() if not value:
            return ""
        case Enum():
            return f"`{value.value}`"
        case bool():
            return f"`{str(value).lower()}`"
        case float() if "duration" in takes(part, {}):
            return f"`{duration(value)}`"
        case float() | int():
            return f"`{value:g}`"
        case Listen(host=host, port=port):
            return f"`{host}:{port}`"
        case _:
            return f"`{value}`"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A markdown table; bars and line ends within cells are made harmless."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(one) for one in line) + " |" for line in lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
