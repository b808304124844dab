"""How far a cause could rise when some observations are settled and others open: a bound, never too low.

The weight of a cause depends on few observations, so its range can be had by trying them. A cause cannot do better than
at the top of its own range with every rival at the bottom of theirs. That is too good to be true where they share
observations, but what is out of reach even so need not be tried.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import TypeAlias

from engine.counterfactuals.trial import Trial, Way
from engine.diagnosis.ranking import NONE_OF_THESE_PRIOR, Contender, weigh
from engine.knowledge import Cause
from engine.model import CauseId, ProblemRef, Truth

Masks: TypeAlias = tuple[int, ...]
"""For each observation the options that are open, as bits; bit 0 is what is seen now."""

PRESENT = 1
_MOST_TRIED = 2_000
_FAR = 500.0
SLACK = 1e-9
"""How much a bound is given in, so that rounding never rules out what is just within reach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """The logarithms between which the weight of a cause may be, and whether it may be proved."""

    low: float
    high: float
    may_be_proved: bool


_ANYTHING = Range(low=-_FAR, high=_FAR, may_be_proved=True)
_NONE_OF_THESE = Range(low=math.log(NONE_OF_THESE_PRIOR), high=math.log(NONE_OF_THESE_PRIOR), may_be_proved=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """The bounds for one cause of a problem on trial; the mappings remember what was worked out before."""

    trial: Trial
    cause: CauseId
    ranges: dict[tuple[CauseId, Masks, int], Range] = field(default_factory=dict)
    shows: dict[tuple[Masks, int], bool] = field(default_factory=dict)
    standings: dict[tuple[CauseId, tuple[Truth, ...]], tuple[float, bool]] = field(default_factory=dict)

    def may_come_first(self, masks: Masks, changes: int) -> bool:
        """False when the cause cannot be first by at most `changes` changes among the open options."""
        if not self._may_show(masks, changes):
            return False
        own, rivals = self._ranges(masks, changes)
        if not own.may_be_proved:
            # Without proof a share is the weight's part of the whole, and a rival's is no less than that.
            return all(rival.low <= own.high + SLACK for rival in rivals)
        at_most = _at_most(own, rivals)
        return all(
            _at_least(rival, [own, *(other for other in rivals if other is not rival)]) <= at_most + SLACK
            for rival in rivals
        )

    def at_most(self, masks: Masks, changes: int) -> float:
        """A probability that the cause cannot exceed; 0 when the problem cannot show."""
        if not self._may_show(masks, changes):
            return 0.0
        return _at_most(*self._ranges(masks, changes))

    def _ranges(self, masks: Masks, changes: int) -> tuple[Range, list[Range]]:
        found = {one.id: self._range(one, masks, changes) for one in self.trial.problem.causes}
        own = found.pop(self.cause)
        return own, [*found.values(), _NONE_OF_THESE]

    def _range(self, cause: Cause, masks: Masks, changes: int) -> Range:
        own = self._rests_on(cause)
        key = (cause.id, tuple(masks[index] for index in own), min(changes, len(own)))
        if key not in self.ranges:
            self.ranges[key] = self._tried(cause, own, masks, changes)
        return self.ranges[key]

    def _tried(self, cause: Cause, own: Sequence[int], masks: Masks, changes: int) -> Range:
        if math.prod(masks[index].bit_count() for index in own) > _MOST_TRIED:
            return _ANYTHING
        seen = {
            tuple(self.trial.holds(one.literal, way) for one in cause.evidence)
            for way in self._ways(own, masks, changes)
        }
        if not seen:
            return _ANYTHING
        stand = [self._standing(cause, truths) for truths in seen]
        weights = [weight for weight, _ in stand]
        return Range(low=min(weights), high=max(weights), may_be_proved=any(proved for _, proved in stand))

    def _standing(self, cause: Cause, truths: tuple[Truth, ...]) -> tuple[float, bool]:
        """The logarithm of the weight of a cause when its evidence is seen so, and whether that proves it."""
        if (cause.id, truths) not in self.standings:
            ref = ProblemRef(target=self.trial.target.id, problem=self.trial.problem.id)
            failures = self.trial.situation.failed.get(ref, ())
            contender = Contender(
                id=cause.id,
                likelihood=cause.likelihood,
                evidence=weigh(zip(cause.evidence, truths, strict=True)),
                failed=tuple(fixes for tried, fixes in failures if tried == cause.id),
            )
            self.standings[cause.id, truths] = (contender.log_weight, contender.proved)
        return self.standings[cause.id, truths]

    def _may_show(self, masks: Masks, changes: int) -> bool:
        own = self.trial.rests_on[self.trial.fact]
        key = (tuple(masks[index] for index in own), min(changes, len(own)))
        if key not in self.shows:
            many = math.prod(masks[index].bit_count() for index in own) > _MOST_TRIED
            ways = self._ways(own, masks, changes)
            self.shows[key] = many or any(self.trial.truth(self.trial.fact, way) is Truth.TRUE for way in ways)
        return self.shows[key]

    def _rests_on(self, cause: Cause) -> tuple[int, ...]:
        facts = [one for one in cause.evidence if not one.literal.of or one.literal.of in self.trial.target.depends_on]
        return tuple(sorted({index for one in facts for index in self.trial.rests_on[self.trial.asked(one.literal)]}))

    def _ways(self, own: Sequence[int], masks: Masks, changes: int) -> Iterator[Way]:
        """Every way in which these observations may be seen by at most so many changes; the others stay."""
        way = [0] * len(masks)
        for options in product(*(bits(masks[index]) for index in own)):
            if sum(map(bool, options)) <= changes:
                for index, option in zip(own, options, strict=True):
                    way[index] = option
                yield tuple(way)


def _at_most(own: Range, rivals: Sequence[Range]) -> float:
    """The most that a share may be; two proved causes do not take from each other."""
    taking = [rival.low for rival in rivals if not (own.may_be_proved and rival.may_be_proved)]
    return 1 / (1 + math.fsum(math.exp(min(low - own.high, _FAR)) for low in taking))


def _at_least(own: Range, rivals: Sequence[Range]) -> float:
    """The least that a share may be."""
    return 1 / (1 + math.fsum(math.exp(min(rival.high - own.low, _FAR)) for rival in rivals))


def bits(mask: int) -> list[int]:
    """The numbers of the bits that are set, in order."""
    return [index for index in range(mask.bit_length()) if mask >> index & 1]
