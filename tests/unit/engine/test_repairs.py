"""Remedies that do the same are one repair: each row is a pair that is, or is not."""

from dataclasses import replace

import pytest

from engine.knowledge import ActionCall, Remedy
from engine.repairs import as_repairs, doing
from tests.support.suspects import remedy, text


def call(action: str, **params: str | int | bool) -> ActionCall:
    return ActionCall(action=action, params=params)


def steps(*calls: ActionCall, name: str = "r") -> Remedy:
    return replace(remedy(name), steps=calls)


@pytest.mark.parametrize(
    ("rule", "one", "other", "same"),
    [
        ("names and numbers make no difference", steps(call("x")), replace(steps(call("x"), name="s"), cost=99), True),
        ("nor does the order of parameters", steps(call("x", a=1, b=2)), steps(call("x", b=2, a=1)), True),
        ("the order of steps does", steps(call("x"), call("y")), steps(call("y"), call("x")), False),
        ("a step more is another repair", steps(call("x")), steps(call("x"), call("y")), False),
        ("other parameters too", steps(call("x", a=1)), steps(call("x", a=2)), False),
        (
            "words beside steps make no difference",
            steps(call("x")),
            replace(steps(call("x")), instruction=text("w")),
            True,
        ),
        (
            "words alone are the same when they say the same",
            replace(remedy("r"), instruction=text("w")),
            replace(remedy("s"), instruction=text("w")),
            True,
        ),
        (
            "and others when they do not",
            replace(remedy("r"), instruction=text("w")),
            replace(remedy("r"), instruction=text("v")),
            False,
        ),
    ],
)
def test_what_does_the_same(rule: str, one: Remedy, other: Remedy, same: bool) -> None:  # noqa: FBT001 - a column
    assert (doing(one) == doing(other)) is same, rule


def test_repairs_keep_the_order_in_which_they_are_offered() -> None:
    a, b, c = steps(call("x"), name="a"), steps(call("y"), name="b"), steps(call("x"), name="c")
    assert as_repairs([("one", a), ("one", b), ("two", c)]) == ((("one", a), ("two", c)), (("one", b),))


def test_what_does_the_same_as_what_was_tried_is_left_out() -> None:
    a, b, c = steps(call("x"), name="a"), steps(call("y"), name="b"), steps(call("x"), name="c")
    assert as_repairs([("one", a), ("one", b), ("two", c)], {"c"}) == ((("one", b),),)
