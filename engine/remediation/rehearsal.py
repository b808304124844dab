"""What would be done about a diagnosis, and what stands in the way: every remedy previewed, nothing touched."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.casefile import Pause, Remediation
from engine.model import (
    Diagnosis,
    Digest,
    Plan,
    Target,
    Verdict,
)
from engine.remediation.guards import Situation, judge_all
from engine.remediation.planner import Candidate, Planner, plan_digest
from engine.remediation.policy import Policy
from engine.world import World

NOT_PAUSED = Pause(paused=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A remedy as it would be applied now, with every reason why it would not run by itself."""

    candidate: Candidate
    plan: Plan
    digest: Digest
    withheld: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What the guards would see besides the plan: the kill switch, other remediations, whether the log is writable."""

    policy: Policy
    pause: Pause = NOT_PAUSED
    others: Sequence[Remediation] = ()
    audit_trouble: str = ""

    def suggestions(
        self, planner: Planner, diagnosis: Diagnosis, target: Target, world: World
    ) -> tuple[Suggestion, ...]:
        """The remedies that would be proposed, the first to try first; raises RuleError as the planner does."""
        return tuple(
            self._suggestion(planner, planner.plan(diagnosis, candidate, target, world), candidate, diagnosis, world)
            for candidate in planner.candidates(diagnosis, target)
            if candidate.probability >= self.policy.propose_from
        )

    def _suggestion(
        self, planner: Planner, plan: Plan, candidate: Candidate, diagnosis: Diagnosis, world: World
    ) -> Suggestion:
        situation = Situation(
            plan=plan,
            policy=self.policy,
            now=world.at,
            pause=self.pause,
            audit_trouble=self.audit_trouble,
            approval=None,
            others=self.others,
            irreversible=planner.irreversible(plan),
            inhibited=diagnosis.inhibited,
            escalated=diagnosis.escalated,
        )
        return Suggestion(candidate=candidate, plan=plan, digest=plan_digest(plan), withheld=judge_all(situation))
