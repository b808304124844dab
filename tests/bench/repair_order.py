"""How near the order of repairs and questions comes to the cheapest that there is, over random troubles."""

import math
from collections.abc import Sequence
from random import Random
from time import perf_counter

from engine.diagnosis.troubleshooting import (
    Answer,
    Kind,
    NextStep,
    Question,
    Repair,
    Trouble,
    best_order,
    next_step,
)
from engine.model import CauseId
from tests.bench.figures import Bar, Figure, Size
from tests.support.repairs import CHEAP, MIXED, SHARP, cheapest_of_all, cost_of_following, random_trouble

SEED = 1995
BAR = Bar(limit=1.01, at_most=True)
BAR_OF_A_CHOICE = Bar(limit=5, at_most=True)


def figures(size: Size) -> tuple[Figure, ...]:
    """The figures of docs/decisions/0011: costs relative to the cheapest policy, and the time of one choice."""
    count = size.of(2_000, 200, 20)
    found: list[Figure] = []
    for ranges in (MIXED, SHARP, CHEAP):
        random = Random(SEED)
        troubles = [random_trouble(random, ranges) for _ in range(count)]
        bounds = [cheapest_of_all(one) for one in troubles]
        for name, policy in (("repairs only", repairs_only), ("as followed", next_step)):
            ratios = sorted(cost_of_following(policy, one) / bound for one, bound in zip(troubles, bounds, strict=True))
            bar = BAR if policy is next_step else None
            found += _spread(f"{ranges.name}, {name}", ratios, bar)
    return (*found, _time_of_a_choice(size.of(200, 20, 3)))


def repairs_only(trouble: Trouble) -> NextStep:
    """The policy that never asks: p / c and the best point to hand over."""
    order = best_order(trouble)
    first = order.repairs[0] if order.repairs else ""
    return NextStep(kind=Kind.REPAIR if first else Kind.STOP, id=first, expected_cost=order.expected_cost)


def _spread(name: str, ratios: Sequence[float], bar: Bar | None) -> list[Figure]:
    note = f"cost over that of the cheapest policy, {len(ratios)} troubles, seed {SEED}"
    values = {
        "mean": (math.fsum(ratios) / len(ratios), bar),
        "99th percentile": (ratios[math.ceil(0.99 * len(ratios)) - 1], None),
        "worst": (ratios[-1], None),
    }
    return [
        Figure(name=f"{name}: {which}", value=value, unit="x", bar=limit, note=note)
        for which, (value, limit) in values.items()
    ]


def large_trouble(random: Random) -> Trouble:
    """Eight causes, eight repairs and six questions of 2-4 answers, about all of which there is doubt."""
    causes = [CauseId(f"c{number}") for number in range(8)]
    repairs = [
        Repair(
            id=f"r{number}",
            cost=random.uniform(10, 60),
            fixes={cause: random.uniform(0.5, 1) for cause in random.sample(causes, 2)},
        )
        for number in range(8)
    ]
    questions = []
    for number in range(6):
        answers = range(2 + number % 3)
        raw = {cause: [random.random() ** 3 + 0.001 for _ in answers] for cause in causes}
        told = [
            Answer(id=str(answer), chances={cause: raw[cause][answer] / sum(raw[cause]) for cause in causes})
            for answer in answers
        ]
        questions.append(Question(id=f"q{number}", cost=random.uniform(1, 5), answers=tuple(told)))
    return Trouble(
        causes=dict.fromkeys(causes, 1 / 8), repairs=tuple(repairs), questions=tuple(questions), stop_cost=3600
    )


def _time_of_a_choice(count: int) -> Figure:
    random = Random(SEED)
    troubles = [large_trouble(random) for _ in range(count)]
    taken = []
    for one in troubles:
        began = perf_counter()
        next_step(one)
        taken.append((perf_counter() - began) * 1000)
    return Figure(
        name="one choice: median",
        value=sorted(taken)[len(taken) // 2],
        unit="ms",
        bar=BAR_OF_A_CHOICE,
        note="8 causes, 8 repairs, 6 questions of 2-4 answers",
    )
