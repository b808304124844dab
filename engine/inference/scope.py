"""Inference by connected component of the dependency graph, and only where a fact has changed.

The application on one host fails because the database on another is down: what is connected by `depends_on` is
inferred together, what is not never meets. What a look costs follows what has changed, not how much is watched:
facts that come from detectors say themselves what changed, all others are compared.
"""

from collections.abc import Mapping, Sequence
from itertools import chain

from engine.inference.facts import Facts
from engine.knowledge import Program
from engine.model import Conclusions, Fact, Firing, Target, TargetId, Truth
from engine.protocols import Inference


class ScopedInference:
    """Asks `inference` for each component whose facts changed since the last time, and remembers the rest."""

    def __init__(self, *, program: Program, targets: Sequence[Target], inference: Inference) -> None:
        self._program = program
        self._inference = inference
        self._components = components(targets)
        self._place = {target.id: number for number, component in enumerate(self._components) for target in component}
        self._own: list[dict[Fact, Truth]] = [{} for _ in self._components]
        self._known: list[Conclusions] = [_NOTHING for _ in self._components]
        self._outdated = set(range(len(self._components)))
        self._source: Facts | None = None
        self._revision = 0
        self._together = _NOTHING

    def infer(self, facts: Mapping[Fact, Truth]) -> Conclusions:
        """Everything that follows from `facts` on all targets; raises InferenceError as `inference` does.

        When nothing has changed it is the very same value as the last time.
        """
        self._outdated |= self._changed(facts)
        anew: dict[int, Conclusions] = {}
        for number in sorted(self._outdated):
            anew[number] = self._inference.infer(self._program, self._components[number], dict(self._own[number]))
        if anew:
            self._together = self._with(anew)
            self._outdated.clear()
        return self._together

    def _changed(self, facts: Mapping[Fact, Truth]) -> set[int]:
        """Take over what has changed in `facts`; the components in which something has."""
        source, since = self._source, self._revision
        self._source, self._revision = (facts, facts.revision) if isinstance(facts, Facts) else (None, 0)
        some = facts.changed_since(since) if isinstance(facts, Facts) and facts is source else None
        if some is None:
            return self._replaced(facts)
        changed = set()
        for fact in some:
            number = self._place.get(fact.target)
            if number is not None and self._own[number].get(fact) is not facts[fact]:
                self._own[number][fact] = facts[fact]
                changed.add(number)
        return changed

    def _replaced(self, facts: Mapping[Fact, Truth]) -> set[int]:
        own: list[dict[Fact, Truth]] = [{} for _ in self._components]
        for fact, truth in facts.items():
            number = self._place.get(fact.target)
            if number is not None:
                own[number][fact] = truth
        changed = {number for number, (was, one) in enumerate(zip(self._own, own, strict=True)) if was != one}
        self._own = own
        return changed

    def _with(self, anew: Mapping[int, Conclusions]) -> Conclusions:
        """All conclusions together, those of some components replaced."""
        truths = dict(self._together.truths)
        for number, concluded in anew.items():
            for fact in self._known[number].truths:
                del truths[fact]
            truths.update(concluded.truths)
            self._known[number] = concluded
        proof: tuple[Firing, ...] = tuple(chain.from_iterable(one.proof for one in self._known))
        return Conclusions(truths=truths, proof=proof)


_NOTHING = Conclusions(truths={}, proof=())


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
