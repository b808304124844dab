"""From an approved plan to a verified end: execute, look again, take back, or give it to a person.

After a crash in the middle nobody knows how far an action came. Then the target is looked at first: healthy means
success; otherwise the plan goes on only if what was interrupted may be run twice, else a person decides.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from engine.casefile import Attempt, AuditNote, Body, Change, Incident, MoveIncident, MoveRemediation, Remediation
from engine.lifecycle import IncidentEvent, RemediationEvent
from engine.model import (
    NONE_OF_THESE,
    Diagnosis,
    Instant,
    Outcome,
    Reason,
    Result,
    Seconds,
    Text,
    Verdict,
)
from engine.protocols import Action, Casebook, Clock, Store
from engine.remediation.approvals import POLICY, valid_approval
from engine.remediation.executor import Executor
from engine.remediation.guards import judge
from engine.remediation.planner import drift
from engine.remediation.proposing import Proposals
from engine.remediation.retries import TRIES
from engine.remediation.verification import Look, Progress
from engine.world import World

ACTOR = "medicus"
_DEFAULT_WITHIN: Seconds = 30.0
_STALE: Seconds = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryingOut:
    """Carries plans out and judges what came of it; `look` observes the world anew."""

    proposals: Proposals
    executor: Executor
    actions: Mapping[str, Action]
    store: Store
    casebook: Casebook
    clock: Clock
    look: Callable[[], World]
    started_at: Instant

    def begin(self, incident: Incident, remediation: Remediation, world: World) -> bool:
        """Execute an approved plan if it is still the approved plan and nothing stands in its way."""
        if incident.ref not in world.diagnoses:
            return False
        approval = valid_approval(self.casebook, remediation, self.clock.now())
        if approval is None:
            expired = Verdict(
                reason=Reason.APPROVAL_EXPIRED,
                sentence="the approval is not valid now (expired, or the clock went back): approve it again",
            )
            self.proposals.void(incident, remediation, expired)
            return True
        if self._occupied(incident, remediation):
            return False
        if self.clock.now() - world.at > _STALE:
            world = self.look()
        planner = self.proposals.planners[incident.ref.problem]
        changed = drift(remediation.plan, planner.again(remediation.plan, world))
        if changed:
            self.proposals.void(incident, remediation, Verdict(reason=Reason.PLAN_DRIFTED, sentence=changed))
            return True
        verdict = judge(self.proposals.situation(incident, remediation, world, person=approval.via != POLICY))
        if not verdict.proceed:
            self.proposals.withhold(incident, remediation, verdict)
            return False
        started = self._move(remediation, RemediationEvent.START)
        self.store.commit(self._note(incident, "started", {"remediation": str(remediation.id)}), started)
        return self._execute(incident, remediation.id)

    def lost(self, incident: Incident, remediation: Remediation) -> bool:
        """Note that a plan was being executed when Medicus ended: how far it came is not known."""
        said = {"remediation": str(remediation.id), "why": "Medicus ended while this was being executed"}
        self.store.commit(self._note(incident, "lost", said), self._move(remediation, RemediationEvent.LOSE))
        return True

    def settle(self, incident: Incident, remediation: Remediation, progress: Progress, world: World) -> bool:
        """Decide about a plan whose progress is not known, by looking at its target first."""
        if progress.recovered:
            return self.succeed(incident, remediation)
        if self._occupied(incident, remediation):
            return False
        if progress.seen is not Look.UNHEALTHY:
            why = "how far it came is not known, and whether it helped could not be seen"
            late = progress.late(self._deadline(incident, remediation))
            return late and self._fail(incident, remediation, why, undo=False, hand=True)
        attempts = self.casebook.attempts(remediation.id)
        if any(one.undoing or (one.outcome and one.outcome.result is Result.PERMANENT) for one in attempts):
            return self._fail(incident, remediation, "it had failed already", undo=True)
        if doubt := self._doubt(remediation, attempts):
            return self._fail(incident, remediation, doubt, undo=False, hand=True)
        approval = valid_approval(self.casebook, remediation, self.clock.now())
        if approval is None:
            return self._fail(
                incident,
                remediation,
                "its approval is not valid any more (expired, or the clock went back)",
                undo=False,
            )
        verdict = judge(self.proposals.situation(incident, remediation, world, person=approval.via != POLICY))
        if not verdict.proceed:
            self.proposals.withhold(incident, remediation, verdict)
            return False
        resumed = self._move(remediation, RemediationEvent.RESUME)
        self.store.commit(self._note(incident, "resumed", {"remediation": str(remediation.id)}), resumed)
        return self._execute(incident, remediation.id)

    def verify(self, incident: Incident, remediation: Remediation, progress: Progress) -> bool:
        """Judge a plan that was carried out: recovered, not yet, or not within its time.

        In time is what looks healthy by the deadline and ever since; a target that keeps restarting does not.
        """
        if progress.recovered:
            return self.succeed(incident, remediation)
        if not progress.late(self._deadline(incident, remediation)):
            return False
        within = self._verify_within(incident, remediation)
        if progress.seen is Look.UNKNOWN:
            why = f"whether it recovered could not be seen within {within:.0f} s"
            return self._fail(incident, remediation, why, undo=False, hand=True)
        return self._fail(incident, remediation, f"not healthy within {within:.0f} s", undo=True)

    def succeed(self, incident: Incident, remediation: Remediation) -> bool:
        """Close the loop: the target has been healthy for long enough."""
        now = self.clock.now()
        note = Text(en=f"recovered after {remediation.plan.remedy}", zh=f"执行 {remediation.plan.remedy} 后已恢复")
        self.store.commit(
            self._note(incident, "recovered", {"remediation": str(remediation.id), "remedy": remediation.plan.remedy}),
            self._move(remediation, RemediationEvent.RECOVER),
            MoveIncident(id=incident.id, expect=incident.state, event=IncidentEvent.RECOVER, at=now, note=note),
        )
        return False

    def _execute(self, incident: Incident, remediation_id: str) -> bool:
        remediation = self._fresh(incident, remediation_id)
        outcome = self.executor.execute(remediation)
        match outcome.result:
            case Result.DONE:
                acted = self._move(remediation, RemediationEvent.ACTED)
                self.store.commit(self._note(incident, "verifying", {"remediation": str(remediation.id)}), acted)
            case Result.UNKNOWN:
                said = {"remediation": str(remediation.id), "why": outcome.sentence}
                self.store.commit(self._note(incident, "lost", said), self._move(remediation, RemediationEvent.LOSE))
            case Result.RECOVERABLE | Result.PERMANENT:
                self._fail(incident, remediation, outcome.sentence, undo=True)
        return False

    def _fail(self, incident: Incident, remediation: Remediation, why: str, *, undo: bool, hand: bool = False) -> bool:
        taken_back: tuple[Outcome, ...] = ()
        if undo and not _explained_otherwise(remediation, self.look().diagnoses.get(incident.ref), self._floor()):
            taken_back = self.executor.undo(remediation)
            if self.casebook.pause().paused:
                rest = Verdict(reason=Reason.PAUSED, sentence="paused before all of it was taken back")
                self.proposals.withhold(incident, remediation, rest)
                return False
        now = self.clock.now()
        hand = hand or self.executor.torn(remediation)
        event = IncidentEvent.ESCALATE if hand else IncidentEvent.DIAGNOSE
        ended = self._move(remediation, RemediationEvent.FAIL)
        if hand:
            ended = replace(ended, verdict=Verdict(reason=Reason.ONLY_A_PERSON_CAN, sentence=why))
        note = Text(en=f"{remediation.plan.remedy}: {why}", zh=f"{remediation.plan.remedy}：{why}")
        move: Change = MoveIncident(id=incident.id, expect=incident.state, event=event, at=now, note=note)
        said = {
            "remediation": str(remediation.id),
            "why": why,
            "taken_back": "; ".join(one.sentence for one in taken_back),
        }
        self.store.commit(self._note(incident, "failed", said), ended, move)
        return False

    def _floor(self) -> float:
        return self.proposals.policy.propose_from

    def _occupied(self, incident: Incident, remediation: Remediation) -> bool:
        """True, and noted, while an action on the target that was given up is still going on."""
        if not self.executor.busy(incident.ref.target):
            return False
        why = f"an action on {incident.ref.target} that was given up is still going on"
        self.proposals.withhold(incident, remediation, Verdict(reason=Reason.LOCKED, sentence=why))
        return True

    def _doubt(self, remediation: Remediation, attempts: Sequence[Attempt]) -> str:
        """Why what was interrupted is not tried again; empty when it may be."""
        steps = remediation.plan.steps
        lost = {one.step for one in attempts if one.outcome is None or one.outcome.result is Result.UNKNOWN}
        unsafe = sorted({steps[step].action for step in lost if not self.actions[steps[step].action].idempotent})
        if unsafe:
            return f"{', '.join(unsafe)} may not be run twice"
        tries = Counter(one.step for one in attempts if one.outcome is None or one.outcome.result is not Result.DONE)
        spent = sorted({steps[step].action for step, count in tries.items() if count >= TRIES})
        return f"{', '.join(spent)} was tried {TRIES} times" if spent else ""

    def _deadline(self, incident: Incident, remediation: Remediation) -> Instant:
        return max(remediation.changed_at, self.started_at) + self._verify_within(incident, remediation)

    def _verify_within(self, incident: Incident, remediation: Remediation) -> Seconds:
        problem = self.proposals.planners[incident.ref.problem].pack.problem(incident.ref.problem)
        remedies = {remedy.id: remedy for cause in problem.causes for remedy in cause.remedies}
        remedy = remedies.get(remediation.plan.remedy)
        return remedy.verify_within if remedy else _DEFAULT_WITHIN

    def _fresh(self, incident: Incident, remediation_id: str) -> Remediation:
        return next(one for one in self.casebook.remediations(incident.id) if one.id == remediation_id)

    def _move(self, remediation: Remediation, event: RemediationEvent) -> MoveRemediation:
        return MoveRemediation(id=remediation.id, expect=remediation.state, event=event, at=self.clock.now())

    def _note(self, incident: Incident, event: str, body: Body) -> AuditNote:
        return AuditNote(at=self.clock.now(), actor=ACTOR, event=event, incident=incident.id, body=body)


def _explained_otherwise(remediation: Remediation, diagnosis: Diagnosis | None, floor: float) -> bool:
    """True when the treated cause is gone and another known cause explains what is left: then the remedy stays."""
    if diagnosis is None:
        return False
    best = diagnosis.causes[0]
    return best.id not in {remediation.plan.cause, NONE_OF_THESE} and best.probability >= floor
