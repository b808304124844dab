"""Each row is a rule: what is so, and the reason for a plan that nobody approved and for one that a person did."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from engine.casefile import Pause, Remediation
from engine.lifecycle import RemediationState
from engine.model import Effect, Reason, Risk, Step, Text, Touch
from engine.remediation.guards import GUARDS, Situation, judge, judge_all
from engine.remediation.policy import Policy, Profile
from tests.support import cases
from tests.support.shop import text

NOW = cases.NOON + 100.0
SELF_HEAL = Policy(profile=Profile.SELF_HEAL, confidence=0.9, cooldown=60, flapping_times=2, flapping_within=3600)
S = RemediationState


def step(risk: Risk = Risk.LOW, ready: str = "") -> Step:
    touches = (Touch(kind="file", identity="/tmp/x"),)
    return Step(action="clean", params={}, effect=Effect(summary=text("x"), touches=touches, risk=risk, ready=ready))


def other(target: str, state: RemediationState, ago: float = 0.0, problem: str = "app.down") -> Remediation:
    of = cases.incident(7, cases.ref(target, problem))
    return replace(cases.remediation(of, state=state), changed_at=NOW - ago)


SAFE = Situation(
    plan=replace(cases.plan(), steps=(step(),), probability=0.95),
    policy=SELF_HEAL,
    now=NOW,
    pause=Pause(paused=False),
    audit_trouble="",
    approval=None,
    others=(),
    irreversible=(),
)
PERSON = cases.approval(cases.remediation(cases.incident()))


def risky(risk: Risk) -> Mapping[str, Any]:
    return {"plan": replace(SAFE.plan, steps=(step(), step(risk)))}


def mended(*ago: float, problem: str = "app.down") -> Mapping[str, Any]:
    return {"others": [other("notes", S.RESOLVED, one, problem) for one in ago]}


# what is so, the reason without anyone's approval, the reason with a person's
RULES: tuple[tuple[str, Mapping[str, Any], Reason | None, Reason | None], ...] = (
    ("nothing stands in the way", {}, None, None),
    ("the kill switch is on", {"pause": Pause(paused=True)}, Reason.PAUSED, Reason.PAUSED),
    ("the log cannot be written", {"audit_trouble": "full"}, Reason.AUDIT_NOT_WRITABLE, Reason.AUDIT_NOT_WRITABLE),
    (
        "a step could not run",
        {"plan": replace(SAFE.plan, steps=(step(), step(ready="no right")))},
        Reason.NOT_READY,
        Reason.NOT_READY,
    ),
    (
        "the profile suggests only",
        {"policy": replace(SELF_HEAL, profile=Profile.SUGGEST)},
        Reason.POLICY_SUGGESTS_ONLY,
        None,
    ),
    ("just certain enough", {"plan": replace(SAFE.plan, probability=0.9)}, None, None),
    ("not quite certain enough", {"plan": replace(SAFE.plan, probability=0.8999)}, Reason.LOW_CONFIDENCE, None),
    ("no risk", risky(Risk.NONE), None, None),
    ("a moderate risk", risky(Risk.MODERATE), Reason.RISK_NEEDS_APPROVAL, None),
    ("a high risk", risky(Risk.HIGH), Reason.RISK_NEEDS_APPROVAL, None),
    ("destructive", risky(Risk.DESTRUCTIVE), Reason.RISK_NEEDS_APPROVAL, None),
    ("no way back", {"irreversible": ("clean",)}, Reason.RISK_NEEDS_APPROVAL, None),
    ("remedied a moment ago", {"others": [other("notes", S.FAILED, 59)]}, Reason.COOLDOWN, None),
    ("remedied long enough ago", {"others": [other("notes", S.FAILED, 60)]}, None, None),
    ("another target was remedied", {"others": [other("shop", S.FAILED, 1)]}, None, None),
    ("a plan was voided, nothing was done", {"others": [other("notes", S.VOID, 1)]}, None, None),
    ("a plan was rejected, nothing was done", {"others": [other("notes", S.REJECTED, 1)]}, None, None),
    ("mended once before", mended(1000), None, None),
    ("mended twice and back", mended(1000, 3600), Reason.FLAPPING, None),
    ("mended twice, once long ago", mended(1000, 3601), None, None),
    ("another problem was mended twice", mended(1000, 2000, problem="app.slow"), None, None),
    (
        "another target is being remedied",
        {"others": [other("shop", S.EXECUTING)]},
        Reason.BLAST_RADIUS,
        Reason.BLAST_RADIUS,
    ),
    (
        "another target is being verified",
        {"others": [other("shop", S.VERIFYING)]},
        Reason.BLAST_RADIUS,
        Reason.BLAST_RADIUS,
    ),
    (
        "nobody knows how far another came",
        {"others": [other("shop", S.UNKNOWN)]},
        Reason.BLAST_RADIUS,
        Reason.BLAST_RADIUS,
    ),
    ("another target has a proposal", {"others": [other("shop", S.APPROVED)]}, None, None),
    (
        "two may be remedied at once",
        {"policy": replace(SELF_HEAL, blast_radius=2), "others": [other("shop", S.EXECUTING)]},
        None,
        None,
    ),
    ("another plan acts here", {"others": [other("notes", S.VERIFYING, 999)]}, Reason.LOCKED, Reason.LOCKED),
    ("a dry run", {"dry_run": True}, Reason.DRY_RUN, Reason.DRY_RUN),
)


@pytest.mark.parametrize(("so", "alone", "approved"), [row[1:] for row in RULES], ids=[row[0] for row in RULES])
def test_the_reason_is(so: Mapping[str, Any], alone: Reason | None, approved: Reason | None) -> None:
    assert judge(replace(SAFE, **so)).reason is alone
    assert judge(replace(SAFE, **so, approval=PERSON)).reason is approved


EVERYTHING = replace(
    SAFE,
    plan=replace(SAFE.plan, probability=0.1, steps=(step(Risk.HIGH, ready="no right"),)),
    policy=Policy(flapping_times=1),
    pause=Pause(paused=True, by="ann", why="deploy"),
    audit_trouble="disk full",
    others=[other("notes", S.RESOLVED, 1), other("notes", S.EXECUTING, 1), other("shop", S.UNKNOWN)],
    inhibited=(Text(en="a deployment", zh="发布中"),),
    escalated=(Text(en="a second fault", zh="另有故障"),),
    dry_run=True,
)


def test_the_order_is_that_of_the_list_and_judge_all_tells_every_reason() -> None:
    assert [one.reason for one in judge_all(EVERYTHING)] == [
        Reason.PAUSED,
        Reason.AUDIT_NOT_WRITABLE,
        Reason.NOT_READY,
        Reason.INHIBITED,
        Reason.RULE_ASKS_PERSON,
        Reason.POLICY_SUGGESTS_ONLY,
        Reason.LOW_CONFIDENCE,
        Reason.RISK_NEEDS_APPROVAL,
        Reason.COOLDOWN,
        Reason.FLAPPING,
        Reason.BLAST_RADIUS,
        Reason.LOCKED,
        Reason.DRY_RUN,
    ]
    assert judge(EVERYTHING) == judge_all(EVERYTHING)[0]
    assert judge_all(SAFE) == ()


def test_a_person_answers_questions_of_trust_and_none_of_safety() -> None:
    assert {one.reason for one in judge_all(replace(EVERYTHING, approval=PERSON))} == {
        Reason.PAUSED,
        Reason.AUDIT_NOT_WRITABLE,
        Reason.NOT_READY,
        Reason.INHIBITED,
        Reason.BLAST_RADIUS,
        Reason.LOCKED,
        Reason.DRY_RUN,
    }


def test_every_refusal_says_why_in_a_sentence() -> None:
    for guard in GUARDS:
        verdict = guard(EVERYTHING)
        assert verdict.sentence, guard
    assert judge(EVERYTHING).sentence == "paused by ann: deploy"
