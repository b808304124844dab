"""What a rule says of a problem decides whether an incident is opened and who may mend it."""

from dataclasses import replace

from engine.knowledge import Ruling
from engine.lifecycle import IncidentState, RemediationState
from engine.model import ProblemId, Reason, Severity
from tests.support.bench import HUNG, SHOP, Bench
from tests.support.shop import text

S, R = IncidentState, RemediationState
DOWN = ProblemId("app.down")


def rule(bench: Bench, **says: object) -> None:
    """Let it be said of the shop being down while its threads hang."""
    ruling = Ruling(**{"fact": HUNG, "kind": "app", "title": text("a deployment"), **says})  # type: ignore[arg-type]
    bench.pack = replace(bench.pack, rulings=(ruling,))
    bench.crash()


def full(bench: Bench, *, ruled: bool) -> None:
    bench.set(SHOP, app_state="down", disk_state="full", app_threads="hung" if ruled else "busy")


def test_what_a_rule_inhibits_opens_no_incident_until_the_rule_ends(bench: Bench) -> None:
    rule(bench, inhibits=(DOWN,))
    full(bench, ruled=True)
    bench.tick(5)
    assert bench.events() == []
    full(bench, ruled=False)
    bench.tick()
    assert bench.stand() == (S.REMEDIATING, R.VERIFYING)


def test_an_open_incident_is_left_alone_while_a_rule_inhibits_it(bench: Bench) -> None:
    rule(bench, inhibits=(DOWN,))
    bench.policy = replace(bench.policy, confidence=1.0)
    bench.crash()
    full(bench, ruled=False)
    bench.tick()
    assert bench.stand() == (S.REMEDIATING, R.PROPOSED)
    full(bench, ruled=True)
    bench.tick(2)
    bench.approve()
    bench.tick(3)
    assert bench.acts() == {}, "a person's approval does not answer an inhibition"
    verdict = bench.plans()[-1].verdict
    assert verdict is not None
    assert (verdict.reason, verdict.sentence) == (Reason.INHIBITED, "inhibited by a rule: a deployment")
    full(bench, ruled=False)
    bench.tick()
    assert bench.acts() == {"clean": 1}


def test_what_a_rule_escalates_is_mended_with_an_approval_only(bench: Bench) -> None:
    rule(bench, escalates=(DOWN,))
    full(bench, ruled=True)
    bench.tick(3)
    assert bench.acts() == {}
    verdict = bench.plans()[-1].verdict
    assert verdict is not None
    assert verdict.reason is Reason.RULE_ASKS_PERSON
    bench.approve()
    bench.tick()
    assert bench.acts() == {"clean": 1}


def test_a_rule_makes_an_incident_more_severe(bench: Bench) -> None:
    rule(bench, severities={DOWN: Severity.P0})
    full(bench, ruled=True)
    bench.tick()
    assert bench.incident().severity is Severity.P0
