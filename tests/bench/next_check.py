"""What choosing checks by their worth saves, against doing none, doing all, and the cheapest policy that there is.

Run it with `python -m tests.bench.next_check`.
"""

import math
from dataclasses import replace
from random import Random

from engine.diagnosis.next_check import Stakes
from tests.bench.repair_order import Figure
from tests.support.repairs import cheapest_of_all
from tests.support.stories import Habit, as_trouble, cost_of_habit, random_story

SEED = 1995
STORIES, QUICK = 300, 15
BAR = 1.05
BLIND = Stakes(certain=1.0, treated_from=0.0)
CAREFUL = Stakes(certain=0.95, treated_from=0.5)
RULES = (("treated at any probability", BLIND, BAR), ("nothing treated below 50 %", CAREFUL, BAR))
CHECKS = ("none", "all", "worth it")


def measure(*, quick: bool) -> tuple[Figure, ...]:
    """The mean cost of each habit over that of the cheapest policy that keeps to the same rule."""
    random = Random(SEED)
    stories = [random_story(random) for _ in range(QUICK if quick else STORIES)]
    figures = []
    for rule, stakes, bar in RULES:
        bounds = [cheapest_of_all(replace(as_trouble(one), treated_from=stakes.treated_from)) for one in stories]
        for checks in CHECKS:
            habit = Habit(stakes=stakes, checks=checks)
            ratios = sorted(cost_of_habit(one, habit) / bound for one, bound in zip(stories, bounds, strict=True))
            figures.append(
                Figure(
                    name=f"{rule}, checks: {checks}",
                    value=math.fsum(ratios) / len(ratios),
                    unit="x",
                    bar=bar if checks == "worth it" else None,
                    note=f"mean cost over that of the cheapest policy, {len(stories)} stories, seed {SEED}; "
                    f"99th percentile {ratios[math.ceil(0.99 * len(ratios)) - 1]:.3f}, worst {ratios[-1]:.3f}",
                )
            )
    return tuple(figures)


if __name__ == "__main__":
    for figure in measure(quick=False):
        print(f"{figure.name:56}{figure.value:10.5f} {figure.unit:3}{figure.note}")  # noqa: T201 - for people
