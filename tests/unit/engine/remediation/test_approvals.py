"""An operator decides about exactly the plan that they saw, and about nothing else."""

import pytest

from engine.errors import ConflictError, NotFoundError
from engine.lifecycle import IncidentState as S
from engine.lifecycle import RemediationState as R
from engine.model import IncidentId
from engine.remediation.approvals import remediation_id, valid_approval
from engine.remediation.policy import Policy
from tests.support.bench import SHOP, Bench


@pytest.fixture
def waiting(bench: Bench) -> Bench:
    """A bench on which a plan waits for a person."""
    bench.policy = Policy(approval_expires=100)
    bench.crash()
    bench.set(SHOP, app_state="down", disk_state="full")
    bench.tick()
    assert bench.stand() == (S.REMEDIATING, R.PROPOSED)
    return bench


def approve(bench: Bench, digest: str) -> None:
    bench.approvals.approve(bench.incident().id, digest, by="ann", via="cli")


@pytest.mark.parametrize("digits", [8, 9, 63, 64])
def test_a_digest_may_be_shortened_to_eight_digits(waiting: Bench, digits: int) -> None:
    approve(waiting, waiting.plans()[0].digest[:digits])
    assert waiting.stand() == (S.REMEDIATING, R.APPROVED)
    (approval,) = waiting.store.approvals(waiting.plans()[0].id)
    assert approval.digest == waiting.plans()[0].digest
    assert approval.expires_at == waiting.clock.now() + 100


@pytest.mark.parametrize(
    "wrong",
    [
        lambda _: "",
        lambda digest: digest[:7],
        lambda digest: digest + "0",
        lambda digest: digest[1:],
        lambda digest: digest[:8].upper() if digest[:8].upper() != digest[:8] else "f" * 9,
        lambda _: "0" * 64,
        lambda _: "%" * 8,
    ],
)
def test_anything_else_is_refused_and_changes_nothing(waiting: Bench, wrong: object) -> None:
    assert callable(wrong)
    before = waiting.events()
    for decide in (approve, lambda bench, d: bench.approvals.reject(bench.incident().id, d, by="ann", why="")):
        with pytest.raises(ConflictError, match="look at it again"):
            decide(waiting, wrong(waiting.plans()[0].digest))
    assert waiting.events() == before


def test_the_digest_of_a_plan_that_was_voided_is_refused(waiting: Bench) -> None:
    old = waiting.plans()[0].digest
    waiting.hands["clean"].touches *= 2
    waiting.hands["clean"].touches += (type(waiting.hands["clean"].touches[0])(kind="file", identity="/more"),)
    waiting.tick(2)
    with pytest.raises(ConflictError):
        approve(waiting, old)
    approve(waiting, waiting.plans()[-1].digest)


def test_a_plan_is_approved_once(waiting: Bench) -> None:
    digest = waiting.plans()[0].digest
    approve(waiting, digest)
    with pytest.raises(ConflictError, match="approved already"):
        approve(waiting, digest)
    assert len(waiting.store.approvals(waiting.plans()[0].id)) == 1


def test_there_is_nothing_to_decide_without_a_plan(waiting: Bench) -> None:
    waiting.set(SHOP, app_state="up")
    waiting.tick(5)
    with pytest.raises(NotFoundError, match="no plan under way"):
        approve(waiting, "0" * 8)
    with pytest.raises(NotFoundError):
        waiting.approvals.approve(IncidentId("ALT-2001-01-01-001"), "0" * 8, by="ann", via="cli")


def test_an_approval_holds_until_the_second_in_which_it_expires(waiting: Bench) -> None:
    approve(waiting, waiting.plans()[0].digest)
    plan, now = waiting.plans()[0], waiting.clock.now()
    assert valid_approval(waiting.store, plan, now + 99.9) is not None
    assert valid_approval(waiting.store, plan, now + 100) is None
    assert valid_approval(waiting.store, plan, now - 0.1) is None, "the clock went back: how old it is is not known"


def test_a_plan_that_is_approved_may_still_be_rejected(waiting: Bench) -> None:
    digest = waiting.plans()[0].digest
    approve(waiting, digest)
    waiting.approvals.reject(waiting.incident().id, digest[:8], by="bob", why="not today")
    assert waiting.stand() == (S.ESCALATED, R.REJECTED)
    note = waiting.incident().note
    assert note is not None
    assert note.en == "rejected by bob: not today"
    waiting.tick(3)
    assert waiting.acts() == {}


def test_a_plan_under_way_cannot_be_rejected(waiting: Bench) -> None:
    digest = waiting.plans()[0].digest
    approve(waiting, digest)
    waiting.hands["clean"].mends = {}
    waiting.tick()
    with pytest.raises(ConflictError, match="verifying already"):
        waiting.approvals.reject(waiting.incident().id, digest, by="bob", why="")


def test_the_word_of_the_policy_does_not_count_as_a_persons(bench: Bench) -> None:
    bench.set(SHOP, app_state="down", disk_state="full")
    bench.approvals.pause(by="ann", why="")
    bench.tick()
    live = bench.plans()[0]
    bench.approvals.approve(live.incident, live.digest, by="self-heal", via="policy")
    bench.approvals.resume(by="ann")
    bench.policy = Policy()
    bench.crash()
    bench.tick()
    assert bench.acts() == {}
    verdict = bench.plans()[0].verdict
    assert verdict is not None
    assert verdict.reason == "policy-suggests-only"


def test_pausing_says_who_and_why_and_resuming_lifts_it(bench: Bench) -> None:
    bench.approvals.pause(by="ann", why="deploy")
    pause = bench.store.pause()
    assert (pause.paused, pause.by, pause.why, pause.at) == (True, "ann", "deploy", bench.clock.now())
    bench.approvals.resume(by="bob")
    assert not bench.store.pause().paused
    assert bench.events() == ["paused", "resumed"]


def test_remediations_are_numbered_within_their_incident() -> None:
    assert remediation_id(IncidentId("ALT-2026-01-02-001"), 3) == "ALT-2026-01-02-001-r3"


def test_an_approval_from_which_the_clock_went_back_is_asked_for_again(waiting: Bench) -> None:
    approve(waiting, waiting.plans()[0].digest)
    waiting.tick(every=-5.0)
    assert waiting.acts() == {}
    assert waiting.events("voided") == ["voided"]
    waiting.tick()
    assert waiting.stand() == (S.REMEDIATING, R.PROPOSED)
