"""Which incidents there are: opened, merged, reopened, resolved and closed as problems come and go.

An incident is one occurrence of one problem on one target. A problem that is the consequence of another is not a
second incident: it is merged into the root's. A problem that comes back soon from the same cause is the
same incident again. While a remediation acts on a target, new problems there and on what depends on it belong to
that remediation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.casefile import (
    AuditNote,
    Body,
    Change,
    Incident,
    MoveIncident,
    MoveRemediation,
    OpenIncident,
    Remediation,
)
from engine.inference.scope import dependents
from engine.knowledge import Problem
from engine.lifecycle import (
    ACTING,
    LIVE_REMEDIATION,
    OPEN_INCIDENT,
    UNCLOSED_INCIDENT,
    IncidentEvent,
    IncidentState,
    RemediationEvent,
    RemediationState,
)
from engine.model import (
    CauseId,
    Diagnosis,
    Instant,
    ProblemId,
    ProblemRef,
    Reason,
    Seconds,
    Target,
    TargetId,
    Text,
)
from engine.protocols import Casebook, Store
from engine.repairs import as_repairs
from engine.world import World

ACTOR = "medicus"
_S, _E = IncidentState, IncidentEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Incidents:
    """Keeps the incidents in step with what is seen.

    `reopen_within` is how soon a return is a return; from `known_from` on (0..1) a cause counts as known.
    """

    problems: Mapping[ProblemId, Problem]
    targets: Sequence[Target]
    store: Store
    casebook: Casebook
    reopen_within: Seconds
    known_from: float

    def update(self, world: World) -> None:
        """Open, reopen and close incidents as the diagnoses of this moment say; what a rule inhibits opens none."""
        incidents = self.casebook.incidents(among=UNCLOSED_INCIDENT)
        latest = _latest(incidents)
        shielded = self._shielded(incidents)
        for ref, diagnosis in world.diagnoses.items():
            known = latest.get(ref)
            is_open = known is not None and known.state in OPEN_INCIDENT
            if ref.target in shielded or is_open or diagnosis.inhibited:
                continue
            if known is not None and known.state is _S.RESOLVED and self._returned(known, diagnosis):
                self._move(known, _E.REOPEN, world.at, "reopened")
            else:
                self._open(diagnosis)
        for known in incidents:
            replaced = known.ref in world.diagnoses and not self._returned(known, world.diagnoses[known.ref])
            if known.state is _S.RESOLVED and (replaced or world.at - known.changed_at > self.reopen_within):
                self._move(known, _E.CLOSE, world.at, "closed")

    def watched(self) -> tuple[Incident, ...]:
        """The open incidents whose problem a pack still knows and whose target is still in the inventory."""
        known = {target.id for target in self.targets}
        return tuple(
            incident
            for incident in self.casebook.incidents(among=OPEN_INCIDENT)
            if incident.ref.problem in self.problems and incident.ref.target in known
        )

    def failed(self) -> dict[ProblemRef, tuple[tuple[CauseId, float], ...]]:
        """The remedies that did not help in open incidents: (cause, how probably it would have helped).

        One that does the same for several causes speaks against all of them.
        """
        failed = {}
        for incident in self.watched():
            causes = self.problems[incident.ref.problem].causes
            repairs = as_repairs((cause.id, remedy) for cause in causes for remedy in cause.remedies)
            plans = [one.plan for one in self._remediations(incident) if one.state is RemediationState.FAILED]
            failed[incident.ref] = tuple(
                (cause, remedy.fixes)
                for plan in plans
                for repair in repairs
                if any((cause, remedy.id) == (plan.cause, plan.remedy) for cause, remedy in repair)
                for cause, remedy in repair
            )
        return failed

    def diagnose(self, incident: Incident, world: World) -> bool:
        """Put the present diagnosis on the books; False while the problem is not seen."""
        diagnosis = world.diagnoses.get(incident.ref)
        if diagnosis is None:
            return False
        best = diagnosis.causes[0]
        said: Body = {
            "cause": str(best.id),
            "probability": round(best.probability, 3),
            "pack": f"{diagnosis.pack} {diagnosis.pack_version}",
            "pack_digest": diagnosis.pack_digest,
        }
        self._move(incident, _E.DIAGNOSE, world.at, "diagnosed", said=said, diagnosis=diagnosis)
        return True

    def reconsider(self, incident: Incident, world: World) -> bool:
        """Diagnose an escalated incident anew when other causes are in question than before.

        What a plan left in doubt was handed to a person, and stays with people.
        """
        diagnosis = world.diagnoses.get(incident.ref)
        if diagnosis is None or incident.diagnosis is None or self._handed_over(incident):
            return False
        if self._outlook(diagnosis) == self._outlook(incident.diagnosis):
            return False
        return self.diagnose(incident, world)

    def merge(self, incident: Incident, world: World) -> bool:
        """Merge an incident into the open one of its root, if its problem is a consequence of another."""
        diagnosis = world.diagnoses.get(incident.ref)
        root = diagnosis.consequence_of if diagnosis else None
        into = _latest(self.casebook.incidents(among=OPEN_INCIDENT)).get(root) if root else None
        if into is None or into.id == incident.id or into.state is _S.MERGED:
            return False
        note = Text(en=f"a consequence of {into.id}", zh=f"由 {into.id} 引起")
        self.store.commit(
            AuditNote(at=world.at, actor=ACTOR, event="merged", incident=incident.id, body={"into": str(into.id)}),
            MoveIncident(
                id=incident.id, expect=incident.state, event=_E.MERGE, at=world.at, merged_into=into.id, note=note
            ),
        )
        return True

    def part(self, incident: Incident, world: World) -> bool:
        """Take a merged incident up again when its root is over and its problem is not."""
        root = self.casebook.incident(incident.merged_into) if incident.merged_into else None
        if root is not None and root.state in OPEN_INCIDENT:
            return False
        diagnosis = world.diagnoses.get(incident.ref)
        if diagnosis is None or diagnosis.consequence_of is not None:
            return False
        self._move(incident, _E.REOPEN, world.at, "parted")
        return True

    def recover(self, incident: Incident, live: Remediation | None, at: Instant) -> bool:
        """Resolve an incident that is over without a plan having been carried out; void what was proposed."""
        note = Text(en="recovered without a remedy of Medicus", zh="未经 Medicus 修复，已自行恢复或由人工恢复")
        changes: list[Change] = [
            MoveIncident(id=incident.id, expect=incident.state, event=_E.RECOVER, at=at, note=note)
        ]
        if live is not None:
            changes.append(MoveRemediation(id=live.id, expect=live.state, event=RemediationEvent.VOID, at=at))
        said: Body = {"voided": str(live.id) if live else ""}
        self.store.commit(AuditNote(at=at, actor=ACTOR, event="recovered", incident=incident.id, body=said), *changes)
        return False

    def _open(self, diagnosis: Diagnosis) -> None:
        incident = Incident(
            id=self.casebook.incident_id(diagnosis.at),
            ref=diagnosis.ref,
            state=_S.OPENED,
            severity=diagnosis.severity,
            title=diagnosis.title,
            opened_at=diagnosis.at,
            changed_at=diagnosis.at,
        )
        said: Body = {"problem": str(diagnosis.ref), "severity": diagnosis.severity.value}
        note = AuditNote(at=diagnosis.at, actor=ACTOR, event="opened", incident=incident.id, body=said)
        self.store.commit(note, OpenIncident(incident=incident))

    def _move(
        self,
        incident: Incident,
        move: IncidentEvent,
        at: Instant,
        event: str,
        *,
        said: Body | None = None,
        diagnosis: Diagnosis | None = None,
    ) -> None:
        self.store.commit(
            AuditNote(at=at, actor=ACTOR, event=event, incident=incident.id, body=said or {}),
            MoveIncident(id=incident.id, expect=incident.state, event=move, at=at, diagnosis=diagnosis),
        )

    def _returned(self, known: Incident, diagnosis: Diagnosis) -> bool:
        """Whether this is the same trouble again: soon after its end, and from the same cause."""
        soon = diagnosis.at - known.changed_at <= self.reopen_within
        return soon and known.diagnosis is not None and known.diagnosis.causes[0].id == diagnosis.causes[0].id

    def _shielded(self, incidents: Sequence[Incident]) -> frozenset[TargetId]:
        acting = {
            incident.ref.target
            for incident in incidents
            if incident.state is _S.REMEDIATING and any(one.state in ACTING for one in self._remediations(incident))
        }
        return frozenset(one for target in acting for one in dependents(self.targets, target))

    def _handed_over(self, incident: Incident) -> bool:
        last = self._remediations(incident)[-1:]
        return any(one.verdict is not None and one.verdict.reason is Reason.ONLY_A_PERSON_CAN for one in last)

    def _outlook(self, diagnosis: Diagnosis) -> tuple[CauseId, ...]:
        return tuple(cause.id for cause in diagnosis.causes if cause.probability >= self.known_from)

    def _remediations(self, incident: Incident) -> Sequence[Remediation]:
        return self.casebook.remediations(incident.id)


def live_remediation(casebook: Casebook, incident: Incident) -> Remediation | None:
    """The remediation of an incident that is under way, if there is one."""
    return next((one for one in casebook.remediations(incident.id) if one.state in LIVE_REMEDIATION), None)


def _latest(incidents: Sequence[Incident]) -> dict[ProblemRef, Incident]:
    latest: dict[ProblemRef, Incident] = {}
    for incident in incidents:
        latest.setdefault(incident.ref, incident)
    return latest
