"""Our values as plain data for JSON and YAML, the same for the command line and HTTP.

`"format": 1` at the top of every document promises that names and meanings stay; new names may be added.
"""

import json
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from typing import Any

from engine.audit import Verification
from engine.casefile import Approval, Attempt, AuditEntry, Incident, Pause, Remediation
from engine.knowledge import Problem
from engine.model import (
    Bearing,
    Diagnosis,
    Instant,
    Observation,
    Plan,
    RankedCause,
    TargetId,
    Text,
    Unknown,
    Verdict,
)
from engine.remediation.guards import TRUST, holding_back
from engine.remediation.rehearsal import Suggestion
from engine.world import CheckMade, World

FORMAT = 1
View = dict[str, Any]


def document(**content: object) -> View:
    """A document of the present format."""
    return {"format": FORMAT, **content}


def time(at: Instant) -> str:
    """An instant as RFC 3339 in UTC, with milliseconds."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def text(value: Text | None) -> View | None:
    """A text in both languages."""
    return None if value is None else {"en": value.en, "zh": value.zh}


def problem(diagnosis: Diagnosis, knowledge: Problem, suggestions: Sequence[Suggestion] = ()) -> View:
    """A diagnosed problem with its causes and what could be done."""
    return {
        "id": diagnosis.ref.problem,
        "target": diagnosis.ref.target,
        "severity": diagnosis.severity.value,
        "class": {"type": knowledge.fault.type, "kind": knowledge.fault.kind},
        **diagnosis_body(diagnosis),
        "remedies": [remedy(suggestion) for suggestion in suggestions],
    }


def diagnosis_body(diagnosis: Diagnosis) -> View:
    """A diagnosis without its problem's id."""
    return {
        "title": text(diagnosis.title),
        "at": time(diagnosis.at),
        "symptoms": [text(symptom) for symptom in diagnosis.symptoms],
        "consequence_of": str(diagnosis.consequence_of) if diagnosis.consequence_of else None,
        "inhibited": [text(rule) for rule in diagnosis.inhibited],
        "escalated": [text(rule) for rule in diagnosis.escalated],
        "causes": [cause(one) for one in diagnosis.causes],
        "pack": {"id": diagnosis.pack, "version": diagnosis.pack_version, "digest": diagnosis.pack_digest},
    }


def cause(ranked: RankedCause) -> View:
    """A ranked cause with its evidence, by what the evidence says."""
    return {
        "id": ranked.id,
        "title": text(ranked.title),
        "probability": round(ranked.probability, 4),
        "proved": ranked.proved,
        "problem": str(ranked.problem) if ranked.problem else None,
        "evidence": {
            bearing.value: [
                {
                    "fact": one.fact.name,
                    "target": one.fact.target,
                    "title": text(one.title),
                    "ratio": round(one.ratio, 4),
                    "seen": one.seen,
                    "note": one.note,
                }
                for one in ranked.evidence
                if one.bearing is bearing
            ]
            for bearing in Bearing
        },
    }


def remedy(suggestion: Suggestion) -> View:
    """A remedy with what would be decided about it now and why."""
    first = suggestion.withheld[0] if suggestion.withheld else None
    return {
        "id": suggestion.candidate.remedy.id,
        "title": text(suggestion.candidate.remedy.title),
        "cause": suggestion.candidate.cause.id,
        "risk": suggestion.plan.risk.name.lower(),
        "decision": decision(suggestion),
        "reason": first.reason.value if first and first.reason else None,
        "reasons": [verdict(one) for one in suggestion.withheld],
        "plan": plan(suggestion.plan, suggestion.digest),
    }


def decision(suggestion: Suggestion) -> str:
    """What would happen to a suggestion now: automatic, approval, withheld, or instruction (a person must act)."""
    if not suggestion.plan.steps:
        return "instruction"
    if not suggestion.withheld:
        return "automatic"
    return "approval" if all(one.reason in TRUST for one in suggestion.withheld) else "withheld"


def verdict(value: Verdict) -> View:
    """A guard's verdict."""
    return {"reason": value.reason.value if value.reason else None, "sentence": value.sentence}


def plan(value: Plan, digest: str) -> View:
    """A plan with everything that would be touched."""
    return {
        "digest": digest,
        "target": value.ref.target,
        "problem": value.ref.problem,
        "cause": value.cause,
        "remedy": value.remedy,
        "probability": round(value.probability, 4),
        "risk": value.risk.name.lower(),
        "facts": [{"fact": fact.name, "target": fact.target, "truth": truth.value} for fact, truth in value.facts],
        "steps": [
            {
                "action": step.action,
                "params": dict(step.params),
                "summary": text(step.effect.summary),
                "risk": step.effect.risk.name.lower(),
                "touches": [
                    {"kind": touch.kind, "identity": touch.identity, "label": touch.label}
                    for touch in step.effect.touches
                ],
                "lines": list(step.effect.lines),
                "cannot_undo": step.effect.cannot_undo or None,
                "in_the_way": step.effect.ready or None,
            }
            for step in value.steps
        ],
        "instruction": text(value.instruction),
    }


def incident(value: Incident) -> View:
    """An incident without its diagnosis."""
    return {
        "id": value.id,
        "problem": value.ref.problem,
        "target": value.ref.target,
        "severity": value.severity.value,
        "state": value.state.value,
        "title": text(value.title),
        "opened_at": time(value.opened_at),
        "changed_at": time(value.changed_at),
        "times": value.times,
        "merged_into": value.merged_into,
        "note": text(value.note),
        "instruction": text(value.instruction),
    }


def remediation(value: Remediation, approvals: Sequence[Approval] = (), attempts: Sequence[Attempt] = ()) -> View:
    """A remediation with its plan, who approved it and what was tried."""
    return {
        "id": value.id,
        "incident": value.incident,
        "state": value.state.value,
        "digest": value.digest,
        "proposed_at": time(value.proposed_at),
        "changed_at": time(value.changed_at),
        "withheld": verdict(held) if (held := holding_back(value)) else None,
        "plan": plan(value.plan, value.digest),
        "approvals": [approval(one) for one in approvals],
        "attempts": [
            {
                "step": one.step + 1,
                "try": one.number,
                "undo": one.undoing,
                "started_at": time(one.started_at),
                "ended_at": time(one.ended_at) if one.ended_at is not None else None,
                "result": one.outcome.result.value if one.outcome else None,
                "said": one.outcome.sentence if one.outcome else None,
            }
            for one in attempts
        ],
    }


def approval(value: Approval) -> View:
    """Who approved which digest, how, and until when."""
    return {
        "by": value.by,
        "via": value.via,
        "at": time(value.at),
        "expires_at": time(value.expires_at),
        "digest": value.digest,
    }


def audit_entry(value: AuditEntry) -> View:
    """An entry of the audit log."""
    return {
        "number": value.number,
        "at": time(value.at),
        "actor": value.actor,
        "event": value.event,
        "incident": value.incident or None,
        "body": json.loads(value.body),
        "previous": value.previous,
        "seal": value.seal,
    }


def verification(value: Verification) -> View:
    """What came of checking the audit log."""
    return {
        "ok": value.ok,
        "entries": value.entries,
        "head": {"number": value.head.number, "seal": value.head.seal},
        "what": value.what,
        "broken": value.broken,
    }


def pause(value: Pause) -> View:
    """The kill switch."""
    return {"paused": value.paused, "by": value.by, "why": value.why, "at": time(value.at) if value.at else None}


def check(made: CheckMade) -> View:
    """A check that was made on demand, and why."""
    return {
        "target": made.target,
        "part": made.part,
        "title": text(made.title),
        "about": str(made.about),
        "bits": round(made.bits, 3),
        "saving": round(made.saving, 1),
    }


def unknown(world: World, asked_for: AbstractSet[tuple[TargetId, str]]) -> list[View]:
    """What the rules ask for and could not be seen, and why."""
    return [
        {"target": target, "name": name, "because": one.value.because}
        for (target, name), one in sorted(world.observations.items())
        if isinstance(one.value, Unknown) and (target, name) in asked_for
    ]


def observation(value: Observation) -> View:
    """One observation."""
    unseen = value.value if isinstance(value.value, Unknown) else None
    return {
        "target": value.target,
        "name": value.name,
        "value": None if unseen else value.value,
        "unknown_because": unseen.because if unseen else None,
        "at": time(value.at),
        "detail": value.detail,
    }
