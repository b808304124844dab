"""Values to the JSON that is kept, and back again.

They are written as canonical JSON, so that a value has the same text before and after, and read strictly.
"""

from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

from engine.canonical import canonical_text
from engine.errors import StoreError

DOCUMENT_LIMIT = 1_048_576

T = TypeVar("T")


def written(value: object | None) -> str | None:
    """The JSON of a value, None for None; StoreError when it is over `DOCUMENT_LIMIT` characters."""
    if value is None:
        return None
    text = canonical_text(value)
    if len(text) > DOCUMENT_LIMIT:
        raise StoreError(
            f"a {type(value).__name__} of {len(text)} characters is too long to keep (at most {DOCUMENT_LIMIT}): "
            "shorten what the probes and actions report"
        )
    return text


def read(kind: type[T], text: str) -> T:
    """The value of that type which was written as `text`; ValueError when it is none."""
    adapter: TypeAdapter[T] = _adapter(kind)  # type: ignore[arg-type]  # a class is hashable
    return adapter.validate_json(text, strict=True)


def read_if_any(kind: type[T], text: str | None) -> T | None:
    """As `read`, and None for None."""
    return None if text is None else read(kind, text)


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
