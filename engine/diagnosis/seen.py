"""Says in one line what was seen of a fact, down to the observations that it rests on."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from engine.knowledge import Detector, Pack, Rule
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
        self._detectors: dict[tuple[str, FactName], Detector] = {(one.kind, one.fact): one for one in pack.detectors}
        self._rules: dict[tuple[str, FactName], list[Rule]] = {}
        for rule in (rule for level in pack.program.levels for rule in level):
            self._rules.setdefault((rule.kind, rule.concludes), []).append(rule)
        self._firings: dict[Fact, list[tuple[int, Firing]]] = {}
        for number, firing in enumerate(conclusions.proof):
            self._firings.setdefault(firing.concluded, []).append((number, firing))
        self._under: dict[Fact, frozenset[Fact]] = {}
        self._closures: dict[Fact, frozenset[Fact]] = {}
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
        found = {}
        for fact in self.closure(facts):
            detector = self._detector(fact)
            if detector and (observation := self._observations.get((fact.target, detector.observe))):
                found[observation.target, observation.name] = observation
        return tuple(found[key] for key in sorted(found))

    def proof(self, facts: Sequence[Fact]) -> tuple[Firing, ...]:
        """The firings that `facts` rest on, in the order of the whole proof."""
        needed = [one for fact in self.closure(facts) for one in self._firings.get(fact, ())]
        return tuple(firing for _, firing in sorted(needed, key=lambda one: one[0]))

    def closure(self, facts: Sequence[Fact]) -> frozenset[Fact]:
        """`facts` and all that they follow from; what did not fire rests on all that its rules ask for."""
        return frozenset().union(*map(self._with_all_under, facts))

    def _with_all_under(self, fact: Fact) -> frozenset[Fact]:
        """Found once for each fact: the evidence of many causes rests on the same."""
        known = self._closures.get(fact)
        if known is not None:
            return known
        closed: set[Fact] = set()
        todo = {fact}
        while todo:
            closed |= todo
            todo = set().union(*map(self._directly_under, todo)) - closed
        self._closures[fact] = frozenset(closed)
        return self._closures[fact]

    def _directly_under(self, fact: Fact) -> frozenset[Fact]:
        known = self._under.get(fact)
        if known is None:
            known = self._under[fact] = frozenset(self._asked_by(fact))
        return known

    def _asked_by(self, fact: Fact) -> list[Fact]:
        if fact in self._firings:
            return [one for _, firing in self._firings[fact] for one in (*firing.used, *firing.absent)]
        target = self._targets.get(fact.target)
        if target is None:
            return []
        asked = [literal for rule in self._rules.get((target.kind, fact.name), ()) for literal in rule.when]
        places = [(literal.fact, target.depends_on.get(literal.of) if literal.of else target.id) for literal in asked]
        return [Fact(target=place, name=name) for name, place in places if place is not None]

    def _joined(self, observations: Sequence[Observation]) -> str:
        lines = [self._line(one) for one in observations[:_AT_MOST]]
        more = len(observations) - _AT_MOST
        return "; ".join([*lines, f"+{more}"] if more > 0 else lines)

    def _line(self, observation: Observation) -> str:
        key = (observation.target, observation.name)
        if key not in self._described:
            self._described[key] = describe(observation)
        return self._described[key]

    def _detector(self, fact: Fact) -> Detector | None:
        target = self._targets.get(fact.target)
        return self._detectors.get((target.kind, fact.name)) if target else None


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
