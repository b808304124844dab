"""A rehearsal shows every remedy as it would be applied, with all that stands in its way, and touches nothing."""

from dataclasses import replace

from engine.casefile import Pause
from engine.model import Reason
from engine.remediation.policy import Policy
from engine.remediation.rehearsal import Rehearsal, Suggestion
from tests.support.bench import SELF_HEAL, SHOP, TARGETS, Bench


def suggestions(bench: Bench, rehearsal: Rehearsal) -> tuple[Suggestion, ...]:
    bench.clock.at += 2
    world = bench.looker.look()
    (diagnosis,) = world.diagnoses.values()
    return rehearsal.suggestions(bench.planner, diagnosis, TARGETS[0], world)


def test_what_would_run_by_itself_has_nothing_in_its_way(bench: Bench) -> None:
    bench.set(SHOP, app_state="down", disk_state="full")
    found = suggestions(bench, Rehearsal(policy=SELF_HEAL))
    assert [(one.plan.remedy, one.withheld) for one in found] == [("clean-up", ()), ("grow-disk", ())]


def test_every_reason_is_told(bench: Bench) -> None:
    bench.set(SHOP, app_state="down", disk_state="full")
    bench.hands["clean"].ready = "no right"
    held = Rehearsal(policy=Policy(), pause=Pause(paused=True), audit_trouble="full")
    assert [one.reason for one in suggestions(bench, held)[0].withheld] == [
        Reason.PAUSED,
        Reason.AUDIT_NOT_WRITABLE,
        Reason.NOT_READY,
        Reason.POLICY_SUGGESTS_ONLY,
    ]


def test_its_digest_is_the_one_that_the_engine_proposes(bench: Bench) -> None:
    bench.policy = Policy()
    bench.crash()
    bench.set(SHOP, app_state="down", disk_state="full")
    found = suggestions(bench, Rehearsal(policy=Policy()))
    bench.tick()
    assert bench.plans()[0].digest == found[0].digest


def test_what_would_not_be_proposed_is_not_shown(bench: Bench) -> None:
    bench.set(SHOP, app_state="down", disk_state="full")
    assert suggestions(bench, Rehearsal(policy=replace(SELF_HEAL, propose_from=1.0))) == ()


def test_nothing_is_touched_and_nothing_is_written(bench: Bench) -> None:
    bench.set(SHOP, app_state="down", disk_state="full")
    suggestions(bench, Rehearsal(policy=SELF_HEAL))
    assert bench.acts() == {}
    assert bench.events() == []
