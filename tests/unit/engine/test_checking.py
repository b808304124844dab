"""Checks on demand in the whole cycle: made when causes are not told apart, and not before or again."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from engine.knowledge import Check, Strength
from engine.lifecycle import IncidentState, RemediationState
from engine.model import CauseId, ProblemId, ProblemRef, Unknown
from tests.support.bench import DATABASE, FULL, REFUSES, SHOP, TARGETS, Bench, open_bench, pack, remedy
from tests.support.shop import cause, evidence, text

S, R = IncidentState, RemediationState
DOWN = ProblemRef(target=SHOP, problem=ProblemId("app.down"))
DISK = Check(kind="app", part="disk", cost=5.0, title=text("the disk"), valid=60.0)


@pytest.fixture
def bench() -> Iterator[Bench]:
    """A shop whose disk is looked at on demand; its fullness or its hanging may be why it is down."""
    with open_bench() as made:
        known = pack()
        detectors = tuple(
            replace(one, expires=DISK.valid) if one.observe == "disk.state" else one for one in known.detectors
        )
        made.pack = replace(known, checks=(DISK,), detectors=detectors)
        made.crash()
        yield made


def test_a_healthy_target_is_not_looked_at_more_closely(bench: Bench) -> None:
    bench.tick(5)
    assert bench.senses.asked == []


def test_a_problem_whose_causes_are_not_told_apart_is_and_then_healed(bench: Bench) -> None:
    bench.set(SHOP, app_state="down", disk_state="full")
    bench.tick()
    assert bench.senses.asked == [(SHOP, "disk")]
    assert bench.stand() == (S.REMEDIATING, R.VERIFYING)
    assert bench.plans()[-1].plan.cause == "disk-full"
    bench.tick(3)
    assert bench.stand() == (S.RESOLVED, R.RESOLVED)


def test_the_look_says_which_check_it_made_and_why(bench: Bench) -> None:
    bench.set(SHOP, app_state="down", disk_state="full")
    (made,) = bench.looker.look().checks
    assert (made.target, made.part, made.about) == (SHOP, "disk", DOWN)
    assert made.bits > 0
    assert made.saving > DISK.cost


def test_what_is_certain_already_needs_no_check(bench: Bench) -> None:
    bench.set(SHOP, app_state="down", config_state="broken")
    bench.tick()
    assert bench.senses.asked == []


def test_an_answer_counts_for_as_long_as_the_pack_says_and_unseen_is_an_answer(bench: Bench) -> None:
    bench.set(SHOP, app_state="down", disk_state=Unknown(because="the mount hangs"))
    bench.tick(29)
    assert bench.senses.asked == [(SHOP, "disk")]
    bench.tick(4)
    assert bench.senses.asked == [(SHOP, "disk")] * 2


def test_a_consequence_is_not_looked_at_more_closely(bench: Bench) -> None:
    bench.set(SHOP, app_state="down", disk_state="full")
    bench.set(DATABASE, db_state="refuses")
    world = bench.looker.look()
    assert world.diagnoses[DOWN].consequence_of is not None
    assert bench.senses.asked == []


def test_a_check_on_what_the_target_depends_on_is_made_there(bench: Bench) -> None:
    seen = evidence(REFUSES, Strength.PROVES, of="db", if_false=Strength.PROVES)
    lost = replace(cause("db-lost", seen), remedies=(remedy("reconnect", "restart"),))
    full = replace(cause("disk-full", evidence(FULL)), remedies=(remedy("clean-up", "clean", path="{disk.path}"),))
    problems = tuple(
        replace(one, causes=(lost, full)) if one.id == DOWN.problem else replace(one, causes=())
        for one in bench.pack.problems
    )
    base = Check(kind="db", part="db", cost=1.0, title=text("the database"))
    bench.pack = replace(bench.pack, checks=(base,), problems=problems[:1])
    bench.targets = tuple(replace(one, parts={**one.parts, "db": {}}) if one.kind == "db" else one for one in TARGETS)
    bench.crash()
    bench.set(SHOP, app_state="down", disk_state="fine")
    bench.set(DATABASE, db_state="refuses")
    world = bench.looker.look()
    assert bench.senses.asked == [(DATABASE, "db")]
    assert world.diagnoses[DOWN].causes[0].id == CauseId("db-lost")


def test_settling_goes_on_as_long_as_checks_are_made(bench: Bench) -> None:
    bench.set(SHOP, app_state="down", disk_state="full")
    world = bench.looker.settle(10.0, bench.clock.sleep)
    assert world.diagnoses[DOWN].causes[0].id == CauseId("disk-full")
    assert [(one.target, one.part) for one in world.checks] == [(SHOP, "disk")]
