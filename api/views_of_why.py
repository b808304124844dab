"""WHY NOT and WHAT IF as plain data for JSON and YAML."""

from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType

from api.views import View, cause, observation, text
from engine.counterfactuals.obstacles import Always, Circle, Clash, Goal, NeverSeen, Nobody, Obstacle, Opposed, Untold
from engine.counterfactuals.what_if import Difference, ProblemChange
from engine.counterfactuals.why_not import Answer, Change
from engine.counterfactuals.why_not_cause import CauseAnswer
from engine.model import Diagnosis, Fact, Scalar, Unknown

KINDS: Mapping[type[Obstacle], str] = MappingProxyType(
    {
        NeverSeen: "never-seen",
        Clash: "clash",
        Nobody: "nobody-in-role",
        Untold: "untold",
        Circle: "circle",
        Opposed: "opposed",
        Always: "always",
    }
)
"""What obstacles are called: names that stay, whatever the classes are called."""


def answer(value: Answer) -> View:
    """WHY NOT a fact."""
    return {
        "goals": [goal(one) for one in value.goals],
        "outcome": value.outcome.value,
        "changes": [change(one) for one in value.changes],
        "hold": value.hold,
        "firings": [
            {
                "rule": one.rule,
                "concluded": fact(one.concluded),
                "used": [fact(each) for each in one.used],
                "absent": [fact(each) for each in one.absent],
            }
            for one in value.firings
        ],
        "obstacles": [obstacle(one) for one in value.obstacles],
        "examined": value.examined,
    }


def cause_answer(value: CauseAnswer) -> View:
    """WHY NOT a cause."""
    asked = value.hypothesis
    return {
        "problem": asked.ref.problem,
        "target": asked.ref.target,
        "cause": asked.cause,
        "at_least": asked.at_least,
        "outcome": value.outcome.value,
        "changes": [change(one) for one in value.changes],
        "now": causes(value.now),
        "then": causes(value.then),
        "best": None if value.best is None else round(value.best, 4),
        "examined": value.examined,
    }


def difference(value: Difference) -> View:
    """WHAT IF."""
    return {
        "supposed": [
            {
                "target": one.key[0],
                "name": one.key[1],
                "before": observation(one.before) if one.before else None,
                "after": observation(one.after),
            }
            for one in value.supposed
        ],
        "problems": [problem_change(one) for one in value.problems],
        "facts": [
            {**fact(one.fact), "before": one.before.value, "after": one.after.value, "observed": one.observed}
            for one in value.facts
        ],
        "hold": value.hold,
    }


def problem_change(value: ProblemChange) -> View:
    """A problem in both worlds."""
    return {
        "id": value.ref.problem,
        "target": value.ref.target,
        "title": text(value.title),
        "before": _side(value.before, value.remedy_before),
        "after": _side(value.after, value.remedy_after),
        "different": value.is_different,
    }


def change(value: Change) -> View:
    """An observation that would have to be different."""
    unseen = value.present if isinstance(value.present, Unknown) else None
    return {
        "target": value.target,
        "name": value.observe,
        "value": _plain(value.present),
        "unknown_because": unseen.because if unseen else None,
        "needs": [{"fact": one.detector.fact, "truth": "true" if one.true else "false"} for one in value.needs],
        "would_do": _plain(value.witness),
        "hold": value.hold,
    }


def goal(value: Goal) -> View:
    """A fact and how it is wanted."""
    return {**fact(value.fact), "truth": "true" if value.true else "false"}


def fact(value: Fact) -> View:
    """A fact."""
    return {"fact": value.name, "target": value.target}


def obstacle(value: Obstacle) -> View:
    """What stands in the way, by its kind."""
    told: View = {"kind": KINDS[type(value)]}
    for one in fields(value):
        told[one.name] = _obstructing(getattr(value, one.name))
    return told


def causes(diagnosis: Diagnosis | None) -> list[View] | None:
    """The ranking of a diagnosis; nothing without one."""
    return None if diagnosis is None else [cause(one) for one in diagnosis.causes]


def _side(diagnosis: Diagnosis | None, remedy: str) -> View | None:
    if diagnosis is None:
        return None
    root = diagnosis.consequence_of
    return {
        "consequence_of": str(root) if root else None,
        "causes": [{"id": one.id, "probability": round(one.probability, 4)} for one in diagnosis.causes],
        "remedy": remedy or None,
    }


def _obstructing(value: str | Fact | Goal | tuple[Goal, ...]) -> object:
    match value:
        case Goal():
            return goal(value)
        case Fact():
            return fact(value)
        case tuple():
            return [goal(one) for one in value]
        case _:
            return value


def _plain(value: Scalar | Unknown) -> Scalar | None:
    return None if isinstance(value, Unknown) else value
