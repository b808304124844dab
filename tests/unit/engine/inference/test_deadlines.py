"""Whoever asked is woken in time, once, and what nobody waits for any more does not pile up."""

import math
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.inference.deadlines import Deadlines


class Sleeper:
    """Wants to be woken at `real`, which may move back after it has asked."""

    def __init__(self) -> None:
        self.wake = math.inf
        self.real = math.inf


def woken(deadlines: Deadlines[Sleeper], now: float) -> list[Sleeper]:
    """Those whose time has really come; the others ask again, as a user must."""
    found = []
    for sleeper in deadlines.due(now):
        assert sleeper.wake == math.inf
        if sleeper.real <= now:
            found.append(sleeper)
            sleeper.real = math.inf
        else:
            deadlines.ask(sleeper, sleeper.real)
    return found


DELAYS = st.sampled_from([0.0, 0.25, 0.5, 1.0, 1.5, 7.0, 100.25, 1e9, math.inf])
STEPS = st.lists(st.tuples(st.sampled_from([0.0, 0.25, 1.0, 3.0, 200.0]), st.integers(0, 3), DELAYS), max_size=60)


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_everyone_is_woken_at_the_first_look_after_its_time_and_first_names_the_earliest(
    steps: Sequence[tuple[float, int, float]],
) -> None:
    sleepers = [Sleeper() for _ in range(4)]
    deadlines: Deadlines[Sleeper] = Deadlines()
    now = 0.0
    for passed, who, delay in steps:
        now += passed
        expected = {one for one in sleepers if one.real <= now}
        due = woken(deadlines, now)
        assert set(due) == expected
        assert len(due) == len(expected)
        one = sleepers[who]
        if one.real == math.inf or now + delay < one.real:
            one.real = now + delay
            deadlines.ask(one, one.real)
        else:
            one.real += delay  # put off, without a word
        earliest = min(one.real for one in sleepers)
        assert deadlines.soonest <= earliest
        if who:
            assert deadlines.first(lambda sleeper: sleeper.real) == earliest


def test_earlier_and_earlier_wishes_leave_no_heap_behind() -> None:
    sleeper = Sleeper()
    deadlines: Deadlines[Sleeper] = Deadlines()
    for turn in range(5000):
        deadlines.ask(sleeper, 1e9)
        sleeper.real = turn + 0.5
        deadlines.ask(sleeper, sleeper.real)
        assert woken(deadlines, turn + 0.5) == [sleeper]
    assert len(deadlines) < 200


def test_many_far_deadlines_that_are_put_off_for_ever_are_one_entry_each() -> None:
    sleepers = [Sleeper() for _ in range(500)]
    deadlines: Deadlines[Sleeper] = Deadlines()
    for one in sleepers:
        one.real = 30.0
        deadlines.ask(one, 30.0)
    for second in range(1000):
        for one in sleepers:
            one.real = second + 30.0
        assert woken(deadlines, float(second)) == []
    assert len(deadlines) == 500
    assert len(woken(deadlines, 2000.0)) == 500
    assert len(deadlines) == 0
    assert deadlines.soonest == math.inf
