"""Two sides that say different things are told apart by what differs, and for exactly as long as it does."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model import CauseId, ProblemId, ProblemRef, Severity, TargetId
from engine.rehearsing.comparison import LEAST_SHARE, Aspect, Comparison, View, disagreements
from engine.rehearsing.header import Told

REF = ProblemRef(target=TargetId("shop"), problem=ProblemId("shop.down"))
OTHER = ProblemRef(target=TargetId("db"), problem=ProblemId("db.down"))


def told(*causes: tuple[str, float], severity: Severity = Severity.P1, follows: ProblemRef | None = None) -> Told:
    return Told(
        ref=REF,
        severity=severity,
        causes=tuple((CauseId(cause), share) for cause, share in causes),
        follows=follows,
    )


ONE = View(told=told(("a", 0.7), ("b", 0.3)), remedy="clean: wipe")


@pytest.mark.parametrize(
    ("other", "aspects"),
    [
        (ONE, {}),
        (None, {Aspect.PROBLEM: ("P1 a at 0.700", "no such problem")}),
        (replace(ONE, told=told(("b", 0.7), ("a", 0.3))), {Aspect.CAUSE: ("a at 0.700", "b at 0.700")}),
        (
            replace(ONE, told=told(("a", 0.7), ("c", 0.3))),
            {Aspect.PROBABILITY: ("b at 0.300, no c", "no b, c at 0.300")},
        ),
        (
            replace(ONE, told=told(("a", 0.8), ("b", 0.2))),
            {Aspect.PROBABILITY: ("a at 0.700, b at 0.300", "a at 0.800, b at 0.200")},
        ),
        (replace(ONE, told=told(("a", 0.7 + LEAST_SHARE / 2), ("b", 0.3 - LEAST_SHARE / 2))), {}),
        (replace(ONE, told=replace(ONE.told, severity=Severity.P0)), {Aspect.SEVERITY: ("P1", "P0")}),
        (replace(ONE, told=replace(ONE.told, follows=OTHER)), {Aspect.ROOT: ("a root", "follows from db.down@db")}),
        (replace(ONE, remedy=""), {Aspect.REMEDY: ("clean: wipe", "none")}),
        (
            View(told=told(("b", 1.0), severity=Severity.P3, follows=OTHER)),
            {
                Aspect.CAUSE: ("a at 0.700", "b at 1.000"),
                Aspect.SEVERITY: ("P1", "P3"),
                Aspect.ROOT: ("a root", "follows from db.down@db"),
                Aspect.REMEDY: ("clean: wipe", "none"),
            },
        ),
    ],
)
def test_what_differs_is_named(other: View | None, aspects: Mapping[Aspect, tuple[str, str]]) -> None:
    found = disagreements(7.0, {REF: ONE}, {} if other is None else {REF: other})
    assert {one.aspect: (one.ours, one.theirs) for one in found} == aspects
    turned = disagreements(7.0, {} if other is None else {REF: other}, {REF: ONE})
    assert {one.aspect: {one.ours, one.theirs} for one in turned if one.aspect is not Aspect.PROBABILITY} == {
        aspect: set(said) for aspect, said in aspects.items() if aspect is not Aspect.PROBABILITY
    }
    assert {(one.ref, one.since, one.until) for one in found} <= {(REF, 7.0, None)}


SIDES = st.dictionaries(
    st.sampled_from([REF, OTHER]),
    st.sampled_from([ONE, replace(ONE, remedy="other"), View(told=told(("b", 0.9), ("a", 0.1)))]),
)


@given(st.lists(st.tuples(st.integers(0, 3), SIDES, SIDES), min_size=1, max_size=12))
def test_at_every_moment_the_disagreements_are_those_of_that_moment(
    story: list[tuple[int, dict[ProblemRef, View], dict[ProblemRef, View]]],
) -> None:
    comparison, at = Comparison(), 0.0
    moments: dict[float, tuple[dict[ProblemRef, View], dict[ProblemRef, View]]] = {}
    for step, ours, theirs in story:
        at += step
        comparison.at(at, ours, theirs)
        moments[at] = (ours, theirs)
    found = comparison.found()
    for moment, (ours, theirs) in moments.items():
        then = {
            (one.ref, one.aspect, one.ours, one.theirs)
            for one in found
            if one.since <= moment and (one.until is None or moment < one.until)
        }
        assert then == {(one.ref, one.aspect, one.ours, one.theirs) for one in disagreements(moment, ours, theirs)}
    keys = [(one.since, one.ref, one.aspect) for one in found]
    assert keys == sorted(keys)
    assert all(one.until is None or one.since < one.until for one in found)
