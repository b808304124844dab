"""What cannot be seen where a part or a role is missing, or before somebody looks: unknown is not false."""

from collections.abc import Iterator

from engine.knowledge import Literal
from engine.linting.findings import Finding, Kind
from engine.linting.situations import Parts, Roles, Situations
from engine.linting.subject import Group, PlacedProblem
from engine.model import Truth


def absent(situations: Situations) -> Iterator[Finding]:
    """Conditions that stay unknown on targets, or at times, for which they seem to be meant."""
    yield from _on_demand(situations)
    for problem in situations.subject.problems:
        yield from _never_over(situations, problem)
        yield from _only_in_a_role(situations, problem)
    yield from _open_texts(situations)


def _on_demand(situations: Situations) -> Iterator[Finding]:
    """What must be seen before anybody looks at a part that is looked at on demand."""
    subject = situations.subject
    ruling = {one.fact for one in subject.pack.rulings}
    for group in subject.groups:
        reads = situations.reads(group.kind, [group.literal])
        if reads is None or (group.what == "rule" and group.fact not in ruling):
            continue
        asked_for = {(roles, name) for roles, name in reads if subject.on_demand(_kind(situations, group, roles), name)}
        if asked_for and not _can_hold(situations, group, _parts(reads - asked_for)):
            part = min(name.partition(".")[0] for _, name in asked_for)
            words = {
                "symptom": f"the symptom '{group.name}' cannot show",
                "recovered": f"'{group.name}' cannot be seen to be over",
                "rule": f"'{group.name}' cannot rule anything",
            }
            message = f"{words[group.what]} before somebody asks for the part '{part}', which is looked at on demand"
            yield subject.finding(Kind.ABSENT, group.place, message, "ask for a part that is always looked at")
    for problem in subject.problems:
        for index, name in enumerate(problem.problem.recovery.steady):
            if subject.on_demand(problem.problem.kind, name):
                message = f"{name} is looked at on demand, so nobody sees whether it is steady"
                place = (*problem.recovered.place[:-1], "steady", index)
                yield subject.finding(Kind.ABSENT, place, message, "name what is always looked at")


def _never_over(situations: Situations, problem: PlacedProblem) -> Iterator[Finding]:
    """A target that has all that one symptom reads, shows the problem, and can never be seen to be over it."""
    subject, kind = situations.subject, problem.problem.kind
    healthy = [
        problem.recovered.literal,
        *(Literal(fact=one.fact, negated=True) for one in problem.symptoms),
    ]
    for symptom in problem.symptoms:
        reads = situations.reads(kind, [symptom.literal])
        every = situations.of(kind, healthy)
        if (Truth.TRUE,) not in (situations.of(kind, [symptom.literal]) or ()):
            continue
        if reads is None or every is None or not any(_all_true(one) for one in every):
            continue
        seen = situations.of(kind, healthy, only=_parts(reads))
        if seen is None or any(_all_true(one) for one in seen):
            continue
        unseen = sorted(
            {_named(*part) for part in _parts(situations.reads(kind, healthy) or frozenset()) - _parts(reads)}
        )
        others = [problem.recovered, *problem.symptoms]
        at = next(group for index, group in enumerate(others) if all(one[index] is not Truth.TRUE for one in seen))
        message = (
            f"a target without {' and '.join(unseen)} can have '{problem.problem.id}' by '{symptom.name}', "
            "and is never seen to be over it"
        )
        hint = "ask for the same parts in every symptom and in `recovered`, or make it two problems"
        yield subject.finding(Kind.ABSENT, at.place, message, hint)
        return


def _only_in_a_role(situations: Situations, problem: PlacedProblem) -> Iterator[Finding]:
    """A problem that shows only by somebody in a role, and is also explained by the target itself."""
    kind = problem.problem.kind
    reads = [situations.reads(kind, [one.literal]) for one in problem.symptoms]
    if any(one is None or not any(roles for roles, _ in one) for one in reads):
        return
    own = frozenset(part for one in reads for part in _parts(one or frozenset()) if not part[0])
    held = [situations.of(kind, [one.literal], only=own) for one in problem.symptoms]
    if any(one is None or (Truth.TRUE,) in one for one in held):
        return
    about_itself = [one for cause in problem.causes for one in cause.cause.evidence if not one.literal.of]
    if about_itself:
        role = min(roles[0] for one in reads for roles, _ in one or () if roles)
        message = f"a target without anybody in the role '{role}' never shows '{problem.problem.id}'"
        hint = "add a symptom of the target itself"
        yield situations.subject.finding(Kind.ABSENT, problem.symptoms[0].place, message, hint)


def _open_texts(situations: Situations) -> Iterator[Finding]:
    """A text that may be anything, and is asked not to be one of a few."""
    subject = situations.subject
    for asked in subject.asked():
        if not asked.literal.negated or asked.condition.observe is None:
            continue
        whose = subject.pack.roles[asked.kind][asked.literal.of] if asked.literal.of else asked.kind
        seen = subject.observable(whose, asked.condition.observe)
        if seen is not None and seen.type is str and not seen.values:
            message = f"'{asked.words}' is true of every text that nobody thought of"
            yield subject.finding(Kind.ABSENT, asked.place, message, "name the texts that are meant")


def _can_hold(situations: Situations, group: Group, only: Parts) -> bool:
    seen = situations.of(group.kind, [group.literal], only=only)
    return seen is None or (Truth.TRUE,) in seen


def _parts(reads: frozenset[tuple[Roles, str]]) -> Parts:
    return frozenset((roles, name.partition(".")[0]) for roles, name in reads)


def _kind(situations: Situations, group: Group, roles: Roles) -> str:
    kind = group.kind
    for role in roles:
        kind = situations.pack.roles[kind][role]
    return kind


def _named(roles: Roles, part: str) -> str:
    return " of ".join((f"the part '{part}'", *(f"its {role}" for role in reversed(roles))))


def _all_true(vector: tuple[Truth, ...]) -> bool:
    return set(vector) == {Truth.TRUE}
