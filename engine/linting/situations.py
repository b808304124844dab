"""Every situation that matters to some facts: which of them can be true together, whatever is observed.

The values of each observation are cut into regions, and one witness of each combination of regions is judged by the
native engine. Whoever is asked about a few facts looks only at the detectors and rules behind those. What could have
been kept true by hysteresis, or is not true yet because it has not held for long enough, is tried both ways; so more
is held for possible than can happen, never less. When there are more than `MOST` combinations, or roles lead deeper
than `DEEPEST`, nothing is claimed at all.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations, product
from math import prod
from typing import TypeAlias

from engine.inference.native import NativeInference
from engine.knowledge import Detector, Literal, Pack, Program, Rule
from engine.linting.subject import Subject
from engine.model import Fact, FactName, Scalar, Target, TargetId, Truth, Unknown
from engine.regions import UNSEEN, Region, regions

MOST = 20_000
DEEPEST = 2
MOST_UNSETTLED = 6
_AT_ONCE = 512
Roles: TypeAlias = tuple[str, ...]
Seen: TypeAlias = Mapping[tuple[Roles, str], Scalar | Unknown]
"""What is observed, by the roles that lead from the target to whom it is observed of, and its name."""
Vector: TypeAlias = tuple[Truth, ...]
State: TypeAlias = tuple[Scalar | Unknown, Mapping[FactName, Truth]]
"""A value of one observation, and what its detectors say of it."""
Parts: TypeAlias = frozenset[tuple[Roles, str]]
"""Parts by the roles that lead to whose they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    """One observation: the truths that its detectors can have together, each with a value for which it is so."""

    roles: Roles
    observe: str
    states: tuple[State, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Situations:
    """The situations of one pack; what was asked before is remembered."""

    subject: Subject
    cold: bool = False  #: nothing is kept true by hysteresis
    known: dict[tuple[str, tuple[Literal, ...], bool, Parts | None], Mapping[Vector, Seen] | None] = field(
        default_factory=dict
    )

    @property
    def pack(self) -> Pack:
        """The pack in question."""
        return self.subject.pack

    def of(
        self, kind: str, literals: Sequence[Literal], *, unknown: bool = False, only: Parts | None = None
    ) -> Mapping[Vector, Seen] | None:
        """The truths that literals asked of a target of `kind` can have together, each with what is seen then.

        With `unknown` any observation may be missing as well. With `only` no part beyond those is
        seen. None when there are too many situations to try.
        """
        key = (kind, tuple(literals), unknown, only)
        if key not in self.known:
            self.known[key] = self._found(kind, key[1], unknown=unknown, only=only)
        return self.known[key]

    def reads(self, kind: str, literals: Iterable[Literal]) -> frozenset[tuple[Roles, str]] | None:
        """The observations behind literals asked of a target of `kind`; None when roles lead too deep."""
        closure = self._closure(kind, literals)
        return None if closure is None else frozenset((roles, one.observe) for roles, one in closure.detectors)

    def facts(self, kind: str, literals: Iterable[Literal]) -> frozenset[tuple[str, FactName]] | None:
        """The facts behind literals asked of a target of `kind`, with the kind of whom they are about."""
        closure = self._closure(kind, literals)
        return None if closure is None else frozenset((self._kind(kind, roles), fact) for roles, fact in closure.facts)

    def _found(
        self, kind: str, literals: tuple[Literal, ...], *, unknown: bool, only: Parts | None
    ) -> Mapping[Vector, Seen] | None:
        closure = self._closure(kind, literals)
        if closure is None:
            return None
        cells = self._cells(kind, closure, unknown=unknown, only=only)
        if cells is None or prod(len(cell.states) for cell in cells) > MOST:
            return None
        scene = _Scene(kinds={roles: self._kind(kind, roles) for roles in closure.places}, closure=closure)
        found: dict[Vector, Seen] = {}
        for batch in _batches(product(*(cell.states for cell in cells))):
            for vector, states in zip(scene.judged(batch, cells, literals), batch, strict=True):
                if vector not in found:
                    found[vector] = {
                        (cell.roles, cell.observe): value for cell, (value, _) in zip(cells, states, strict=True)
                    }
        return found

    def _kind(self, kind: str, roles: Roles) -> str:
        for role in roles:
            kind = self.pack.roles[kind][role]
        return kind

    def _closure(self, kind: str, literals: Iterable[Literal]) -> "_Closure | None":
        closure = _Closure()
        todo = [((literal.of,) if literal.of else (), literal.fact) for literal in literals]
        closure.places[()] = None
        while todo:
            roles, fact = todo.pop()
            if len(roles) > DEEPEST:
                return None
            if (roles, fact) in closure.facts:
                continue
            closure.facts[roles, fact] = None
            closure.places.update(dict.fromkeys(roles[:depth] for depth in range(len(roles) + 1)))
            here = self._kind(kind, roles)
            if detector := self.subject.detectors.get((here, fact)):
                closure.detectors[roles, detector] = None
            for level, rule in self.subject.concluding.get((here, fact), ()):
                closure.rules[rule] = level
                todo += [((*roles, one.of) if one.of else roles, one.fact) for one in rule.when]
        return closure

    def _cells(self, kind: str, closure: "_Closure", *, unknown: bool, only: Parts | None) -> tuple[_Cell, ...] | None:
        by_observation: dict[tuple[Roles, str], list[Detector]] = {}
        for roles, detector in closure.detectors:
            by_observation.setdefault((roles, detector.observe), []).append(detector)
        cells = []
        for (roles, observe), detectors in by_observation.items():
            here = self._kind(kind, roles)
            found = regions(detectors, here, observe, self.subject.observable(here, observe))
            blind = only is not None and (roles, observe.partition(".")[0]) not in only
            if any(len(self._unsettled(one, detectors)) > MOST_UNSETTLED for one in found):
                return None
            seen = [] if blind else found
            possible = [each for one in seen for each in self._states(one, detectors, unknown=unknown)]
            # A witness that needs no history is plainer than one that does.
            states = [state for _, state in sorted(possible, key=lambda each: each[0])]
            if unknown or blind:
                states.append((UNSEEN, {}))
            cells.append(_Cell(roles=roles, observe=observe, states=tuple(states)))
        return tuple(cells)

    def _states(self, region: Region, detectors: Sequence[Detector], *, unknown: bool) -> Iterator[tuple[bool, State]]:
        """The truths that are possible in a region: what needs time, and what hysteresis keeps, both ways.

        With `unknown` what needs time may also be unknown, as it is after a start. Each comes with whether something is
        true only because of hysteresis.
        """
        if isinstance(region.witness, Unknown):
            return
        needs_time = {one.fact for one in detectors if one.hold}
        unsettled = self._unsettled(region, detectors)
        among = [one for one in detectors if unsettled and one.fact in region.true.union(unsettled)]
        implied = [(one.fact, other.fact) for one in among for other in among if _implies(one, other)]
        for chosen in _subsets(unsettled):
            true = region.true.difference(unsettled).union(chosen)
            if any(one in true and other not in true for one, other in implied):
                continue
            truths = {fact: Truth.of(fact in true) for fact in sorted(region.true | region.false)}
            waiting = [fact for fact in unsettled if fact not in true and fact in needs_time and unknown]
            for pending in _subsets(waiting):
                yield (
                    not region.sticky.isdisjoint(chosen),
                    (region.witness, {**truths, **dict.fromkeys(pending, Truth.UNKNOWN)}),
                )

    def _unsettled(self, region: Region, detectors: Sequence[Detector]) -> list[FactName]:
        """The facts that the value alone does not settle."""
        needs_time = {one.fact for one in detectors if one.hold}
        kept = frozenset[FactName]() if self.cold else region.sticky
        return sorted((region.true & needs_time) | kept)


@dataclass(frozen=True, slots=True)
class _Closure:
    """What stands behind some facts; all of it in the order in which it was found."""

    facts: dict[tuple[Roles, FactName], None] = field(default_factory=dict)
    places: dict[Roles, None] = field(default_factory=dict)
    detectors: dict[tuple[Roles, Detector], None] = field(default_factory=dict)
    rules: dict[Rule, int] = field(default_factory=dict)

    def program(self) -> Program:
        """The rules behind the facts, on their levels."""
        levels = sorted(set(self.rules.values()))
        return Program(
            levels=tuple(tuple(rule for rule, at in self.rules.items() if at == level) for level in levels), given={}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """A target and those in its roles, many times over, so that one inference judges many situations."""

    kinds: Mapping[Roles, str]
    closure: _Closure

    def judged(
        self,
        batch: Sequence[tuple[State, ...]],
        cells: Sequence[_Cell],
        literals: Sequence[Literal],
    ) -> Iterator[Vector]:
        """The truths of the literals in each situation of the batch."""
        targets = [self._target(number, roles) for number in range(len(batch)) for roles in self.kinds]
        facts = {
            Fact(target=_name(number, cell.roles), name=fact): truth
            for number, states in enumerate(batch)
            for cell, (_, truths) in zip(cells, states, strict=True)
            for fact, truth in truths.items()
        }
        conclusions = NativeInference().infer(self.closure.program(), targets, facts)
        for number in range(len(batch)):
            said = [
                conclusions.truth(Fact(target=_name(number, (one.of,) if one.of else ()), name=one.fact))
                for one in literals
            ]
            yield tuple(truth.negated() if one.negated else truth for one, truth in zip(literals, said, strict=True))

    def _target(self, number: int, roles: Roles) -> Target:
        inner = [one for one in self.kinds if len(one) == len(roles) + 1 and one[: len(roles)] == roles]
        return Target(
            id=_name(number, roles),
            kind=self.kinds[roles],
            parts={},
            depends_on={one[-1]: _name(number, one) for one in inner},
        )


def _subsets(facts: Sequence[FactName]) -> Iterator[tuple[FactName, ...]]:
    return chain.from_iterable(combinations(facts, size) for size in range(len(facts) + 1))


def _implies(one: Detector, other: Detector) -> bool:
    """Whether the fact of one detector is never true without that of another on the same observation.

    So it is when every value that begins or keeps the one begins or keeps the other, and the other holds no longer.
    """
    if other.hold > one.hold or one.fact == other.fact:
        return False
    every = regions((one, other), one.kind, one.observe)
    hard = all(other.fact in region.true for region in every if one.fact in region.true)
    return hard and all(
        other.fact in region.true | region.sticky for region in every if one.fact in region.true | region.sticky
    )


def _batches(
    situations: Iterable[tuple[State, ...]],
) -> Iterator[list[tuple[State, ...]]]:
    batch = []
    for one in situations:
        batch.append(one)
        if len(batch) == _AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _name(number: int, roles: Roles) -> TargetId:
    return TargetId("/".join((str(number), *roles)))
