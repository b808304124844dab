"""WHAT IF: what would be different if some observations were.

Both worlds are judged in the same way, by the real detectors' tests, inference and diagnosis, as they stand once every
`for` has run out. So what differs is due to the changes, never to time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from engine.counterfactuals.situation import Changes, Key, Situation
from engine.errors import InternalError
from engine.model import (
    CauseId,
    Diagnosis,
    Fact,
    Observation,
    ProblemRef,
    RankedCause,
    Seconds,
    Text,
    Truth,
)

Remedies = Callable[[Diagnosis], Sequence[str]]
"""The ids of the remedies for a diagnosis, the one to try first at the front."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Supposed:
    """An observation as it is (absent when it was never made) and as it is supposed to be."""

    key: Key
    before: Observation | None
    after: Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class FactChange:
    """A fact whose truth differs; `observed` tells what a detector gives from what only rules conclude."""

    fact: Fact
    before: Truth
    after: Truth
    observed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseChange:
    """A cause whose probability differs."""

    cause: RankedCause
    before: float
    after: float

    @property
    def id(self) -> CauseId:
        """The cause."""
        return self.cause.id


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemChange:
    """A problem in both worlds; a side is absent where it does not show. `remedies` are those to try first."""

    ref: ProblemRef
    title: Text
    before: Diagnosis | None
    after: Diagnosis | None
    causes: tuple[CauseChange, ...] = ()
    remedy_before: str = ""
    remedy_after: str = ""

    @property
    def is_different(self) -> bool:
        """Whether anything about the problem differs that somebody would act upon."""
        if self.before is None or self.after is None:
            return True
        led = self.before.consequence_of != self.after.consequence_of
        return bool(self.causes) or led or self.remedy_before != self.remedy_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What would be different: facts, and problems that appear, vanish or are explained otherwise.

    `problems` has the problems of both worlds, the different and the others. After `hold` seconds all of it is so.
    """

    supposed: tuple[Supposed, ...]
    facts: tuple[FactChange, ...]
    problems: tuple[ProblemChange, ...]
    hold: Seconds

    @property
    def is_none(self) -> bool:
        """True when nothing would be different."""
        return not self.facts and not any(one.is_different for one in self.problems)


def no_remedies(_: Diagnosis) -> Sequence[str]:
    """For those who ask about facts and problems only."""
    return ()


def what_if(situation: Situation, changes: Changes, remedies: Remedies = no_remedies) -> Difference:
    """What would be different if each observation in `changes` were as it says."""
    seen = situation.seen(changes)
    before = {one.ref: one for one in situation.diagnoses()}
    after = {one.ref: one for one in situation.diagnoses(changes)}
    facts = _facts(situation, changes)
    became = {one.fact for one in facts if one.after is Truth.TRUE and one.observed}
    kinds = {one.id: one.kind for one in situation.targets}
    holds = [
        one.hold
        for one in situation.detectors
        for fact in became
        if (one.kind, one.fact) == (kinds[fact.target], fact.name)
    ]
    return Difference(
        supposed=tuple(
            Supposed(key=key, before=situation.observations.get(key), after=seen[key]) for key in sorted(changes)
        ),
        facts=facts,
        problems=tuple(_problem(before.get(ref), after.get(ref), remedies) for ref in sorted({*before, *after})),
        hold=max(holds, default=0.0),
    )


def _facts(situation: Situation, changes: Changes) -> tuple[FactChange, ...]:
    observed = frozenset(situation.facts())
    before, after = _truths(situation, {}), _truths(situation, changes)
    return tuple(
        FactChange(fact=fact, before=before[fact], after=after[fact], observed=fact in observed)
        for fact in sorted(before)
        if before[fact] is not after[fact]
    )


def _truths(situation: Situation, changes: Changes) -> Mapping[Fact, Truth]:
    """The truth of every fact by all packs; one that several packs speak of is true when one of them says so."""
    said: dict[Fact, list[Truth]] = {}
    for pack in situation.packs:
        for fact, truth in situation.conclusions(pack, changes).truths.items():
            said.setdefault(fact, []).append(truth)
    return {fact: Truth.any_of(truths) for fact, truths in said.items()}


def _problem(before: Diagnosis | None, after: Diagnosis | None, remedies: Remedies) -> ProblemChange:
    shown = after or before
    if shown is None:
        raise InternalError("a problem was to be compared that shows in neither world")
    return ProblemChange(
        ref=shown.ref,
        title=shown.title,
        before=before,
        after=after,
        causes=_causes(before, after) if before and after else (),
        remedy_before=_first(before, remedies),
        remedy_after=_first(after, remedies),
    )


def _causes(before: Diagnosis, after: Diagnosis) -> tuple[CauseChange, ...]:
    was = {one.id: one.probability for one in before.causes}
    return tuple(
        CauseChange(cause=one, before=was[one.id], after=one.probability)
        for one in after.causes
        if was[one.id] != one.probability
    )


def _first(diagnosis: Diagnosis | None, remedies: Remedies) -> str:
    """The remedy to try first; none for a consequence, of which only the root is treated."""
    if diagnosis is None or diagnosis.consequence_of is not None:
        return ""
    return next(iter(remedies(diagnosis)), "")
