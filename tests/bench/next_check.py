"""What choosing checks by their worth saves, against doing none, doing all, and the cheapest policy that there is."""

import math
from dataclasses import replace
from random import Random

from engine.diagnosis.next_check import Stakes
from tests.bench.figures import Bar, Figure, Size
from tests.support.repairs import cheapest_of_all
from tests.support.stories import Habit, as_trouble, cost_of_habit, random_story

SEED = 1995
BAR = Bar(limit=1.05, at_most=True)
BLIND = Stakes(certain=1.0, treated_from=0.0)
CAREFUL = Stakes(certain=0.95, treated_from=0.5)
RULES = (("treated at any probability", BLIND, BAR), ("nothing treated below 50 %", CAREFUL, BAR))
CHECKS = ("none", "all", "worth it")


def figures(size: Size) -> tuple[Figure, ...]:
    """The mean cost of each habit over that of the cheapest policy that keeps to the same rule."""
    random = Random(SEED)
    stories = [random_story(random) for _ in range(size.of(300, 30, 5))]
    found = []
    for rule, stakes, bar in RULES:
        bounds = [cheapest_of_all(replace(as_trouble(one), treated_from=stakes.treated_from)) for one in stories]
        for checks in CHECKS:
            habit = Habit(stakes=stakes, checks=checks)
            ratios = sorted(cost_of_habit(one, habit) / bound for one, bound in zip(stories, bounds, strict=True))
            found.append(
                Figure(
                    name=f"{rule}, checks: {checks}",
                    value=math.fsum(ratios) / len(ratios),
                    unit="x",
                    bar=bar if checks == "worth it" else None,
                    note=f"mean cost over that of the cheapest policy, {len(stories)} stories, seed {SEED}; "
                    f"99th percentile {ratios[math.ceil(0.99 * len(ratios)) - 1]:.3f}, worst {ratios[-1]:.3f}",
                )
            )
    return tuple(found)
