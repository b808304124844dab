"""What depends on each other is inferred together, what does not is not, and only when its facts changed."""

from collections.abc import Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st

from engine.inference.native import NativeInference
from engine.inference.scope import ScopedInference, components, dependents
from engine.knowledge import Literal, Program, Rule
from engine.model import Conclusions, Fact, FactName, Firing, Target, TargetId, Truth

NAMES = st.sampled_from("abcdef")
LINKS = st.dictionaries(NAMES, st.lists(NAMES, max_size=2))


def targets(links: Mapping[str, Sequence[str]]) -> tuple[Target, ...]:
    return tuple(
        Target(
            id=TargetId(name),
            kind="app",
            parts={},
            depends_on={f"role-{number}": TargetId(other) for number, other in enumerate(others)},
        )
        for name, others in links.items()
    )


def ids(groups: Sequence[Sequence[Target]]) -> list[list[str]]:
    return [[one.id for one in group] for group in groups]


def test_components_follow_the_links_both_ways_in_the_order_given() -> None:
    links = {"a": ["b"], "x": [], "c": ["b"], "b": [], "y": ["x"]}
    assert ids(components(targets(links))) == [["a", "c", "b"], ["x", "y"]]


def test_a_link_to_nobody_and_to_oneself_and_a_circle_connect_what_they_connect() -> None:
    links = {"a": ["nobody"], "b": ["b"], "c": ["d"], "d": ["e"], "e": ["c"]}
    assert ids(components(targets(links))) == [["a"], ["b"], ["c", "d", "e"]]
    assert components(()) == ()


@given(LINKS)
def test_every_target_is_in_one_component_and_linked_ones_share_it(links: dict[str, list[str]]) -> None:
    groups = ids(components(targets(links)))
    place = {name: number for number, group in enumerate(groups) for name in group}
    assert sorted(name for group in groups for name in group) == sorted(links)
    assert all(place[name] == place[other] for name, others in links.items() for other in others if other in place)
    for group in groups:
        reached = {group[0]}
        for _ in group:
            reached |= {one for one in group if any(other in reached for other in links[one])}
            reached |= {other for one in reached for other in links[one] if other in place}
        assert reached == set(group)


@given(LINKS, NAMES)
def test_dependents_are_all_that_lean_on_a_target_and_itself(links: dict[str, list[str]], of: str) -> None:
    def leans(name: str, seen: frozenset[str] = frozenset()) -> bool:
        if name == of:
            return True
        return any(leans(other, seen | {name}) for other in links.get(name, ()) if other not in seen)

    assert dependents(targets(links), TargetId(of)) == {of, *(name for name in links if leans(name))}


class Counting:
    """Native inference that says what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def infer(self, program: Program, targets: Sequence[Target], facts: Mapping[Fact, Truth]) -> Conclusions:
        self.asked.append([one.id for one in targets])
        assert {fact.target for fact in facts} <= {one.id for one in targets}
        return NativeInference().infer(program, targets, facts)


RULES = Program(
    levels=(
        (
            Rule(
                id="r",
                kind="app",
                concludes=FactName("bad"),
                when=(Literal(fact=FactName("ill"), of="role-0"),),
            ),
        ),
    ),
    given={"app": (FactName("ill"),)},
)


def fact(target: str, name: str) -> Fact:
    return Fact(target=TargetId(target), name=FactName(name))


def test_only_a_component_whose_facts_changed_is_inferred_anew() -> None:
    counting = Counting()
    scoped = ScopedInference(program=RULES, targets=targets({"a": ["b"], "b": [], "x": []}), inference=counting)
    facts = {fact("b", "ill"): Truth.FALSE, fact("x", "ill"): Truth.FALSE}
    assert scoped.infer(facts).truth(fact("a", "bad")) is Truth.FALSE
    assert counting.asked == [["a", "b"], ["x"]]
    first = scoped.infer(dict(facts))
    assert len(counting.asked) == 2
    assert scoped.infer(dict(facts)) is first
    concluded = scoped.infer({**facts, fact("b", "ill"): Truth.TRUE})
    assert counting.asked[2:] == [["a", "b"]]
    assert concluded.truth(fact("a", "bad")) is Truth.TRUE
    assert concluded.truth(fact("x", "ill")) is Truth.FALSE
    assert scoped.infer({fact("x", "ill"): Truth.FALSE}).truth(fact("a", "bad")) is Truth.UNKNOWN
    assert first.truth(fact("a", "bad")) is Truth.FALSE
    assert fact("x", "odd") in scoped.infer({fact("x", "odd"): Truth.TRUE}).truths
    assert fact("x", "odd") not in scoped.infer({}).truths
    assert concluded.proof == (Firing(rule="r", concluded=fact("a", "bad"), used=(fact("b", "ill"),)),)


def test_what_was_known_of_a_component_that_failed_is_not_taken_for_its_new_answer() -> None:
    class Failing(Counting):
        def infer(self, program: Program, targets: Sequence[Target], facts: Mapping[Fact, Truth]) -> Conclusions:
            super().infer(program, targets, facts)
            if len(self.asked) == 2:
                raise ZeroDivisionError
            return NativeInference().infer(program, targets, facts)

    failing = Failing()
    scoped = ScopedInference(program=RULES, targets=targets({"a": ["b"], "b": []}), inference=failing)
    scoped.infer({fact("b", "ill"): Truth.FALSE})
    ill = {fact("b", "ill"): Truth.TRUE}
    for _ in range(2):
        try:
            answer = scoped.infer(ill)
        except ZeroDivisionError:
            continue
    assert answer.truth(fact("a", "bad")) is Truth.TRUE
    assert len(failing.asked) == 3
