"""The search behind WHY NOT: how few observations would have to be different for some facts to become true or false.

It goes backwards from the goals through the rules, cheapest first (A*), over sets of regions that are still allowed for
each observation:

1. A fact that is seen restricts its observation to the regions that make it so.
2. A fact that must be true needs one rule whose literals all hold (or to be seen). No fact props itself up: a rule
   that would close a circle is no way.
3. A fact that must be false must be seen to be false where a detector gives it, and in each of its rules one literal
   must fail. Here a circle is a way: facts that only each other could make true are all false.
4. The cost is the number of observations that cannot stay as they are, and for what has still to be chosen the least
   that it takes (`engine.counterfactuals.least`).

This is what docs/explanation/semantics.md says, read from the end, so what is found holds in the forward direction and
what is not there to be found cannot be so. Beyond its bound it gives no answer rather than a wrong one.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import TypeAlias

from engine.counterfactuals.drafts import NOTHING_YET, DeadEndError, Draft, Fail, State
from engine.counterfactuals.least import Least
from engine.counterfactuals.obstacles import Goal, Obstacle
from engine.counterfactuals.situation import Key
from engine.counterfactuals.ways import Ways

BOUND = 50_000
"""How many partial answers are looked at before the search gives up; some seconds at the most."""

TIES = 1_000
"""How many more are looked at to find, of equally small answers, the first by name."""

MOST_OBSTACLES = 50
_Entry: TypeAlias = tuple[int, tuple[Key, ...], int, State]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Which regions are allowed for each observation that matters, and the goals that say so."""

    allowed: Mapping[Key, int]
    needs: Mapping[Key, tuple[Goal, ...]]
    changed: tuple[Key, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a search came to: an answer, or none and whether that is certain, and what stood in the way."""

    found: Found | None
    exhausted: bool
    examined: int
    obstacles: tuple[Obstacle, ...]


def search(ways: Ways, goals: Sequence[Goal], bound: int = BOUND) -> Finding:
    """The fewest changes that reach all `goals`, whose targets must be there; of equals the first by name.

    When there are very many equals it may be another one that comes early.
    """
    return _Search(ways).run(goals, bound)


class _Search:
    """One search, with what it ran into."""

    def __init__(self, ways: Ways) -> None:
        self._ways = ways
        self._least = Least(ways)
        self._obstacles: dict[Obstacle, None] = {}
        self._queue: list[_Entry] = []
        self._number = count()

    def run(self, goals: Sequence[Goal], bound: int) -> Finding:
        best: Found | None = None
        examined, last = 0, bound
        self._push(self._reached(NOTHING_YET, goals))
        while self._queue and examined < last:
            cost, changed, _, state = heapq.heappop(self._queue)
            if best is not None and cost > len(best.changed):
                break
            examined += 1
            if state.choices:
                for following in self._branches(state):
                    self._push(following)
            elif best is None or changed < best.changed:
                last = min(bound, examined + TIES * bool(changed)) if best is None else last
                best = Found(allowed=state.allowed, needs=state.needs, changed=changed)
        return Finding(
            found=best,
            exhausted=best is not None or not self._queue,
            examined=examined,
            obstacles=() if best else tuple(sorted(self._obstacles, key=_by_kind)),
        )

    def _push(self, state: State | None) -> None:
        """Cheapest first, then by name; of what is left the newest, so that one answer is completed before others."""
        if state is not None:
            cost = len(state.changed) + self._least.more(state)
            heapq.heappush(self._queue, (cost, tuple(sorted(state.changed)), -next(self._number), state))

    def _branches(self, state: State) -> Iterator[State | None]:
        """Every way to make the next choice; the first one comes last, and so is taken first."""
        place = self._least.hardest(state)
        choice, rest = state.choices[place], replace(state, choices=state.choices[:place] + state.choices[place + 1 :])
        if isinstance(choice, Fail):
            goals = self._ways.failing(choice.body)
            if any(rest.asserted.get(goal.fact) is goal.true for goal in goals):
                yield rest
                return
            for goal in reversed(goals):
                yield self._reached(rest, (goal,))
            return
        for way in reversed(self._ways.showing(choice.fact)):
            try:
                yield Draft(self._ways, rest).take(choice.fact, way)
            except DeadEndError as dead:
                self._note(dead.obstacle)

    def _reached(self, state: State, goals: Sequence[Goal]) -> State | None:
        try:
            return Draft(self._ways, state).reach(goals)
        except DeadEndError as dead:
            self._note(dead.obstacle)
            return None

    def _note(self, obstacle: Obstacle) -> None:
        if len(self._obstacles) < MOST_OBSTACLES:
            self._obstacles[obstacle] = None


def _by_kind(obstacle: Obstacle) -> tuple[str, str]:
    return (type(obstacle).__name__, repr(obstacle))
