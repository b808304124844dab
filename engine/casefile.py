"""What is kept of a case: incident, remediation, approval, attempt, audit entry, and the changes to them.

A `Change` is a value; the store carries out a set of them in one transaction together with the audit entry
about them, so that nothing changes without a trace.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from engine.lifecycle import IncidentEvent, IncidentState, RemediationEvent, RemediationState
from engine.model import (
    Diagnosis,
    Digest,
    IncidentId,
    Instant,
    Outcome,
    Plan,
    ProblemRef,
    RemediationId,
    Scalar,
    Severity,
    Text,
    Verdict,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One occurrence of a problem on a target, from its opening to its close.

    `id` has the form ALT-YYYY-MM-DD-NNN (UTC day, number of the day). `times` counts how often it came back.
    `note` says why it stands where it stands; `instruction` is what a person must do.
    """

    id: IncidentId
    ref: ProblemRef
    state: IncidentState
    severity: Severity
    title: Text
    opened_at: Instant
    changed_at: Instant
    diagnosis: Diagnosis | None = None
    times: int = 1
    merged_into: IncidentId | None = None
    note: Text | None = None
    instruction: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remediation:
    """One plan for one incident and where it stands; `id` is the incident's with "-rN".

    `verdict` is the guards' last word on it; it is kept so that a change of it is audited once, not every cycle.
    """

    id: RemediationId
    incident: IncidentId
    plan: Plan
    digest: Digest
    state: RemediationState
    proposed_at: Instant
    changed_at: Instant
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Someone's word for exactly one digest, until it expires; `via` is cli, http or policy."""

    remediation: RemediationId
    digest: Digest
    by: str
    via: str
    at: Instant
    expires_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try of one step: the intent is written before acting, the outcome after it.

    Without `outcome` after a restart nobody knows how far it came. (remediation, step, number) is unique.
    `undoing` marks the undo of a step.
    """

    remediation: RemediationId
    step: int
    number: int
    started_at: Instant
    undoing: bool = False
    ended_at: Instant | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """The kill switch: while `paused`, nothing is done."""

    paused: bool
    by: str = ""
    why: str = ""
    at: Instant = 0.0


Body: TypeAlias = Mapping[str, Scalar | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditNote:
    """What is to be written to the audit log: who did what to which incident, with the particulars."""

    at: Instant
    actor: str
    event: str
    incident: IncidentId | None = None
    body: Body = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """A written audit note: its number (from 1, without gaps) and the chain.

    `previous` is the seal of the entry before ("" for the first), `seal` covers this entry and `previous`.
    `body` is canonical JSON.
    """

    number: int
    at: Instant
    actor: str
    event: str
    incident: str
    body: str
    previous: str
    seal: str


# --- changes ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIncident:
    """Put a new incident on the books."""

    incident: Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveIncident:
    """Move an incident along its life cycle, provided that it is still in `expect`.

    What is None stays as it was, except `note` and `instruction`, which belong to the new state. A REOPEN of
    a resolved incident adds one to its `times`; a new `diagnosis` brings its severity and title with it.
    """

    id: IncidentId
    expect: IncidentState
    event: IncidentEvent
    at: Instant
    diagnosis: Diagnosis | None = None
    merged_into: IncidentId | None = None
    note: Text | None = None
    instruction: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Propose:
    """Put a new remediation on the books."""

    remediation: Remediation


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRemediation:
    """Move a remediation along its life cycle, provided that it is still in `expect`."""

    id: RemediationId
    expect: RemediationState
    event: RemediationEvent
    at: Instant
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Withhold:
    """Keep the guards' new verdict on a remediation that stays where it is."""

    id: RemediationId
    expect: RemediationState
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantApproval:
    """Keep an approval."""

    approval: Approval


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginAttempt:
    """Write the intent of an attempt; refused when that very attempt was begun before."""

    attempt: Attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class EndAttempt:
    """Write how an attempt ended, provided that it has no end yet."""

    remediation: RemediationId
    step: int
    number: int
    undoing: bool = False
    at: Instant
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPause:
    """Set or lift the kill switch."""

    pause: Pause


Change: TypeAlias = (
    OpenIncident
    | MoveIncident
    | Propose
    | MoveRemediation
    | Withhold
    | GrantApproval
    | BeginAttempt
    | EndAttempt
    | SetPause
)
