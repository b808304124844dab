"""Says what a test of a pack makes of a value, for whoever has to know: detectors, searches, forecasts, lint.

It never guesses: a value of another type than the test compares with is no verdict, and true is never 1.
"""

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias, TypeGuard

from engine.knowledge import Above, Below, OneOf, Test
from engine.model import Scalar, Unknown

Judge: TypeAlias = Callable[[Scalar | Unknown, bool], bool | None]
"""What a test says of a value, given whether it held before (hysteresis); None when it cannot say."""


def judge_of(test: Test) -> Judge:
    """The test as a function of a value and of what it said last; None for a value of the wrong type."""
    match test:
        case OneOf(values=values):
            return _among(values)
        case Above(bound=bound, clear=clear):
            return lambda value, latched: value > (clear if latched else bound) if is_number(value) else None
        case Below(bound=bound, clear=clear):
            return lambda value, latched: value < (clear if latched else bound) if is_number(value) else None


def is_number(value: Scalar | Unknown) -> TypeGuard[int | float]:
    """Whether a value is a number that can be compared; true and "not a number" are none."""
    """Whether it is a number; a whole one may be too large for a float."""
    return not math.isnan(value) if isinstance(value, float) else isinstance(value, int) and not isinstance(value, bool)


def _among(values: Sequence[Scalar]) -> Judge:
    """Membership that never takes True for 1; numbers are one type, whether written 1 or 1.0."""
    accepted = frozenset((_sort(value), value) for value in values if _sort(value) is not Unknown)
    sorts = frozenset(sort for sort, _ in accepted)

    def judge(value: Scalar | Unknown, _: bool) -> bool | None:  # noqa: FBT001 - one shape for all judges
        sort = _sort(value)
        return (sort, value) in accepted if sort in sorts else None

    return judge


def _sort(value: Scalar | Unknown) -> type:
    """What a value can be compared with: bool, float (any number) or str; Unknown and "not a number" with nothing."""
    if isinstance(value, (bool, str)):
        return bool if isinstance(value, bool) else str
    return float if is_number(value) else Unknown
