"""Random troubles, the cheapest policy of all, and what a policy costs when it is followed to the end."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

from engine.diagnosis.troubleshooting import (
    Answer,
    Kind,
    NextStep,
    Question,
    Repair,
    Trouble,
    after_answer,
    after_repair,
)
from engine.model import CauseId

Policy: TypeAlias = Callable[[Trouble], NextStep]
_Key: TypeAlias = tuple[frozenset[str], frozenset[tuple[str, str]]]
REST = CauseId("none-of-these")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranges:
    """From where random troubles are drawn; costs are log-uniform, in seconds."""

    name: str
    repair: tuple[float, float] = (1, 600)
    question: tuple[float, float] = (1, 600)
    stop: tuple[float, float] = (60, 3600)
    questions: tuple[int, int] = (0, 3)
    sharp: bool = False


MIXED = Ranges(name="mixed")
SHARP = Ranges(name="sharp", sharp=True)
CHEAP = Ranges(
    name="cheap questions", repair=(10, 600), question=(1, 30), stop=(600, 3600), questions=(3, 3), sharp=True
)


def random_trouble(random: Random, ranges: Ranges = MIXED) -> Trouble:
    """3-6 causes and a rest that nothing mends, 2-5 repairs some of which are shared, questions of 2-3 answers.

    In `sharp` ranges the answers tell causes apart nearly for certain, repairs nearly always help, and the rest is
    improbable.
    """
    known = [CauseId(f"c{number}") for number in range(random.randint(3, 6))]
    weights = {cause: random.random() ** 2 + 0.01 for cause in known}
    weights[REST] = (random.random() * 0.05 if ranges.sharp else random.random() ** 2) + 0.01
    whole = math.fsum(weights.values())
    repairs = []
    for number in range(random.randint(2, 5)):
        mended = random.sample(known, random.choice([1, 1, 2, 3]))
        fixes = {cause: random.uniform(0.8 if ranges.sharp else 0.3, 1) for cause in mended}
        repairs.append(Repair(id=f"r{number}", cost=_log_uniform(random, *ranges.repair), fixes=fixes))
    count = random.randint(*ranges.questions)
    return Trouble(
        causes={cause: weight / whole for cause, weight in weights.items()},
        repairs=tuple(repairs),
        questions=tuple(_question(random, f"q{number}", [*known, REST], ranges) for number in range(count)),
        stop_cost=_log_uniform(random, *ranges.stop),
    )


def _question(random: Random, name: str, causes: list[CauseId], ranges: Ranges) -> Question:
    answers = [f"a{number}" for number in range(random.randint(2, 3))]
    chances: dict[CauseId, list[float]] = {}
    for cause in causes:
        if ranges.sharp:
            likely = random.choice(answers)
            shares = [0.96 if answer == likely else 0.04 / (len(answers) - 1) for answer in answers]
        else:
            raw = [random.random() ** 3 + 0.001 for _ in answers]
            shares = [one / math.fsum(raw) for one in raw]
        chances[cause] = shares
    told = tuple(
        Answer(id=answer, chances={cause: chances[cause][place] for cause in causes})
        for place, answer in enumerate(answers)
    )
    return Question(id=name, cost=_log_uniform(random, *ranges.question), answers=told)


def _log_uniform(random: Random, low: float, high: float) -> float:
    return math.exp(random.uniform(math.log(low), math.log(high)))


def cost_of_following(policy: Policy, trouble: Trouble) -> float:
    """The expected cost in seconds of doing what a policy says until the end; exact: every branch is gone into."""
    known: dict[_Key, float] = {}

    def cost(now: Trouble, key: _Key) -> float:
        if key not in known:
            step = policy(now)
            if step.kind is Kind.STOP:
                known[key] = now.stop_cost
            else:
                repairs = {one.id: one.cost for one in now.repairs}
                questions = {one.id: one.cost for one in now.questions}
                spent = repairs[step.id] if step.kind is Kind.REPAIR else questions[step.id]
                known[key] = spent + math.fsum(
                    chance * cost(then, following) for chance, then, following in _branches(now, step, key)
                )
        return known[key]

    return cost(trouble, (frozenset(), frozenset()))


def _branches(now: Trouble, step: NextStep, key: _Key) -> list[tuple[float, Trouble, _Key]]:
    """With what chance which trouble is left after a step."""
    done, told = key
    if step.kind is Kind.REPAIR:
        (repair,) = (one for one in now.repairs if one.id == step.id)
        chance = math.fsum(share * (1 - repair.fixes.get(cause, 0.0)) for cause, share in now.causes.items())
        left = after_repair(now, step.id)
        return [(chance, left, (done | {step.id}, told))] if left else []
    (question,) = (one for one in now.questions if one.id == step.id)
    found = []
    for answer in question.answers:
        chance = math.fsum(share * answer.chances[cause] for cause, share in now.causes.items())
        left = after_answer(now, step.id, answer.id)
        if left:
            found.append((chance, left, (done, told | {(step.id, answer.id)})))
    return found


def cheapest_of_all(trouble: Trouble) -> float:
    """The expected cost in seconds of the best policy there is, by going through all of them (dynamic programming).

    What is known depends only on which repairs have failed and which questions had which answers, so each such
    state is judged once. Written apart from what it judges: it shares the values, not one formula.
    """
    causes = list(trouble.causes)
    repairs = [(one.cost, [1 - one.fixes.get(cause, 0.0) for cause in causes]) for one in trouble.repairs]
    questions = [
        (one.cost, [[answer.chances[cause] for cause in causes] for answer in one.answers]) for one in trouble.questions
    ]
    known: dict[tuple[frozenset[int], frozenset[tuple[int, int]]], float] = {}

    def cost(weights: list[float], done: frozenset[int], told: frozenset[tuple[int, int]]) -> float:
        if (done, told) in known:
            return known[done, told]
        whole = sum(weights)
        cheapest = trouble.stop_cost * whole
        for number, (price, fails) in enumerate(repairs):
            allowed = any(
                weight >= trouble.treated_from * whole for weight, fail in zip(weights, fails, strict=True) if fail < 1
            )
            if allowed and number not in done and price * whole < cheapest:
                left = [weight * fail for weight, fail in zip(weights, fails, strict=True)]
                cheapest = min(cheapest, price * whole + cost(left, done | {number}, told))
        asked = {number for number, _ in told}
        for number, (price, answers) in enumerate(questions):
            if number not in asked and price * whole < cheapest:
                total = price * whole
                for place, chances in enumerate(answers):
                    then = [weight * chance for weight, chance in zip(weights, chances, strict=True)]
                    total += cost(then, done, told | {(number, place)})
                cheapest = min(cheapest, total)
        known[done, told] = cheapest
        return cheapest

    return cost([trouble.causes[cause] for cause in causes], frozenset(), frozenset())
