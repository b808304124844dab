"""Recovered is: healthy in several looks in a row, over a time, with nothing restarting meanwhile."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from engine.knowledge import Recovery
from engine.model import (
    Conclusions,
    Fact,
    FactName,
    Observation,
    Scalar,
    TargetId,
    Truth,
    Unknown,
)
from engine.remediation.verification import Look, Progress, Recoveries, Streak, extended, look, recovered
from engine.world import World
from tests.support import cases
from tests.support.bench import DARK, DOWN, SHOP, TARGETS, UP, pack

T, F, U = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN
RECOVERY = Recovery(fact=FactName("app-up"), looks=3, over=4.0, steady=("process.pid", "restarts.count"))
TARGET = TARGETS[0]
PROBLEM = pack().problem(pack().problems[0].id)
GOOD, BAD, DIM = Look.HEALTHY, Look.UNHEALTHY, Look.UNKNOWN


def world(at: float = 0.0, pid: Scalar | Unknown | None = 7, **truths: Truth) -> World:
    seen = {}
    if pid is not None:
        seen = {(SHOP, "process.pid"): Observation(target=SHOP, name="process.pid", value=pid, at=at)}
    facts = {Fact(target=SHOP, name=FactName(name.replace("_", "-"))): truth for name, truth in truths.items()}
    return World(at=at, observations=seen, conclusions=Conclusions(truths=facts, proof=()), diagnoses={})


@pytest.mark.parametrize(
    ("healthy", "symptom", "judged"),
    [
        (T, F, GOOD),
        (T, T, BAD),
        (T, U, DIM),
        (F, F, BAD),
        (F, T, BAD),
        (F, U, BAD),
        (U, F, DIM),
        (U, T, BAD),
        (U, U, DIM),
    ],
)
def test_a_look_is_healthy_only_when_health_is_seen_and_every_symptom_is_gone(
    healthy: Truth, symptom: Truth, judged: Look
) -> None:
    assert look(PROBLEM, SHOP, world(app_up=healthy, app_down=symptom)) is judged
    assert (UP, DOWN) == ("app-up", "app-down")


Looks = Sequence[tuple[float, Look, Scalar | Unknown | None]]
STREAKS: tuple[tuple[str, Looks, bool], ...] = (
    ("nothing was seen", [], False),
    ("two looks are too few", [(0, GOOD, 7), (9, GOOD, 7)], False),
    ("three in too short a time", [(0, GOOD, 7), (1, GOOD, 7), (3.9, GOOD, 7)], False),
    ("three over the time", [(0, GOOD, 7), (2, GOOD, 7), (4, GOOD, 7)], True),
    ("a bad look starts anew", [(0, GOOD, 7), (2, GOOD, 7), (4, BAD, 7), (6, GOOD, 7), (8, GOOD, 7)], False),
    ("an unknown look starts anew", [(0, GOOD, 7), (2, GOOD, 7), (4, DIM, 7), (6, GOOD, 7), (8, GOOD, 7)], False),
    ("and is made up for", [(0, DIM, 7), (2, GOOD, 7), (4, GOOD, 7), (6, GOOD, 7)], True),
    ("a restart starts anew", [(0, GOOD, 7), (2, GOOD, 7), (4, GOOD, 8), (6, GOOD, 8)], False),
    ("and is made up for as well", [(0, GOOD, 7), (2, GOOD, 8), (4, GOOD, 8), (6, GOOD, 8)], True),
    ("one restart at each look", [(2.0 * n, GOOD, n) for n in range(9)], False),
    ("what must be steady is not seen", [(2.0 * n, GOOD, DARK) for n in range(9)], False),
    ("what must be steady was never seen", [(2.0 * n, GOOD, None) for n in range(9)], False),
    ("the same value of another look", [(0, GOOD, True), (2, GOOD, 1), (4, GOOD, 1.0)], True),
)


def streak(looks: Looks, recovery: Recovery = RECOVERY) -> Streak:
    running = Streak()
    for at, seen, pid in looks:
        running = extended(running, seen, recovery, TARGET, world(at, pid))
    return running


@pytest.mark.parametrize(("looks", "enough"), [row[1:] for row in STREAKS], ids=[row[0] for row in STREAKS])
def test_streaks(looks: Looks, *, enough: bool) -> None:
    assert recovered(streak(looks), RECOVERY) is enough


def test_what_the_target_has_no_part_for_need_not_be_steady() -> None:
    assert "restarts" not in TARGET.parts
    only = replace(RECOVERY, steady=("restarts.count",))
    assert recovered(streak([(2.0 * n, GOOD, n) for n in range(3)], only), only)


@pytest.mark.parametrize(
    ("at", "since", "late"),
    [(10, None, False), (11, None, True), (11, 10, False), (11, 10.5, True), (99, 10, False), (9, 9, False)],
)
def test_late_is_what_was_not_healthy_by_the_deadline_and_ever_since(
    at: float, since: float | None, *, late: bool
) -> None:
    assert Progress(at=at, seen=GOOD, healthy_since=since, recovered=False).late(10) is late


def test_streaks_are_kept_for_open_incidents_only_and_unknown_before_the_first_look() -> None:
    incident = cases.incident(1, cases.ref("shop", "app.down"))
    recoveries = Recoveries(problems={PROBLEM.id: PROBLEM}, targets={TargetId(SHOP): TARGET})
    assert recoveries.progress(incident, 0) == Progress(at=0, seen=DIM, healthy_since=None, recovered=False)
    for at in (0.0, 2.0, 4.0):
        recoveries.look([incident], world(at, app_up=T, app_down=F))
    assert recoveries.progress(incident, 4) == Progress(at=4, seen=GOOD, healthy_since=0.0, recovered=True)
    recoveries.look([], world(6))
    assert recoveries.progress(incident, 6).recovered is False
