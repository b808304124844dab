"""WHY NOT a fact: the fewest observations that would have to be different for it to be true (or false).

The answer is checked in the forward direction before it is given, by the same inference that draws conclusions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.counterfactuals.obstacles import Goal, Obstacle
from engine.counterfactuals.search import BOUND, Found, search
from engine.counterfactuals.situation import Field, Key, Situation, infer
from engine.counterfactuals.ways import Ways
from engine.errors import InternalError
from engine.knowledge import Detector, Pack
from engine.model import Conclusions, Fact, Firing, Scalar, Seconds, TargetId, Truth, Unknown


class Outcome(StrEnum):
    """What can be said of something that is not so."""

    ALREADY = "already"  #: it is so, or will be once what is seen has lasted long enough
    CHANGES = "changes"  #: it would be so if some observations were different
    IMPOSSIBLE = "impossible"  #: it cannot be so, whatever is observed
    NOT_FOUND = "not-found"  #: nothing was found within the bound of the search


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What an observation must do to one fact, by which detector."""

    detector: Detector
    true: bool
    sticky: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One observation that would have to be different: what it is, what it must be, and a value that would do.

    For `hold` seconds the value must stay so.
    """

    target: TargetId
    observe: str
    present: Scalar | Unknown
    needs: tuple[Need, ...]
    witness: Scalar | Unknown
    hold: Seconds

    @property
    def key(self) -> Key:
        """The observation."""
        return (self.target, self.observe)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How few changes would do, or why none would.

    `firings` are the rules that would make it so, each after those that it rests on. `hold` is how long what must not
    change has yet to last. `obstacles` are what the search ran into, when nothing was found. `examined` partial
    answers were looked at.
    """

    goals: tuple[Goal, ...]
    outcome: Outcome
    changes: tuple[Change, ...] = ()
    firings: tuple[Firing, ...] = ()
    hold: Seconds = 0.0
    obstacles: tuple[Obstacle, ...] = ()
    examined: int = 0


def why_not(situation: Situation, pack: Pack, goals: Sequence[Goal], bound: int = BOUND) -> Answer:
    """The fewest changes for all `goals` at once (of targets that depend on each other); of equals the first by name.

    Raises KeyError when a goal's target is not there.
    """
    near = situation.around(goals[0].fact.target)
    ways = Ways(near, pack)
    finding = search(ways, goals, bound)
    if finding.found is None:
        outcome = Outcome.IMPOSSIBLE if finding.exhausted else Outcome.NOT_FOUND
        return Answer(goals=tuple(goals), outcome=outcome, obstacles=finding.obstacles, examined=finding.examined)
    found = finding.found
    changes = tuple(_change(near, ways, found, key) for key in found.changed)
    conclusions = infer(pack, near.targets, near.facts({one.key: one.witness for one in changes}))
    for goal in goals:
        if conclusions.truth(goal.fact) is not Truth.of(goal.true):
            raise InternalError(f"{goal.fact.name} of {goal.fact.target} would not be as WHY NOT says")
    kept = [key for key in found.needs if key not in found.changed]
    return Answer(
        goals=tuple(goals),
        outcome=Outcome.CHANGES if changes else Outcome.ALREADY,
        changes=changes,
        firings=leading_to(conclusions, [goal.fact for goal in goals if goal.true]),
        hold=max((_hold(near, ways, found.needs[key]) for key in kept), default=0.0),
        examined=finding.examined,
    )


def leading_to(conclusions: Conclusions, facts: Sequence[Fact]) -> tuple[Firing, ...]:
    """The first firing for each fact and, before it, for each fact that it uses."""
    first: dict[Fact, Firing] = {}
    for firing in conclusions.proof:
        first.setdefault(firing.concluded, firing)
    needed: set[Fact] = set()
    ahead = list(facts)
    while ahead:
        fact = ahead.pop()
        if fact in first and fact not in needed:
            needed.add(fact)
            ahead.extend(first[fact].used)
    return tuple(firing for fact, firing in first.items() if fact in needed)


def essential(field: Field, needs: Sequence[Need]) -> tuple[Need, ...]:
    """`needs` without those that follow from the others, what must be true before what must be false."""
    kept = sorted(needs, key=lambda need: (not need.true, need.detector.fact))
    wanted = _meeting(field, kept)
    for need in reversed(kept.copy()):
        rest = [one for one in kept if one is not need]
        if rest and _meeting(field, rest) == wanted:
            kept = rest
    return tuple(kept)


def _meeting(field: Field, needs: Sequence[Need]) -> frozenset[int]:
    """The regions that meet needs."""
    return frozenset(
        index
        for index, region in enumerate(field.regions)
        if all(region.truth(need.detector.fact) is Truth.of(need.true) for need in needs)
    )


def _change(situation: Situation, ways: Ways, found: Found, key: Key) -> Change:
    field = ways.field(key)
    region = field.regions[_chosen(field, found.allowed[key])]
    asked = [(goal, ways.detector(goal.fact)) for goal in sorted(set(found.needs[key]))]
    needs = [
        Need(detector=one, true=goal.true, sticky=one.fact in region.sticky) for goal, one in asked if one is not None
    ]
    return Change(
        target=key[0],
        observe=key[1],
        present=situation.value(key),
        needs=essential(field, needs),
        witness=region.witness,
        hold=_hold(situation, ways, found.needs[key]),
    )


def _chosen(field: Field, allowed: int) -> int:
    """The first region that is allowed, one away from all hysteresis when there is one."""
    choices = [index for index in range(len(field.regions)) if allowed >> index & 1]
    return min(choices, key=lambda index: (bool(field.regions[index].sticky), index))


def _hold(situation: Situation, ways: Ways, goals: Sequence[Goal]) -> Seconds:
    """The longest `for` that has yet to run out among facts that must be true."""
    waiting = [ways.detector(goal.fact) for goal in goals if goal.true and goal.fact not in situation.lasted]
    return max((one.hold for one in waiting if one is not None), default=0.0)
