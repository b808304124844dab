"""What an operator may say: approve or reject exactly one plan, pause everything, resume.

Approving takes the digest that the operator saw. Whatever else the plan has become since, that digest is what was
approved; another digest is refused here and would be void before execution.
"""

from dataclasses import dataclass

from engine.casefile import (
    Approval,
    AuditNote,
    Change,
    GrantApproval,
    Incident,
    MoveIncident,
    MoveRemediation,
    Pause,
    Remediation,
    SetPause,
)
from engine.errors import ConflictError, NotFoundError
from engine.lifecycle import (
    LIVE_REMEDIATION,
    IncidentEvent,
    IncidentState,
    RemediationEvent,
    RemediationState,
)
from engine.model import IncidentId, Instant, RemediationId, Seconds, Text
from engine.protocols import Casebook, Clock, Store

SHORTEST_DIGEST = 8
CLI = "cli"
POLICY = "policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvals:
    """The operators' desk: the same for the command line, HTTP and the policy."""

    store: Store
    casebook: Casebook
    clock: Clock
    valid_for: Seconds

    def live(self, incident: IncidentId) -> Remediation:
        """The remediation of an incident that is under way; NotFoundError when there is none."""
        self.casebook.incident(incident)
        for remediation in reversed(self.casebook.remediations(incident)):
            if remediation.state in LIVE_REMEDIATION:
                return remediation
        raise NotFoundError(f"incident {incident} has no plan under way: look at it with `medicus explain {incident}`")

    def approve(self, incident: IncidentId, digest: str, *, by: str, via: str) -> Approval:
        """Approve the proposed plan of an incident by its digest (at least its first 8 digits).

        Raises ConflictError when the plan is another by now, or is not waiting for approval.
        """
        remediation = self._proposed(incident, digest)
        now = self.clock.now()
        approval = Approval(
            remediation=remediation.id,
            digest=remediation.digest,
            by=by,
            via=via,
            at=now,
            expires_at=now + self.valid_for,
        )
        self.store.commit(
            AuditNote(
                at=now,
                actor=_actor(by, via),
                event="approved",
                incident=incident,
                body={"remediation": str(remediation.id), "digest": remediation.digest},
            ),
            GrantApproval(approval=approval),
            _moved(remediation, RemediationEvent.APPROVE, now),
        )
        return approval

    def reject(self, incident: IncidentId, digest: str, *, by: str, why: str, via: str = CLI) -> None:
        """Reject the plan of an incident by its digest; the incident is escalated to people.

        Raises ConflictError as `approve` does, and when the plan is being executed already.
        """
        remediation = self._proposed(incident, digest, also=RemediationState.APPROVED)
        now = self.clock.now()
        said = f": {why}" if why else ""
        note = Text(en=f"rejected by {by}{said}", zh=f"已被 {by} 拒绝{said}")
        changes: list[Change] = [_moved(remediation, RemediationEvent.REJECT, now)]
        found = self.casebook.incident(incident)
        if found.state is IncidentState.REMEDIATING:
            changes.append(_escalated(found, note, now))
        self.store.commit(
            AuditNote(
                at=now,
                actor=_actor(by, via),
                event="rejected",
                incident=incident,
                body={"remediation": str(remediation.id), "digest": remediation.digest, "why": why},
            ),
            *changes,
        )

    def pause(self, *, by: str, why: str, via: str = CLI) -> Pause:
        """Turn the kill switch on: nothing is begun until `resume`."""
        return self._set(Pause(paused=True, by=by, why=why, at=self.clock.now()), "paused", via)

    def resume(self, *, by: str, via: str = CLI) -> Pause:
        """Turn the kill switch off."""
        return self._set(Pause(paused=False, by=by, at=self.clock.now()), "resumed", via)

    def _set(self, pause: Pause, event: str, via: str) -> Pause:
        self.store.commit(
            AuditNote(at=pause.at, actor=_actor(pause.by, via), event=event, body={"why": pause.why}),
            SetPause(pause=pause),
        )
        return pause

    def _proposed(
        self, incident: IncidentId, digest: str, *, also: RemediationState = RemediationState.PROPOSED
    ) -> Remediation:
        remediation = self.live(incident)
        if len(digest) < SHORTEST_DIGEST or not remediation.digest.startswith(digest):
            raise ConflictError(
                f"the plan of {incident} has the digest {remediation.digest[:12]}, not {digest[:12]}: "
                f"look at it again with `medicus plan {incident}`"
            )
        if remediation.state not in {RemediationState.PROPOSED, also}:
            raise ConflictError(f"the plan {remediation.id} is {remediation.state} already: nothing to decide")
        return remediation


def valid_approval(casebook: Casebook, remediation: Remediation, now: Instant) -> Approval | None:
    """The approval of exactly this remediation's digest that has not expired at `now`.

    When the clock went back behind an approval nobody knows how old it is, so it does not count.
    """
    for approval in reversed(casebook.approvals(remediation.id)):
        if approval.digest == remediation.digest and approval.at <= now < approval.expires_at:
            return approval
    return None


def remediation_id(incident: IncidentId, number: int) -> RemediationId:
    """The id of the n-th remediation of an incident, from 1."""
    return RemediationId(f"{incident}-r{number}")


def _actor(by: str, via: str) -> str:
    """Who, as the audit log names them: with the door they came through, so that nobody passes for Medicus itself."""
    return f"{via}:{by}"


def _moved(remediation: Remediation, event: RemediationEvent, at: Instant) -> MoveRemediation:
    return MoveRemediation(id=remediation.id, expect=remediation.state, event=event, at=at)


def _escalated(incident: Incident, note: Text, at: Instant) -> MoveIncident:
    return MoveIncident(id=incident.id, expect=incident.state, event=IncidentEvent.ESCALATE, at=at, note=note)
