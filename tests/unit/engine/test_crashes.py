"""The process may end at any commit, before it or after it: the next one goes on from the books, and nothing runs twice
that must not.
"""

import pytest

from engine.lifecycle import IncidentState as S
from engine.lifecycle import RemediationState as R
from engine.remediation.policy import Policy
from tests.support.bench import DARK, FAILED, SHOP, Bench, remedy, with_remedies

COMMITS = range(1, 10)


@pytest.fixture
def sick(bench: Bench) -> Bench:
    """A bench on which the shop is down since its disk is full."""
    bench.set(SHOP, app_state="down", disk_state="full")
    return bench


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("commit", COMMITS)
def test_whatever_commit_it_dies_at_the_target_is_mended_and_the_action_ran_once(
    sick: Bench, commit: int, *, after: bool
) -> None:
    assert sick.die(commit, after=after)
    sick.tick(20)
    assert sick.incident().state is S.RESOLVED
    assert sick.acts() == {"clean": 1}
    assert len(sick.store.incidents()) == 1
    assert sick.store.verify().ok


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("commit", COMMITS)
def test_an_action_that_may_not_run_twice_never_does(sick: Bench, commit: int, *, after: bool) -> None:
    sick.hands["clean"].idempotent = False
    sick.hands["clean"].mends = {}
    sick.die(commit, after=after)
    sick.tick(20)
    assert sick.acts().get("clean", 0) <= 1
    open_attempt = any(one.outcome is None for one in sick.store.attempts(sick.plans()[0].id))
    assert (sick.stand() == (S.ESCALATED, R.FAILED)) or not open_attempt


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("commit", range(10, 19))
def test_a_step_is_taken_back_at_most_once_and_a_torn_undo_is_handed_to_a_person(
    sick: Bench, commit: int, *, after: bool
) -> None:
    sick.pack = with_remedies(sick.pack, "disk-full", remedy("both", "grow", "clean", path="/srv"))
    sick.crash()
    sick.hands["clean"].mends = {}
    sick.die(commit, after=after)
    sick.tick(30)
    acts = sick.acts()
    assert acts["grow"] == acts["clean"] == 1
    torn = any(one.undoing and one.outcome is None for one in sick.store.attempts(sick.plans()[0].id))
    assert sick.stand() == (S.ESCALATED, R.FAILED)
    if torn:
        assert acts.get("undo grow", 0) + acts.get("undo clean", 0) <= 2
        assert sick.plans()[0].verdict is not None
    else:
        assert (acts["undo clean"], acts["undo grow"]) == (1, 1)


@pytest.fixture
def cut(bench: Bench) -> Bench:
    """A bench whose process died in the middle of an action that had not helped yet."""
    bench.set(SHOP, app_state="down", disk_state="full")
    bench.hands["clean"].mends = {}
    assert bench.die(7, after=False)
    assert bench.stand() == (S.REMEDIATING, R.EXECUTING)
    return bench


def test_a_plan_cut_short_is_resumed_when_it_may_run_twice(cut: Bench) -> None:
    cut.tick()
    assert cut.acts() == {"clean": 2}
    assert cut.events("lost", "resumed") == ["lost", "resumed"]


def test_a_plan_cut_short_that_helped_is_a_success_without_running_again(cut: Bench) -> None:
    cut.set(SHOP, app_state="up")
    cut.tick(4)
    assert cut.stand() == (S.RESOLVED, R.RESOLVED)
    assert cut.acts() == {"clean": 1}


def test_a_plan_cut_short_whose_approval_expired_meanwhile_is_not_resumed(cut: Bench) -> None:
    cut.clock.at += cut.policy.approval_expires
    cut.tick()
    assert cut.plans()[0].state is R.FAILED
    assert len(cut.hands["clean"].ran) == 1


def test_a_plan_cut_short_waits_while_paused(cut: Bench) -> None:
    cut.approvals.pause(by="ann", why="")
    cut.tick(20)
    assert cut.stand() == (S.REMEDIATING, R.UNKNOWN)
    assert cut.acts() == {"clean": 1}
    cut.approvals.resume(by="ann")
    cut.tick()
    assert cut.acts() == {"clean": 2}


def test_a_plan_cut_short_whose_target_cannot_be_seen_is_handed_to_a_person_in_time(cut: Bench) -> None:
    cut.set(SHOP, app_state=DARK)
    cut.tick(20)
    assert cut.stand() == (S.ESCALATED, R.FAILED)
    assert cut.acts() == {"clean": 1}


def test_a_plan_that_was_being_verified_gets_its_whole_time_after_a_long_standstill(sick: Bench) -> None:
    sick.tick()
    assert sick.stand() == (S.REMEDIATING, R.VERIFYING)
    sick.clock.at += 1000
    sick.crash()
    sick.tick(3)
    assert sick.stand() == (S.RESOLVED, R.RESOLVED)


def test_a_plan_that_had_failed_before_the_crash_is_not_run_again(bench: Bench) -> None:
    bench.set(SHOP, app_state="down", disk_state="full")
    bench.hands["clean"].script = [FAILED]
    assert bench.die(8, after=False)
    bench.tick()
    assert bench.plans()[0].state is R.FAILED
    assert len(bench.hands["clean"].ran) == 1


@pytest.mark.parametrize("approved", [False, True])
def test_a_proposal_and_an_approval_survive(sick: Bench, *, approved: bool) -> None:
    sick.policy = Policy()
    sick.crash()
    sick.tick()
    if approved:
        sick.approve()
    digest = sick.plans()[0].digest
    sick.crash()
    sick.tick()
    assert sick.plans()[0].digest == digest
    assert sick.acts() == ({"clean": 1} if approved else {})
