"""Inference by connected component of the dependency graph, and only where a fact has changed.

The application on one host fails because the database on another is down: what is connected by `depends_on` is
inferred together, what is not never meets.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.knowledge import Program
from engine.model import Conclusions, Fact, Firing, Target, TargetId, Truth
from engine.protocols import Inference


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopedInference:
    """Asks `inference` for each component whose facts changed since the last time, and remembers the rest."""

    program: Program
    targets: Sequence[Target]
    inference: Inference
    remembered: dict[int, tuple[Mapping[Fact, Truth], Conclusions]] = field(default_factory=dict)

    def infer(self, facts: Mapping[Fact, Truth]) -> Conclusions:
        """Everything that follows from `facts` on all targets; raises InferenceError as `inference` does."""
        truths: dict[Fact, Truth] = {}
        proof: list[Firing] = []
        for number, component in enumerate(components(self.targets)):
            ids = {target.id for target in component}
            own = {fact: truth for fact, truth in facts.items() if fact.target in ids}
            concluded = self._component(number, component, own)
            truths.update(concluded.truths)
            proof.extend(concluded.proof)
        return Conclusions(truths=truths, proof=tuple(proof))

    def _component(self, number: int, component: Sequence[Target], own: Mapping[Fact, Truth]) -> Conclusions:
        known = self.remembered.get(number)
        if known is not None and known[0] == own:
            return known[1]
        concluded = self.inference.infer(self.program, component, own)
        self.remembered[number] = (own, concluded)
        return concluded


def components(targets: Sequence[Target]) -> tuple[tuple[Target, ...], ...]:
    """The targets in groups that `depends_on` connects, in the order of their first members."""
    group: dict[TargetId, set[TargetId]] = {target.id: {target.id} for target in targets}
    for target in targets:
        for other in target.depends_on.values():
            if other not in group or group[other] is group[target.id]:
                continue
            merged = group[target.id] | group[other]
            for member in merged:
                group[member] = merged
    seen: dict[int, list[Target]] = {}
    for target in targets:
        seen.setdefault(id(group[target.id]), []).append(target)
    return tuple(tuple(members) for members in seen.values())


def dependents(targets: Sequence[Target], of: TargetId) -> frozenset[TargetId]:
    """A target and everything that depends on it, directly or not."""
    found = {of}
    while True:
        more = {one.id for one in targets if found & set(one.depends_on.values())} - found
        if not more:
            return frozenset(found)
        found |= more
