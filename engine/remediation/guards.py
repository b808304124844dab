"""Why a plan may not run now: one list of guards, each of which proceeds or withholds with a reason.

The order is the order of the list; the first that withholds speaks. A person's approval answers the questions
of trust (confidence, risk, cooldown, flapping), never those of safety (pause, audit, readiness, blast radius,
lock).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.casefile import Approval, Pause, Remediation
from engine.lifecycle import ACTING, RemediationState
from engine.model import Instant, Plan, Reason, TargetId, Text, Verdict
from engine.remediation.policy import AUTOMATIC_UP_TO, Policy, Profile

PROCEED = Verdict()


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything that the guards may look at.

    `approval` is a person's word for this very plan, if there is one. `others` are all other remediations that are
    live or ended lately. `audit_trouble` is empty when the audit log can be written. `irreversible` names the actions
    without an undo. `inhibited` and `escalated` are the rules of the pack that say so of the problem.
    """

    plan: Plan
    policy: Policy
    now: Instant
    pause: Pause
    audit_trouble: str
    approval: Approval | None
    others: Sequence[Remediation]
    irreversible: tuple[str, ...]
    inhibited: tuple[Text, ...] = ()
    escalated: tuple[Text, ...] = ()
    dry_run: bool = False


Guard = Callable[[Situation], Verdict]


def judge(situation: Situation) -> Verdict:
    """The verdict of the first guard that withholds the plan, or to proceed."""
    return next((verdict for guard in GUARDS if not (verdict := guard(situation)).proceed), PROCEED)


def judge_all(situation: Situation) -> tuple[Verdict, ...]:
    """Every reason that stands in the way, in the guards' order; empty to proceed."""
    return tuple(verdict for guard in GUARDS if not (verdict := guard(situation)).proceed)


def holding_back(remediation: Remediation) -> Verdict | None:
    """What still holds a remediation back: its last verdict, unless that is history (approved, or done)."""
    verdict = remediation.verdict
    over = {RemediationState.VERIFYING, RemediationState.RESOLVED}
    if verdict is None or verdict.reason is None or remediation.state in over:
        return None
    answered = remediation.state is not RemediationState.PROPOSED and verdict.reason in TRUST
    return None if answered else verdict


def not_paused(s: Situation) -> Verdict:
    """Nothing is done while the kill switch is on."""
    if not s.pause.paused:
        return PROCEED
    why = f": {s.pause.why}" if s.pause.why else ""
    return Verdict(reason=Reason.PAUSED, sentence=f"paused by {s.pause.by or 'an operator'}{why}")


def audit_writable(s: Situation) -> Verdict:
    """What cannot be recorded is not done."""
    if not s.audit_trouble:
        return PROCEED
    return Verdict(reason=Reason.AUDIT_NOT_WRITABLE, sentence=s.audit_trouble)


def ready(s: Situation) -> Verdict:
    """Every step says that it could run."""
    for number, step in enumerate(s.plan.steps, 1):
        if step.effect.ready:
            return Verdict(
                reason=Reason.NOT_READY, sentence=f"step {number} ({step.action}) cannot run: {step.effect.ready}"
            )
    return PROCEED


def not_inhibited(s: Situation) -> Verdict:
    """No rule of the pack says that nothing is to be done about the problem."""
    if not s.inhibited:
        return PROCEED
    return Verdict(reason=Reason.INHIBITED, sentence=f"inhibited by a rule: {_titles(s.inhibited)}")


def not_escalated(s: Situation) -> Verdict:
    """No rule of the pack wants a person to decide, or a person approved the plan."""
    if s.approval or not s.escalated:
        return PROCEED
    return Verdict(reason=Reason.RULE_ASKS_PERSON, sentence=f"a rule asks for a person: {_titles(s.escalated)}")


def trusted(s: Situation) -> Verdict:
    """The policy lets remedies run by themselves, or a person approved this one."""
    if s.approval or s.policy.profile is Profile.SELF_HEAL:
        return PROCEED
    return Verdict(
        reason=Reason.POLICY_SUGGESTS_ONLY, sentence="the policy profile is 'suggest': a person approves every plan"
    )


def confident(s: Situation) -> Verdict:
    """The cause is certain enough, or a person approved the plan."""
    if s.approval or s.plan.probability >= s.policy.confidence:
        return PROCEED
    return Verdict(
        reason=Reason.LOW_CONFIDENCE,
        sentence=f"the cause is {s.plan.probability:.0%} sure, below the {s.policy.confidence:.0%} of the policy",
    )


def harmless(s: Situation) -> Verdict:
    """The plan is of low risk and can be undone, or a person approved it."""
    if s.approval:
        return PROCEED
    if s.plan.risk > AUTOMATIC_UP_TO:
        return Verdict(
            reason=Reason.RISK_NEEDS_APPROVAL, sentence=f"its risk is {s.plan.risk.name.lower()}: a person approves it"
        )
    if s.irreversible:
        steps = ", ".join(s.irreversible)
        return Verdict(
            reason=Reason.RISK_NEEDS_APPROVAL, sentence=f"it cannot be undone ({steps}): a person approves it"
        )
    return PROCEED


def cooled_down(s: Situation) -> Verdict:
    """The last remediation of this target is long enough ago, or a person approved this one."""
    if s.approval:
        return PROCEED
    ends = [
        other.changed_at + s.policy.cooldown
        for other in s.others
        if _target(other) == s.plan.ref.target and other.state in _ACTED
    ]
    left = max(ends, default=s.now) - s.now
    if left <= 0:
        return PROCEED
    return Verdict(reason=Reason.COOLDOWN, sentence=f"this target was remediated lately: {left:.0f} s to wait")


def steady(s: Situation) -> Verdict:
    """The problem does not keep coming back after it was mended, or a person approved the plan."""
    since = s.now - s.policy.flapping_within
    mended = [
        other
        for other in s.others
        if other.state is RemediationState.RESOLVED and other.plan.ref == s.plan.ref and other.changed_at >= since
    ]
    if s.approval or len(mended) < s.policy.flapping_times:
        return PROCEED
    return Verdict(
        reason=Reason.FLAPPING,
        sentence=f"it was mended {len(mended)} times within {s.policy.flapping_within:.0f} s and came back: "
        "mending it again would hide the cause",
    )


def within_blast_radius(s: Situation) -> Verdict:
    """No more targets are in remediation at once than the policy allows."""
    acting = {_target(other) for other in s.others if other.state in ACTING} - {s.plan.ref.target}
    if len(acting) < s.policy.blast_radius:
        return PROCEED
    return Verdict(
        reason=Reason.BLAST_RADIUS,
        sentence=f"{len(acting)} other target(s) are in remediation, the policy allows {s.policy.blast_radius} at once",
    )


def unlocked(s: Situation) -> Verdict:
    """No other remediation acts on this target."""
    for other in s.others:
        if other.state in ACTING and _target(other) == s.plan.ref.target:
            return Verdict(reason=Reason.LOCKED, sentence=f"{other.id} is acting on {s.plan.ref.target}")
    return PROCEED


def in_earnest(s: Situation) -> Verdict:
    """It is not a dry run."""
    return Verdict(reason=Reason.DRY_RUN, sentence="a dry run stops here") if s.dry_run else PROCEED


TRUST = frozenset(
    {
        Reason.POLICY_SUGGESTS_ONLY,
        Reason.LOW_CONFIDENCE,
        Reason.RISK_NEEDS_APPROVAL,
        Reason.COOLDOWN,
        Reason.FLAPPING,
        Reason.RULE_ASKS_PERSON,
    }
)
"""What a person's approval answers; every other reason stands whoever approved."""

GUARDS: tuple[Guard, ...] = (
    not_paused,
    audit_writable,
    ready,
    not_inhibited,
    not_escalated,
    trusted,
    confident,
    harmless,
    cooled_down,
    steady,
    within_blast_radius,
    unlocked,
    in_earnest,
)


_ACTED = ACTING | {RemediationState.RESOLVED, RemediationState.FAILED}


def _titles(rules: Sequence[Text]) -> str:
    return "; ".join(one.en for one in rules)


def _target(remediation: Remediation) -> TargetId:
    return remediation.plan.ref.target
