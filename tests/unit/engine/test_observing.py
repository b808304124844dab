"""The observer survives probes that hang, raise or answer nonsense, and never makes a value of them."""

import math
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest

from engine.errors import InternalError
from engine.model import Observable, Observation, Reading, TargetId, Unknown
from engine.observing import Observer, checked

STATE = Observable(name="state", type=str, values=("up", "down"))
COUNT = Observable(name="count", type=int)
SHARE = Observable(name="share", type=float, unit="%")
FRESH = Observable(name="fresh", type=bool)
NOTE = Observable(name="note", type=str)
ALL = (STATE, COUNT, SHARE, FRESH, NOTE)
PROPER = (
    Reading(name="state", value="up"),
    Reading(name="count", value=3),
    Reading(name="share", value=1.5),
    Reading(name="fresh", value=True),
    Reading(name="note", value="fine"),
)


@dataclass
class FakeClock:
    time: float = 1000.0

    def now(self) -> float:
        return self.time


@dataclass
class FakeProbe:
    """Answers with what it is given; an exception is raised, a function called."""

    name: ClassVar[str] = "fake"
    settings: ClassVar[type[Any]] = dict
    observables: ClassVar[tuple[Observable, ...]] = ALL

    answer: Sequence[Any] | BaseException | Callable[[], Sequence[Any]] = PROPER
    timeout: float = 5.0
    asked: int = field(default=0)

    @classmethod
    def bind(cls, settings: Any) -> "FakeProbe":
        return cls(settings)

    def observe(self) -> Sequence[Reading]:
        self.asked += 1
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer() if callable(self.answer) else self.answer


def place(target: str, part: str = "part") -> tuple[TargetId, str]:
    return TargetId(target), part


def reasons(observations: Sequence[Observation]) -> set[str]:
    return {one.value.because if isinstance(one.value, Unknown) else "known" for one in observations}


@pytest.fixture
def hanging() -> Iterator[tuple[FakeProbe, threading.Event]]:
    """A probe that hangs until its event is set, as it is at the end of the test."""
    released = threading.Event()

    def answer() -> Sequence[Reading]:
        released.wait(30)
        return PROPER

    yield FakeProbe(answer, timeout=0.2), released
    released.set()


def test_each_observable_becomes_an_observation_named_after_its_part_at_the_time_of_the_clock() -> None:
    observations = Observer({place("app", "health"): FakeProbe()}, FakeClock(12.5)).observe()
    assert [(one.target, one.name, one.value, one.at) for one in observations] == [
        ("app", "health.state", "up", 12.5),
        ("app", "health.count", 3, 12.5),
        ("app", "health.share", 1.5, 12.5),
        ("app", "health.fresh", True, 12.5),
        ("app", "health.note", "fine", 12.5),
    ]


def test_observations_come_in_the_order_of_target_and_part_whatever_is_fast() -> None:
    def slowly() -> Sequence[Reading]:
        time.sleep(0.05)
        return PROPER

    probes = {place("b"): FakeProbe(), place("a", "z"): FakeProbe(), place("a", "b"): FakeProbe(slowly)}
    names = [(one.target, one.name) for one in Observer(probes, FakeClock()).observe()]
    assert names == [(t, f"{p}.{o.name}") for t, p in (("a", "b"), ("a", "z"), ("b", "part")) for o in ALL]


def test_all_probes_look_at_the_same_time() -> None:
    together = threading.Barrier(20, timeout=10)

    def meet() -> Sequence[Reading]:
        together.wait()
        return PROPER

    probes = {place(f"t{number}"): FakeProbe(meet, timeout=15) for number in range(20)}
    assert reasons(Observer(probes, FakeClock()).observe()) == {"known"}


def test_a_probe_that_raises_is_unknown_with_its_error_and_the_others_are_not_harmed() -> None:
    probes = {place("a"): FakeProbe(ValueError("no such\x1b[31m thing " + "x" * 9999)), place("b"): FakeProbe()}
    observations = Observer(probes, FakeClock()).observe()
    (why,) = reasons(observations[: len(ALL)])
    assert why.startswith("the probe failed: ValueError: no such thing xxx")
    assert len(why) < 400
    assert reasons(observations[len(ALL) :]) == {"known"}


@pytest.mark.parametrize("failure", [SystemExit(1), KeyboardInterrupt(), RecursionError(), MemoryError()])
def test_no_exception_of_a_probe_ends_the_observer(failure: BaseException) -> None:
    (why,) = reasons(Observer({place("a"): FakeProbe(failure)}, FakeClock()).observe())
    assert why.startswith(f"the probe failed: {type(failure).__name__}")


def test_an_error_whose_text_fails_is_named_by_its_type() -> None:
    class UnspeakableError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    (why,) = reasons(Observer({place("a"): FakeProbe(UnspeakableError())}, FakeClock()).observe())
    assert why == "the probe failed: UnspeakableError"


def test_a_late_probe_is_unknown_after_its_own_time_limit(hanging: tuple[FakeProbe, threading.Event]) -> None:
    probe, _ = hanging
    began = time.monotonic()
    observations = Observer({place("a"): probe, place("b"): FakeProbe()}, FakeClock()).observe()
    assert 0.15 < time.monotonic() - began < 3
    assert reasons(observations[: len(ALL)]) == {"no answer within 0.2 s"}
    assert reasons(observations[len(ALL) :]) == {"known"}


def test_a_hanging_probe_is_not_asked_again_until_it_ends_and_its_stale_answer_is_dropped(
    hanging: tuple[FakeProbe, threading.Event],
) -> None:
    probe, released = hanging
    clock = FakeClock()
    observer = Observer({place("a"): probe}, clock)
    observer.observe()
    clock.time += 14
    began = time.monotonic()
    (why,) = reasons(observer.observe())
    assert why == "still no answer after 14 s (asked once; not asked again until it ends)"
    assert time.monotonic() - began < 0.15
    assert probe.asked == 1
    released.set()
    ends = time.monotonic() + 10
    while reasons(observer.observe()) != {"known"}:
        assert time.monotonic() < ends
    assert probe.asked == 2


def test_an_answer_after_the_time_limit_is_late_although_another_probe_took_longer_still() -> None:
    def sleep(seconds: float) -> Callable[[], Sequence[Reading]]:
        def answer() -> Sequence[Reading]:
            time.sleep(seconds)
            return PROPER

        return answer

    probes = {place("a"): FakeProbe(sleep(0.6)), place("b"): FakeProbe(sleep(0.3), timeout=0.1)}
    observations = Observer(probes, FakeClock()).observe()
    assert reasons(observations[: len(ALL)]) == {"known"}
    assert reasons(observations[len(ALL) :]) == {"no answer within 0.1 s"}


def test_hanging_probes_hold_one_thread_each_however_often_one_looks(
    hanging: tuple[FakeProbe, threading.Event],
) -> None:
    probe, _ = hanging
    before = threading.active_count()
    observer = Observer({place("a"): probe}, FakeClock())
    for _ in range(5):
        observer.observe()
    assert threading.active_count() <= before + 1


def test_a_hanging_probe_does_not_hold_up_the_end_of_the_process() -> None:
    code = """
from tests.unit.engine.test_observing import FakeClock, FakeProbe, Observer, place
import threading
observer = Observer({place("a"): FakeProbe(threading.Event().wait, timeout=0.1)}, FakeClock())
observer.observe()
observer.close()
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)


def test_a_closed_observer_looks_no_more() -> None:
    observer = Observer({place("a"): FakeProbe()}, FakeClock())
    observer.close()
    with pytest.raises(InternalError, match="closed"):
        observer.observe()


def test_an_observer_of_nothing_sees_nothing() -> None:
    assert Observer({}, FakeClock()).observe() == ()


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("state", "sideways", "the probe gave 'sideways', which is no one of up, down"),
        ("state", True, "the probe gave True, which is no one of up, down"),
        ("count", True, "the probe gave True, which is no whole number"),
        ("count", 3.0, "the probe gave 3.0, which is no whole number"),
        ("count", 2**63, "the probe gave 9223372036854775808, which is no whole number"),
        ("count", 10**400, "the probe gave 1000"),
        ("share", math.nan, "the probe gave nan, which is no finite number"),
        ("share", math.inf, "the probe gave inf, which is no finite number"),
        ("share", "1.5", "the probe gave '1.5', which is no finite number"),
        ("share", False, "the probe gave False, which is no finite number"),
        ("fresh", 1, "the probe gave 1, which is no truth value"),
        ("note", "a\nb", r"the probe gave 'a\nb', which is no short plain text"),
        ("note", "x" * 1001, "the probe gave 'xxx"),
        ("note", None, "the probe gave None, which is no short plain text"),
        ("note", Unknown(because=""), "the probe gave no reason"),
    ],
)
def test_an_improper_value_is_unknown_and_the_reason_shows_it(name: str, value: Any, why: str) -> None:
    answer = tuple(Reading(name=name, value=value) if one.name == name else one for one in PROPER)
    by_name = {one.name: one.value for one in checked(ALL, answer)}
    improper = by_name.pop(name)
    assert isinstance(improper, Unknown)
    assert improper.because.startswith(why)
    assert not any(isinstance(one, Unknown) for one in by_name.values())


def test_a_whole_number_will_do_for_a_share_and_becomes_one() -> None:
    (reading,) = checked((SHARE,), [Reading(name="share", value=3)])
    assert (reading.value, type(reading.value)) == (3.0, float)


@pytest.mark.parametrize(
    ("answer", "whys"),
    [
        ((), {"state": "the probe gave no value", "count": "the probe gave no value"}),
        (
            (PROPER[0], PROPER[0], PROPER[1]),
            {"state": "the probe gave 2 values"},
        ),
        ((*PROPER[:2], "x"), dict.fromkeys(("state", "count"), "the probe gave a str instead of a reading")),
        (PROPER[:3], {"'share'": "the probe gave a reading that it does not declare"}),
        (
            (*PROPER[:2], Reading(name="state\n", value="up")),
            {r"'state\n'": "the probe gave a reading that it does not declare"},
        ),
    ],
)
def test_what_is_missing_doubled_or_undeclared_is_unknown(answer: Sequence[Any], whys: Mapping[str, str]) -> None:
    given = checked((STATE, COUNT), answer)
    assert {one.name: one.value.because for one in given if isinstance(one.value, Unknown)} == whys


def test_an_answer_without_end_is_read_to_a_bound() -> None:
    def forever() -> Iterator[Reading]:
        while True:
            yield PROPER[0]

    (reading,) = checked((STATE,), forever())
    assert reading.value == Unknown(because="the probe gave 1000 values")


def test_details_and_reasons_are_single_safe_lines() -> None:
    state, count = checked(
        (STATE, COUNT),
        [
            Reading(name="state", value="up", detail="pid 1\n\x1b[2Jroot password=hunter2 " + "x" * 999),
            Reading(name="count", value=Unknown(because="no\r\nway " + "y" * 999)),
        ],
    )
    assert state.detail.startswith("pid 1 root password=*** xxx")
    assert len(state.detail) == 200
    assert isinstance(count.value, Unknown)
    assert count.value.because.startswith("no way yyy")
    assert len(count.value.because) == 300


def test_what_is_on_demand_is_looked_at_only_when_it_is_asked_for() -> None:
    probes = {place(name): FakeProbe() for name in "abc"}
    observer = Observer(probes, FakeClock(), on_demand={place("b")})
    assert sorted({one.target for one in observer.observe()}) == ["a", "c"]
    assert sorted({one.target for one in observer.observe({place("b"), place("c")})}) == ["b", "c"]
    assert observer.observe(frozenset()) == ()
