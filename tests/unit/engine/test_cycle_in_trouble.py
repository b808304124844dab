"""What the cycle does when it is stopped, when it fails, and when nobody knows what happened."""

from collections.abc import Mapping
from dataclasses import replace

from engine.errors import InternalError
from engine.lifecycle import IncidentState, RemediationState
from engine.model import Effect, Reason, Scalar
from engine.remediation.policy import Policy
from tests.support.bench import AGAIN, BLOG, LOST, SHOP, Bench, remedy, with_remedies

S, R = IncidentState, RemediationState


def full(bench: Bench) -> None:
    """The shop is down since its disk is full: a proved cause with a remedy of low risk."""
    bench.set(SHOP, app_state="down", disk_state="full")


def hung(bench: Bench) -> None:
    """The shop is down and hangs: a likely cause."""
    bench.set(SHOP, app_state="down", app_threads="hung")


def policy(bench: Bench, **changes: object) -> None:
    bench.policy = replace(bench.policy, **changes)
    bench.crash()


def test_flapping_stops_automation(bench: Bench) -> None:
    for _ in range(6):
        full(bench)
        bench.tick(5)
    assert bench.acts() == {"clean": bench.policy.flapping_times}
    verdict = bench.plans()[-1].verdict
    assert verdict is not None
    assert verdict.reason is Reason.FLAPPING


def test_a_pause_stops_what_is_approved_until_it_is_lifted(bench: Bench) -> None:
    bench.approvals.pause(by="ann", why="deploy")
    full(bench)
    bench.tick(5)
    assert bench.acts() == {}
    assert bench.events("withheld") == ["withheld"]
    bench.approvals.resume(by="ann")
    bench.tick()
    assert bench.acts() == {"clean": 1}


def test_a_pause_between_two_steps_holds_the_second_until_it_is_lifted(bench: Bench) -> None:
    bench.pack = with_remedies(bench.pack, "disk-full", remedy("both", "grow", "clean", path="/srv"))
    bench.crash()
    full(bench)
    bench.hands["grow"].watch = lambda _: bench.approvals.pause(by="ann", why="stop")
    bench.tick(20)
    assert bench.acts() == {"grow": 1}, "nothing is done while paused, not even taking back"
    bench.approvals.resume(by="ann")
    bench.tick(5)
    assert bench.acts() == {"grow": 1, "clean": 1}
    assert bench.stand() == (S.RESOLVED, R.RESOLVED)


def test_nothing_is_taken_back_while_paused(bench: Bench) -> None:
    full(bench)
    bench.hands["clean"].mends = {}
    bench.tick()
    bench.approvals.pause(by="ann", why="stop")
    bench.tick(20)
    assert bench.acts() == {"clean": 1}
    bench.approvals.resume(by="ann")
    bench.tick()
    assert bench.acts()["undo clean"] == 1


def test_a_dry_run_stops_at_the_last_guard(bench: Bench) -> None:
    bench.dry_run = True
    bench.crash()
    full(bench)
    bench.tick(3)
    verdict = bench.plans()[-1].verdict
    assert verdict is not None
    assert verdict.reason is Reason.DRY_RUN
    assert bench.acts() == {}


def test_one_incident_that_raises_stops_no_other(bench: Bench) -> None:
    policy(bench, blast_radius=2)
    full(bench)
    bench.set(BLOG, app_state="down", app_threads="hung")
    bench.hands["clean"].unseen = OSError("no such disk")
    bench.tick(2)
    assert bench.acts() == {"restart": 1}
    assert all("no such disk" in str(one) for one in bench.reported)
    assert bench.reported


def test_a_setting_that_the_target_lacks_is_reported_by_name(bench: Bench) -> None:
    bench.pack = with_remedies(bench.pack, "disk-full", remedy("clean-up", "clean", path="{disk.mount}"))
    bench.crash()
    full(bench)
    bench.tick(2)
    assert bench.acts() == {}
    assert bench.incident().state is not S.RESOLVED


def test_an_action_that_is_lost_is_tried_a_few_times_only_and_then_handed_to_a_person(bench: Bench) -> None:
    full(bench)
    bench.hands["clean"].script = [LOST] * 100
    bench.tick(60)
    assert bench.acts() == {"clean": 3}
    assert bench.stand() == (S.ESCALATED, R.FAILED)


def test_what_was_handed_to_a_person_stays_with_people_though_another_cause_comes_up(bench: Bench) -> None:
    hung(bench)
    bench.hands["restart"].idempotent = False
    bench.hands["restart"].script = [LOST]
    bench.tick(2)
    assert bench.stand() == (S.ESCALATED, R.FAILED)
    full(bench)
    bench.tick(5)
    assert bench.stand() == (S.ESCALATED, R.FAILED)
    assert bench.acts() == {"restart": 1}


def test_recoverable_failures_are_retried_and_each_try_is_on_the_books(bench: Bench) -> None:
    full(bench)
    bench.hands["clean"].script = [AGAIN, AGAIN]
    bench.tick()
    attempts = bench.store.attempts(bench.plans()[0].id)
    assert [(one.number, one.outcome.result.value) for one in attempts if one.outcome] == [
        (1, "recoverable"),
        (2, "recoverable"),
        (3, "done"),
    ]


def test_an_operator_who_is_faster_than_the_cycle_is_harmless(bench: Bench) -> None:
    policy(bench, profile=Policy().profile)
    full(bench)
    bench.tick()
    bench.approve()
    live, clean = bench.plans()[-1], bench.hands["clean"]
    effect = clean.preview({})

    def rejecting(_: Mapping[str, Scalar]) -> Effect:
        bench.approvals.reject(live.incident, live.digest, by="bob", why="")
        return effect

    clean.preview = rejecting  # type: ignore[method-assign] - the race is between previewing and starting
    bench.tick()
    assert bench.reported == []
    assert bench.acts() == {}
    assert bench.stand() == (S.ESCALATED, R.REJECTED)


def test_a_failure_of_the_cycle_itself_is_reported_as_ours(bench: Bench) -> None:
    full(bench)
    bench.hands["clean"].unseen = KeyError("boo")
    bench.tick()
    assert [type(one) for one in bench.reported] == [InternalError]


def test_a_plan_begins_on_a_fresh_look_when_another_took_its_time(bench: Bench) -> None:
    policy(bench, blast_radius=2)
    full(bench)
    bench.set(BLOG, app_state="down", disk_state="full")

    def slow(_: str) -> None:
        bench.clock.at += 60
        bench.set(SHOP, disk_state="fine")
        bench.set(BLOG, disk_state="fine")

    bench.hands["clean"].watch = slow
    bench.hands["clean"].mends = {}
    bench.tick()
    assert bench.acts() == {"clean": 1}
    reasons = {plan.verdict.reason for n in (0, 1) for plan in bench.plans(n) if plan.verdict}
    assert reasons == {Reason.PLAN_DRIFTED}


def test_flapping_is_counted_over_as_long_as_the_policy_says(bench: Bench) -> None:
    day = 86_400.0
    policy(bench, flapping_times=2, flapping_within=10 * day)
    for _ in range(4):
        full(bench)
        bench.tick(5)
        bench.clock.at += 2 * day
    assert bench.acts() == {"clean": 2}


def test_a_given_up_wait_for_a_person_ends_when_the_target_recovers(bench: Bench) -> None:
    full(bench)
    bench.hands["clean"].idempotent = False
    bench.hands["clean"].script = [LOST]
    bench.tick(3)
    assert bench.stand() == (S.ESCALATED, R.FAILED)
    bench.set(SHOP, app_state="up", disk_state="fine")
    bench.tick(4)
    assert bench.incident().state is S.RESOLVED
