"""One value, one text: the canonical JSON that digests and audit bodies are made of.

Keys are sorted by code point, there are no spaces, text is UTF-8 as it is, enums are their values and floats their
`repr`. What would be ambiguous or unreadable later is refused: NaN, infinities, half a surrogate pair, keys that are
not text, and types that are no part of the model.
"""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import TypeAlias

from engine.errors import InternalError
from engine.model import Digest

_HALF_PAIR = re.compile("[\ud800-\udfff]")
_Json: TypeAlias = "str | int | float | bool | list[_Json] | dict[str, _Json] | None"


def canonical(value: object) -> bytes:
    """The canonical JSON of a value, as UTF-8; InternalError when it has none."""
    return canonical_text(value).encode()


def canonical_text(value: object) -> str:
    """The canonical JSON of a value: equal values of one type have equal texts; InternalError when it has none.

    1 and 1.0 are different texts.
    """
    try:
        text = json.dumps(_plain(value, "value"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    except (RecursionError, ValueError) as error:
        raise InternalError(
            f"a value is nested too deeply, or a number too long, for a canonical form ({error})"
        ) from error
    if not text.isascii() and _HALF_PAIR.search(text):
        raise InternalError("a text with half a surrogate pair has no canonical form: make it readable first")
    return text


def digest(value: object) -> Digest:
    """The SHA-256 of a value's canonical JSON, as 64 hexadecimal digits."""
    return Digest(hashlib.sha256(canonical(value)).hexdigest())


def _plain(value: object, where: str) -> _Json:
    match value:
        case Enum():
            return _plain(value.value, where)
        case None | bool() | int() | str():
            return value
        case float():
            if not math.isfinite(value):
                raise InternalError(f"{where} is {value}, which has no canonical form: say unknown instead")
            return value
        case list() | tuple():
            return [_plain(item, f"{where}[{index}]") for index, item in enumerate(value)]
        case Mapping():
            return {_key(key, where): _plain(item, f"{where}[{key!r}]") for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(getattr(value, name), f"{where}.{name}") for name in _names(type(value))}
    raise InternalError(f"{where} is of type {type(value).__name__}, which has no canonical form")


def _key(key: object, where: str) -> str:
    if isinstance(key, Enum):
        key = key.value
    if not isinstance(key, str):
        raise InternalError(f"{where} has the key {key!r}, which is no text and so has no canonical form")
    return key


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))
