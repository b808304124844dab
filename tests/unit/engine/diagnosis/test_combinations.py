"""Facts of one observable turn out together: each row lists what one value can make of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.diagnosis.combinations import combinations
from engine.inference.detectors import Detectors
from engine.knowledge import Above, Below, OneOf, Test
from engine.model import Fact, Observation, Scalar, Target, TargetId, Truth
from tests.support.suspects import detector

TRUE, FALSE = OneOf(values=(True,)), OneOf(values=(False,))
ABOVE_5, ABOVE_9, BELOW_3 = Above(bound=5, clear=5), Above(bound=9, clear=9), Below(bound=3, clear=3)


def rows(*tests: Test) -> set[str]:
    """The combinations as words such as "TF", in the order of the tests."""
    detectors = [detector("a.b", test, str(number)) for number, test in enumerate(tests)]
    return {
        "".join("T" if one[name.fact] is Truth.TRUE else "F" for name in detectors) for one in combinations(detectors)
    }


@pytest.mark.parametrize(
    ("rule", "tests", "expected"),
    [
        ("a fact alone is true or false", [TRUE], {"T", "F"}),
        ("a boolean is one or the other", [TRUE, FALSE], {"TF", "FT"}),
        ("a word may be one that nobody names", [OneOf(values=("a",)), OneOf(values=("b",))], {"TF", "FT", "FF"}),
        ("sets of words overlap", [OneOf(values=("a", "b")), OneOf(values=("b", "c"))], {"TF", "TT", "FT", "FF"}),
        ("a set holds what it is part of", [OneOf(values=("a", "b")), OneOf(values=("a",))], {"TT", "TF", "FF"}),
        ("what is above 9 is above 5", [ABOVE_5, ABOVE_9], {"TT", "TF", "FF"}),
        ("below and above leave a middle", [ABOVE_5, BELOW_3], {"TF", "FT", "FF"}),
        ("at a bound nothing is above it", [ABOVE_5, OneOf(values=(5,))], {"TF", "FT", "FF"}),
        ("true is not one", [TRUE, OneOf(values=(1,))], {"TF", "FT", "FF"}),
        ("no detector, one way to turn out", [], {""}),
    ],
)
def test_what_one_value_can_make_of_facts(rule: str, tests: list[Test], expected: set[str]) -> None:
    assert rows(*tests) == expected, rule


NUMBERS = st.integers(-3, 3).map(float)
TESTS = st.one_of(
    st.builds(lambda one: Above(bound=one, clear=one), NUMBERS),
    st.builds(lambda one: Below(bound=one, clear=one), NUMBERS),
    st.lists(NUMBERS, min_size=1, max_size=2, unique=True).map(lambda some: OneOf(values=tuple(sorted(some)))),
)


@given(st.lists(TESTS, min_size=1, max_size=4), st.floats(-5, 5) | NUMBERS)
def test_whatever_the_detectors_really_say_was_foreseen(tests: list[Test], value: Scalar) -> None:
    detectors = [detector("a.b", test, str(number)) for number, test in enumerate(tests)]
    target = Target(id=TargetId("t"), kind="app", parts={})
    said = Detectors(detectors, [target]).update([Observation(target=target.id, name="a.b", value=value, at=1.0)], 1.0)
    now = {one.fact: said[Fact(target=target.id, name=one.fact)] for one in detectors}
    assert now in [dict(one) for one in combinations(detectors)]
