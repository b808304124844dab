"""From a diagnosed incident to a plan that may run: propose, keep the proposal true, let the guards decide.

What cannot be mended by a plan is escalated: an unknown cause with its evidence, a cause that only a person can
mend with an exact instruction.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.casefile import (
    AuditNote,
    Body,
    Change,
    Incident,
    MoveIncident,
    MoveRemediation,
    Propose,
    Remediation,
    Withhold,
)
from engine.errors import MedicusError
from engine.lifecycle import IncidentEvent, RemediationEvent, RemediationState
from engine.model import (
    Diagnosis,
    ProblemId,
    Reason,
    Target,
    TargetId,
    Text,
    Verdict,
)
from engine.protocols import Casebook, Clock, Store
from engine.remediation.approvals import POLICY, Approvals, remediation_id
from engine.remediation.guards import Situation, judge
from engine.remediation.planner import Candidate, Planner, drift, plan_digest
from engine.remediation.policy import Policy
from engine.world import World

ACTOR = "medicus"
_FAILED = frozenset({RemediationState.FAILED, RemediationState.REJECTED})
_LATELY = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposals:
    """Makes, refreshes and judges plans; `planners` are by problem."""

    planners: Mapping[ProblemId, Planner]
    targets: Mapping[TargetId, Target]
    store: Store
    casebook: Casebook
    clock: Clock
    policy: Policy
    approvals: Approvals
    dry_run: bool = False

    def propose(self, incident: Incident, world: World) -> bool:
        """Propose the best plan for an incident, or escalate it; False while the problem is not seen."""
        diagnosis = world.diagnoses.get(incident.ref)
        if diagnosis is None:
            return False
        candidate = self.best(incident, diagnosis)
        if candidate is None:
            self._escalate(incident, diagnosis, world)
            return True
        plan = self.planners[incident.ref.problem].plan(diagnosis, candidate, self.targets[incident.ref.target], world)
        if not plan.steps:
            self._escalate(incident, diagnosis, world, instruction=plan.instruction)
            return True
        number = len(self.casebook.remediations(incident.id)) + 1
        remediation = Remediation(
            id=remediation_id(incident.id, number),
            incident=incident.id,
            plan=plan,
            digest=plan_digest(plan),
            state=RemediationState.PROPOSED,
            proposed_at=world.at,
            changed_at=world.at,
        )
        said: Body = {
            "remediation": str(remediation.id),
            "cause": str(plan.cause),
            "probability": round(plan.probability, 3),
            "remedy": plan.remedy,
            "risk": plan.risk.name.lower(),
            "digest": remediation.digest,
        }
        move = MoveIncident(id=incident.id, expect=incident.state, event=IncidentEvent.PROPOSE, at=world.at)
        self.store.commit(self._note(incident, "proposed", said), Propose(remediation=remediation), move)
        return True

    def best(self, incident: Incident, diagnosis: Diagnosis) -> Candidate | None:
        """The remedy to try next: none when the cause is not known well enough or all was tried."""
        tried = {one.plan.remedy for one in self.casebook.remediations(incident.id) if one.state in _FAILED}
        target = self.targets[incident.ref.target]
        for candidate in self.planners[incident.ref.problem].candidates(diagnosis, target, tried):
            if candidate.probability >= self.policy.propose_from:
                return candidate
        return None

    def decide(self, incident: Incident, remediation: Remediation, world: World) -> bool:
        """Void a proposal that is not true any more, let the policy approve it, or note why it is withheld."""
        diagnosis = world.diagnoses.get(incident.ref)
        if diagnosis is None:
            return False
        changed = self.changed(incident, remediation, diagnosis, world)
        if changed:
            self.void(incident, remediation, Verdict(reason=Reason.PLAN_DRIFTED, sentence=changed))
            return True
        verdict = judge(self.situation(incident, remediation, world, person=False))
        if verdict.proceed:
            self.approvals.approve(incident.id, remediation.digest, by=self.policy.profile.value, via=POLICY)
            return True
        self.withhold(incident, remediation, verdict)
        return False

    def changed(self, incident: Incident, remediation: Remediation, diagnosis: Diagnosis, world: World) -> str:
        """Why a proposed plan is not the one to propose now; empty when it still is."""
        best = self.best(incident, diagnosis)
        if best is None or best.remedy.id != remediation.plan.remedy:
            return f"the best remedy is now {best.remedy.id if best else 'none'}"
        return drift(remediation.plan, self.planners[incident.ref.problem].again(remediation.plan, world))

    def situation(self, incident: Incident, remediation: Remediation, world: World, *, person: bool) -> Situation:
        """What the guards may look at; `person` says whether a person's approval stands behind the plan.

        What rules say of a problem that is not seen at this moment is what they said when it was last diagnosed.
        """
        diagnosis = world.diagnoses.get(incident.ref, incident.diagnosis)
        now = self.clock.now()
        planner = self.planners[incident.ref.problem]
        since = now - max(_LATELY, self.policy.flapping_within, self.policy.cooldown)
        others = [  # on a target that nobody watches any more nothing is under way
            one
            for one in self.casebook.recent_remediations(since)
            if one.id != remediation.id and one.plan.ref.target in self.targets
        ]
        approvals = self.casebook.approvals(remediation.id)
        return Situation(
            plan=remediation.plan,
            policy=self.policy,
            now=now,
            pause=self.casebook.pause(),
            audit_trouble=self._audit_trouble(),
            approval=approvals[-1] if person and approvals else None,
            others=others,
            irreversible=planner.irreversible(remediation.plan),
            inhibited=diagnosis.inhibited if diagnosis else (),
            escalated=diagnosis.escalated if diagnosis else (),
            dry_run=self.dry_run,
        )

    def withhold(self, incident: Incident, remediation: Remediation, verdict: Verdict) -> None:
        """Keep why a plan does not run; audited when the reason is a new one."""
        if remediation.verdict is not None and remediation.verdict.reason is verdict.reason:
            return
        said = self._said(remediation, verdict)
        keep = Withhold(id=remediation.id, expect=remediation.state, verdict=verdict)
        self.store.commit(self._note(incident, "withheld", said), keep)

    def void(self, incident: Incident, remediation: Remediation, verdict: Verdict) -> None:
        """End a plan that must not run any more, and diagnose its incident anew."""
        now = self.clock.now()
        self.store.commit(
            self._note(incident, "voided", self._said(remediation, verdict)),
            MoveRemediation(
                id=remediation.id,
                expect=remediation.state,
                event=RemediationEvent.VOID,
                at=now,
                verdict=verdict,
            ),
            MoveIncident(id=incident.id, expect=incident.state, event=IncidentEvent.DIAGNOSE, at=now),
        )

    def _escalate(
        self, incident: Incident, diagnosis: Diagnosis, world: World, *, instruction: Text | None = None
    ) -> None:
        reason, note = self._why(incident, diagnosis, person=instruction is not None)
        change: Change = MoveIncident(
            id=incident.id,
            expect=incident.state,
            event=IncidentEvent.ESCALATE,
            at=world.at,
            diagnosis=diagnosis,
            note=note,
            instruction=instruction,
        )
        said = {"reason": reason.value, "note": note.en, "instruction": instruction.en if instruction else ""}
        self.store.commit(self._note(incident, "escalated", said), change)

    def _why(self, incident: Incident, diagnosis: Diagnosis, *, person: bool) -> tuple[Reason, Text]:
        best = diagnosis.causes[0]
        if person:
            return Reason.ONLY_A_PERSON_CAN, Text(
                en=f"{best.title.en}: only a person can mend this", zh=f"{best.title.zh}：只能由人工处理"
            )
        tried = [one.plan.remedy for one in self.casebook.remediations(incident.id) if one.state in _FAILED]
        if tried:
            names = ", ".join(tried)
            return Reason.UNKNOWN_CAUSE, Text(
                en=f"nothing more to try (tried or rejected: {names})",
                zh=f"没有其他可用的修复方案（已尝试或已拒绝：{names}）",
            )
        return Reason.UNKNOWN_CAUSE, Text(
            en=f"unknown cause: no known cause reaches {self.policy.propose_from:.0%}, so nothing was done",
            zh=f"原因未知：没有任何已知原因的概率达到 {self.policy.propose_from:.0%}，因此未执行任何操作",
        )

    def _audit_trouble(self) -> str:
        try:
            self.store.writable()
        except MedicusError as error:
            return str(error)
        return ""

    def _said(self, remediation: Remediation, verdict: Verdict) -> Body:
        reason = verdict.reason.value if verdict.reason else ""
        return {"remediation": str(remediation.id), "reason": reason, "why": verdict.sentence}

    def _note(self, incident: Incident, event: str, body: Body) -> AuditNote:
        return AuditNote(at=self.clock.now(), actor=ACTOR, event=event, incident=incident.id, body=body)
