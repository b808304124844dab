"""What detectors say, as tables: each row is a story of (moment, value) and the truth at a moment after it."""

import math

import pytest

from engine.inference.detectors import Detectors
from engine.knowledge import Above, Below, Detector, OneOf, Test
from engine.model import Fact, FactName, Observation, Scalar, Target, TargetId, Truth, Unknown

HERE = TargetId("here")
DOWN = Fact(target=HERE, name=FactName("down"))
YES, NO, MAYBE = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN
GONE = Unknown(because="no answer")
IS_DOWN = OneOf(values=("down",))


def target(name: str = "here", kind: str = "service") -> Target:
    return Target(id=TargetId(name), kind=kind, parts={})


def detector(test: Test = IS_DOWN, *, hold: float = 0.0, expires: float = 100.0, fact: str = "down") -> Detector:
    return Detector(fact=FactName(fact), kind="service", observe="port.state", test=test, hold=hold, expires=expires)


def seen(at: float, value: Scalar | Unknown, on: str = "here", name: str = "port.state") -> Observation:
    return Observation(target=TargetId(on), name=name, value=value, at=at)


def truth_after(story: list[tuple[float, Scalar | Unknown]], now: float, one: Detector) -> Truth:
    detectors = Detectors([one], [target()])
    for at, value in story:
        detectors.update([seen(at, value)], at)
    detectors.update([], now)
    return detectors.facts()[DOWN]


@pytest.mark.parametrize(
    ("rule", "test", "value", "truth"),
    [
        ("a value among the named ones makes it true", OneOf(values=("down", "gone")), "gone", YES),
        ("another value makes it false", IS_DOWN, "up", NO),
        ("an unknown value makes it unknown", IS_DOWN, GONE, MAYBE),
        ("a number where a word is asked for is unknown", IS_DOWN, 1, MAYBE),
        ("a word where a number is asked for is unknown", Above(bound=1, clear=1), "2", MAYBE),
        ("True is not the number 1", OneOf(values=(1,)), True, MAYBE),
        ("the number 1 is not True", OneOf(values=(True,)), 1, MAYBE),
        ("False is not the number 0", Below(bound=1, clear=1), False, MAYBE),
        ("a boolean equals itself", OneOf(values=(False,)), False, YES),
        ("1.0 is the number 1", OneOf(values=(1,)), 1.0, YES),
        ("a boolean is compared strictly also among mixed values", OneOf(values=(1, "up")), True, MAYBE),
        ("above is strictly above", Above(bound=90, clear=80), 90.0, NO),
        ("above its bound it is true", Above(bound=90, clear=80), 90.5, YES),
        ("below is strictly below", Below(bound=10, clear=20), 10.0, NO),
        ("below its bound it is true", Below(bound=10, clear=20), 9, YES),
        ("not-a-number is unknown", Above(bound=1, clear=1), math.nan, MAYBE),
        ("not-a-number is unknown also where one is listed", OneOf(values=(1.0,)), math.nan, MAYBE),
        ("infinity is above every bound", Above(bound=1, clear=1), math.inf, YES),
    ],
)
def test_one_value(rule: str, test: Test, value: Scalar | Unknown, truth: Truth) -> None:
    assert truth_after([(0, value)], 0, detector(test)) is truth, rule


@pytest.mark.parametrize(
    ("rule", "story", "now", "truth"),
    [
        ("from cold, a true test is unknown: it may have held before we came", [(0, "down")], 4, MAYBE),
        ("from cold, it is true once seen to hold long enough", [(0, "down")], 5, YES),
        ("after a false one, a true test is false until it has held", [(0, "up"), (1, "down")], 5.9, NO),
        ("it becomes true exactly when it has held", [(0, "up"), (1, "down")], 6, YES),
        ("a repeated true value does not start the hold anew", [(0, "up"), (1, "down"), (4, "down")], 6, YES),
        ("a false value in between starts the hold anew", [(0, "down"), (3, "up"), (4, "down")], 8.9, NO),
        ("it is false as soon as the test fails", [(0, "down"), (6, "up")], 6, NO),
        ("an unknown value makes it unknown at once", [(0, "down"), (6, GONE)], 6, MAYBE),
        ("a gap breaks a hold", [(0, "down"), (4, GONE), (4.1, "down")], 6, MAYBE),
        ("after a gap the hold starts anew", [(0, "down"), (4, GONE), (4.1, "down")], 9.2, YES),
        ("false before a short gap is still within the window", [(0, "up"), (1, GONE), (2, "down")], 5.9, NO),
        ("false before a gap is forgotten after the window", [(0, "up"), (1, GONE), (2, "down")], 6, MAYBE),
        ("expiry is unknown", [(0, "up")], 10, MAYBE),
        ("just before expiry it still stands", [(0, "up")], 9.9, NO),
        ("a value that comes after an expiry starts the hold anew", [(0, "down"), (12, "down")], 16, MAYBE),
        ("a value that comes just as the last expires leaves no gap", [(0, "down"), (10, "down")], 10, YES),
        ("an observation older than the last is ignored", [(3, "up"), (2, "down")], 3, NO),
        ("a second observation of the same moment is ignored", [(3, "up"), (3, "down")], 3, NO),
    ],
)
def test_hold_and_expiry(rule: str, story: list[tuple[float, Scalar | Unknown]], now: float, truth: Truth) -> None:
    detectors = Detectors([detector(hold=5, expires=10)], [target()])
    latest = 0.0
    for at, value in story:
        latest = max(latest, at)
        detectors.update([seen(at, value)], latest)
    detectors.update([], now)
    assert detectors.facts()[DOWN] is truth, rule
    if [at for at, _ in story] == sorted({at for at, _ in story}):
        in_one_go = Detectors([detector(hold=5, expires=10)], [target()])
        in_one_go.update([seen(at, value) for at, value in story], now)
        assert in_one_go.facts()[DOWN] is truth, f"{rule} (in one batch)"


@pytest.mark.parametrize(
    ("rule", "test", "values", "truth"),
    [
        ("between its bounds it stays true", Above(bound=90, clear=80), [95, 85], YES),
        ("at its clearing bound it clears", Above(bound=90, clear=80), [95, 80], NO),
        ("between its bounds it stays false", Above(bound=90, clear=80), [70, 85], NO),
        ("between its bounds, never seen above, it is false", Above(bound=90, clear=80), [85], NO),
        ("once cleared it needs its bound again", Above(bound=90, clear=80), [95, 75, 85], NO),
        ("below stays true between its bounds", Below(bound=10, clear=20), [5, 15], YES),
        ("below clears at its clearing bound", Below(bound=10, clear=20), [5, 20], NO),
        ("equal bounds mean no hysteresis", Above(bound=90, clear=90), [95, 90], NO),
        ("a gap does not clear it", Above(bound=90, clear=80), [95, GONE, 85], YES),
    ],
)
def test_hysteresis(rule: str, test: Test, values: list[Scalar | Unknown], truth: Truth) -> None:
    assert truth_after(list(enumerate(values)), len(values), detector(test)) is truth, rule


def test_every_fact_is_unknown_before_anything_was_seen() -> None:
    detectors = Detectors([detector()], [target("a"), target("b"), target("c", "database")])
    assert detectors.facts() == {Fact(target=TargetId(one), name=FactName("down")): MAYBE for one in ("a", "b")}
    assert detectors.pending(0) is None


def test_only_changes_are_told() -> None:
    detectors = Detectors([detector()], [target("a"), target("b")])
    assert detectors.update([seen(0, "down", "a")], 0) == {Fact(target=TargetId("a"), name=FactName("down")): YES}
    assert detectors.update([seen(1, "down", "a")], 1) == {}
    assert detectors.update([seen(2, "up", "a"), seen(2.5, "down", "a")], 3) == {}
    assert detectors.update([seen(3, "up", "nobody"), seen(3, "up", "a", "port.other")], 3) == {}


def test_one_observation_serves_every_detector_that_reads_it() -> None:
    detectors = Detectors([detector(), detector(OneOf(values=("up",)), fact="up")], [target()])
    assert detectors.update([seen(0, "up")], 0) == {DOWN: NO, Fact(target=HERE, name=FactName("up")): YES}


def test_pending_names_the_end_of_a_hold_then_the_expiry() -> None:
    detectors = Detectors([detector(hold=5, expires=60)], [target()])
    detectors.update([seen(0, "up")], 0)
    assert detectors.pending(0) == 60
    detectors.update([seen(1, "down")], 1)
    assert detectors.pending(1) == 6
    assert detectors.waiting() == {DOWN}
    assert detectors.update([], 5.9) == {}
    assert detectors.update([], 6) == {DOWN: YES}
    assert detectors.pending(6) == 61
    assert detectors.waiting() == frozenset()
    assert detectors.update([], 61) == {DOWN: MAYBE}
    assert detectors.pending(61) is None


def test_what_has_expired_no_longer_waits() -> None:
    detectors = Detectors([detector(hold=50, expires=10)], [target()])
    detectors.update([seen(0, "down")], 0)
    assert detectors.waiting() == {DOWN}
    assert detectors.pending(0) == 10
    detectors.update([], 10)
    assert detectors.waiting() == frozenset()


def test_pending_is_not_in_the_past() -> None:
    detectors = Detectors([detector(hold=5)], [target()])
    detectors.update([seen(0, "down")], 0)
    assert detectors.pending(7) == 7


def test_an_observation_from_the_future_counts_as_of_now() -> None:
    detectors = Detectors([detector()], [target()])
    detectors.update([seen(1_000_000, "down")], 0)
    assert detectors.update([seen(1, "up")], 1) == {DOWN: NO}


def test_a_clock_that_goes_back_forgets_everything_rather_than_trusting_old_values() -> None:
    detectors = Detectors([detector()], [target()])
    detectors.update([seen(1000, "down")], 1000)
    assert detectors.update([], 10) == {DOWN: MAYBE}
    assert detectors.update([seen(11, "up")], 11) == {DOWN: NO}


def test_the_heap_of_deadlines_stays_bounded_when_a_value_flaps() -> None:
    detectors = Detectors([detector(hold=1, expires=1e9)], [target()])
    for moment in range(0, 5000, 2):
        detectors.update([seen(moment, "up")], moment)
        detectors.update([seen(moment + 0.1, "down")], moment + 0.1)
        detectors.update([], moment + 1.5)
    assert len(detectors._deadlines) < 100
    assert detectors.pending(5000) == pytest.approx(1e9 + 4998.1)


def test_what_nobody_reads_leaves_nothing_behind() -> None:
    detectors = Detectors([detector()], [target(), target("other", "database")])
    for number in range(1000):
        unread = [seen(number, "up", on, f"port.{number}") for on in ("here", "other", "nobody")]
        assert detectors.update([*unread, seen(number, "up", "other")], number) == {}
    assert [len(streams) for streams in detectors._streams.values()] == [0, 0]


def test_of_two_detectors_of_one_fact_the_first_counts() -> None:
    detectors = Detectors([detector(), detector(OneOf(values=("up",))), detector(expires=1)], [target()])
    assert detectors.update([seen(0, "down")], 0) == {DOWN: YES}
    assert detectors.update([], 2) == {}
    assert detectors.facts() == {DOWN: YES}


def test_readers_that_expire_at_different_times_go_and_come_back_each_on_its_own() -> None:
    short, long = detector(expires=2), detector(expires=10, fact="late", hold=5)
    late = Fact(target=HERE, name=FactName("late"))
    detectors = Detectors([short, long], [target()])
    assert detectors.update([seen(0, "down")], 0) == {DOWN: YES}
    assert detectors.update([], 2) == {DOWN: MAYBE}
    assert detectors.update([seen(3, "down")], 3) == {DOWN: YES}
    assert detectors.update([], 5) == {DOWN: MAYBE, late: YES}
    assert detectors.update([seen(4.5, "down")], 6) == {DOWN: YES}, "late news that still stands"
    assert detectors.update([], 14.5) == {DOWN: MAYBE, late: MAYBE}
    assert detectors.pending(15) is None
