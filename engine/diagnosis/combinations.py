"""Says which combinations of facts can be true at once when they come from one observable.

"The configuration parses" and "the configuration does not parse" are two facts to the rules, but never two coins: one
value settles both. Without this a check would be expected to find what cannot be.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TypeGuard

from engine.knowledge import Above, Below, Detector, OneOf
from engine.model import FactName, Scalar, Truth


def combinations(detectors: Iterable[Detector]) -> tuple[Mapping[FactName, Truth], ...]:
    """Every combination of truths that one value can give these detectors, which look at one observable.

    A value that no detector names is thought possible too, except when both booleans are named. Holding times and
    hysteresis are not looked at: a value is taken to last.
    """
    ordered = sorted(detectors, key=lambda one: one.fact)
    found: dict[tuple[bool, ...], None] = {}
    for value in _values(ordered):
        found[tuple(_holds(one, value) for one in ordered)] = None
    return tuple(
        {one.fact: Truth.of(holds) for one, holds in zip(ordered, row, strict=True)}
        for row in sorted(found, reverse=True)
    )


def _values(detectors: Sequence[Detector]) -> list[Scalar | None]:
    """One value from each region that the tests can tell apart; None for a value that nobody names."""
    named: list[Scalar] = []
    bounds: list[float] = []
    for one in detectors:
        match one.test:
            case OneOf(values=values):
                named += values
            case Above(bound=bound) | Below(bound=bound):
                bounds.append(bound)
    marks = sorted({*bounds, *(value for value in named if _is_number(value))}) if bounds else []
    between = [(low + high) / 2 for low, high in pairwise(marks)]
    around = [marks[0] - 1, marks[-1] + 1] if marks else []
    booleans = {value for value in named if isinstance(value, bool)}
    unnamed: list[Scalar | None] = [] if bounds or len(booleans) == len((True, False)) else [None]
    return [*named, *marks, *between, *around, *unnamed]


def _is_number(value: Scalar | None) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _holds(detector: Detector, value: Scalar | None) -> bool:
    match detector.test:
        case OneOf(values=values):
            return any(one == value and isinstance(one, bool) is isinstance(value, bool) for one in values)
        case Above(bound=bound):
            return _is_number(value) and value > bound
        case Below(bound=bound):
            return _is_number(value) and value < bound
