"""WHY NOT a cause: the fewest observations that would have to be different for it to come first.

How probable a cause is depends on all evidence of all its rivals at once, so there is no way back from a rank to
observations. Changes are tried instead, fewest first, and each is judged by the real `diagnose`. Whole families of
changes are passed over when even their best is out of reach (`engine.counterfactuals.outlook`). Beyond its bound the
search says that it found nothing, not that there is nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from engine.counterfactuals.outlook import PRESENT, SLACK, Masks, Outlook, bits
from engine.counterfactuals.situation import Situation
from engine.counterfactuals.trial import Trial, Way, trial_of
from engine.counterfactuals.why_not import Change, Outcome
from engine.errors import InternalError
from engine.knowledge import Pack
from engine.model import CauseId, Diagnosis, ProblemRef

BOUND = 20_000
"""How many possibilities are looked at before the search gives up; some seconds at the most."""

_BOUND_OF_BEST = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """That a cause comes first among those of a problem, or (`at_least`, in 0..1) is so probable, whatever its rank."""

    ref: ProblemRef
    cause: CauseId
    at_least: float | None = None

    def holds_in(self, diagnosis: Diagnosis | None) -> bool:
        """Whether it is so by a diagnosis; never without one."""
        if diagnosis is None:
            return False
        if self.at_least is None:
            return diagnosis.causes[0].id == self.cause
        return self.probability_in(diagnosis) >= self.at_least

    def probability_in(self, diagnosis: Diagnosis | None) -> float:
        """How probable the cause is by a diagnosis; nothing without one."""
        return next((one.probability for one in diagnosis.causes if one.id == self.cause), 0.0) if diagnosis else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseAnswer:
    """How a cause stands, how few changes would bring it forward, and what the diagnosis would be then.

    `now` is absent while the problem does not show, `then` when nothing was found. `best` is the highest probability
    that the cause could have at all; absent when it was found, or not searched to the end. `examined` possibilities
    were looked at.
    """

    hypothesis: Hypothesis
    now: Diagnosis | None
    outcome: Outcome
    changes: tuple[Change, ...] = ()
    then: Diagnosis | None = None
    best: float | None = None
    examined: int = 0


def why_not_cause(situation: Situation, pack: Pack, hypothesis: Hypothesis, bound: int = BOUND) -> CauseAnswer:
    """The fewest changes for a cause to come first among the causes of its problem, or to be as probable as asked.

    The problem shows then as well. Of equally many changes those are preferred of which fewer make a thing unknown,
    then the first by name. Raises KeyError when there is no such target, problem or cause.
    """
    near = replace(situation.around(hypothesis.ref.target), packs=(pack,))
    trial = trial_of(near, pack, hypothesis.ref)
    if hypothesis.cause not in {one.id for one in trial.problem.causes}:
        raise KeyError(hypothesis.cause)
    search = _Search(trial, hypothesis, bound)
    outcome, way = search.run()
    examined = search.examined
    then = None if way is None else trial.diagnosis(way)
    if way is not None and not hypothesis.holds_in(then):
        raise InternalError(f"{hypothesis.cause} of {hypothesis.ref} would not be as WHY NOT says")
    return CauseAnswer(
        hypothesis=hypothesis,
        now=trial.diagnosis((0,) * len(trial.keys)),
        outcome=outcome,
        changes=trial.changes(way) if way else (),
        then=then,
        best=search.best() if way is None else None,
        examined=examined,
    )


class _ExhaustedError(Exception):
    """The bound of the search was reached."""


class _Search:
    """One search: which observations are changed is chosen first, by size and name, then how."""

    def __init__(self, trial: Trial, hypothesis: Hypothesis, bound: int) -> None:
        self._trial = trial
        self._hypothesis = hypothesis
        self._outlook = Outlook(trial=trial, cause=hypothesis.cause)
        self._left = bound
        self.examined = 0

    def run(self) -> tuple[Outcome, Way | None]:
        """The first way in which the hypothesis holds."""
        try:
            for way in self._ways():
                if self._hypothesis.holds_in(self._trial.judge(way)):
                    return (Outcome.CHANGES if any(way) else Outcome.ALREADY), way
        except _ExhaustedError:
            return Outcome.NOT_FOUND, None
        return Outcome.IMPOSSIBLE, None

    def best(self) -> float | None:
        """The highest probability that the cause can have; None when that takes too long to find out."""
        self._left = _BOUND_OF_BEST
        try:
            return self._highest(self._all(unseen=True), 0, 0.0)
        except _ExhaustedError:
            return None

    def _ways(self) -> Iterator[Way]:
        """Every way that is not out of reach: fewest changes first, then fewest unknown, then by name."""
        count = len(self._trial.keys)
        for size in range(count + 1):
            for unseen in range(size + 1):
                everything = self._all(unseen=unseen > 0)
                for chosen in self._choices(everything, (), 0, size):
                    for options in product(*(bits(everything[index] & ~PRESENT) for index in chosen)):
                        self._count()
                        picked = dict(zip(chosen, options, strict=True))
                        if sum(self._trial.is_unseen(*one) for one in picked.items()) == unseen:
                            way = tuple(picked.get(index, 0) for index in range(count))
                            if self._may(tuple(1 << option for option in way), size):
                                yield way

    def _choices(self, everything: Masks, chosen: tuple[int, ...], start: int, size: int) -> Iterator[tuple[int, ...]]:
        """Which observations to change, by name, `chosen` among them; the others from `start` on are open."""
        more = size - len(chosen)
        masks = tuple(
            mask & ~PRESENT if index in chosen else mask if more and index >= start else PRESENT
            for index, mask in enumerate(everything)
        )
        if not all(masks) or not self._may(masks, size):
            return
        if not more:
            yield chosen
            return
        for index in range(start, len(everything) - more + 1):
            yield from self._choices(everything, (*chosen, index), index + 1, size)

    def _highest(self, masks: Masks, start: int, most: float) -> float:
        """The highest probability among the open options, or `most` when none is above it."""
        self._count()
        if self._outlook.at_most(masks, len(masks)) <= most:
            return most
        if start == len(masks):
            diagnosis = self._trial.judge(tuple(bits(mask)[0] for mask in masks))
            return max(most, self._hypothesis.probability_in(diagnosis))
        for option in bits(masks[start]):
            most = self._highest((*masks[:start], 1 << option, *masks[start + 1 :]), start + 1, most)
        return most

    def _may(self, masks: Masks, changes: int) -> bool:
        self._count()
        if self._hypothesis.at_least is None:
            return self._outlook.may_come_first(masks, changes)
        return self._outlook.at_most(masks, changes) >= self._hypothesis.at_least - SLACK

    def _all(self, *, unseen: bool) -> Masks:
        """All options, or all but those of seeing nothing; what is unknown now may always stay so."""
        return tuple(
            sum(
                1 << option
                for option in range(len(options))
                if option == 0 or unseen or not self._trial.is_unseen(index, option)
            )
            for index, options in enumerate(self._trial.options)
        )

    def _count(self) -> None:
        if not self._left:
            raise _ExhaustedError
        self._left -= 1
        self.examined += 1
