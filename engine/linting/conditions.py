"""Conditions that nothing makes true, that everything makes true, or that another one covers."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from engine.knowledge import Literal
from engine.linting.findings import Finding, Kind
from engine.linting.situations import Situations
from engine.linting.subject import Group
from engine.model import Truth
from engine.rulebase.schema import placeholders


def never_or_always(situations: Situations) -> Iterator[Finding]:
    """Conditions that are the same whatever is seen: alone, and together with those beside them."""
    subject = situations.subject
    for asked in subject.asked():
        seen = possible(situations, asked.kind, [asked.literal])
        if seen == {(Truth.FALSE,)}:
            message, hint = f"'{asked.words}' is never true, whatever is seen", "ask for what can be seen"
            yield subject.finding(Kind.NEVER, asked.place, message, hint)
        elif seen == {(Truth.TRUE,)}:
            message, hint = f"'{asked.words}' is true whatever is seen", "leave it out, or ask for less"
            yield subject.finding(Kind.ALWAYS, asked.place, message, hint)
    for group in subject.groups:
        yield from _group(situations, group)


def shadowed(situations: Situations) -> Iterator[Finding]:
    """Branches of an `any`, and symptoms of one problem, that are only true when another of them is."""
    subject = situations.subject
    for group in subject.groups:
        if group.any:
            for covered, cover in _covered(situations, group.kind, [one.literal for one in group.items]):
                one, other = group.items[covered], group.items[cover]
                message = f"'{one.words}' is only true when '{other.words}' in the same list is, so it adds nothing"
                yield subject.finding(Kind.SHADOWED, one.place, message, "leave out one of the two")
    used = {literal.fact for literal in _asked_for(situations)}
    for problem in subject.problems:
        literals = [one.literal for one in problem.symptoms]
        for covered, cover in _covered(situations, problem.problem.kind, literals):
            if literals[covered].fact not in used:
                symptom, wider = problem.symptoms[covered], problem.symptoms[cover]
                message = f"the symptom '{symptom.name}' only shows when '{wider.name}' does, so it adds nothing"
                yield subject.finding(Kind.SHADOWED, (*symptom.place[:-1], "id"), message, "leave out one of the two")
    yield from _twins(situations)


def says_nothing(situations: Situations) -> Iterator[Finding]:
    """Evidence that is always true, or always false, while its problem shows."""
    subject = situations.subject
    for problem, cause in subject.causes():
        for evidence, place in cause.evidence:
            shows = Literal(fact=problem.problem.fact)
            both = possible(situations, problem.problem.kind, [shows, evidence.literal])
            alone = possible(situations, problem.problem.kind, [evidence.literal])
            if both is None or alone is None or len(alone) < 2:  # noqa: PLR2004 - it is the same always: told elsewhere
                continue
            while_it_shows = {vector[1] for vector in both if vector[0] is Truth.TRUE}
            if len(while_it_shows) == 1:
                word = "true" if while_it_shows == {Truth.TRUE} else "false"
                message = f"this evidence is {word} whenever '{problem.problem.id}' shows, so it tells nothing"
                yield subject.finding(Kind.SAYS_NOTHING, place, message, "ask for what tells the causes apart")


def unused(situations: Situations) -> Iterator[Finding]:
    """Rules that nobody asks for and that do nothing themselves; parts and roles that nobody speaks of."""
    subject = situations.subject
    draft = subject.references.draft
    idle = _idle(situations)
    for place, rule in draft.rules.items():
        if rule.id in idle:
            message = f"nothing asks for the fact '{rule.id}', and the rule has no 'then'"
            yield subject.finding(Kind.UNUSED, (*place, "id"), message, "use it or take it out")
    spoken = set(_spoken_of(situations))
    for kind, shape in draft.head.kinds.items():
        if not any(one == kind for one, _ in spoken):
            continue  # a kind of which no rule speaks is there to be looked at
        for part in shape.parts:
            if (kind, part) not in spoken:
                message = f"nothing asks for the part '{part}' of kind '{kind}'"
                yield subject.finding(Kind.UNUSED, ("kinds", kind, "parts", part), message, "", key=True)
        roles = _roles_of(situations, kind)
        for role in shape.roles:
            if role not in roles:
                message = f"nothing asks for the role '{role}' of kind '{kind}'"
                yield subject.finding(Kind.UNUSED, ("kinds", kind, "roles", role), message, "", key=True)


def possible(situations: Situations, kind: str, literals: Sequence[Literal]) -> set[tuple[Truth, ...]] | None:
    """The truths that literals can have together when all is seen; None when that cannot be told."""
    seen = situations.of(kind, literals)
    return None if seen is None else set(seen)


def covers(situations: Situations, kind: str, one: Literal, other: Literal) -> bool:
    """Whether `one` can be true, and never without `other`, also when not all is seen."""
    seen = situations.of(kind, [one, other], unknown=True)
    rights = {vector[1] for vector in seen or () if vector[0] is Truth.TRUE}
    return rights == {Truth.TRUE}


def _group(situations: Situations, group: Group) -> Iterator[Finding]:
    """What is impossible, or certain, only because of how conditions stand together."""
    subject = situations.subject
    alone = [possible(situations, group.kind, [one.literal]) for one in group.items]
    if len(group.items) == 1 or any(one is None or len(one) == 1 for one in alone):
        return
    together = possible(situations, group.kind, [group.literal])
    if together == {(Truth.TRUE,)}:
        message = f"one of these conditions is always true, so '{group.name}' is true whatever is seen"
        yield subject.finding(Kind.ALWAYS, group.place, message, "leave out one of them")
    elif together == {(Truth.FALSE,)}:
        for one, other in combinations(group.items, 2):
            both = possible(situations, group.kind, [one.literal, other.literal])
            if both is not None and (Truth.TRUE, Truth.TRUE) not in both:
                message = f"'{one.words}' and '{other.words}' are never true together"
                yield subject.finding(Kind.NEVER, other.place, message, f"so '{group.name}' is never true")
                return
        message = f"these conditions are never true together, so '{group.name}' is never true"
        yield subject.finding(Kind.NEVER, group.place, message, "leave out one of them")


def _covered(situations: Situations, kind: str, literals: Sequence[Literal]) -> Iterator[tuple[int, int]]:
    """Pairs of the covered and its cover; of two that say the same, the later one is the covered."""
    done: set[int] = set()
    for first, second in combinations(range(len(literals)), 2):
        for covered, cover in ((second, first), (first, second)):
            if not done & {covered, cover} and covers(situations, kind, literals[covered], literals[cover]):
                done.add(covered)
                yield covered, cover


def _twins(situations: Situations) -> Iterator[Finding]:
    """Rules that are true in just the same situations, and of which neither rules anything."""
    subject = situations.subject
    plain = [
        one
        for one, shape in zip(subject.rules, subject.references.draft.rules.values(), strict=True)
        if shape.then is None
    ]
    for one, other in combinations(plain, 2):
        if one.kind == other.kind and _alike(situations, one, other) and not _rests_on(situations, one, other):
            ways = ((one.literal, other.literal), (other.literal, one.literal))
            if all(covers(situations, one.kind, *way) for way in ways):
                message = f"the rule '{other.name}' says the same as '{one.name}'"
                yield subject.finding(Kind.SHADOWED, (*other.place[:-1], "id"), message, "keep one of them")


def _alike(situations: Situations, one: Group, other: Group) -> bool:
    """Whether two rules look at the same observations, without which they can hardly say the same."""
    return situations.reads(one.kind, [one.literal]) == situations.reads(other.kind, [other.literal])


def _rests_on(situations: Situations, one: Group, other: Group) -> bool:
    behind = [situations.facts(group.kind, [group.literal]) or frozenset() for group in (one, other)]
    return (other.kind, other.fact) in behind[0] or (one.kind, one.fact) in behind[1]


def _asked_for(situations: Situations) -> Iterator[Literal]:
    yield from (asked.literal for asked in situations.subject.asked())


def _idle(situations: Situations) -> set[str]:
    """The rules that nothing but other such rules asks for, and that rule nothing."""
    subject = situations.subject
    rules = {group.name: group for group in subject.rules}
    ruling = {one.fact for one in subject.pack.rulings}
    outside = [*subject.evidence(), *(one for group in subject.groups if group.what != "rule" for one in group.items)]
    ahead = [*(one.literal.fact for one in outside), *ruling]
    busy: set[str] = set()
    while ahead:
        fact = ahead.pop()
        if fact in rules and fact not in busy:
            busy.add(fact)
            ahead += [one.literal.fact for one in rules[fact].items]
    return rules.keys() - busy


def _roles_of(situations: Situations, kind: str) -> set[str]:
    of_causes = {cause.cause.of for problem, cause in situations.subject.causes() if problem.problem.kind == kind}
    return of_causes | {asked.literal.of for asked in situations.subject.asked() if asked.kind == kind}


def _spoken_of(situations: Situations) -> Iterator[tuple[str, str]]:
    """The parts, by kind, that detectors, steadiness or the words in braces of a remedy name."""
    subject = situations.subject
    yield from ((one.kind, one.observe.partition(".")[0]) for one in subject.pack.detectors)
    for problem in subject.problems:
        kind = problem.problem.kind
        yield from ((kind, name.partition(".")[0]) for name in problem.problem.recovery.steady)
    for problem, _, remedy in subject.remedies():
        given = [value for step in remedy.remedy.steps for value in step.params.values() if isinstance(value, str)]
        words = remedy.remedy.instruction
        for text in (*given, *((words.en, words.zh) if words else ())):
            yield from ((problem.problem.kind, one.partition(".")[0]) for one in placeholders(text))
