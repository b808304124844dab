"""The search behind WHY NOT: how few observations would have to be different for some facts to become true or false.

It goes backwards from the goals through the rules, cheapest first, over sets of regions that are still allowed for
each observation:

1. A fact that is seen restricts its observation to the regions that make it so.
2. A fact that must be true needs one rule whose literals all hold (or to be seen). No fact props itself up: a rule
   that would close a circle is no way.
3. A fact that must be false must be seen to be false where a detector gives it, and in each of its rules one literal
   must fail. Here a circle is a way: facts that only each other could make true are all false.
4. The cost is the number of observations that cannot stay as they are; of equal costs the first by name is taken.

This is what docs/explanation/semantics.md says, read from the end, so what is found holds in the forward direction and
what is not there to be found cannot be so. Beyond its bound it gives no answer rather than a wrong one.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import TypeAlias

from engine.counterfactuals.obstacles import Always, Circle, Clash, Goal, NeverSeen, Nobody, Obstacle, Opposed, Untold
from engine.counterfactuals.situation import Field, Key, Situation, rules_for
from engine.inference.ground import Body, Ground
from engine.inference.ground import Key as Place
from engine.knowledge import Detector, Pack
from engine.model import Fact, FactName

BOUND = 50_000
"""How many partial answers are looked at before the search gives up; some seconds at the most."""

MOST_OBSTACLES = 50


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


@dataclass(frozen=True, slots=True)
class _Show:
    """A fact that must be true, and has several ways to become so."""

    fact: Fact


@dataclass(frozen=True, slots=True)
class _Fail:
    """A rule on a target that must not fire, and has several literals that may fail."""

    body: int


_Choice: TypeAlias = _Show | _Fail


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """A partial answer: what is asserted, why, what it allows, what is still to be chosen."""

    asserted: Mapping[Fact, bool]
    under: Mapping[Fact, tuple[Fact, ...]]
    allowed: Mapping[Key, int]
    needs: Mapping[Key, tuple[Goal, ...]]
    changed: frozenset[Key]
    choices: tuple[_Choice, ...]


class _DeadEndError(Exception):
    """A partial answer that nothing can complete, and why."""

    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__()
        self.obstacle = obstacle


class Search:
    """The ways back from facts to observations by one pack, on targets that depend on each other."""

    def __init__(self, situation: Situation, pack: Pack) -> None:
        self._situation = situation
        self._pack = pack
        self._targets = {target.id: target for target in situation.targets}
        self._ground = Ground(situation.targets)
        self._detectors: Mapping[tuple[str, FactName], Detector] = {
            (one.kind, one.fact): one for one in situation.detectors
        }
        self._bodies: list[Body] = []
        self._concluding: dict[Fact, tuple[int, ...]] = {}
        self._fields: dict[Key, Field] = {}

    def run(self, goals: Sequence[Goal], bound: int = BOUND) -> Finding:
        """The fewest changes that reach all `goals`; a goal's target must be one of the situation."""
        obstacles: dict[Obstacle, None] = {}
        queue: list[tuple[int, tuple[Key, ...], int, _State]] = []
        number = count()
        self._push(queue, number, self._begun(goals, obstacles))
        examined = 0
        while queue and examined < bound:
            _, changed, _, state = heapq.heappop(queue)
            examined += 1
            if not state.choices:
                found = Found(allowed=state.allowed, needs=state.needs, changed=changed)
                return Finding(found=found, exhausted=True, examined=examined, obstacles=())
            for following in self._branches(state, obstacles):
                self._push(queue, number, following)
        return Finding(
            found=None, exhausted=not queue, examined=examined, obstacles=tuple(sorted(obstacles, key=_by_kind))
        )

    def field(self, key: Key) -> Field:
        """The regions of an observation."""
        if key not in self._fields:
            self._fields[key] = self._situation.field(self._targets[key[0]], key[1])
        return self._fields[key]

    def detector(self, fact: Fact) -> Detector | None:
        """The detector that gives a fact on its target."""
        return self._detectors.get((self._targets[fact.target].kind, fact.name))

    def _push(
        self, queue: list[tuple[int, tuple[Key, ...], int, _State]], number: Iterator[int], state: _State | None
    ) -> None:
        """Cheapest first, then by name; of what is left the newest, so that one answer is completed before others."""
        if state is not None:
            heapq.heappush(queue, (len(state.changed), tuple(sorted(state.changed)), -next(number), state))

    def _begun(self, goals: Sequence[Goal], obstacles: dict[Obstacle, None]) -> _State | None:
        draft = _Draft(self, _State(asserted={}, under={}, allowed={}, needs={}, changed=frozenset(), choices=()))
        return _completed(draft, goals, obstacles)

    def _branches(self, state: _State, obstacles: dict[Obstacle, None]) -> Iterator[_State]:
        """Every way to make the next choice, in an order that leaves the most natural one to be taken first."""
        choice, rest = state.choices[0], replace(state, choices=state.choices[1:])
        if isinstance(choice, _Fail):
            goals = self.failing(choice.body)
            if any(rest.asserted.get(goal.fact) is goal.true for goal in goals):
                yield rest
                return
            for goal in reversed(goals):
                state_after = _completed(_Draft(self, rest), (goal,), obstacles)
                if state_after is not None:
                    yield state_after
            return
        for way in reversed(self.ways(choice.fact)):
            draft = _Draft(self, rest)
            try:
                draft.take(choice.fact, way)
            except _DeadEndError as dead:
                _note(obstacles, dead.obstacle)
            else:
                yield draft.state()

    def concluding(self, fact: Fact) -> tuple[int, ...]:
        """The rules for a fact, on its target, as numbers of bodies."""
        if fact not in self._concluding:
            target = self._targets[fact.target]
            first = len(self._bodies)
            self._bodies += [self._ground.body(rule, target) for rule in rules_for(self._pack, target.kind, fact.name)]
            self._concluding[fact] = tuple(range(first, len(self._bodies)))
        return self._concluding[fact]

    def ways(self, fact: Fact) -> tuple[int | None, ...]:
        """How a fact may become true: by being seen (None), or by one of its rules."""
        seen: tuple[int | None, ...] = (None,) if self.detector(fact) else ()
        return (*seen, *self.concluding(fact))

    def body(self, number: int) -> Body:
        """A rule on a target."""
        return self._bodies[number]

    def failing(self, number: int) -> tuple[Goal, ...]:
        """What would keep a rule from firing: each literal that can be known."""
        found = [Goal(fact=_fact(place), true=negated) for place, negated in self._bodies[number].conditions if place]
        return tuple(found)

    def is_declared(self, fact: Fact) -> bool:
        """Whether a fact is declared as given, with or without a detector that gives it."""
        kind = self._targets[fact.target].kind
        return fact.name in self._pack.program.given.get(kind, ())


class _Draft:
    """A state in the making: goals are pursued until only choices are left."""

    def __init__(self, search: Search, state: _State) -> None:
        self._search = search
        self._asserted = dict(state.asserted)
        self._under = dict(state.under)
        self._allowed = dict(state.allowed)
        self._needs = dict(state.needs)
        self._changed = set(state.changed)
        self._choices = list(state.choices)
        self._todo: list[Goal] = []

    def state(self) -> _State:
        """The state as it came out; the choices with the fewest ways come first."""
        return _State(
            asserted=self._asserted,
            under=self._under,
            allowed=self._allowed,
            needs=self._needs,
            changed=frozenset(self._changed),
            choices=tuple(self._choices),
        )

    def pursue(self, goals: Sequence[Goal]) -> None:
        """Assert goals and all that follows from them without a choice; _DeadEndError when that cannot be."""
        self._todo.extend(reversed(goals))
        while self._todo:
            goal = self._todo.pop()
            known = self._asserted.get(goal.fact)
            if known is None:
                self._asserted[goal.fact] = goal.true
                (self._show if goal.true else self._deny)(goal.fact)
            elif known is not goal.true:
                raise _DeadEndError(Opposed(fact=goal.fact))

    def take(self, fact: Fact, way: int | None) -> None:
        """Make a fact true in one way."""
        if way is None:
            self._restrict(Goal(fact=fact))
            return
        body = self._search.body(way)
        asked: list[Goal] = []
        for (place, negated), literal in zip(body.conditions, body.rule.when, strict=True):
            if place is None:
                raise _DeadEndError(Nobody(target=fact.target, role=literal.of, rule=body.rule.id))
            asked.append(Goal(fact=_fact(place), true=not negated))
        self._under[fact] = tuple(goal.fact for goal in asked if goal.true)
        if self._rests_on_itself(fact):
            raise _DeadEndError(Circle(fact=fact, rule=body.rule.id))
        self.pursue(asked)

    def _show(self, fact: Fact) -> None:
        ways = self._search.ways(fact)
        if not ways:
            raise _DeadEndError(Untold(fact=fact))
        if len(ways) == 1:
            self.take(fact, ways[0])
        else:
            self._choices.append(_Show(fact))

    def _deny(self, fact: Fact) -> None:
        """Nothing may make the fact true; the loops of rules that only feed each other are left at that."""
        bodies = self._search.concluding(fact)
        if self._search.detector(fact):
            self._restrict(Goal(fact=fact, true=False))
        elif not bodies or self._search.is_declared(fact):
            raise _DeadEndError(Untold(fact=fact))
        for number in bodies:
            goals = self._search.failing(number)
            rule = self._search.body(number).rule
            if not rule.when:
                raise _DeadEndError(Always(fact=fact, rule=rule.id))
            if not goals:
                raise _DeadEndError(Nobody(target=fact.target, role=rule.when[0].of, rule=rule.id))
            if len(goals) == 1:
                self._todo.append(goals[0])
            else:
                self._choices.append(_Fail(number))

    def _restrict(self, goal: Goal) -> None:
        """Allow an observation only the regions in which a fact is as it must be."""
        detector = self._search.detector(goal.fact)
        if detector is None:
            raise _DeadEndError(Untold(fact=goal.fact))
        key = (goal.fact.target, detector.observe)
        field = self._search.field(key)
        agree = sum(
            1 << index
            for index, region in enumerate(field.regions)
            if goal.fact.name in (region.true if goal.true else region.false)
        )
        if not agree:
            raise _DeadEndError(NeverSeen(goal=goal, observe=detector.observe))
        self._needs[key] = (*self._needs.get(key, ()), goal)
        self._allowed[key] = self._allowed.get(key, agree) & agree
        if not self._allowed[key]:
            raise _DeadEndError(Clash(target=key[0], observe=key[1], goals=tuple(sorted(self._needs[key]))))
        if not self._allowed[key] >> field.present & 1:
            self._changed.add(key)

    def _rests_on_itself(self, fact: Fact) -> bool:
        ahead, met = list(self._under[fact]), set[Fact]()
        while ahead:
            here = ahead.pop()
            if here == fact:
                return True
            if here not in met:
                met.add(here)
                ahead.extend(self._under.get(here, ()))
        return False


def _completed(draft: _Draft, goals: Sequence[Goal], obstacles: dict[Obstacle, None]) -> _State | None:
    try:
        draft.pursue(goals)
    except _DeadEndError as dead:
        _note(obstacles, dead.obstacle)
        return None
    return draft.state()


def _note(obstacles: dict[Obstacle, None], obstacle: Obstacle) -> None:
    if len(obstacles) < MOST_OBSTACLES:
        obstacles[obstacle] = None


def _by_kind(obstacle: Obstacle) -> tuple[str, str]:
    return (type(obstacle).__name__, repr(obstacle))


def _fact(place: Place) -> Fact:
    return Fact(target=place[0], name=place[1])
