"""Partial answers of the search: what was asserted and why, what that allows, and what has still to be chosen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from engine.counterfactuals.obstacles import Always, Circle, Clash, Goal, NeverSeen, Nobody, Obstacle, Opposed, Untold
from engine.counterfactuals.situation import Key
from engine.counterfactuals.ways import Ways
from engine.model import Fact


@dataclass(frozen=True, slots=True)
class Show:
    """A fact that must be true, and has several ways to become so."""

    fact: Fact


@dataclass(frozen=True, slots=True)
class Fail:
    """A rule on a target that must not fire, and has several literals that may fail."""

    body: int


Choice: TypeAlias = Show | Fail


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A partial answer: what is asserted, on what it rests, which regions it allows, what is still to be chosen."""

    asserted: Mapping[Fact, bool]
    under: Mapping[Fact, tuple[Fact, ...]]
    allowed: Mapping[Key, int]
    needs: Mapping[Key, tuple[Goal, ...]]
    changed: frozenset[Key]
    choices: tuple[Choice, ...]


NOTHING_YET = State(asserted={}, under={}, allowed={}, needs={}, changed=frozenset(), choices=())


class DeadEndError(Exception):
    """A partial answer that nothing can complete, and why."""

    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__()
        self.obstacle = obstacle


class Draft:
    """A state in the making; goals are pursued until only choices are left."""

    def __init__(self, ways: Ways, state: State) -> None:
        self._ways = ways
        self._asserted = dict(state.asserted)
        self._under = dict(state.under)
        self._allowed = dict(state.allowed)
        self._needs = dict(state.needs)
        self._changed = set(state.changed)
        self._choices = list(state.choices)
        self._todo: list[Goal] = []

    def reach(self, goals: Sequence[Goal]) -> State:
        """The state in which `goals` are asserted, and all that follows without a choice.

        Raises DeadEndError when that cannot be.
        """
        self._todo.extend(reversed(goals))
        return self._pursued()

    def take(self, fact: Fact, way: int | None) -> State:
        """The state in which an asserted fact becomes true in one way; raises DeadEndError when it cannot."""
        self._take(fact, way)
        return self._pursued()

    def _pursued(self) -> State:
        while self._todo:
            goal = self._todo.pop()
            known = self._asserted.get(goal.fact)
            if known is None:
                self._asserted[goal.fact] = goal.true
                (self._show if goal.true else self._deny)(goal.fact)
            elif known is not goal.true:
                raise DeadEndError(Opposed(fact=goal.fact))
        return State(
            asserted=self._asserted,
            under=self._under,
            allowed=self._allowed,
            needs=self._needs,
            changed=frozenset(self._changed),
            choices=tuple(self._choices),
        )

    def _take(self, fact: Fact, way: int | None) -> None:
        if way is None:
            self._restrict(Goal(fact=fact))
            return
        rule, goals = self._ways.body(way).rule, self._ways.firing(way)
        if goals is None:
            raise DeadEndError(self._nobody(way, fact))
        self._under[fact] = tuple(goal.fact for goal in goals if goal.true)
        if self._rests_on_itself(fact):
            raise DeadEndError(Circle(fact=fact, rule=rule.id))
        self._todo.extend(reversed(goals))

    def _show(self, fact: Fact) -> None:
        ways = self._ways.showing(fact)
        if not ways:
            raise DeadEndError(Untold(fact=fact))
        if len(ways) == 1:
            self._take(fact, ways[0])
        else:
            self._choices.append(Show(fact))

    def _deny(self, fact: Fact) -> None:
        """Nothing may make the fact true; the loops of rules that only feed each other are left at that."""
        if not self._ways.can_be_false(fact):
            raise DeadEndError(Untold(fact=fact))
        if self._ways.detector(fact):
            self._restrict(Goal(fact=fact, true=False))
        for number in self._ways.concluding(fact):
            goals, rule = self._ways.failing(number), self._ways.body(number).rule
            if not rule.when:
                raise DeadEndError(Always(fact=fact, rule=rule.id))
            if not goals:
                raise DeadEndError(self._nobody(number, fact))
            if len(goals) == 1:
                self._todo.append(goals[0])
            else:
                self._choices.append(Fail(number))

    def _restrict(self, goal: Goal) -> None:
        """Allow an observation only the regions in which a fact is as it must be."""
        found = self._ways.agreeing(goal)
        if found is None:
            raise DeadEndError(Untold(fact=goal.fact))
        key, agreeing = found
        if not agreeing:
            raise DeadEndError(NeverSeen(goal=goal, observe=key[1]))
        self._needs[key] = (*self._needs.get(key, ()), goal)
        self._allowed[key] = self._allowed.get(key, agreeing) & agreeing
        if not self._allowed[key]:
            raise DeadEndError(Clash(target=key[0], observe=key[1], goals=tuple(sorted(self._needs[key]))))
        if not self._allowed[key] >> self._ways.field(key).present & 1:
            self._changed.add(key)

    def _nobody(self, number: int, fact: Fact) -> Nobody:
        body = self._ways.body(number)
        roles = (literal.of for literal, (place, _) in zip(body.rule.when, body.conditions, strict=True) if not place)
        return Nobody(target=fact.target, role=next(roles), rule=body.rule.id)

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
