"""Causes that no evidence tells apart, that can never come first, or that are presumed; evidence that contradicts."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from engine.diagnosis.ranking import Contender, probabilities
from engine.knowledge import Evidence, Literal, Strength
from engine.linting.findings import Finding, Kind
from engine.linting.situations import Situations
from engine.linting.subject import PlacedCause, PlacedProblem
from engine.linting.telling_apart import pairs
from engine.linting.weighing import Linked, first, groups
from engine.model import Risk, Truth
from engine.rulebase.yaml_text import Place

LEAST_TREATED = 0.5
"""Only causes of at least this probability are treated; see docs/explanation/how-it-decides.md."""


def rivals(situations: Situations) -> Iterator[Finding]:
    """Causes that nothing tells from another one, and causes that another one, or none of these, always outweighs."""
    for problem in situations.subject.problems:
        shows = situations.of(problem.problem.kind, [Literal(fact=problem.problem.fact)])
        if shows is not None and (Truth.TRUE,) not in shows:
            continue  # it never shows, which is told elsewhere
        found = groups(situations, problem)
        yield from _not_told_apart(situations, problem, found)
        if found is not None:
            yield from _never_first(situations, problem, found)


def presumed(situations: Situations) -> Iterator[Finding]:
    """Causes with steps that would be treated before anything was seen of them."""
    for problem in situations.subject.problems:
        contenders = [Contender(id=one.id, likelihood=one.likelihood, evidence=()) for one in problem.problem.causes]
        shares = probabilities(contenders)
        for cause in problem.causes:
            if shares[cause.cause.id] >= LEAST_TREATED and any(one.steps for one in cause.cause.remedies):
                message = (
                    f"'{cause.cause.id}' has {shares[cause.cause.id]:.0%} with nothing seen, "
                    "so its remedy would be proposed without any evidence"
                )
                hint = "call it less likely, or name its rivals"
                yield situations.subject.finding(Kind.PRESUMED, (*cause.place, "likelihood"), message, hint)


def both_sides(situations: Situations) -> Iterator[Finding]:
    """Evidence of which one speaks for a cause and another against it although both say the same."""
    for problem, cause in situations.subject.causes():
        for (one, _), (other, place) in combinations(cause.evidence, 2):
            if _contradict(situations, problem, one, other):
                message = f"'{_words(other)}' speaks {_side(other)} the cause, and '{_words(one)}' {_side(one)} it"
                hint = "they are never true without each other: keep one of them"
                yield situations.subject.finding(Kind.BOTH_SIDES, place, message, hint)


def counted_twice(situations: Situations) -> Iterator[Finding]:
    """Evidence on one observation that is told to see two states, so that one look counts twice."""
    for problem, cause in situations.subject.causes():
        own = [one for one in cause.evidence if one[1][-2] == "evidence"]
        for (one, _), (other, place) in combinations(own, 2):
            reads = [situations.reads(problem.problem.kind, [each.literal]) for each in (one, other)]
            if one.sees != other.sees and reads[0] and reads[0] == reads[1] and len(reads[0]) == 1:
                (observation,) = {name for _, name in reads[0]}
                message = (
                    f"this and '{one.sees}' are one observation, {observation}, "
                    f"but it is told to see '{other.sees}', so one look counts twice"
                )
                hint = f"write `sees: {one.sees}` here"
                yield situations.subject.finding(Kind.COUNTED_TWICE, _at(situations, place, "sees"), message, hint)


def no_remedy(situations: Situations) -> Iterator[Finding]:
    """Causes for which nobody is told what to do."""
    for _, cause in situations.subject.causes():
        if cause.cause.problem is None and not cause.cause.remedies:
            message = f"'{cause.cause.id}' has no remedy"
            hint = "add at least an instruction for a person"
            yield situations.subject.finding(Kind.NO_REMEDY, (*cause.place, "id"), message, hint)


def unsafe(situations: Situations) -> Iterator[Finding]:
    """Steps of some risk against causes for which little speaks, or of which only other things are denied."""
    for _, cause in situations.subject.causes():
        acting = [one for one in cause.remedies if one.remedy.steps]
        if not acting or cause.cause.problem is not None:
            continue
        if not any(_speaks_for(one) for one in cause.cause.evidence):
            message = f"nothing speaks for '{cause.cause.id}', only against it, and it has steps"
            hint = "add evidence for it, or leave it to a person"
            yield situations.subject.finding(Kind.UNSAFE, (*cause.place, "evidence"), message, hint, key=True)
        elif _only_weak(cause):
            for remedy in acting:
                risk = max(situations.subject.actions[step.action].risk for step in remedy.remedy.steps)
                if risk > Risk.LOW:
                    message = (
                        f"'{remedy.remedy.id}' is of risk {risk.name.lower()}, "
                        f"and all that speaks for '{cause.cause.id}' is weak"
                    )
                    hint = "add stronger evidence, or leave it to a person"
                    yield situations.subject.finding(Kind.UNSAFE, (*remedy.place, "id"), message, hint)


def _not_told_apart(
    situations: Situations, problem: PlacedProblem, found: Sequence[Linked] | None
) -> Iterator[Finding]:
    places = {one.cause.id: one.place for one in problem.causes}
    for pair in pairs(situations, problem, found):
        if pair.factor <= 1.0:
            message = f"nothing that can be seen tells '{pair.other.id}' from '{pair.one.id}'"
            hint = "give one of them evidence of its own, or make them one cause"
            yield situations.subject.finding(Kind.NOT_TOLD_APART, (*places[pair.other.id], "id"), message, hint)


def _never_first(situations: Situations, problem: PlacedProblem, found: Sequence[Linked]) -> Iterator[Finding]:
    proving = frozenset[int]().union(*(group.proving for group in found))  # what is proved has only unproved rivals
    for number, cause in enumerate(problem.causes):
        if number not in proving and first(found, problem, number) is False:
            message = f"'{cause.cause.id}' is never the most probable cause, whatever is seen"
            hint = "give it stronger evidence, or evidence against its rivals"
            yield situations.subject.finding(Kind.NEVER_FIRST, (*cause.place, "id"), message, hint)


def _contradict(situations: Situations, problem: PlacedProblem, one: Evidence, other: Evidence) -> bool:
    if one.literal == other.literal:
        return one.against is not other.against
    reads = [situations.reads(problem.problem.kind, [each.literal]) or frozenset() for each in (one, other)]
    if not reads[0] & reads[1]:
        return False
    seen = situations.of(problem.problem.kind, [one.literal, other.literal])
    if seen is None or len(seen) < 2:  # noqa: PLR2004 - one vector: neither ever changes
        return False
    same = all(vector[0] is vector[1] for vector in seen)
    opposite = all(vector[0] is vector[1].negated() for vector in seen)
    return one.against is not other.against if same else opposite and one.against is other.against


def _speaks_for(evidence: Evidence) -> bool:
    return not evidence.against or evidence.if_false is not None


def _only_weak(cause: PlacedCause) -> bool:
    strengths = [
        evidence.if_false if evidence.against else evidence.strength
        for evidence in cause.cause.evidence
        if _speaks_for(evidence)
    ]
    return all(one is Strength.WEAK for one in strengths)


def _words(evidence: Evidence) -> str:
    turned = "not " if evidence.literal.negated else ""
    return f"{turned}{evidence.literal.fact}"


def _side(evidence: Evidence) -> str:
    return "against" if evidence.against else "for"


def _at(situations: Situations, place: Place, key: str) -> Place:
    return (*place, key) if situations.subject.document.at((*place, key)) is not None else place
