"""What stands in the way is told to machines by its kind and its particulars."""

import json

import pytest

from api import views_of_why
from engine.counterfactuals.obstacles import Always, Circle, Clash, Goal, NeverSeen, Nobody, Obstacle, Opposed, Untold
from engine.model import Fact, FactName, TargetId

SHOP = TargetId("shop")
DOWN = Fact(target=SHOP, name=FactName("down"))
FACT = {"fact": "down", "target": "shop"}


@pytest.mark.parametrize(
    ("obstacle", "told"),
    [
        (
            NeverSeen(goal=Goal(fact=DOWN, true=False), observe="port.owner"),
            {"kind": "never-seen", "goal": {**FACT, "truth": "false"}, "observe": "port.owner"},
        ),
        (
            Clash(target=SHOP, observe="port.owner", goals=(Goal(fact=DOWN),)),
            {"kind": "clash", "target": "shop", "observe": "port.owner", "goals": [{**FACT, "truth": "true"}]},
        ),
        (
            Nobody(target=SHOP, role="database", rule="r"),
            {"kind": "nobody-in-role", "target": "shop", "role": "database", "rule": "r"},
        ),
        (Untold(fact=DOWN), {"kind": "untold", "fact": FACT}),
        (Circle(fact=DOWN, rule="r"), {"kind": "circle", "fact": FACT, "rule": "r"}),
        (Opposed(fact=DOWN), {"kind": "opposed", "fact": FACT}),
        (Always(fact=DOWN, rule="r"), {"kind": "always", "fact": FACT, "rule": "r"}),
    ],
)
def test_obstacles(obstacle: Obstacle, told: dict[str, object]) -> None:
    seen = views_of_why.obstacle(obstacle)
    assert seen == told
    assert json.loads(json.dumps(seen)) == told
