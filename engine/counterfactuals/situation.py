"""A moment that may be imagined otherwise: what is known, and what would follow if some of it were different.

Everything is judged as it stands once every `for` has run out: what is seen now is taken to stay, and what is imagined
to have lasted. Detectors, inference and diagnosis are the real ones; nothing here observes, and nothing is kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeAlias

from engine.diagnosis.diagnosing import diagnose
from engine.inference.native import NativeInference
from engine.inference.scope import components
from engine.judge import judge_of
from engine.knowledge import Detector, Pack, Rule
from engine.model import (
    CauseId,
    Conclusions,
    Diagnosis,
    Fact,
    FactName,
    Firing,
    Instant,
    Observable,
    Observation,
    ProblemRef,
    Scalar,
    Target,
    TargetId,
    Truth,
    Unknown,
)
from engine.regions import UNSEEN, Region, readers, regions

Key: TypeAlias = tuple[TargetId, str]
"""An observation of one target: "port.owner" of "shop"."""

Changes: TypeAlias = Mapping[Key, Scalar | Unknown]
TOO_OLD = Unknown(because="the last observation is too old")
NO_CHANGES: Changes = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """The regions in which one observation may be, and in which of them it is."""

    regions: tuple[Region, ...]
    present: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What was observed at one moment, and the knowledge to judge it by.

    `observables` tells by kind of target and observation which values there may be. `latched` are the facts from
    which hysteresis goes on, as the running detectors have them; none means a cold start; `lasted` are those whose
    `for` has run out, so that nothing need be waited for. `failed` are remedies that did not help, as for `diagnose`.
    An observation older than a detector's `expires` is unknown to it.
    """

    packs: Sequence[Pack]
    targets: Sequence[Target]
    observations: Mapping[Key, Observation]
    at: Instant
    observables: Mapping[tuple[str, str], Observable] = field(default_factory=dict)
    latched: AbstractSet[Fact] = frozenset()
    lasted: AbstractSet[Fact] = frozenset()
    failed: Mapping[ProblemRef, Sequence[tuple[CauseId, float]]] = field(default_factory=dict)

    def target(self, target: TargetId) -> Target:
        """The target of that id; KeyError when there is none."""
        return {one.id: one for one in self.targets}[target]

    @property
    def detectors(self) -> tuple[Detector, ...]:
        """The detectors of all packs, each once."""
        return tuple({(one.kind, one.fact): one for pack in self.packs for one in pack.detectors}.values())

    def value(self, key: Key) -> Scalar | Unknown:
        """What is seen now; unknown when it was never observed, or so long ago that it counts no more."""
        observation = self.observations.get(key)
        if observation is None:
            part = key[1].partition(".")[0]
            there = part in self.target(key[0]).parts
            return UNSEEN if there else Unknown(because=f"{key[0]} has no part '{part}' that could be looked at")
        asked = readers(self.detectors, self.target(key[0]).kind, key[1])
        too_old = all(observation.at + one.expires <= self.at for one in asked)
        return TOO_OLD if asked and too_old else observation.value

    def facts(self, changes: Changes = NO_CHANGES) -> dict[Fact, Truth]:
        """What the detectors say of every target once what is seen, but for `changes`, has lasted."""
        return {fact: self._judged(one, fact, changes) for one, fact in self._observed()}

    def field(self, target: Target, observe: str) -> Field:
        """The regions of an observation as they count here, each with a value that could be seen."""
        key = (target.id, observe)
        known = self.observables.get((target.kind, observe))
        found = [self._here(target.id, one) for one in regions(self.detectors, target.kind, observe, known)]
        reading = readers(self.detectors, target.kind, observe)
        said = {one.fact: self._judged(one, Fact(target=target.id, name=one.fact), NO_CHANGES) for one in reading}
        for index, region in enumerate(found):
            if all(region.truth(fact) is truth for fact, truth in said.items()):
                return Field(regions=tuple(found), present=index)
        return Field(regions=(*found, _region(self.value(key), said)), present=len(found))

    def conclusions(self, pack: Pack, changes: Changes = NO_CHANGES) -> Conclusions:
        """What follows by one pack."""
        return infer(pack, self.targets, self.facts(changes))

    def seen(self, changes: Changes = NO_CHANGES) -> Mapping[Key, Observation]:
        """The observations with `changes` in their place, those dated now."""
        made = {key: self._imagined(key, value) for key, value in changes.items()}
        return {**self.observations, **made}

    def diagnoses(self, changes: Changes = NO_CHANGES) -> tuple[Diagnosis, ...]:
        """What would be wrong, pack by pack."""
        seen, facts = self.seen(changes), self.facts(changes)
        return tuple(
            one
            for pack in self.packs
            for one in diagnose(pack, self.targets, infer(pack, self.targets, facts), seen, self.at, self.failed)
        )

    def around(self, target: TargetId) -> "Situation":
        """The same with no other targets than those that `depends_on` connects to this one; KeyError without it."""
        groups = {one.id: group for group in components(self.targets) for one in group}
        return replace(self, targets=groups[target])

    def _observed(self) -> Iterator[tuple[Detector, Fact]]:
        for target in self.targets:
            for one in self.detectors:
                if one.kind == target.kind:
                    yield one, Fact(target=target.id, name=one.fact)

    def _judged(self, detector: Detector, fact: Fact, changes: Changes) -> Truth:
        key = (fact.target, detector.observe)
        if key in changes:
            value = changes[key]
        else:
            observation = self.observations.get(key)
            if observation is None or observation.at + detector.expires <= self.at:
                return Truth.UNKNOWN
            value = observation.value
        said = judge_of(detector.test)(value, fact in self.latched)
        return Truth.UNKNOWN if said is None else Truth.of(said)

    def _here(self, target: TargetId, region: Region) -> Region:
        """A region as it counts for a target whose hysteresis goes on from what was true before."""
        stays = frozenset(name for name in region.sticky if Fact(target=target, name=name) in self.latched)
        return replace(region, true=region.true | stays, false=region.false - stays) if stays else region

    def _imagined(self, key: Key, value: Scalar | Unknown) -> Observation:
        return Observation(target=key[0], name=key[1], value=value, at=self.at)


def infer(pack: Pack, targets: Sequence[Target], facts: Mapping[Fact, Truth]) -> Conclusions:
    """What follows from `facts` on each group of targets that depend on each other, as the engine looks at them."""
    truths: dict[Fact, Truth] = {}
    proof: list[Firing] = []
    for group in components(targets):
        there = {one.id for one in group}
        own = {fact: truth for fact, truth in facts.items() if fact.target in there}
        concluded = NativeInference().infer(pack.program, group, own)
        truths.update(concluded.truths)
        proof.extend(concluded.proof)
    return Conclusions(truths=truths, proof=tuple(proof))


def by_conclusion(pack: Pack) -> Mapping[tuple[str, FactName], tuple[Rule, ...]]:
    """The rules of a pack by the kind of target and the fact that they conclude there, in the order of their ids."""
    found: dict[tuple[str, FactName], list[Rule]] = {}
    for rule in sorted((rule for level in pack.program.levels for rule in level), key=lambda rule: rule.id):
        found.setdefault((rule.kind, rule.concludes), []).append(rule)
    return {key: tuple(rules) for key, rules in found.items()}


def _region(value: Scalar | Unknown, said: Mapping[FactName, Truth]) -> Region:
    true = frozenset(fact for fact, truth in said.items() if truth is Truth.TRUE)
    return Region(
        witness=value, true=true, false=frozenset(fact for fact, truth in said.items() if truth is Truth.FALSE)
    )
