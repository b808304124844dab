"""How many changes something takes at the least: a bound that is never too high, so that the search may trust it.

Truth depends on the observations under a fact only. So what two goals take adds up when they rest on different
observations, and otherwise at least the greater of the two is taken. What is met again on the way counts nothing.
"""

import math
from collections.abc import Iterable
from typing import TypeAlias

from engine.counterfactuals.drafts import Choice, Show, State
from engine.counterfactuals.obstacles import Goal
from engine.counterfactuals.situation import Key
from engine.counterfactuals.ways import Ways
from engine.model import Fact

_DEEPEST = 60
_Part: TypeAlias = tuple[float, frozenset[Key]]


class Least:
    """The bounds for one search; each is worked out once."""

    def __init__(self, ways: Ways) -> None:
        self._ways = ways
        self._costs: dict[Goal, float] = {}
        self._under: dict[Fact, frozenset[Key]] = {}
        self._open: set[Goal] = set()

    def more(self, state: State) -> int:
        """How many more observations must change, at the least, for the choices of a state to be made."""
        parts = (self._choice(one) for one in state.choices)
        apart = [(cost, keys) for cost, keys in parts if cost and not keys & state.changed]
        total = _together(apart)
        return 0 if math.isinf(total) else int(total)  # that nothing helps is for the search to find, with the reason

    def hardest(self, state: State) -> int:
        """The place of the choice that takes most, the first of equals: what nothing can do is found out at once."""
        costs = [self._choice(one)[0] for one in state.choices]
        return costs.index(max(costs))

    def _choice(self, choice: Choice) -> _Part:
        if isinstance(choice, Show):
            return self._goal(Goal(fact=choice.fact))
        return self._any(self._ways.failing(choice.body))

    def _goal(self, goal: Goal) -> _Part:
        return self._cost(goal), self._keys(goal.fact)

    def _cost(self, goal: Goal) -> float:
        if goal in self._costs:
            return self._costs[goal]
        if goal in self._open or len(self._open) > _DEEPEST:
            return 0.0
        self._open.add(goal)
        cost = self._shown(goal) if goal.true else self._denied(goal)
        self._open.discard(goal)
        self._costs[goal] = cost
        return cost

    def _shown(self, goal: Goal) -> float:
        costs = [self._seen(goal)]
        for number in self._ways.concluding(goal.fact):
            asked = self._ways.firing(number)
            if asked is not None:
                costs.append(_together(map(self._goal, asked)))
        return min(costs)

    def _denied(self, goal: Goal) -> float:
        seen = self._ways.agreeing(goal)
        parts = [] if seen is None else [(self._seen(goal), frozenset({seen[0]}))]
        parts += [self._any(self._ways.failing(number)) for number in self._ways.concluding(goal.fact)]
        return _together(parts)

    def _seen(self, goal: Goal) -> float:
        """What it takes to see a fact so: nothing, one change, or it cannot be seen so."""
        found = self._ways.agreeing(goal)
        if found is None or not found[1]:
            return math.inf
        key, agreeing = found
        return 0.0 if agreeing >> self._ways.field(key).present & 1 else 1.0

    def _any(self, goals: Iterable[Goal]) -> _Part:
        parts = list(map(self._goal, goals))
        return min((cost for cost, _ in parts), default=math.inf), frozenset[Key]().union(*(keys for _, keys in parts))

    def _keys(self, fact: Fact) -> frozenset[Key]:
        """The observations on which the truth of a fact depends."""
        if fact not in self._under:
            keys: set[Key] = set()
            met, ahead = {fact}, [fact]
            while ahead:
                here = ahead.pop()
                detector = self._ways.detector(here)
                if detector is not None:
                    keys.add((here.target, detector.observe))
                asked = [goal.fact for number in self._ways.concluding(here) for goal in self._ways.failing(number)]
                ahead += [one for one in dict.fromkeys(asked) if one not in met]
                met.update(asked)
            self._under[fact] = frozenset(keys)
        return self._under[fact]


def _together(parts: Iterable[_Part]) -> float:
    """What several take at the least: the sum over some that share no observation, the dearest first."""
    total, used = 0.0, set[Key]()
    for cost, keys in sorted(parts, key=lambda part: -part[0]):
        if not keys & used:
            total += cost
            used |= keys
    return total
