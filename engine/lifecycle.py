"""The life cycles of an incident and of a remediation, as pure transition tables.

Nothing else decides which state may follow which. Every row is a conditional update in the store.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from engine.errors import TransitionError


class IncidentState(StrEnum):
    """Where an incident stands."""

    OPENED = "opened"  #: a problem shows and nobody has said yet why
    DIAGNOSED = "diagnosed"  #: its causes are ranked
    REMEDIATING = "remediating"  #: a plan is under way, or waits for approval
    ESCALATED = "escalated"  #: a person must act: the note and the instruction say why and what
    RESOLVED = "resolved"  #: the target looked healthy long enough
    REOPENED = "reopened"  #: it came back soon after
    MERGED = "merged"  #: it is the consequence of another incident, which is mended first
    CLOSED = "closed"  #: it did not come back


class IncidentEvent(StrEnum):
    """What happens to an incident."""

    DIAGNOSE = "diagnose"  #: the causes were ranked, again or for the first time
    PROPOSE = "propose"  #: a plan was made
    ESCALATE = "escalate"  #: no plan can help, or a person said no
    RECOVER = "recover"  #: the target has been healthy for long enough
    REOPEN = "reopen"  #: the problem shows again
    MERGE = "merge"  #: it follows from another incident
    CLOSE = "close"  #: enough time has passed


class RemediationState(StrEnum):
    """Where one plan stands on its way from proposal to end."""

    PROPOSED = "proposed"  #: it waits for an approval, a person's or the policy's
    APPROVED = "approved"  #: exactly this digest may run
    EXECUTING = "executing"  #: a step is being carried out
    VERIFYING = "verifying"  #: all steps are done, and the probes look whether it helped
    RESOLVED = "resolved"  #: it helped
    FAILED = "failed"  #: it did not help, or could not be done
    REJECTED = "rejected"  #: a person said no
    VOID = "void"  #: the world has changed, so that nobody approved what it would be now
    UNKNOWN = "unknown"  #: nobody knows how far it came: the target is looked at first


class RemediationEvent(StrEnum):
    """What happens to a remediation."""

    APPROVE = "approve"  #: somebody, or the policy, approved its digest
    REJECT = "reject"  #: a person said no
    VOID = "void"  #: it drifted, or its approval expired
    START = "start"  #: the first step begins
    ACTED = "acted"  #: all steps are done
    FAIL = "fail"  #: a step failed, or the target did not recover in time
    LOSE = "lose"  #: Medicus ended, or an action did not, in the middle of it
    RECOVER = "recover"  #: the target has been healthy for long enough
    RESUME = "resume"  #: it goes on, since what was interrupted may be run twice


_I, _IE = IncidentState, IncidentEvent
INCIDENT: Mapping[tuple[IncidentState, IncidentEvent], IncidentState] = {
    (_I.OPENED, _IE.DIAGNOSE): _I.DIAGNOSED,
    (_I.OPENED, _IE.MERGE): _I.MERGED,
    (_I.OPENED, _IE.RECOVER): _I.RESOLVED,
    (_I.DIAGNOSED, _IE.DIAGNOSE): _I.DIAGNOSED,
    (_I.DIAGNOSED, _IE.PROPOSE): _I.REMEDIATING,
    (_I.DIAGNOSED, _IE.ESCALATE): _I.ESCALATED,
    (_I.DIAGNOSED, _IE.MERGE): _I.MERGED,
    (_I.DIAGNOSED, _IE.RECOVER): _I.RESOLVED,
    (_I.REMEDIATING, _IE.DIAGNOSE): _I.DIAGNOSED,
    (_I.REMEDIATING, _IE.ESCALATE): _I.ESCALATED,
    (_I.REMEDIATING, _IE.RECOVER): _I.RESOLVED,
    (_I.ESCALATED, _IE.DIAGNOSE): _I.DIAGNOSED,
    (_I.ESCALATED, _IE.MERGE): _I.MERGED,
    (_I.ESCALATED, _IE.RECOVER): _I.RESOLVED,
    (_I.ESCALATED, _IE.CLOSE): _I.CLOSED,
    (_I.RESOLVED, _IE.REOPEN): _I.REOPENED,
    (_I.RESOLVED, _IE.CLOSE): _I.CLOSED,
    (_I.REOPENED, _IE.DIAGNOSE): _I.DIAGNOSED,
    (_I.REOPENED, _IE.MERGE): _I.MERGED,
    (_I.REOPENED, _IE.RECOVER): _I.RESOLVED,
    (_I.MERGED, _IE.REOPEN): _I.REOPENED,
    (_I.MERGED, _IE.RECOVER): _I.RESOLVED,
    (_I.MERGED, _IE.CLOSE): _I.CLOSED,
}

_R, _RE = RemediationState, RemediationEvent
REMEDIATION: Mapping[tuple[RemediationState, RemediationEvent], RemediationState] = {
    (_R.PROPOSED, _RE.APPROVE): _R.APPROVED,
    (_R.PROPOSED, _RE.REJECT): _R.REJECTED,
    (_R.PROPOSED, _RE.VOID): _R.VOID,
    (_R.APPROVED, _RE.START): _R.EXECUTING,
    (_R.APPROVED, _RE.REJECT): _R.REJECTED,
    (_R.APPROVED, _RE.VOID): _R.VOID,
    (_R.EXECUTING, _RE.ACTED): _R.VERIFYING,
    (_R.EXECUTING, _RE.FAIL): _R.FAILED,
    (_R.EXECUTING, _RE.LOSE): _R.UNKNOWN,
    (_R.UNKNOWN, _RE.RESUME): _R.EXECUTING,
    (_R.UNKNOWN, _RE.ACTED): _R.VERIFYING,
    (_R.UNKNOWN, _RE.RECOVER): _R.RESOLVED,
    (_R.UNKNOWN, _RE.FAIL): _R.FAILED,
    (_R.VERIFYING, _RE.RECOVER): _R.RESOLVED,
    (_R.VERIFYING, _RE.FAIL): _R.FAILED,
}

ALL_INCIDENTS = frozenset(IncidentState)
OPEN_INCIDENT = frozenset({_I.OPENED, _I.DIAGNOSED, _I.REMEDIATING, _I.ESCALATED, _I.REOPENED, _I.MERGED})
UNCLOSED_INCIDENT = OPEN_INCIDENT | {_I.RESOLVED}
LIVE_REMEDIATION = frozenset({_R.PROPOSED, _R.APPROVED, _R.EXECUTING, _R.VERIFYING, _R.UNKNOWN})
ACTING = frozenset({_R.EXECUTING, _R.VERIFYING, _R.UNKNOWN})

State = TypeVar("State", IncidentState, RemediationState)


def after_incident(state: IncidentState, event: IncidentEvent) -> IncidentState:
    """The state of an incident after an event; TransitionError when the table has no such row."""
    return _after(INCIDENT.get((state, event)), "an incident", state, event)


def after_remediation(state: RemediationState, event: RemediationEvent) -> RemediationState:
    """The state of a remediation after an event; TransitionError when the table has no such row."""
    return _after(REMEDIATION.get((state, event)), "a remediation", state, event)


def _after(found: State | None, what: str, state: StrEnum, event: StrEnum) -> State:
    if found is None:
        raise TransitionError(f"{what} that is {state} cannot {event}")
    return found
