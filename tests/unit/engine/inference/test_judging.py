"""A judgement says the same as its tests would one by one, and knows which values leave it as it is."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.inference import judging
from engine.inference.judging import Readers
from engine.knowledge import Above, Below, Detector, OneOf, Test
from engine.model import FactName, Scalar, Unknown

GONE = Unknown(because="no answer")
BOUNDS = st.sampled_from([-2.5, 0, 1, 3, 3.5, 2.0**53, 2.0**60, 1e308])
TESTS: st.SearchStrategy[Test] = st.one_of(
    st.builds(lambda one, other: Above(bound=max(one, other), clear=min(one, other)), BOUNDS, BOUNDS),
    st.builds(lambda one, other: Below(bound=min(one, other), clear=max(one, other)), BOUNDS, BOUNDS),
    st.builds(
        lambda values: OneOf(values=tuple(values)),
        st.lists(st.sampled_from(["up", "down", True, False, 1, 3.0, 0, 2**53 + 1, math.inf]), min_size=1, max_size=4),
    ),
)
VALUES: st.SearchStrategy[Scalar | Unknown] = st.one_of(
    st.sampled_from(["up", "down", "gone", "", True, False, 0, 1, 3, 3.0, 3.5, 2**53, 2**53 + 1, 2**60 + 1, GONE]),
    st.sampled_from([math.inf, -math.inf, math.nan, math.nextafter(3.5, 9), math.nextafter(1, -9)]),
    st.floats(allow_nan=False),
    st.integers(),
    st.just(10**400),
)


def readers(tests: Sequence[Test]) -> Readers:
    return Readers(
        [
            Detector(fact=FactName(f"f{i}"), kind="k", observe="n", test=test, hold=0, expires=60)
            for i, test in enumerate(tests)
        ]
    )


def says(test: Test, value: Scalar | Unknown, *, latched: bool) -> bool | None:
    """The meaning of one test, written apart from the product."""
    number = type(value) is int or (type(value) is float and not math.isnan(value))
    match test:
        case Above(bound=bound, clear=clear):
            return value > (clear if latched else bound) if number else None
        case Below(bound=bound, clear=clear):
            return value < (clear if latched else bound) if number else None
        case OneOf(values=values):
            if number:
                listed = [one for one in values if not isinstance(one, (str, bool))]
            else:
                listed = [one for one in values if isinstance(one, (str, bool)) and type(one) is type(value)]
            return value in listed if listed else None


@given(st.lists(TESTS, min_size=1, max_size=5), st.lists(VALUES, max_size=12))
@example([Above(bound=2.0**53, clear=0)], [2**53, 2**53 + 1])
@example([OneOf(values=(2**53 + 1,))], [2.0**53, 2**53 + 1])
@example([OneOf(values=(math.nan, "up"))], [GONE, math.nan, "up"])
def test_any_values_in_a_row(tests: list[Test], values: list[Scalar | Unknown]) -> None:
    check(tests, values)


@given(st.lists(TESTS, min_size=1, max_size=5), st.lists(VALUES, max_size=12), st.integers(1, 5))
def test_any_values_in_a_row_when_there_are_too_many_judgements_to_share(
    tests: list[Test], values: list[Scalar | Unknown], most: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judging, "_MOST_JUDGEMENTS", most)
        machine = check(tests, values)
        assert len(machine._shared) <= most
        remembered = [
            one for shared in machine._shared.values() for one in (*shared.after.values(), *shared.beyond.values())
        ]
        assert all(one in machine._shared.values() for one in remembered)


def check(tests: list[Test], values: list[Scalar | Unknown]) -> Readers:
    machine = readers(tests)
    judgement = machine.cold
    latched = [False] * len(tests)
    for value in values:
        before = judgement
        expected = tuple(says(test, value, latched=was) for test, was in zip(tests, latched, strict=True))
        latched = [was if one is None else one for one, was in zip(expected, latched, strict=True)]
        judgement = machine.judge(before, value)
        assert judgement.says == expected
        assert judgement.latched == tuple(latched)
        if type(value) in {int, float} and before.low < value < before.high:
            assert judgement.says == before.says
        if type(value) in {str, bool}:
            assert machine.judge(before, value).says == expected
    return machine


@pytest.mark.parametrize(
    ("test", "value", "inside", "outside"),
    [
        (Above(bound=90, clear=80), 85, [90, 0, -1e300, 85.5], [90.5, math.nextafter(90, 91)]),
        (Above(bound=90, clear=80), 95, [80.5, 91, 1e300], [80, 79]),
        (Below(bound=10, clear=20), 15, [10, 11, 1e300], [9.5]),
        (Below(bound=10, clear=20), 5, [19, -1e300], [20, 21]),
        (OneOf(values=(200, 404)), 200, [200, 200.0], [201, 404]),
        (OneOf(values=(200, 404)), 300, [201, 403], [200, 404, 500]),
        (OneOf(values=("up",)), 1, [0, 2, 1e300], []),
        (OneOf(values=("up",)), "up", [], [0, 1]),
        (Above(bound=90, clear=80), GONE, [], [0, 100]),
    ],
)
def test_numbers_that_change_nothing_are_inside_the_band(
    test: Test, value: Scalar | Unknown, inside: list[float], outside: list[float]
) -> None:
    judgement = readers([test]).judge(readers([test]).cold, value)
    assert [number for number in inside if not judgement.low < number < judgement.high] == []
    assert [number for number in outside if judgement.low < number < judgement.high] == []


def test_targets_where_the_same_is_so_share_one_judgement() -> None:
    machine = readers([Above(bound=90, clear=80), OneOf(values=("up",))])
    low, high = machine.judge(machine.cold, 20), machine.judge(machine.cold, 95)
    assert machine.judge(machine.cold, 30) is low
    assert machine.judge(machine.judge(high, 70), 60.5) is low
    assert machine.judge(high, 85) is high
    assert low.asleep.says == low.says


def test_a_stream_of_words_and_numbers_that_never_repeat_does_not_grow_the_machine() -> None:
    machine = readers([OneOf(values=("up", *range(0, 20_000, 2)))])
    judgement = machine.cold
    for number in range(10_000):
        judgement = machine.judge(machine.judge(judgement, f"word {number}"), number)
    assert len(machine._shared) <= 4096
    assert all(len(one.after) <= 64 for one in machine._shared.values())
