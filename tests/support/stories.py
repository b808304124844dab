"""Random stories of a fault: the causes as Medicus sees them, the checks, and how things really are.

Each fact is evidence of one cause only, so that the words of the pack fit together and say how probable everything
really is. That makes it possible to compare what a policy costs with the least that is possible.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from random import Random

from engine.diagnosis.foreseeing import Suspect, shares
from engine.diagnosis.next_check import Available, ChosenCheck, Stakes, next_check, shared_repairs
from engine.diagnosis.ranking import RATIO
from engine.diagnosis.troubleshooting import Answer, Question, Repair, Trouble, best_order
from engine.knowledge import ActionCall, Check, Evidence, Likelihood, OneOf, Strength
from engine.model import CauseId, FactName, Truth
from tests.support.suspects import detector, evidence, remedy, suspect, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A fault: who is suspected, what can be looked at, and P(fact is true | cause) as it really is."""

    suspects: tuple[Suspect, ...]
    available: tuple[Available, ...]
    chances: Mapping[FactName, Mapping[CauseId, float]]
    hand_over: float


def random_story(random: Random) -> Story:
    """3-5 causes with a remedy each, some the same; 2-4 checks of 1-2 facts; costs log-uniform, 1..60 s for checks."""
    suspects, owners = [], dict[FactName, tuple[CauseId, Evidence]]()
    for number in range(random.randint(3, 5)):
        facts = [f"f{number}{place}" for place in range(random.randint(1, 2))]
        items = [
            evidence(fact, random.choice(list(Strength)), random.choice(list(Strength)), against=random.random() < 0.2)
            for fact in facts
        ]
        steps = (ActionCall(action=random.choice("uvwxyz"), params={}),)
        own = remedy(f"r{number}", fixes=random.uniform(0.6, 1), cost=_log_uniform(random, 5, 300))
        one = suspect(
            f"c{number}",
            *((item, Truth.UNKNOWN) for item in items),
            likelihood=random.choice(list(Likelihood)),
            remedies=(replace(own, steps=steps),),
        )
        suspects.append(one)
        owners |= {item.literal.fact: (one.cause.id, item) for item in items}
    causes = list(shares(suspects))
    return Story(
        suspects=tuple(suspects),
        available=tuple(_checks(random, list(owners))),
        chances={fact: _chances(owner, item, causes) for fact, (owner, item) in owners.items()},
        hand_over=_log_uniform(random, 600, 3600),
    )


def _checks(random: Random, facts: list[FactName]) -> list[Available]:
    left = random.sample(facts, len(facts))
    found = []
    for number in range(random.randint(2, 4)):
        taken = [left.pop() for _ in range(min(len(left), random.randint(1, 2)))]
        if taken:
            check = Check(kind="app", part=f"p{number}", cost=_log_uniform(random, 1, 60), title=text(f"look {number}"))
            looks = tuple(detector(f"p{number}.{fact}", OneOf(values=(True,)), fact) for fact in taken)
            found.append(Available(check=check, detectors=looks))
    return found


def _chances(owner: CauseId, item: Evidence, causes: Sequence[CauseId]) -> Mapping[CauseId, float]:
    """The two equations behind the words, solved again: a / b = R and (1 - a) / (1 - b) = 1 / Q."""
    assert item.if_false
    true, false = RATIO[item.strength], 1 / RATIO[item.if_false]
    if item.against:
        true, false = 1 / true, 1 / false
    other = (1 - false) / (true - false)
    return {cause: other * true if cause == owner else other for cause in causes}


def _log_uniform(random: Random, low: float, high: float) -> float:
    return math.exp(random.uniform(math.log(low), math.log(high)))


def as_trouble(story: Story) -> Trouble:
    """The story as a trouble whose questions have their real chances: what the cheapest policy of all is found for."""
    causes = shares(story.suspects)
    questions = []
    for one in story.available:
        answers = [
            Answer(
                id=" ".join(turn),
                chances={
                    cause: math.prod(
                        _of(story.chances[look.fact][cause], word)
                        for look, word in zip(one.detectors, turn, strict=True)
                    )
                    for cause in causes
                },
            )
            for turn in product(Truth, repeat=len(one.detectors))
            if Truth.UNKNOWN not in turn
        ]
        questions.append(Question(id=one.check.part, cost=one.check.cost, answers=tuple(answers)))
    repairs = shared_repairs(story.suspects)
    return Trouble(causes=causes, repairs=repairs, questions=tuple(questions), stop_cost=story.hand_over)


def _of(chance: float, truth: Truth) -> float:
    return chance if truth is Truth.TRUE else 1 - chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How checks are used: those that are worth it, or all that can be done before anything else, or none."""

    stakes: Stakes
    checks: str


def cost_of_habit(story: Story, habit: Habit) -> float:
    """The expected cost in seconds when things are as the story says; exact: every branch is gone into."""
    stakes = replace(habit.stakes, hand_over=story.hand_over)
    return _cost(story, replace(habit, stakes=stakes), shares(story.suspects))


def _cost(story: Story, habit: Habit, weights: Mapping[CauseId, float]) -> float:
    whole = math.fsum(weights.values())
    if whole < 1e-9:
        return 0.0
    chosen = _next(story, habit)
    if chosen is not None:
        return chosen.check.cost * whole + _after_check(story, habit, weights, chosen)
    repairs = shared_repairs(story.suspects, habit.stakes.tried)
    now = shares(story.suspects)
    trouble = Trouble(causes=now, repairs=repairs, stop_cost=story.hand_over, treated_from=habit.stakes.treated_from)
    order = best_order(trouble).repairs
    if not order:
        return story.hand_over * whole
    (repair,) = (one for one in repairs if one.id == order[0])
    left = {cause: weight * (1 - repair.fixes.get(cause, 0.0)) for cause, weight in weights.items()}
    stakes = replace(habit.stakes, tried=habit.stakes.tried | {repair.id})
    return repair.cost * whole + _cost(_failed(story, repair), replace(habit, stakes=stakes), left)


def _next(story: Story, habit: Habit) -> ChosenCheck | None:
    if habit.checks == "worth it":
        return next_check(story.suspects, story.available, habit.stakes)
    if habit.checks == "all" and story.available:
        return ChosenCheck(check=story.available[0].check, of="", bits=0, saving=0, tells_apart=())
    return None


def _after_check(story: Story, habit: Habit, weights: Mapping[CauseId, float], chosen: ChosenCheck) -> float:
    (done,) = (one for one in story.available if one.check == chosen.check)
    left = tuple(one for one in story.available if one is not done)
    cost = 0.0
    for turn in product((Truth.TRUE, Truth.FALSE), repeat=len(done.detectors)):
        told = {look.fact: word for look, word in zip(done.detectors, turn, strict=True)}
        then = {
            cause: weight * math.prod(_of(story.chances[fact][cause], word) for fact, word in told.items())
            for cause, weight in weights.items()
        }
        suspects = tuple(_told(one, told) for one in story.suspects)
        cost += _cost(replace(story, suspects=suspects, available=left), habit, then)
    return cost


def _told(one: Suspect, told: Mapping[FactName, Truth]) -> Suspect:
    truths = [told.get(item.literal.fact, truth) for item, truth in zip(one.cause.evidence, one.truths, strict=True)]
    return replace(one, truths=tuple(truths))


def _failed(story: Story, repair: Repair) -> Story:
    suspects = [
        replace(one, failed=(*one.failed, repair.fixes[one.cause.id])) if one.cause.id in repair.fixes else one
        for one in story.suspects
    ]
    return replace(story, suspects=tuple(suspects))
