"""Regions: few values that stand for all, and every one a value that a probe could give."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.inference.detectors import Detectors
from engine.knowledge import Above, Below, Detector, OneOf, Test
from engine.model import Fact, FactName, Observable, Observation, Reading, Scalar, Target, TargetId, Truth, Unknown
from engine.observing import checked
from engine.regions import UNSEEN, Region, judged, regions

KIND, NAME = "service", "port.load"
TARGET = Target(id=TargetId("a"), kind=KIND, parts={})
STATES = ("up", "down", "lost")


def detector(test: Test, *, fact: str = "", hold: float = 0.0, observe: str = NAME) -> Detector:
    return Detector(fact=FactName(fact or repr(test)), kind=KIND, observe=observe, test=test, hold=hold, expires=20)


def witnesses(tests: list[Test], observable: Observable | None = None) -> list[Scalar]:
    found = regions([detector(test) for test in tests], KIND, NAME, observable)
    assert found[-1].witness == UNSEEN
    return [one.witness for one in found[:-1] if not isinstance(one.witness, Unknown)]


FLOAT, INT = Observable(name="load", type=float), Observable(name="load", type=int)


@pytest.mark.parametrize(
    ("rule", "tests", "observable", "expected"),
    [
        ("a bound cuts the numbers in two", [Above(bound=90, clear=90)], FLOAT, [45, 91 + 44]),
        (
            "a share of a hundred stays one",
            [Above(bound=90, clear=90)],
            Observable(name="load", type=float, unit="%"),
            [45, 95],
        ),
        ("two bounds leave room between", [Above(bound=90, clear=90), Below(bound=94, clear=94)], FLOAT, [45, 92, 94]),
        ("hysteresis cuts as well", [Above(bound=90, clear=80)], FLOAT, [40, 85, 135]),
        ("between whole numbers there may be none", [Above(bound=1, clear=1), Below(bound=2, clear=2)], INT, [0, 2]),
        ("between measures there is one", [Above(bound=1, clear=1), Below(bound=2, clear=2)], FLOAT, [0.5, 1.5, 2]),
        ("a number and the rest", [OneOf(values=(3,))], INT, [1, 3]),
        ("both truths", [OneOf(values=(True,))], Observable(name="load", type=bool), [True, False]),
        ("a closed set", [OneOf(values=("up",))], Observable(name="load", type=str, values=STATES), ["up", "down"]),
        ("an open text", [OneOf(values=("other",))], Observable(name="load", type=str), ["other", "other-2"]),
        (
            "undeclared, the tests tell",
            [OneOf(values=("up",)), OneOf(values=(True,)), OneOf(values=(3,))],
            None,
            [True, False, "up", "other", 1.5, 3],
        ),
        ("a value stands for all that are judged alike", [OneOf(values=("up", True))], None, [True, False]),
        ("a test of another sort says nothing", [OneOf(values=("up",))], INT, []),
    ],
)
def test_witnesses(rule: str, tests: list[Test], observable: Observable | None, expected: list[Scalar]) -> None:
    found = witnesses(tests, observable)
    assert found == expected, rule
    if observable is not None:
        assert all(type(one) is observable.type for one in found)


def test_what_nobody_reads_has_no_regions() -> None:
    assert regions([detector(Above(bound=1, clear=1), observe="port.other")], KIND, NAME, FLOAT) == ()


def test_a_region_tells_what_becomes_true_and_how_long_it_takes() -> None:
    asked = [
        detector(Above(bound=5, clear=3), fact="high", hold=10),
        detector(Above(bound=9, clear=9), fact="higher", hold=60),
    ]
    low, band, high, higher, unseen = regions(asked, KIND, NAME, FLOAT)
    assert (low.true, low.false, low.sticky, low.hold) == (set(), {"high", "higher"}, set(), 0)
    assert (band.true, band.sticky) == (set(), {"high"})
    assert (high.true, high.false, high.hold) == ({"high"}, {"higher"}, 10)
    assert (higher.true, higher.hold) == ({"high", "higher"}, 60)
    assert [unseen.truth(FactName(name)) for name in ("high", "strange")] == [Truth.UNKNOWN] * 2


NUMBERS = st.one_of(
    st.integers(-3, 6), st.sampled_from([0.5, 1.25, 2.0, 5.5, 1e18, -(2.0**63), 2.0**70, 1e308, math.inf])
)
TESTS: st.SearchStrategy[Test] = st.one_of(
    st.builds(lambda a, b: Above(bound=max(a, b), clear=min(a, b)), NUMBERS, NUMBERS),
    st.builds(lambda a, b: Below(bound=min(a, b), clear=max(a, b)), NUMBERS, NUMBERS),
    st.builds(
        lambda values: OneOf(values=tuple(values)),
        st.lists(st.one_of(NUMBERS, st.booleans(), st.sampled_from(STATES)), min_size=1, max_size=3),
    ),
)
DETECTORS = st.lists(st.tuples(TESTS, st.sampled_from([0.0, 3.0, 50.0])), min_size=1, max_size=5).map(
    lambda drawn: [detector(test, fact=f"f{index}", hold=hold) for index, (test, hold) in enumerate(drawn)]
)
OBSERVABLES = st.sampled_from(
    [
        None,
        FLOAT,
        INT,
        Observable(name="load", type=float, unit="%"),
        Observable(name="load", type=bool),
        Observable(name="load", type=str),
        Observable(name="load", type=str, values=STATES),
    ]
)
VALUES = st.one_of(
    st.integers(-5, 8), st.floats(-5, 8), NUMBERS, st.booleans(), st.sampled_from([*STATES, "other", "x"])
)


def could_be_read(observable: Observable, value: Scalar) -> bool:
    (reading,) = checked((observable,), [Reading(name=observable.name, value=value)])
    return reading.value == value and type(reading.value) is observable.type


@settings(max_examples=400, deadline=None)
@given(DETECTORS, OBSERVABLES)
def test_every_witness_is_a_value_that_the_probe_could_give(
    asked: list[Detector], observable: Observable | None
) -> None:
    found = regions(asked, KIND, NAME, observable)
    assert found == regions(list(reversed(asked)), KIND, NAME, observable)
    if observable is not None:
        assert all(could_be_read(observable, one.witness) for one in found if not isinstance(one.witness, Unknown))


@settings(max_examples=600, deadline=None)
@given(DETECTORS, OBSERVABLES, VALUES)
def test_every_value_is_in_exactly_one_region(
    asked: list[Detector], observable: Observable | None, value: Scalar
) -> None:
    if observable is not None and not could_be_read(observable, value):
        return
    if observable is None and not any(judged(one, value) is not Truth.UNKNOWN for one in asked):
        return
    said = {one.fact: judged(one, value) for one in asked}
    sticks = {one.fact for one in asked if would_stay(one, value)}
    alike = [one for one in regions(asked, KIND, NAME, observable) if one.sticky == sticks and agrees(one, said)]
    assert len(alike) == 1 or abs(float(value)) >= 2.0**63


def agrees(region: Region, said: dict[FactName, Truth]) -> bool:
    return all(region.truth(fact) is truth for fact, truth in said.items())


def would_stay(one: Detector, value: Scalar) -> bool:
    """Whether the real detector, true before, stays true while it would not become true from cold."""
    test = one.test
    if judged(one, value) is not Truth.FALSE or isinstance(test, OneOf):
        return False
    assert isinstance(value, (int, float))
    return value > test.clear if isinstance(test, Above) else value < test.clear


@settings(max_examples=300, deadline=None)
@given(DETECTORS, OBSERVABLES)
def test_the_detectors_say_the_same_once_the_witness_has_stayed(
    asked: list[Detector], observable: Observable | None
) -> None:
    for region in regions(asked, KIND, NAME, observable):
        running = Detectors(asked, [TARGET])
        for moment in range(0, 51, 10):
            seen = Observation(target=TARGET.id, name=NAME, value=region.witness, at=float(moment))
            running.update([seen], float(moment))
            if moment >= region.hold:
                truths = running.facts()
                assert all(truths[Fact(target=TARGET.id, name=one.fact)] is region.truth(one.fact) for one in asked)


@pytest.mark.parametrize(
    ("test", "declared", "found"),
    [
        (Above(bound=100, clear=100), Observable(name="load", type=float, unit="%", least=0, most=100), 1),
        (Below(bound=0, clear=0), Observable(name="load", type=float, least=0), 1),
        (Above(bound=105, clear=105), Observable(name="load", type=float, least=100), 2),
        (OneOf(values=(100,)), Observable(name="load", type=int, least=100, most=599), 2),
        (OneOf(values=(599,)), Observable(name="load", type=int, least=100, most=599), 2),
        (OneOf(values=(1,)), Observable(name="load", type=int, least=1, most=1), 1),
    ],
)
def test_no_region_lies_beyond_what_the_observable_declares(test: Test, declared: Observable, found: int) -> None:
    least = -math.inf if declared.least is None else declared.least
    most = math.inf if declared.most is None else declared.most
    seen = witnesses([test], declared)
    assert all(least <= float(value) <= most for value in seen)
    assert len(seen) == found
