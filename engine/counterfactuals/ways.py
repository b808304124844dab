"""The ways back from a fact: what gives it, what concludes it, what would keep a rule from firing."""

from collections.abc import Mapping

from engine.counterfactuals.obstacles import Goal
from engine.counterfactuals.situation import Field, Key, Situation, by_conclusion
from engine.inference.ground import Body, Ground
from engine.inference.ground import Key as Place
from engine.knowledge import Detector, Pack
from engine.model import Fact, FactName


class Ways:
    """The rules of one pack, read backwards, on targets that depend on each other; worked out as they are asked for."""

    def __init__(self, situation: Situation, pack: Pack) -> None:
        self._situation = situation
        self._pack = pack
        self._targets = {target.id: target for target in situation.targets}
        self._ground = Ground(situation.targets)
        self._detectors: Mapping[tuple[str, FactName], Detector] = {
            (one.kind, one.fact): one for one in situation.detectors
        }
        self._rules = by_conclusion(pack)
        self._bodies: list[Body] = []
        self._concluding: dict[Fact, tuple[int, ...]] = {}
        self._fields: dict[Key, Field] = {}

    def field(self, key: Key) -> Field:
        """The regions of an observation."""
        if key not in self._fields:
            self._fields[key] = self._situation.field(self._targets[key[0]], key[1])
        return self._fields[key]

    def detector(self, fact: Fact) -> Detector | None:
        """The detector that gives a fact on its target."""
        return self._detectors.get((self._targets[fact.target].kind, fact.name))

    def agreeing(self, goal: Goal) -> tuple[Key, int] | None:
        """The observation that gives a fact, and the regions, as bits, in which it is as wanted."""
        detector = self.detector(goal.fact)
        if detector is None:
            return None
        key = (goal.fact.target, detector.observe)
        bits = 0
        for index, region in enumerate(self.field(key).regions):
            if goal.fact.name in (region.true if goal.true else region.false):
                bits |= 1 << index
        return key, bits

    def concluding(self, fact: Fact) -> tuple[int, ...]:
        """The rules for a fact, on its target, as numbers of bodies."""
        if fact not in self._concluding:
            target = self._targets[fact.target]
            first = len(self._bodies)
            rules = self._rules.get((target.kind, fact.name), ())
            self._bodies += [self._ground.body(rule, target) for rule in rules]
            self._concluding[fact] = tuple(range(first, len(self._bodies)))
        return self._concluding[fact]

    def showing(self, fact: Fact) -> tuple[int | None, ...]:
        """How a fact may become true: by being seen (None), or by one of its rules."""
        seen: tuple[int | None, ...] = (None,) if self.detector(fact) else ()
        return (*seen, *self.concluding(fact))

    def body(self, number: int) -> Body:
        """A rule on a target."""
        return self._bodies[number]

    def firing(self, number: int) -> tuple[Goal, ...] | None:
        """What a rule asks for; None when it asks about a role in which there is nobody."""
        conditions = self._bodies[number].conditions
        if any(place is None for place, _ in conditions):
            return None
        return tuple(Goal(fact=_fact(place), true=not negated) for place, negated in conditions if place)

    def failing(self, number: int) -> tuple[Goal, ...]:
        """What would keep a rule from firing: the opposite of each literal that can be known."""
        conditions = self._bodies[number].conditions
        return tuple(Goal(fact=_fact(place), true=negated) for place, negated in conditions if place)

    def can_be_false(self, fact: Fact) -> bool:
        """Whether a fact can be called false at all: something gives it, or only rules conclude it."""
        if self.detector(fact):
            return True
        kind = self._targets[fact.target].kind
        return bool(self.concluding(fact)) and fact.name not in self._pack.program.given.get(kind, ())


def _fact(place: Place) -> Fact:
    return Fact(target=place[0], name=place[1])
