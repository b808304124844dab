"""From a diagnosis to a plan: which remedy next, with what parameters, touching what.

A plan's digest covers what a person approves: the cause, the rule's text, the facts behind the cause, and every
step's action, parameters, risk and identities of what it touches. It covers no measurement and no wording, so
that a plan stays the same as long as it means the same.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from engine.canonical import digest
from engine.errors import InternalError, MedicusError, RuleError
from engine.knowledge import ActionCall, Cause, Pack, Problem, Remedy
from engine.model import (
    CauseId,
    Diagnosis,
    Digest,
    Effect,
    Fact,
    Plan,
    RankedCause,
    Risk,
    Scalar,
    Seconds,
    Step,
    Target,
    Text,
    Truth,
)
from engine.protocols import Action
from engine.repairs import as_repairs
from engine.world import World

_LEAST_COST: Seconds = 0.1
_PLACEHOLDER = re.compile(r"\{([a-z0-9-]+)\.([a-z0-9_-]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A remedy of a cause that is in question, with the probability of that cause."""

    cause: Cause
    remedy: Remedy
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """Makes plans from one pack's remedies with the actions at hand."""

    pack: Pack
    actions: Mapping[str, Action]

    def candidates(
        self, diagnosis: Diagnosis, target: Target, tried: AbstractSet[str] = frozenset()
    ) -> tuple[Candidate, ...]:
        """The repairs that the causes offer, best first, each against the most probable of its causes.

        A proved cause comes before others, what Medicus can do before what only a person can, less risk before
        more; within the same risk the order is that of p / c: the probability that it helps per cost, which
        minimises the expected cost of trying one after the other (the p/c ordering of Kadane and Simon 1977).
        Remedies that do the same are one repair, and p is the sum of p(cause) * p(fix | cause) over its causes. What
        does the same as one in `tried`, and what the target cannot fill, is no candidate.
        """
        causes = {cause.id: cause for cause in self._problem(diagnosis).causes}
        offered = [
            (ranked, remedy)
            for ranked in diagnosis.causes
            if ranked.id in causes
            for remedy in causes[ranked.id].remedies
        ]
        found = []
        for place, repair in enumerate(as_repairs(offered, tried)):
            ranked, remedy = max(repair, key=lambda one: (one[0].proved, one[0].probability, one[1].fixes))
            if not _unfilled(remedy, target):
                risk = self._declared_risk(remedy)
                rate = math.fsum(_of_each_cause(repair)) / max(remedy.cost, _LEAST_COST)
                candidate = Candidate(cause=causes[ranked.id], remedy=remedy, probability=ranked.probability)
                found.append(((not ranked.proved, not remedy.steps, risk, -rate, place), candidate))
        return tuple(candidate for _, candidate in sorted(found, key=lambda row: row[0]))

    def plan(self, diagnosis: Diagnosis, candidate: Candidate, target: Target, world: World) -> Plan:
        """Preview every step of a remedy on a target as the world is now; touches nothing.

        Raises RuleError when a parameter cannot be filled.
        """
        ranked = next(one for one in diagnosis.causes if one.id == candidate.cause.id)
        return Plan(
            ref=diagnosis.ref,
            cause=candidate.cause.id,
            remedy=candidate.remedy.id,
            probability=candidate.probability,
            rule_digest=diagnosis.pack_digest,
            facts=_facts_behind(ranked, world),
            steps=tuple(self._step(call, target) for call in candidate.remedy.steps),
            instruction=_filled_text(candidate.remedy.instruction, target),
        )

    def again(self, plan: Plan, world: World) -> Plan:
        """The same plan previewed now: the same remedy and parameters, with the facts and effects of today."""
        return Plan(
            ref=plan.ref,
            cause=plan.cause,
            remedy=plan.remedy,
            probability=plan.probability,
            rule_digest=self.pack.digest,
            facts=tuple((fact, world.conclusions.truth(fact)) for fact, _ in plan.facts),
            steps=tuple(previewed(step, self.actions) for step in plan.steps),
            instruction=plan.instruction,
        )

    def irreversible(self, plan: Plan) -> tuple[str, ...]:
        """The actions of a plan that have no undo, or none in this case."""
        return tuple(
            step.action for step in plan.steps if not self.actions[step.action].reversible or step.effect.cannot_undo
        )

    def _step(self, call: ActionCall, target: Target) -> Step:
        params = {name: _filled(value, target) for name, value in call.params.items()}
        return Step(action=call.action, params=params, effect=_effect(self.actions[call.action], params))

    def _declared_risk(self, remedy: Remedy) -> Risk:
        return max((self.actions[call.action].risk for call in remedy.steps), default=Risk.NONE)

    def _problem(self, diagnosis: Diagnosis) -> Problem:
        return self.pack.problem(diagnosis.ref.problem)


def _helps(ranked: RankedCause, remedy: Remedy) -> float:
    """The probability that this is the cause and that the remedy mends it."""
    return ranked.probability * remedy.fixes


def _of_each_cause(repair: Sequence[tuple[RankedCause, Remedy]]) -> Iterable[float]:
    """What a repair helps against each of its causes, once for each cause."""
    best: dict[CauseId, float] = {}
    for ranked, remedy in repair:
        best[ranked.id] = max(best.get(ranked.id, 0.0), _helps(ranked, remedy))
    return best.values()


def filled(remedy: Remedy, target: Target) -> Remedy:
    """The remedy with its parameters and its instruction filled from the target; nothing is previewed.

    Raises RuleError when the target lacks a setting that it asks for.
    """
    calls = tuple(
        replace(call, params={name: _filled(value, target) for name, value in call.params.items()})
        for call in remedy.steps
    )
    return replace(remedy, steps=calls, instruction=_filled_text(remedy.instruction, target))


def previewed(step: Step, actions: Mapping[str, Action]) -> Step:
    """The same step previewed now; touches nothing."""
    return Step(action=step.action, params=step.params, effect=_effect(actions[step.action], step.params))


def _effect(action: Action, params: Mapping[str, Scalar]) -> Effect:
    """What an action says that it would do, at no less than its declared risk; whatever it raises is one of ours."""
    try:
        effect = action.preview(params)
    except MedicusError:
        raise
    except Exception as error:
        raise InternalError(f"the preview of {action.name} failed: {type(error).__name__}: {error}") from error
    return replace(effect, risk=max(effect.risk, action.risk))


def plan_digest(plan: Plan) -> Digest:
    """The digest (sha256, hex) of what a plan means."""
    return digest(
        {
            "target": plan.ref.target,
            "problem": plan.ref.problem,
            "cause": plan.cause,
            "remedy": plan.remedy,
            "rule": plan.rule_digest,
            "facts": [[fact.target, fact.name, truth.value] for fact, truth in sorted(plan.facts)],
            "steps": [
                {
                    "action": step.action,
                    "params": dict(step.params),
                    "risk": step.effect.risk.value,
                    "touches": [[touch.kind, touch.identity] for touch in sorted(step.effect.touches)],
                }
                for step in plan.steps
            ],
        }
    )


def drift(approved: Plan, fresh: Plan) -> str:
    """What differs between an approved plan and the same plan previewed now; empty when the approval holds.

    What a plan touches may shrink, never grow or change.
    """
    if (approved.cause, approved.remedy, approved.rule_digest) != (fresh.cause, fresh.remedy, fresh.rule_digest):
        return "the cause, the remedy or the rule behind it has changed"
    for (fact, then), (_, now) in zip(approved.facts, fresh.facts, strict=True):
        if then is not now:
            return f"'{fact.name}' on {fact.target} was {then} and is {now} now"
    for number, (then_step, now_step) in enumerate(zip(approved.steps, fresh.steps, strict=True), 1):
        changed = step_drift(then_step, now_step)
        if changed:
            return f"step {number} ({then_step.action}): {changed}"
    return ""


def step_drift(approved: Step, fresh: Step) -> str:
    """What differs between a step as approved and as previewed now; empty when it may run."""
    if approved.params != fresh.params:
        return "its parameters have changed"
    if fresh.effect.risk > approved.effect.risk:
        return f"its risk rose from {approved.effect.risk.name.lower()} to {fresh.effect.risk.name.lower()}"
    known = {(touch.kind, touch.identity) for touch in approved.effect.touches}
    new = [touch for touch in fresh.effect.touches if (touch.kind, touch.identity) not in known]
    return f"it would now touch {new[0].kind} {new[0].label or new[0].identity}" if new else ""


def _facts_behind(ranked: RankedCause, world: World) -> tuple[tuple[Fact, Truth], ...]:
    facts: Sequence[Fact] = [one.fact for one in ranked.evidence]
    return tuple(sorted({fact: world.conclusions.truth(fact) for fact in facts}.items()))


def _unfilled(remedy: Remedy, target: Target) -> tuple[str, ...]:
    """The "{part.setting}" that a remedy asks for and the target does not have: no backup, no restoring."""
    texts = [value for call in remedy.steps for value in call.params.values() if isinstance(value, str)]
    texts += [remedy.instruction.en, remedy.instruction.zh] if remedy.instruction else []
    matches = [match for text in texts for match in _PLACEHOLDER.finditer(text)]
    return tuple(match[0] for match in matches if match[2] not in _settings(match[1], target))


def _filled_text(text: Text | None, target: Target) -> Text | None:
    if text is None:
        return None
    return Text(en=str(_filled(text.en, target)), zh=str(_filled(text.zh, target)))


def _filled(value: Scalar, target: Target) -> Scalar:
    """Fill "{part.setting}" from the target; a value that is nothing but a placeholder keeps the setting's type.

    The names `target.id` and `target.keep_running` speak of the target itself.
    """
    if not isinstance(value, str):
        return value
    whole = _PLACEHOLDER.fullmatch(value)
    if whole:
        return _setting(whole, target)
    return _PLACEHOLDER.sub(lambda match: str(_setting(match, target)), value)


def _setting(match: re.Match[str], target: Target) -> Scalar:
    part, name = match.groups()
    settings = _settings(part, target)
    if name not in settings:
        raise RuleError(
            f"the remedy asks for {{{part}.{name}}}, which target {target.id} does not have: "
            f"add `{name}` to its part `{part}` in medicus.yaml"
        )
    return settings[name]


def _settings(part: str, target: Target) -> Mapping[str, Scalar]:
    if part != "target":
        return target.parts.get(part, {})
    return {"id": str(target.id), "keep_running": target.keep_running, "stoppable": target.stoppable}
