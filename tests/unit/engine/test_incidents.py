"""Incidents come and go with the problems: opened once, merged into their root, reopened, closed."""

from dataclasses import replace

from engine.lifecycle import IncidentState as S
from engine.lifecycle import RemediationState as R
from engine.remediation.policy import Policy
from tests.support.bench import BLOG, DATABASE, FAILED, SHOP, Bench, remedy, with_remedies

HOUR = 3600.0


def database_down(bench: Bench) -> None:
    bench.set(DATABASE, db_state="refuses")
    bench.set(SHOP, app_state="down")


def states(bench: Bench) -> dict[str, S]:
    return {str(one.ref): one.state for one in bench.store.incidents()}


def test_a_consequence_is_merged_into_its_root_and_the_root_alone_is_remedied(bench: Bench) -> None:
    database_down(bench)
    bench.tick()
    assert states(bench) == {"db.down@orders-db": S.REMEDIATING, "app.down@shop": S.MERGED}
    assert bench.acts() == {"start-db": 1}
    bench.tick(5)
    assert set(states(bench).values()) == {S.RESOLVED}


def test_a_merged_incident_parts_when_it_outlives_its_root(bench: Bench) -> None:
    database_down(bench)
    bench.hands["start-db"].mends = {(DATABASE, "db.state"): "serves"}
    bench.tick()
    bench.set(SHOP, disk_state="full")
    bench.tick(10)
    assert bench.events("merged", "parted") == ["merged", "parted"]
    assert bench.acts() == {"start-db": 1, "clean": 1}
    assert set(states(bench).values()) == {S.RESOLVED}


def test_a_merged_incident_waits_as_long_as_its_root_is_open(bench: Bench) -> None:
    bench.policy = Policy()
    bench.crash()
    database_down(bench)
    bench.tick()
    bench.set(DATABASE, db_state="serves")
    bench.set(SHOP, disk_state="full")
    bench.tick(2)
    assert states(bench) == {"db.down@orders-db": S.REMEDIATING, "app.down@shop": S.MERGED}
    bench.tick(2)
    assert states(bench) == {"db.down@orders-db": S.RESOLVED, "app.down@shop": S.REMEDIATING}


def test_a_consequence_that_shows_later_is_not_a_second_case_for_the_hands(bench: Bench) -> None:
    bench.policy = Policy()
    bench.crash()
    bench.set(DATABASE, db_state="refuses")
    bench.tick()
    bench.set(SHOP, app_state="down")
    bench.tick()
    assert states(bench)["app.down@shop"] is S.MERGED


def test_a_problem_on_what_depends_on_a_target_under_remediation_opens_no_incident(bench: Bench) -> None:
    bench.set(DATABASE, db_state="refuses")
    bench.hands["start-db"].mends = {}
    bench.tick()
    assert bench.stand() == (S.REMEDIATING, R.VERIFYING)
    bench.set(SHOP, app_state="down", disk_state="full")
    bench.set(BLOG, app_state="down")
    bench.tick()
    assert set(states(bench)) == {"db.down@orders-db", "app.down@blog"}


def test_nor_does_it_reopen_one(bench: Bench) -> None:
    database_down(bench)
    bench.tick(5)
    assert set(states(bench).values()) == {S.RESOLVED}
    bench.set(DATABASE, db_state="refuses")
    bench.hands["start-db"].mends = {}
    bench.tick()
    bench.set(SHOP, app_state="down")
    bench.tick()
    assert states(bench) == {"db.down@orders-db": S.REMEDIATING, "app.down@shop": S.RESOLVED}


def test_a_problem_that_returns_soon_from_the_same_cause_is_the_same_incident(bench: Bench) -> None:
    for _ in range(2):
        bench.set(SHOP, app_state="down", disk_state="full")
        bench.tick(5)
    assert [(one.state, one.times) for one in bench.store.incidents()] == [(S.RESOLVED, 2)]


def test_a_problem_that_returns_from_another_cause_is_a_new_incident(bench: Bench) -> None:
    bench.set(SHOP, app_state="down", disk_state="full")
    bench.tick(5)
    bench.set(SHOP, app_state="down", app_threads="hung")
    bench.tick(5)
    assert [one.state for one in bench.store.incidents()] == [S.RESOLVED, S.CLOSED]


def test_a_problem_that_returns_late_is_a_new_incident(bench: Bench) -> None:
    bench.set(SHOP, app_state="down", disk_state="full")
    bench.tick(5)
    bench.clock.at += HOUR
    bench.set(SHOP, app_state="down", disk_state="full")
    bench.tick(5)
    assert [(one.state, one.times) for one in bench.store.incidents()] == [(S.RESOLVED, 1), (S.CLOSED, 1)]


def test_a_resolved_incident_is_closed_when_it_can_return_no_more(bench: Bench) -> None:
    bench.set(SHOP, app_state="down", disk_state="full")
    bench.tick(5)
    bench.tick(every=HOUR - 10)
    assert states(bench) == {"app.down@shop": S.RESOLVED}
    bench.tick(every=20)
    assert states(bench) == {"app.down@shop": S.CLOSED}


def test_each_incident_has_a_number_of_its_day(bench: Bench) -> None:
    bench.set(SHOP, app_state="down")
    bench.set(BLOG, app_state="down")
    bench.tick()
    assert sorted(one.id for one in bench.store.incidents()) == ["ALT-2027-01-15-001", "ALT-2027-01-15-002"]


def test_an_incident_of_a_target_that_nobody_watches_any_more_is_left_alone(bench: Bench) -> None:
    bench.set(SHOP, app_state="down")
    bench.tick()
    bench.targets = tuple(one for one in bench.targets if one.id != SHOP)
    bench.crash()
    bench.set(BLOG, app_state="down", app_threads="hung")
    bench.hands["restart"].mends = {(BLOG, "app.state"): "up"}
    bench.tick(5)
    assert states(bench) == {"app.down@shop": S.ESCALATED, "app.down@blog": S.RESOLVED}
    assert bench.reported == []


def test_only_remedies_that_failed_in_an_open_incident_speak_against_their_cause(bench: Bench) -> None:
    bench.set(SHOP, app_state="down", disk_state="full")
    bench.hands["clean"].script = [FAILED]
    bench.tick()
    ref = bench.incident().ref
    assert bench.incidents_.failed() == {ref: (("disk-full", 0.9),)}
    bench.set(SHOP, app_state="up", disk_state="fine")
    bench.tick(5)
    assert bench.incidents_.failed() == {}


def test_blast_radius_lets_one_target_at_a_time_be_remedied(bench: Bench) -> None:
    for target in (SHOP, BLOG):
        bench.set(target, app_state="down", app_threads="hung")
    bench.hands["restart"].mends = {}
    bench.tick()
    assert bench.acts() == {"restart": 1}
    bench.policy = replace(bench.policy, blast_radius=2)
    bench.crash()
    bench.tick()
    assert bench.acts() == {"restart": 2}


def test_a_remedy_that_does_the_same_for_two_causes_speaks_against_both(bench: Bench) -> None:
    same = remedy("tidy-up", "clean", path="{disk.path}")
    bench.pack = with_remedies(bench.pack, "hung", replace(same, fixes=0.6))
    bench.crash()
    bench.set(SHOP, app_state="down", disk_state="full")
    bench.hands["clean"].script = [FAILED]
    bench.tick()
    assert bench.incidents_.failed() == {bench.incident().ref: (("disk-full", 0.9), ("hung", 0.6))}
