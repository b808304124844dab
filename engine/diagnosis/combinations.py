"""Says which combinations of facts can be true at once when they come from one observable.

"The configuration parses" and "the configuration does not parse" are two facts to the rules, but never two coins: one
value settles both. Without this a check would be expected to find what cannot be.
"""

from collections.abc import Iterable, Mapping

from engine.knowledge import Detector
from engine.model import FactName, Truth, Unknown
from engine.regions import regions_of


def combinations(detectors: Iterable[Detector]) -> tuple[Mapping[FactName, Truth], ...]:
    """Every combination of truths that one value can give these detectors, which look at one observable.

    A value that no detector names is thought possible too, except when both booleans are named. Holding times and
    hysteresis are not looked at: a value is taken to last.
    """
    ordered = sorted(detectors, key=lambda one: one.fact)
    seen = [one for one in regions_of(ordered) if not isinstance(one.witness, Unknown)]
    found = {tuple(detector.fact in one.true for detector in ordered) for one in seen} or {()}
    return tuple(
        {one.fact: Truth.of(holds) for one, holds in zip(ordered, row, strict=True)}
        for row in sorted(found, reverse=True)
    )
