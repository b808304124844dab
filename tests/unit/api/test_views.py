"""The shape of every document is a promise: exactly these names, and only plain data."""

import json
from dataclasses import replace
from typing import Any

import pytest

from api import views
from engine.audit import Head, Verification
from engine.casefile import Attempt, AuditEntry, Pause
from engine.model import (
    Conclusions,
    Observation,
    Outcome,
    ProblemId,
    Reason,
    RemediationId,
    Result,
    TargetId,
    Unknown,
    Verdict,
)
from engine.remediation.planner import plan_digest
from engine.remediation.policy import Policy
from engine.remediation.rehearsal import Rehearsal, Suggestion
from engine.world import World
from tests.support import cases
from tests.support.bench import SELF_HEAL, SHOP, Bench


def names(view: Any) -> set[str]:
    assert isinstance(view, dict)
    return set(view)


def suggested(bench: Bench, policy: Policy = SELF_HEAL) -> tuple[views.View, tuple[Suggestion, ...]]:
    bench.clock.at += 2
    world = bench.looker.look()
    (diagnosis,) = world.diagnoses.values()
    target = next(one for one in bench.targets if one.id == SHOP)
    found = Rehearsal(policy=policy).suggestions(bench.planner, diagnosis, target, world)
    knowledge = bench.pack.problem(ProblemId("app.down"))
    return views.problem(diagnosis, knowledge, found), found


def test_a_problem_has_its_causes_evidence_and_remedies(bench: Bench) -> None:
    bench.set(SHOP, app_state="down", disk_state="full", app_threads=Unknown(because="hangs"))
    view, found = suggested(bench)
    assert names(view) == {
        "id",
        "target",
        "severity",
        "class",
        "title",
        "at",
        "symptoms",
        "consequence_of",
        "inhibited",
        "escalated",
        "causes",
        "pack",
        "remedies",
    }
    assert (view["id"], view["target"], view["severity"]) == ("app.down", "shop", "P1")
    assert view["class"] == {"type": "service", "kind": "down"}
    assert view["symptoms"] == [{"en": "It shows: app.down", "zh": "It shows: app.down(zh)"}]
    assert view["consequence_of"] is None
    first, *others = view["causes"]
    assert names(first) == {"id", "title", "probability", "proved", "problem", "evidence"}
    assert (first["id"], first["proved"]) == ("disk-full", True)
    assert first["probability"] > 0.9
    assert all(names(one["evidence"]) == {"for", "against", "missing"} for one in view["causes"])
    assert [one["fact"] for one in first["evidence"]["for"]] == ["disk-full"]
    assert names(first["evidence"]["for"][0]) == {"fact", "target", "title", "ratio", "seen", "note"}
    by_id = {one["id"]: one["evidence"] for one in others}
    assert [one["fact"] for one in by_id["hung"]["missing"]] == ["app-hung"]
    assert [one["fact"] for one in by_id["config-broken"]["against"]] == ["config-broken"]
    assert [one["id"] for one in view["remedies"]] == [one.plan.remedy for one in found]
    json.dumps(view, allow_nan=False)


def test_a_remedy_says_what_would_be_decided_and_why(bench: Bench) -> None:
    bench.set(SHOP, app_state="down", disk_state="full")
    view, found = suggested(bench, Policy())
    first = view["remedies"][0]
    assert names(first) == {"id", "title", "cause", "risk", "decision", "reason", "reasons", "plan"}
    assert (first["id"], first["cause"], first["risk"]) == ("clean-up", "disk-full", "low")
    assert (first["decision"], first["reason"]) == ("approval", "policy-suggests-only")
    assert first["plan"]["digest"] == plan_digest(found[0].plan)
    assert names(first["plan"]) == {
        "digest",
        "target",
        "problem",
        "cause",
        "remedy",
        "probability",
        "risk",
        "facts",
        "steps",
        "instruction",
    }
    (step,) = first["plan"]["steps"]
    assert step["params"] == {"path": "/srv/shop"}
    assert step["touches"] == [{"kind": "file", "identity": "/srv a1", "label": "/srv"}]
    assert (step["cannot_undo"], step["in_the_way"]) == (None, None)


@pytest.mark.parametrize(
    ("withheld", "decision"),
    [
        ((), "automatic"),
        ((Reason.POLICY_SUGGESTS_ONLY,), "approval"),
        ((Reason.LOW_CONFIDENCE, Reason.RISK_NEEDS_APPROVAL, Reason.COOLDOWN, Reason.FLAPPING), "approval"),
        ((Reason.POLICY_SUGGESTS_ONLY, Reason.PAUSED), "withheld"),
        ((Reason.NOT_READY,), "withheld"),
        ((Reason.BLAST_RADIUS,), "withheld"),
    ],
)
def test_a_decision_is_one_of_four_words(bench: Bench, withheld: tuple[Reason, ...], decision: str) -> None:
    bench.set(SHOP, app_state="down", disk_state="full")
    _, (first, *_) = suggested(bench)
    verdicts = tuple(Verdict(reason=reason, sentence="so") for reason in withheld)
    assert views.decision(replace(first, withheld=verdicts)) == decision


def test_what_only_a_person_can_do_is_an_instruction(bench: Bench) -> None:
    bench.set(SHOP, app_state="down", config_state="broken")
    view, _ = suggested(bench)
    told = next(one for one in view["remedies"] if one["id"] == "mend-config")
    assert told["decision"] == "instruction"
    assert told["plan"]["steps"] == []
    assert told["plan"]["instruction"]["en"] == "mend /srv/shop/app.toml"


def test_an_incident_is_told_without_its_diagnosis() -> None:
    view = views.incident(cases.incident(whole=True))
    assert names(view) == {
        "id",
        "problem",
        "target",
        "severity",
        "state",
        "title",
        "opened_at",
        "changed_at",
        "times",
        "merged_into",
        "note",
        "instruction",
    }
    assert view["opened_at"] == "2026-01-02T12:00:00.250Z"
    assert (view["state"], view["times"], view["note"]) == ("opened", 3, {"en": "n", "zh": "注"})


def test_a_remediation_counts_steps_from_one_and_shows_what_has_no_end() -> None:
    of = cases.remediation(cases.incident())
    done = Attempt(
        remediation=RemediationId("r"),
        step=0,
        number=2,
        started_at=cases.NOON,
        ended_at=cases.NOON + 1,
        outcome=Outcome(result=Result.DONE, sentence="stopped"),
    )
    begun = Attempt(remediation=RemediationId("r"), step=0, number=1, started_at=cases.NOON, undoing=True)
    view = views.remediation(of, [cases.approval(of)], [done, begun])
    assert view["state"] == "proposed"
    assert view["withheld"] == {"reason": "risk-needs-approval", "sentence": "a person must say so"}
    assert [names(one) for one in view["approvals"]] == [{"by", "via", "at", "expires_at", "digest"}]
    first, second = view["attempts"]
    assert (first["step"], first["try"], first["undo"], first["result"], first["said"]) == (
        1,
        2,
        False,
        "done",
        "stopped",
    )
    assert (second["undo"], second["ended_at"], second["result"], second["said"]) == (True, None, None, None)
    assert views.remediation(replace(of, verdict=None))["withheld"] is None
    json.dumps(view, allow_nan=False)


def test_an_audit_entry_shows_its_body_as_data() -> None:
    entry = AuditEntry(
        number=1,
        at=cases.NOON,
        actor="cli:ann",
        event="paused",
        incident="",
        body='{"why":"部署"}',
        previous="",
        seal="s",
    )
    view = views.audit_entry(entry)
    assert (view["incident"], view["body"], view["seal"]) == (None, {"why": "部署"}, "s")


def test_observations_keep_falsehood_zero_and_the_unknown_apart() -> None:
    def seen(value: Any) -> views.View:
        return views.observation(Observation(target=SHOP, name="a.b", value=value, at=cases.NOON))

    assert [(seen(value)["value"], seen(value)["unknown_because"]) for value in (False, 0, "", 0.0)] == [
        (False, None),
        (0, None),
        ("", None),
        (0.0, None),
    ]
    assert (seen(Unknown(because="refused"))["value"], seen(Unknown(because="refused"))["unknown_because"]) == (
        None,
        "refused",
    )


def test_unknown_lists_only_what_a_rule_asks_for() -> None:
    both = {
        (TargetId("shop"), name): Observation(
            target=TargetId("shop"), name=name, value=Unknown(because="dark"), at=cases.NOON
        )
        for name in ("a.b", "c.d")
    }
    world = World(at=0, observations=both, conclusions=Conclusions(truths={}, proof=()), diagnoses={})
    assert views.unknown(world, {(TargetId("shop"), "c.d")}) == [{"target": "shop", "name": "c.d", "because": "dark"}]


def test_small_documents() -> None:
    assert views.document(a=1) == {"format": 1, "a": 1}
    assert views.text(None) is None
    assert views.pause(Pause(paused=False)) == {"paused": False, "by": "", "why": "", "at": None}
    whole = Verification(ok=True, entries=2, head=Head(number=2, seal="x"), what="")
    assert views.verification(whole)["head"] == {"number": 2, "seal": "x"}
