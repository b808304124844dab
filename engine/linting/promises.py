"""Causes and problems of which no example shows anything, and examples that do not hold."""

from collections.abc import Callable, Iterator

from engine.knowledge import Example, Pack
from engine.linting.findings import Finding, Kind
from engine.linting.situations import Situations
from engine.linting.subject import PlacedCause, PlacedProblem

Rehearse = Callable[[Pack, Example], str]
"""What of an example does not hold, in one line; "" when all of it does."""


def examples(situations: Situations, rehearse: Rehearse | None = None) -> Iterator[Finding]:
    """What the examples of a pack leave out; with `rehearse` also what they promise in vain."""
    subject, pack = situations.subject, situations.pack
    expected = {(problem, cause) for one in pack.examples for problem, cause in one.expect_first.items()}
    for problem, cause in subject.causes():
        if (problem.problem.id, cause.cause.id) not in expected and _can_be_shown(situations, problem, cause):
            message = f"no example expects '{cause.cause.id}'"
            hint = "add one, or nobody knows whether it can ever be found"
            yield subject.finding(Kind.EXAMPLE, (*cause.place, "id"), message, hint)
    for problem in subject.problems:
        if not any(one.kind == problem.problem.kind and one.expect_none and one.given for one in pack.examples):
            message = f"no example of kind '{problem.problem.kind}' sees something and expects no problem"
            hint = f"add a near miss of '{problem.problem.id}', with `expect: {{}}`"
            yield subject.finding(Kind.EXAMPLE, (*problem.place, "id"), message, hint)
    if rehearse is not None:
        places = subject.references.draft.examples
        for place, one in zip(places, pack.examples, strict=True):
            if differs := rehearse(pack, one):
                yield subject.finding(Kind.EXAMPLE, (*place, "name"), f"this example does not hold: {differs}")


def _can_be_shown(situations: Situations, problem: PlacedProblem, cause: PlacedCause) -> bool:
    """Whether anything that speaks of the cause is seen of the target itself: an example has no other."""
    reads = situations.reads(problem.problem.kind, [one.literal for one in cause.cause.evidence])
    return reads is None or any(not roles for roles, _ in reads)
