"""The whole path over a real store, one incident at a time."""

from dataclasses import replace

import pytest

from engine.lifecycle import IncidentState, RemediationState
from engine.model import Reason
from engine.remediation.policy import Policy
from tests.support.bench import DARK, FAILED, SHOP, Bench

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


def test_nothing_is_done_about_a_healthy_world(bench: Bench) -> None:
    bench.tick(5)
    assert bench.events() == []


def test_under_self_heal_a_proved_cause_is_remedied_and_verified(bench: Bench) -> None:
    full(bench)
    bench.tick()
    assert bench.stand() == (S.REMEDIATING, R.VERIFYING)
    assert bench.hands["clean"].ran == [{"path": "/srv/shop"}]
    bench.tick(2)
    assert bench.stand() == (S.REMEDIATING, R.VERIFYING), "two healthy looks are not three"
    bench.tick()
    assert bench.stand() == (S.RESOLVED, R.RESOLVED)
    assert bench.events() == [
        "opened",
        "diagnosed",
        "proposed",
        "approved",
        "started",
        "attempt-begun",
        "attempt-ended",
        "verifying",
        "recovered",
    ]
    assert bench.store.verify().ok


def test_suggest_never_acts_and_says_why_once(bench: Bench) -> None:
    bench.policy = Policy()
    bench.crash()
    full(bench)
    bench.tick(500)
    assert bench.acts() == {}
    assert bench.stand() == (S.REMEDIATING, R.PROPOSED)
    assert bench.events("withheld") == ["withheld"]
    verdict = bench.plans()[-1].verdict
    assert verdict is not None
    assert verdict.reason is Reason.POLICY_SUGGESTS_ONLY


def test_a_person_approves_what_was_suggested(bench: Bench) -> None:
    bench.policy = Policy()
    bench.crash()
    full(bench)
    bench.tick()
    bench.approve()
    bench.tick(4)
    assert bench.stand() == (S.RESOLVED, R.RESOLVED)
    assert bench.acts() == {"clean": 1}


def test_a_cause_that_is_not_certain_enough_waits_for_a_person(bench: Bench) -> None:
    policy(bench, confidence=0.999)
    hung(bench)
    bench.tick(3)
    verdict = bench.plans()[-1].verdict
    assert verdict is not None
    assert verdict.reason is Reason.LOW_CONFIDENCE
    bench.approve()
    bench.tick()
    assert bench.acts() == {"restart": 1}


def test_an_unknown_cause_is_escalated_and_nothing_is_done(bench: Bench) -> None:
    bench.set(SHOP, app_state="down")
    bench.tick(5)
    incident = bench.incident()
    assert incident.state is S.ESCALATED
    assert incident.note is not None
    assert "unknown cause" in incident.note.en
    assert bench.plans() == []
    assert bench.events("escalated") == ["escalated"]


def test_what_only_a_person_can_do_is_escalated_with_the_exact_words(bench: Bench) -> None:
    bench.set(SHOP, app_state="down", config_state="broken")
    bench.tick(3)
    incident = bench.incident()
    assert incident.state is S.ESCALATED
    assert incident.instruction is not None
    assert incident.instruction.en == "mend /srv/shop/app.toml"
    assert bench.plans() == []


def test_an_escalated_incident_is_taken_up_again_when_its_cause_becomes_known(bench: Bench) -> None:
    bench.set(SHOP, app_state="down")
    bench.tick(2)
    full(bench)
    bench.tick()
    assert bench.stand() == (S.REMEDIATING, R.VERIFYING)
    assert len(bench.store.incidents()) == 1


def test_an_escalated_incident_that_a_person_mends_is_resolved(bench: Bench) -> None:
    bench.set(SHOP, app_state="down")
    bench.tick(2)
    bench.set(SHOP, app_state="up")
    bench.tick(2)
    assert bench.incident().state is S.ESCALATED
    bench.tick(2)
    assert bench.incident().state is S.RESOLVED


def test_a_plan_that_drifted_is_voided_and_proposed_anew_with_what_changed(bench: Bench) -> None:
    policy(bench, profile=Policy().profile)
    full(bench)
    bench.tick()
    bench.approve()
    bench.hands["clean"].touches += (replace(bench.hands["clean"].touches[0], identity="/home b2", label="/home"),)
    bench.tick()
    first, second = bench.plans()
    assert first.state is R.VOID
    assert first.verdict is not None
    assert (first.verdict.reason, first.verdict.sentence) == (
        Reason.PLAN_DRIFTED,
        "step 1 (clean): it would now touch file /home",
    )
    assert second.state is R.PROPOSED
    assert second.digest != first.digest
    assert bench.acts() == {}


def test_an_approval_that_expired_before_it_could_be_used_is_asked_for_again(bench: Bench) -> None:
    policy(bench, profile=Policy().profile)
    full(bench)
    bench.tick()
    bench.approve()
    bench.approvals.pause(by="ann", why="deploy")
    bench.tick(2, every=bench.policy.approval_expires)
    assert [one.state for one in bench.plans()] == [R.VOID, R.PROPOSED]
    bench.approvals.resume(by="ann")
    bench.tick(3)
    assert bench.acts() == {}


@pytest.mark.parametrize("approved", [True, False])
def test_a_problem_that_vanishes_before_its_plan_is_executed_costs_nothing(bench: Bench, *, approved: bool) -> None:
    policy(bench, profile=Policy().profile)
    full(bench)
    bench.tick()
    bench.set(SHOP, app_state="up")
    if approved:
        bench.approve()
    bench.tick(4)
    assert bench.stand() == (S.RESOLVED, R.VOID)
    assert bench.acts() == {}


def test_a_rejected_plan_is_not_proposed_again_and_the_incident_waits_for_people(bench: Bench) -> None:
    policy(bench, profile=Policy().profile)
    full(bench)
    bench.tick()
    live = bench.plans()[-1]
    bench.approvals.reject(live.incident, live.digest[:8], by="ann", why="not now")
    bench.tick(5)
    assert bench.stand() == (S.ESCALATED, R.REJECTED)
    assert len(bench.plans()) == 1
    assert bench.incident().note is not None


def test_a_remedy_that_fails_weakens_its_cause_and_the_next_one_is_tried(bench: Bench) -> None:
    full(bench)
    bench.hands["clean"].script = [FAILED]
    bench.tick(2)
    first, second = bench.plans()
    assert [(one.plan.remedy, one.state) for one in (first, second)] == [
        ("clean-up", R.FAILED),
        ("grow-disk", R.VERIFYING),
    ]
    assert second.plan.probability < first.plan.probability


def test_when_nothing_is_left_to_try_a_person_is_told_what_was_tried(bench: Bench) -> None:
    full(bench)
    bench.hands["clean"].script = [FAILED]
    bench.hands["grow"].script = [FAILED]
    bench.tick(5)
    assert bench.stand() == (S.ESCALATED, R.FAILED)
    note = bench.incident().note
    assert note is not None
    assert "clean-up, grow-disk" in note.en


def test_what_did_not_help_is_taken_back_when_nothing_else_explains_the_trouble(bench: Bench) -> None:
    full(bench)
    bench.hands["clean"].mends = {}
    bench.tick(7)
    assert bench.acts()["undo clean"] == 1
    assert bench.plans()[0].state is R.FAILED


def test_two_proved_causes_are_remedied_in_turn_and_the_first_remedy_stays(bench: Bench) -> None:
    full(bench)
    hung(bench)
    bench.hands["clean"].mends = {(SHOP, "disk.state"): "fine"}
    bench.tick(12)
    assert bench.stand() == (S.RESOLVED, R.RESOLVED)
    assert bench.acts() == {"clean": 1, "restart": 1}


def test_what_cannot_be_seen_at_the_deadline_is_handed_to_a_person_and_never_counts_as_recovered(bench: Bench) -> None:
    full(bench)
    bench.hands["clean"].mends = {}
    bench.tick()
    bench.set(SHOP, app_state=DARK)
    bench.tick(10)
    assert bench.stand() == (S.ESCALATED, R.FAILED)
    assert bench.acts() == {"clean": 1}, "not even taken back"


def test_a_target_that_restarts_at_every_look_is_not_recovered(bench: Bench) -> None:
    full(bench)
    bench.tick()
    for pid in range(100, 120):
        bench.set(SHOP, process_pid=pid)
        bench.tick()
    assert bench.plans()[0].state is R.FAILED


def test_a_person_decides_when_a_remedy_could_not_be_taken_back(bench: Bench) -> None:
    full(bench)
    bench.hands["clean"].mends = {}
    bench.hands["clean"].undo_script = [FAILED]
    bench.tick(20)
    assert bench.stand() == (S.ESCALATED, R.FAILED)
    assert bench.acts() == {"clean": 1, "undo clean": 1}


def test_a_proposal_gives_way_to_a_better_one(bench: Bench) -> None:
    policy(bench, profile=Policy().profile)
    hung(bench)
    bench.tick()
    full(bench)
    bench.tick()
    first, second = bench.plans()
    assert (first.plan.remedy, first.state) == ("restart-it", R.VOID)
    assert first.verdict is not None
    assert first.verdict.sentence == "the best remedy is now clean-up"
    assert (second.plan.remedy, second.state) == ("clean-up", R.PROPOSED)
