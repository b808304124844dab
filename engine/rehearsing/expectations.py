"""What must come of a play, and how what came differs from it, with the evidence that decided.

A difference is a value: the doors turn it into words on a terminal or into JSON.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.diagnosis.seen import Sight
from engine.knowledge import Pack, Problem
from engine.model import (
    CauseId,
    Diagnosis,
    Fact,
    ProblemId,
    ProblemRef,
    RankedCause,
    Seconds,
    Severity,
    Target,
    Truth,
)
from engine.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """A problem that must show: its first cause and that one's least probability, and what else is named.

    What is None or unset may be anything. `is_root` says that it must be no consequence of another problem.
    """

    ref: ProblemRef
    first: CauseId | None = None
    at_least: float = 0.0
    severity: Severity | None = None
    consequence_of: ProblemRef | None = None
    is_root: bool = False


class Differs(StrEnum):
    """In what something is not as expected."""

    MISSING = "missing"  #: an expected problem does not show
    UNEXPECTED = "unexpected"  #: a problem shows that nobody expected
    CAUSE = "cause"  #: another cause comes first
    PROBABILITY = "probability"  #: the right cause comes first, and is less probable than expected
    SEVERITY = "severity"  #: the problem is more or less severe
    CONSEQUENCE = "consequence"  #: the problem follows from another one, or from none
    FACT = "fact"  #: a fact has another truth


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is not as expected: what was expected of `about`, what came, and what decided.

    `causes` are those in question with their evidence, `seen` is what was seen of the facts behind it. `after` is the
    time since the beginning of the play; None at its end.
    """

    kind: Differs
    about: str
    expected: str
    got: str
    causes: tuple[RankedCause, ...] = ()
    seen: tuple[str, ...] = ()
    after: Seconds | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Compares a world with what was expected of it; `packs` and `targets` are those that were played."""

    packs: Sequence[Pack]
    targets: Sequence[Target]

    def problems(
        self, world: World, expected: Sequence[Expectation], after: Seconds | None = None
    ) -> tuple[Difference, ...]:
        """Where the problems that show are not exactly those expected, by target and problem."""
        by_ref = {one.ref: one for one in expected}
        found: list[Difference] = []
        for ref in sorted(world.diagnoses.keys() | by_ref.keys()):
            diagnosis, wanted = world.diagnoses.get(ref), by_ref.get(ref)
            if wanted is None and diagnosis is not None:
                found.append(_unexpected(diagnosis, after))
            elif wanted is not None and diagnosis is None:
                found.append(self._missing(world, wanted, after))
            elif wanted is not None and diagnosis is not None:
                found.extend(_other(diagnosis, wanted, after))
        return tuple(found)

    def facts(
        self, world: World, expected: Mapping[Fact, Truth], after: Seconds | None = None
    ) -> tuple[Difference, ...]:
        """The facts whose truth is not as expected, with what was seen of them."""
        return tuple(
            Difference(
                kind=Differs.FACT,
                about=f"{fact.name}@{fact.target}",
                expected=truth.value,
                got=world.conclusions.truth(fact).value,
                seen=(self._seen(world, fact),),
                after=after,
            )
            for fact, truth in sorted(expected.items())
            if world.conclusions.truth(fact) is not truth
        )

    def _missing(self, world: World, wanted: Expectation, after: Seconds | None) -> Difference:
        problem = self._problem(wanted.ref.problem)
        facts = [Fact(target=wanted.ref.target, name=one.fact) for one in problem.symptoms] if problem else []
        return Difference(
            kind=Differs.MISSING,
            about=str(wanted.ref),
            expected=f"{wanted.first or 'the problem'}{_least(wanted)}",
            got="no such problem",
            seen=tuple(
                f"{one.title.en}: {world.conclusions.truth(fact).value} ({self._seen(world, fact)})"
                for one, fact in zip(problem.symptoms if problem else (), facts, strict=True)
            ),
            after=after,
        )

    def _problem(self, problem: ProblemId) -> Problem | None:
        return next((one for pack in self.packs for one in pack.problems if one.id == problem), None)

    def _seen(self, world: World, fact: Fact) -> str:
        """What was seen of a fact, as the pack that gives or concludes it tells it."""
        named = [pack for pack in self.packs if fact.name in _names(pack)] or list(self.packs)
        return Sight(named[0], self.targets, world.conclusions, world.observations).of(fact)


def shares(causes: Sequence[RankedCause]) -> str:
    """Causes with their probabilities: "service.port-taken at 0.999, none-of-these at 0.001"."""
    return ", ".join(f"{one.id} at {one.probability:.3f}" for one in causes)


def _unexpected(diagnosis: Diagnosis, after: Seconds | None) -> Difference:
    return Difference(
        kind=Differs.UNEXPECTED,
        about=str(diagnosis.ref),
        expected="no such problem",
        got=shares(diagnosis.causes[:1]),
        causes=diagnosis.causes[:1],
        seen=tuple(one.en for one in diagnosis.symptoms),
        after=after,
    )


def _other(diagnosis: Diagnosis, wanted: Expectation, after: Seconds | None) -> Iterator[Difference]:
    """Where a problem that shows is not as expected."""
    first, about = diagnosis.causes[0], str(diagnosis.ref)
    if wanted.first is not None and first.id != wanted.first:
        in_question = tuple(one for one in diagnosis.causes if one is first or one.id == wanted.first)
        yield Difference(
            kind=Differs.CAUSE,
            about=about,
            expected=f"{wanted.first}{_least(wanted)}",
            got=shares(diagnosis.causes),
            causes=in_question,
            after=after,
        )
    elif first.probability < wanted.at_least:
        yield Difference(
            kind=Differs.PROBABILITY,
            about=about,
            expected=f"{wanted.first or first.id}{_least(wanted)}",
            got=shares(diagnosis.causes),
            causes=diagnosis.causes[:2],
            after=after,
        )
    if wanted.severity is not None and diagnosis.severity is not wanted.severity:
        yield Difference(
            kind=Differs.SEVERITY,
            about=about,
            expected=wanted.severity.value,
            got=diagnosis.severity.value,
            after=after,
        )
    root = diagnosis.consequence_of
    if (wanted.consequence_of or wanted.is_root) and root != wanted.consequence_of:
        yield Difference(
            kind=Differs.CONSEQUENCE,
            about=about,
            expected=_following(wanted.consequence_of),
            got=_following(root),
            causes=diagnosis.causes[:1],
            after=after,
        )


def _least(wanted: Expectation) -> str:
    return f" at {wanted.at_least:.3f} or more" if wanted.at_least else ""


def _following(root: ProblemRef | None) -> str:
    return f"a consequence of {root}" if root else "no consequence of another problem"


def _names(pack: Pack) -> frozenset[str]:
    given = {one.fact for one in pack.detectors}
    return frozenset(given | {rule.concludes for level in pack.program.levels for rule in level})
