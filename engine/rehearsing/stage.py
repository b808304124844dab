"""Observations in virtual time to diagnoses, through the same detectors, rules and ranking as the real thing.

A stage stops at every moment at which time alone changes something, so that what it finds depends on the observations
and their times, never on how they were handed over. It infers and ranks a connected group of targets only when one of
its facts changed: most observations say what the one before them said. It asks no clock and keeps no history, only
the last observation of each name.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice, pairwise

from engine.diagnosis.diagnosing import NO_FAILURES, diagnose
from engine.inference.detectors import Detectors
from engine.inference.native import NativeInference
from engine.inference.scope import components
from engine.knowledge import Pack, Problem
from engine.model import (
    CauseId,
    Conclusions,
    Diagnosis,
    Fact,
    Firing,
    Instant,
    Observation,
    ProblemId,
    ProblemRef,
    Target,
    TargetId,
    Truth,
)
from engine.protocols import Inference
from engine.world import World

AT_ONCE = 4096


class What(StrEnum):
    """What became of a problem."""

    APPEARED = "appeared"  #: it shows now
    CHANGED = "changed"  #: its first cause, its severity or its root is another one
    OVER = "over"  #: it shows no more
    OUT_OF_SIGHT = "out-of-sight"  #: nobody can tell any more whether it shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that became of a problem at one moment; `before` and `after` are its diagnoses around it."""

    at: Instant
    ref: ProblemRef
    what: What
    before: Diagnosis | None
    after: Diagnosis | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A moment at which something was diagnosed anew: what changed, stage by stage."""

    at: Instant
    changes: tuple[tuple[Change, ...], ...]


class Stage:
    """Packs and targets under observations that are handed in; from cold, every fact is unknown.

    `failed` are remedies that did not help, as evidence against their causes. Times must not go back.
    """

    def __init__(
        self,
        packs: Sequence[Pack],
        targets: Sequence[Target],
        inference: Inference | None = None,
        failed: Mapping[ProblemRef, Sequence[tuple[CauseId, float]]] = NO_FAILURES,
    ) -> None:
        self._packs = tuple(packs)
        self._inference = inference or NativeInference()
        self._failed = failed
        self._detectors = Detectors([one for pack in packs for one in pack.detectors], targets)
        self._groups = components(targets)
        self._group_of = {target.id: number for number, group in enumerate(self._groups) for target in group}
        self._facts: tuple[dict[Fact, Truth], ...] = tuple({} for _ in self._groups)
        for fact, truth in self._detectors.facts().items():
            self._facts[self._group_of[fact.target]][fact] = truth
        self._problems: dict[ProblemId, Problem] = {one.id: one for pack in packs for one in pack.problems}
        self._basis: dict[int, Mapping[Fact, Truth]] = {}
        self._conclusions: dict[int, tuple[Conclusions, ...]] = {}
        self._diagnoses: dict[int, dict[ProblemRef, Diagnosis]] = {number: {} for number in range(len(self._groups))}
        self._seen: dict[tuple[TargetId, str], Observation] = {}
        self._stale = set(range(len(self._groups)))

    @property
    def packs(self) -> tuple[Pack, ...]:
        """The packs on the stage."""
        return self._packs

    def take(self, observations: Sequence[Observation], at: Instant) -> None:
        """Take in what was observed at `at`; `settle` says what follows, once all of that moment is in."""
        self._seen.update({(one.target, one.name): one for one in observations})
        self._pass(observations, at)

    def settle(self, at: Instant) -> tuple[Change, ...] | None:
        """What became of problems at `at`, in the order of targets and problems; None when no fact changed."""
        self._pass((), at)
        changed = sorted(number for number in self._stale if self._facts[number] != self._basis.get(number))
        if not changed:
            self._stale.clear()
            return None
        changes: list[Change] = []
        for number in changed:
            before = self._diagnoses[number]
            after = self._diagnoses[number] = self._diagnosed(number, at)
            changes.extend(self._changes(number, before, after, at))
        self._stale.clear()
        return tuple(sorted(changes, key=lambda one: one.ref))

    def next(self, at: Instant) -> Instant | None:
        """The next moment, not before `at`, at which time alone changes something; None when it never does."""
        return self._detectors.pending(at)

    def diagnoses(self) -> Mapping[ProblemRef, Diagnosis]:
        """The diagnoses as they were last made, roots first."""
        return _in_order(one for found in self._diagnoses.values() for one in found.values())

    def world(self, at: Instant) -> World:
        """How everything looks at `at`, diagnosed anew from the last observations; `settle` comes before it."""
        truths: dict[Fact, Truth] = {}
        proof: list[Firing] = []
        found: list[Diagnosis] = []
        for number in range(len(self._groups)):
            found.extend(self._diagnosed(number, at).values())
        for row in self._by_pack():
            for concluded in row:
                truths.update(concluded.truths)
                proof.extend(concluded.proof)
        return World(
            at=at,
            observations=dict(self._seen),
            conclusions=Conclusions(truths=truths, proof=tuple(proof)),
            diagnoses=_in_order(found),
        )

    def _by_pack(self) -> Iterator[tuple[Conclusions, ...]]:
        """The conclusions of each pack on all groups."""
        yield from zip(*(self._conclusions[number] for number in range(len(self._groups))), strict=True)

    def _pass(self, observations: Sequence[Observation], at: Instant) -> None:
        for fact, truth in self._detectors.update(observations, at).items():
            number = self._group_of[fact.target]
            self._facts[number][fact] = truth
            self._stale.add(number)

    def _diagnosed(self, number: int, at: Instant) -> dict[ProblemRef, Diagnosis]:
        group = self._groups[number]
        if number in self._stale or number not in self._conclusions:
            facts = self._basis[number] = dict(self._facts[number])
            self._conclusions[number] = tuple(self._inference.infer(one.program, group, facts) for one in self._packs)
        return {
            one.ref: one
            for pack, concluded in zip(self._packs, self._conclusions[number], strict=True)
            for one in diagnose(pack, group, concluded, self._seen, at, self._failed)
        }

    def _changes(
        self, number: int, before: Mapping[ProblemRef, Diagnosis], after: Mapping[ProblemRef, Diagnosis], at: Instant
    ) -> Iterator[Change]:
        for ref in before.keys() | after.keys():
            was, now = before.get(ref), after.get(ref)
            if was and now and _gist(was) == _gist(now):
                continue
            what = What.APPEARED if was is None else What.CHANGED
            if now is None:
                fact = Fact(target=ref.target, name=self._problems[ref.problem].fact)
                hidden = all(one.truth(fact) is Truth.UNKNOWN for one in self._conclusions[number])
                what = What.OUT_OF_SIGHT if hidden else What.OVER
            yield Change(at=at, ref=ref, what=what, before=was, after=now)


def play(
    stages: Sequence[Stage],
    observations: Iterable[Observation],
    until: Instant | None = None,
    *,
    at_once: int = AT_ONCE,
) -> Iterator[Moment]:
    """Hand `observations`, in the order of their times, to all `stages` at once; the moments that they diagnosed anew.

    Time passes to the last observation, or to `until` when that is later. At most `at_once` observations are held.
    """
    clock: Instant | None = None
    for at, batch in _by_moment(observations, at_once):
        if at != clock:
            if clock is not None:
                yield from _settled(stages, clock)
                yield from _meanwhile(stages, clock, at)
            clock = at
        for stage in stages:
            stage.take(batch, at)
    if clock is not None:
        yield from _settled(stages, clock)
    if until is not None and (clock is None or until > clock):
        if clock is not None:
            yield from _meanwhile(stages, clock, until)
        yield from _settled(stages, until)


def _by_moment(observations: Iterable[Observation], at_once: int) -> Iterator[tuple[Instant, Sequence[Observation]]]:
    """Observations of one moment together, in portions of a bounded size."""
    ahead = iter(observations)
    batch = list(islice(ahead, at_once))
    while batch:
        cuts = [0, *(n for n, (one, two) in enumerate(pairwise(batch), 1) if one.at != two.at), len(batch)]
        for start, end in pairwise(cuts):
            yield batch[start].at, batch[start:end]
        batch = list(islice(ahead, at_once))


def _meanwhile(stages: Sequence[Stage], since: Instant, until: Instant) -> Iterator[Moment]:
    """The moments between two others at which time alone changes something on one of the stages."""
    while True:
        soonest = min((at for one in stages if (at := one.next(since)) is not None), default=until)
        if soonest >= until:
            return
        yield from _settled(stages, soonest)
        since = soonest


def _settled(stages: Sequence[Stage], at: Instant) -> Iterator[Moment]:
    found = [one.settle(at) for one in stages]
    if any(one is not None for one in found):
        yield Moment(at=at, changes=tuple(one or () for one in found))


def _gist(diagnosis: Diagnosis) -> tuple[object, ...]:
    return diagnosis.causes[0].id, diagnosis.severity, diagnosis.consequence_of


def _in_order(found: Iterable[Diagnosis]) -> dict[ProblemRef, Diagnosis]:
    """By their references: roots first, then the worst, then by target and problem."""
    ordered = sorted(found, key=lambda one: (one.consequence_of is not None, one.severity, one.ref))
    return {one.ref: one for one in ordered}
