"""Rulings that change nothing or contradict each other, and problems that are the cause of each other."""

from collections.abc import Iterator, Mapping
from itertools import permutations

from engine.linting.conditions import covers
from engine.linting.findings import Finding, Kind
from engine.linting.situations import Situations
from engine.linting.subject import Group
from engine.model import Severity
from engine.rulebase.schema import ThenShape


def rulings(situations: Situations) -> Iterator[Finding]:
    """What a `then` says in vain: milder than what holds anyway, or forbidden by what holds whenever it does."""
    subject = situations.subject
    own: dict[str, Severity] = {one.problem.id: one.problem.severity for one in subject.problems}
    shapes = subject.references.draft.rules.values()
    ruling = [(group, rule.then) for group, rule in zip(subject.rules, shapes, strict=True) if rule.then is not None]
    for group, then in ruling:
        yield from _alone(situations, group, then, own)
    for (one, then), (other, over) in permutations(ruling, 2):
        if one.kind == other.kind:
            yield from _under(situations, (one, then), (other, over))


def circles(situations: Situations) -> Iterator[Finding]:
    """Problems that explain each other by way of roles, so that no root is ever reached."""
    subject = situations.subject
    because: dict[str, list[str]] = {}
    for problem, cause in subject.causes():
        if cause.cause.problem is not None:
            because.setdefault(problem.problem.id, []).append(cause.cause.problem)
    for problem, cause in subject.causes():
        other, own = cause.cause.problem, problem.problem.id
        if other is not None and other != own and own in _reached(because, other):
            message = f"'{own}' is explained by '{other}', which is explained by '{own}' in turn"
            hint = "leave one of these causes out, or name what is behind both"
            yield subject.finding(Kind.CIRCLE, (*cause.place, "problem"), message, hint)


def _alone(situations: Situations, group: Group, then: ThenShape, own: Mapping[str, Severity]) -> Iterator[Finding]:
    subject, place = situations.subject, (*group.place[:-1], "then")
    for problem, severity in then.severity.items():
        if severity >= own[problem]:
            message = f"'{problem}' is {own[problem]} by itself, so {severity} never shows"
            yield subject.finding(Kind.RULING, (*place, "severity", problem), message, "name a worse one")
    for index, problem in enumerate(then.escalate):
        if problem in then.inhibit:
            message = f"'{problem}' is inhibited by the same rule, so there is nothing to ask a person about"
            yield subject.finding(Kind.RULING, (*place, "escalate", index), message, "keep one of the two")
    for name, listed in (("inhibit", then.inhibit), ("escalate", then.escalate)):
        for index, problem in enumerate(listed):
            if problem in listed[:index]:
                message = f"'{problem}' stands in this list already"
                yield subject.finding(Kind.RULING, (*place, name, index), message, "leave it out")


def _under(situations: Situations, one: tuple[Group, ThenShape], other: tuple[Group, ThenShape]) -> Iterator[Finding]:
    """What a ruling says in vain because another one holds whenever it does, and says more."""
    subject = situations.subject
    (group, then), (wider, over) = one, other
    milder = [
        name
        for name, severity in then.severity.items()
        if severity >= over.severity.get(name, Severity.P3) and name in over.severity
    ]
    asked = [index for index, name in enumerate(then.escalate) if name in over.inhibit and name not in then.inhibit]
    if not (milder or asked) or not covers(situations, group.kind, group.literal, wider.literal):
        return
    twins = covers(situations, group.kind, wider.literal, group.literal)
    for name in milder:
        same = then.severity[name] == over.severity[name]
        if same and twins and list(subject.rules).index(group) < list(subject.rules).index(wider):
            continue  # of two that say the same, the later one is told
        message = f"whenever '{group.name}' holds '{wider.name}' does, and makes '{name}' {over.severity[name]}"
        place = (*group.place[:-1], "then", "severity", name)
        yield subject.finding(Kind.RULING, place, message, f"so {then.severity[name]} never shows")
    for index in asked:
        message = f"whenever '{group.name}' holds '{wider.name}' does, and inhibits '{then.escalate[index]}'"
        place = (*group.place[:-1], "then", "escalate", index)
        yield subject.finding(Kind.RULING, place, message, "so there is nothing to ask a person about")


def _reached(because: Mapping[str, list[str]], problem: str) -> set[str]:
    reached, ahead = {problem}, [problem]
    while ahead:
        new = set(because.get(ahead.pop(), ())) - reached
        reached |= new
        ahead += sorted(new)
    return reached
