"""The facts of detectors are a view that tells what changed lately, and says so when it does not remember."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.inference import facts as module
from engine.inference.detectors import Detectors
from engine.inference.native import NativeInference
from engine.inference.scope import ScopedInference
from engine.knowledge import Above, Detector, Literal, OneOf, Program, Rule
from engine.model import Fact, FactName, Observation, Target, TargetId, Truth

ILL, HOT, BAD = FactName("ill"), FactName("hot"), FactName("bad")
DETECTORS = [
    Detector(fact=ILL, kind="app", observe="state", test=OneOf(values=("ill",)), hold=2, expires=5),
    Detector(fact=HOT, kind="app", observe="load", test=Above(bound=5, clear=3), hold=0, expires=5),
]
TARGETS = tuple(
    Target(id=TargetId(name), kind="app", parts={}, depends_on={"peer": TargetId(peer)} if peer else {})
    for name, peer in (("a", "b"), ("b", ""), ("x", ""), ("y", "nobody"))
)
PROGRAM = Program(
    levels=(
        (
            Rule(id="r", kind="app", concludes=BAD, when=(Literal(fact=ILL, of="peer"), Literal(fact=HOT))),
            Rule(id="s", kind="app", concludes=BAD, when=(Literal(fact=ILL), Literal(fact=HOT, negated=True))),
        ),
    ),
    given={"app": (ILL, HOT)},
)


def seen(target: str, name: str, value: str | float, at: float) -> Observation:
    return Observation(target=TargetId(target), name=name, value=value, at=at)


def fact(target: str, name: FactName) -> Fact:
    return Fact(target=TargetId(target), name=name)


def test_the_view_has_every_fact_and_no_other() -> None:
    detectors = Detectors(DETECTORS, TARGETS)
    facts = detectors.facts()
    assert set(facts) == {fact(target, name) for target in ("a", "b", "x", "y") for name in (ILL, HOT)}
    assert len(facts) == 8
    detectors.update([seen("a", "load", 9, 1)], 1)
    assert detectors.facts() is facts
    assert facts[fact("a", HOT)] is Truth.TRUE
    for other in (fact("nobody", HOT), fact("a", BAD)):
        assert other not in facts
        with pytest.raises(KeyError):
            facts[other]


def test_it_tells_what_changed_since_a_revision() -> None:
    detectors = Detectors(DETECTORS, TARGETS)
    facts = detectors.facts()
    detectors.update([seen("a", "load", 9, 1), seen("b", "load", 1, 1)], 1)
    first = facts.revision
    assert facts.changed_since(0) == {fact("a", HOT), fact("b", HOT)}
    assert facts.changed_since(first) == set()
    detectors.update([seen("a", "load", 8, 2)], 2)
    assert facts.revision == first
    detectors.update([seen("a", "load", 1, 3)], 3)
    assert facts.changed_since(first) == {fact("a", HOT)}
    detectors.update([], 2.5)  # the clock goes back
    assert facts.changed_since(first) == {fact("a", HOT), fact("b", HOT)}


def test_what_was_too_long_ago_is_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_REMEMBERED", 3)
    detectors = Detectors(DETECTORS, TARGETS)
    facts = detectors.facts()
    for second in range(1, 6):
        detectors.update([seen("a", "load", 9 * (second % 2), second)], second)
    assert facts.changed_since(0) is None
    assert facts.changed_since(1) is None
    assert facts.changed_since(2) == {fact("a", HOT)}
    assert len(facts._lately) == 3


def test_the_facts_of_other_detectors_are_not_taken_for_changes_of_the_first() -> None:
    one, other = Detectors(DETECTORS, TARGETS), Detectors(DETECTORS, TARGETS)
    scoped = ScopedInference(program=PROGRAM, targets=TARGETS, inference=NativeInference())
    one.update([seen("a", "load", 9, 1)], 1)
    other.update([seen("x", "load", 9, 1)], 1)
    assert scoped.infer(one.facts()).truth(fact("a", HOT)) is Truth.TRUE
    concluded = scoped.infer(other.facts())
    assert concluded.truth(fact("a", HOT)) is Truth.UNKNOWN
    assert concluded.truth(fact("x", HOT)) is Truth.TRUE


STEPS = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 2, 6, -3]),
        st.lists(
            st.tuples(st.sampled_from("abxy"), st.sampled_from([("state", "ill"), ("state", "well")])).map(
                lambda drawn: (drawn[0], *drawn[1])
            )
            | st.tuples(st.sampled_from("abxy"), st.just("load"), st.integers(0, 8)),
            max_size=4,
        ),
        st.booleans(),
    ),
    max_size=20,
)


@settings(deadline=None)
@given(STEPS, st.integers(1, 6))
def test_inference_on_changes_concludes_what_inference_on_everything_does(
    steps: list[tuple[float, list[tuple[str, str, str | float]], bool]], remembered: int
) -> None:
    """Also when some changes are not asked about, too many have passed, or the clock goes back."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_MOST_REMEMBERED", remembered)
        detectors = Detectors(DETECTORS, TARGETS)
        scoped = ScopedInference(program=PROGRAM, targets=TARGETS, inference=NativeInference())
        now = 10.0
        for passed, batch, ask in steps:
            now += passed
            detectors.update([seen(target, name, value, now) for target, name, value in batch], now)
            if ask:
                facts = dict(detectors.facts())
                anew = ScopedInference(program=PROGRAM, targets=TARGETS, inference=NativeInference())
                assert scoped.infer(detectors.facts()) == anew.infer(facts)
