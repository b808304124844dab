"""What each cause of a pack has: evidence, remedies, examples, checks; and what it lacks."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from engine.knowledge import Cause, Example, Problem, Strength
from engine.linting.situations import Situations
from engine.linting.subject import PlacedCause, PlacedProblem


class Lack(StrEnum):
    """What a cause should have and does not."""

    EVIDENCE_FOR = "evidence for it"  #: all its evidence only speaks against it
    REMEDY = "a remedy"  #: nothing is offered, not even an instruction
    EXAMPLE = "an example"  #: no example expects it
    NEAR_MISS = "a near miss"  #: no example sees what it looks at and expects something else


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """One cause and what there is of it, in numbers.

    `evidence` counts what the pack says of it, `proving` how much of that can prove it; `automatic` are remedies with
    steps, `personal` those for a person; `expected` are examples in which it comes first, `near_misses` examples that
    see something it looks at and expect something else; `checks` are the parts that are looked at on demand for it.
    """

    problem: Problem
    cause: Cause
    evidence: int
    proving: int
    automatic: int
    personal: int
    expected: int
    near_misses: int
    checks: tuple[str, ...]
    lacks: tuple[Lack, ...]


def coverage(situations: Situations) -> tuple[Covered, ...]:
    """Every cause of the pack, in the order of the text."""
    return tuple(_covered(situations, problem, cause) for problem, cause in situations.subject.causes())


def _covered(situations: Situations, problem: PlacedProblem, placed: PlacedCause) -> Covered:
    cause, kind = placed.cause, problem.problem.kind
    reads = situations.reads(kind, [one.literal for one in cause.evidence]) or frozenset()
    own = {name for roles, name in reads if not roles}
    examples = [one for one in situations.pack.examples if one.kind == kind]
    expected = sum(one.expect_first.get(problem.problem.id) == cause.id for one in examples)
    near = sum(_misses(one, problem.problem, cause, own) for one in examples)
    covered = Covered(
        problem=problem.problem,
        cause=cause,
        evidence=len(cause.evidence),
        proving=sum(_proves(cause)),
        automatic=sum(bool(one.steps) for one in cause.remedies),
        personal=sum(not one.steps for one in cause.remedies),
        expected=expected,
        near_misses=near,
        checks=tuple(sorted({name.partition(".")[0] for name in own if situations.subject.on_demand(kind, name)})),
        lacks=(),
    )
    return replace(covered, lacks=tuple(_lacks(covered, shown=bool(own))))


def _misses(example: Example, problem: Problem, cause: Cause, own: set[str]) -> bool:
    """Whether an example sees something of what the cause looks at, and does not expect the cause."""
    sees = any(example.given.get(name) is not None for name in own)
    return sees and example.expect_first.get(problem.id) != cause.id


def _proves(cause: Cause) -> Iterator[bool]:
    """Of each piece of evidence whether it can prove the cause, by being true or by being false."""
    for one in cause.evidence:
        yield (one.if_false if one.against else one.strength) is Strength.PROVES


def _lacks(covered: Covered, *, shown: bool) -> Iterator[Lack]:
    """What is missing; of a cause that is seen only by others in roles no example can be given."""
    cause = covered.cause
    if not any(not one.against or one.if_false is not None for one in cause.evidence):
        yield Lack.EVIDENCE_FOR
    if cause.problem is None and not cause.remedies:
        yield Lack.REMEDY
    if shown and not covered.expected:
        yield Lack.EXAMPLE
    if shown and not covered.near_misses:
        yield Lack.NEAR_MISS
