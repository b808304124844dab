"""Says in one line what was seen of a fact, down to the observations that it rests on."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

from engine.knowledge import Literal, Pack
from engine.lines import one_line
from engine.model import (
    Conclusions,
    Fact,
    FactName,
    Firing,
    Instant,
    Observation,
    Scalar,
    Target,
    TargetId,
    Truth,
    Unknown,
)

UNKNOWN = "unknown: "
NOTHING = "nothing was observed"
_AT_MOST = 3
_Key: TypeAlias = tuple[TargetId, FactName]


class Sight:
    """What was observed at one moment, and how facts rest on it by way of the pack's detectors and rules."""

    def __init__(
        self,
        pack: Pack,
        targets: Sequence[Target],
        conclusions: Conclusions,
        observations: Mapping[tuple[TargetId, str], Observation],
    ) -> None:
        self._targets = {target.id: target for target in targets}
        self._observations = observations
        self._conclusions = conclusions
        self._kinds = {target.id: target.kind for target in targets}
        self._observes = {(one.kind, one.fact): one.observe for one in pack.detectors}
        self._asked: dict[tuple[str, FactName], list[Literal]] = {}
        for rule in (rule for level in pack.program.levels for rule in level):
            self._asked.setdefault((rule.kind, rule.concludes), []).extend(rule.when)
        self._firings: dict[_Key, list[tuple[int, Firing]]] = {}
        for number, firing in enumerate(conclusions.proof):
            self._firings.setdefault(_key(firing.concluded), []).append((number, firing))
        self._under: dict[_Key, frozenset[_Key]] = {}
        self._closures: dict[_Key, frozenset[_Key]] = {}
        self._described: dict[tuple[TargetId, str], str] = {}

    def of(self, fact: Fact) -> str:
        """What was seen of `fact`: "port.owner = other (pid 4711) at 12:00:03 UTC", or "unknown: " and why."""
        truth = self._conclusions.truth(fact)
        basis = self.basis([fact])
        if truth is Truth.UNKNOWN:
            blind = [one for one in basis if isinstance(one.value, Unknown)]
            return UNKNOWN + (self._joined(blind or basis) or NOTHING)
        return self._joined(basis) or f"{fact.name} = {truth}"

    def basis(self, facts: Sequence[Fact]) -> tuple[Observation, ...]:
        """The observations that `facts` rest on, by target and name; without those never made."""
        found: dict[tuple[TargetId, str], Observation] = {}
        for key in self._closure(facts):
            observe = self._observes.get((self._kinds.get(key[0], ""), key[1]))
            if observe is not None and (observation := self._observations.get((key[0], observe))):
                found[key[0], observe] = observation
        return tuple(found[key] for key in sorted(found))

    def proof(self, facts: Sequence[Fact]) -> tuple[Firing, ...]:
        """The firings that `facts` rest on, in the order of the whole proof."""
        needed = [one for key in self._closure(facts) for one in self._firings.get(key, ())]
        return tuple(firing for _, firing in sorted(needed, key=lambda one: one[0]))

    def _closure(self, facts: Sequence[Fact]) -> frozenset[_Key]:
        """`facts` and all that they follow from; what did not fire rests on all that its rules ask for."""
        return frozenset().union(*(self._with_all_under(_key(fact)) for fact in facts))

    def _with_all_under(self, key: _Key) -> frozenset[_Key]:
        """Found once for each fact: the evidence of many causes rests on the same."""
        known = self._closures.get(key)
        if known is not None:
            return known
        closed: set[_Key] = set()
        todo = {key}
        while todo:
            closed |= todo
            todo = set().union(*map(self._directly_under, todo)) - closed
        self._closures[key] = frozenset(closed)
        return self._closures[key]

    def _directly_under(self, key: _Key) -> frozenset[_Key]:
        known = self._under.get(key)
        if known is None:
            known = self._under[key] = frozenset(self._asked_by(key))
        return known

    def _asked_by(self, key: _Key) -> Iterator[_Key]:
        if key in self._firings:
            for _, firing in self._firings[key]:
                yield from map(_key, firing.used)
                yield from map(_key, firing.absent)
            return
        target = self._targets.get(key[0])
        for literal in self._asked.get((target.kind, key[1]), ()) if target else ():
            place = target.depends_on.get(literal.of) if target and literal.of else key[0]
            if place is not None:
                yield place, literal.fact

    def _joined(self, observations: Sequence[Observation]) -> str:
        lines = [self._line(one) for one in observations[:_AT_MOST]]
        more = len(observations) - _AT_MOST
        return "; ".join([*lines, f"+{more}"] if more > 0 else lines)

    def _line(self, observation: Observation) -> str:
        key = (observation.target, observation.name)
        if key not in self._described:
            self._described[key] = describe(observation)
        return self._described[key]


def _key(fact: Fact) -> _Key:
    """The fact as a plain pair: sets of them are many times faster."""
    return fact.target, fact.name


def describe(observation: Observation) -> str:
    """One safe line: "port.owner = other (pid 4711) at 12:00:03 UTC", or "port.owner: why at 12:00:03 UTC"."""
    detail = f" ({one_line(observation.detail)})" if observation.detail else ""
    at = f"at {clock(observation.at)}"
    if isinstance(observation.value, Unknown):
        return f"{observation.name}: {one_line(observation.value.because)}{detail} {at}"
    return f"{observation.name} = {shown(observation.value)}{detail} {at}"


def shown(value: Scalar) -> str:
    """A value as a pack writes it: true, not True; numbers with at most six significant digits."""
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:.6g}"
        case _:
            return one_line(str(value))


def clock(at: Instant) -> str:
    """A moment as a time of day, in UTC: "12:00:03 UTC"."""
    return f"{datetime.fromtimestamp(at, UTC):%H:%M:%S} UTC"
