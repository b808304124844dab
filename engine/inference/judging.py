"""Says what every test of one observation name makes of a value, once for all targets.

The detectors that read one name are a small machine: its states are judgements (what each test says, and said
last), and a judgement knows between which numbers and for which words it stays as it is. So a value that changes
nothing costs one comparison, however many detectors read it, and a target keeps no more than where it stands.
It knows no time and refuses to guess: a value of the wrong type is no verdict.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from engine.judge import is_number, judge_of
from engine.knowledge import Above, Below, Detector, OneOf, Test
from engine.model import FactName, Instant, Scalar, Seconds, Truth, Unknown

NEVER: Final[Instant] = math.inf
_MOST_WORDS = 64  # remembered by one judgement; the others are judged anew each time
_MOST_JUDGEMENTS = 4096  # shared by the targets; further ones are made for one target at a time
_EXACT = 2.0**53  # beyond it there are whole numbers between two neighbouring floats
Says: TypeAlias = tuple[bool | None, ...]
_Band: TypeAlias = tuple[float, float]
_NOWHERE: _Band = (math.inf, -math.inf)
_EVERYWHERE: _Band = (-math.inf, math.inf)
_TRUTHS = {True: Truth.TRUE, False: Truth.FALSE, None: Truth.UNKNOWN}


class Judgement:
    """What every reader of one name says of a value, and which values say the same.

    `low` and `high` exclusively bound numbers that leave it as it is; `after` has the judgements that follow on words
    and truth values met before, `beyond` those that follow on numbers, by region (see Readers). `truths` is what the
    readers tell when no hold is running; `span` is for how many seconds at least all that it says stands. `asleep` is
    the same judgement, to be left by any value.
    """

    __slots__ = ("after", "asleep", "beyond", "high", "latched", "low", "readers", "says", "sees", "span", "truths")

    def __init__(self, readers: "Readers", says: Says, latched: tuple[bool, ...], band: _Band) -> None:
        self.readers = readers
        self.says = says
        self.latched = latched
        self.low, self.high = band
        self.span: Seconds = readers.span
        self.sees = any(one is not None for one in says)
        self.truths = tuple(_TRUTHS[one] for one in says)
        self.after: dict[str | bool, Judgement] = {}
        self.beyond: dict[int, Judgement] = {}
        self.asleep: Judgement = self


class Readers:
    """The detectors of one kind of target that read one name, in the order given, as one machine.

    Their bounds cut the numbers into regions, each bound being one itself: all numbers of a region are judged alike.
    """

    __slots__ = ("_bands", "_cuts", "_judges", "_shared", "cold", "expires", "facts", "held", "holds", "span")

    def __init__(self, detectors: Sequence[Detector]) -> None:
        self.facts: tuple[FactName, ...] = tuple(one.fact for one in detectors)
        self.holds: tuple[Seconds, ...] = tuple(one.hold for one in detectors)
        self.held = tuple(index for index, one in enumerate(detectors) if one.hold > 0)
        self.expires: tuple[Seconds, ...] = tuple(one.expires for one in detectors)
        self.span: Seconds = min(self.expires)
        self._judges = [judge_of(one.test) for one in detectors]
        self._bands = [_band(one.test) for one in detectors]
        self._cuts = sorted({cut for one in detectors for cut in _cuts(one.test)})
        self._shared: dict[tuple[Says, tuple[bool, ...], _Band], Judgement] = {}
        self.cold = self._judgement((None,) * len(detectors), (False,) * len(detectors), _NOWHERE)

    def judge(self, before: Judgement, value: Scalar | Unknown) -> Judgement:
        """The judgement of a value that comes after `before` (only what said what last matters of it)."""
        if isinstance(value, (str, bool)):
            known = before.after.get(value)
            if known is None:
                known = self._judged(before, value)
                if len(before.after) < _MOST_WORDS and not self._full():
                    before.after[value] = known
            return known
        if not is_number(value):
            return self._judged(before, value)
        region = bisect_left(self._cuts, value) + bisect_right(self._cuts, value)
        known = before.beyond.get(region)
        if known is None:
            known = self._judged(before, value)
            if not self._full():
                before.beyond[region] = known
        return known

    def _full(self) -> bool:
        """Whether there are so many judgements that no more are remembered."""
        return len(self._shared) >= _MOST_JUDGEMENTS

    def _judged(self, before: Judgement, value: Scalar | Unknown) -> Judgement:
        pairs = zip(self._judges, before.latched, strict=True)
        says = tuple([one(value, latched) for one, latched in pairs])
        latched = tuple([was if one is None else one for one, was in zip(says, before.latched, strict=True)])
        bands = [one(value, said) for one, said in zip(self._bands, says, strict=True)]
        return self._judgement(says, latched, (max(low for low, _ in bands), min(high for _, high in bands)))

    def _judgement(self, says: Says, latched: tuple[bool, ...], band: _Band) -> Judgement:
        key = (says, latched, band)
        known = self._shared.get(key)
        if known is None:
            known = Judgement(self, says, latched, band)
            known.asleep = Judgement(self, says, latched, _NOWHERE)
            known.asleep.span = -math.inf
            if not self._full():
                self._shared[key] = known
        return known


def _cuts(test: Test) -> Sequence[float]:
    """The numbers at which the test may begin to say something else."""
    match test:
        case OneOf(values=values):
            return [value for value in values if is_number(value)]
        case Above(bound=bound, clear=clear) | Below(bound=bound, clear=clear):
            return [bound, clear]


def _band(test: Test) -> Callable[[Scalar | Unknown, bool | None], _Band]:
    """For a value and what the test says of it: between which numbers the test will say the same next."""
    match test:
        case OneOf(values=values):
            points = sorted(float(value) for value in values if is_number(value) and abs(value) < _EXACT)
            exact = len(points) == sum(not isinstance(value, (str, bool)) for value in values)
            return lambda value, says: _between(points, value, says) if exact else _NOWHERE
        case Above(bound=bound, clear=clear):
            bands = {True: (clear, math.inf), False: (-math.inf, _beyond(bound, math.inf)), None: _NOWHERE}
        case Below(bound=bound, clear=clear):
            bands = {True: (-math.inf, clear), False: (_beyond(bound, -math.inf), math.inf), None: _NOWHERE}
    return lambda _, says: bands[says]


def _between(points: Sequence[float], value: Scalar | Unknown, says: bool | None) -> _Band:  # noqa: FBT001 - as above
    """The numbers around `value` up to the next points; no more than the point itself where it is one."""
    if not points:
        return _EVERYWHERE if says is None else _NOWHERE
    if not is_number(value) or abs(value) >= _EXACT:
        return _NOWHERE
    left, right = bisect_left(points, value), bisect_right(points, value)
    if left < right:
        return math.nextafter(value, -math.inf), math.nextafter(value, math.inf)
    return points[left - 1] if left else -math.inf, points[right] if right < len(points) else math.inf


def _beyond(bound: float, towards: float) -> float:
    """The next float after a bound, so that the bound itself lies within a band that ends there."""
    return math.nextafter(bound, towards) if abs(bound) < _EXACT else bound
