"""One problem on trial: the little that decides how its causes rank, and every way in which that could be seen.

Only what the evidence rests on can be varied, and only by values that the evidence can tell apart. A way is a tuple of
numbers, one for each observation in the order of `keys`: 0 for what is seen now, else one of the other regions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from engine.counterfactuals.situation import Key, Situation, by_conclusion, infer
from engine.counterfactuals.why_not import Change, Need, essential
from engine.diagnosis.diagnosing import diagnose, fact_of
from engine.knowledge import Detector, Literal, Pack, Problem, Program, Rule
from engine.model import Conclusions, Diagnosis, Fact, FactName, ProblemRef, Target, Truth, Unknown
from engine.regions import Region

Way: TypeAlias = tuple[int, ...]
_Signature: TypeAlias = tuple[Truth, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A problem with what decides about it: `options` has for each key its regions, the present one first.

    `pack` is cut down to what decides; the whole one is in the `situation`. `known` and `truths` remember what was
    judged before.
    """

    situation: Situation
    pack: Pack
    problem: Problem
    target: Target
    keys: tuple[Key, ...]
    options: tuple[tuple[Region, ...], ...]
    readers: Mapping[Key, tuple[Detector, ...]]
    facts: Mapping[Fact, Truth]
    rests_on: Mapping[Fact, tuple[int, ...]]
    known: dict[_Signature, Diagnosis | None] = field(default_factory=dict)
    truths: dict[tuple[Fact, Way], Truth] = field(default_factory=dict)

    @property
    def fact(self) -> Fact:
        """The fact that the problem shows."""
        return Fact(target=self.target.id, name=self.problem.fact)

    def is_unseen(self, key: int, option: int) -> bool:
        """Whether an option of a key is that nothing can be seen."""
        return isinstance(self.options[key][option].witness, Unknown)

    def truth(self, fact: Fact, way: Way) -> Truth:
        """The truth of a fact that decides."""
        own = tuple(way[index] for index in self.rests_on[fact])
        if (fact, own) not in self.truths:
            seen = dict(self.facts)
            for index in self.rests_on[fact]:
                key, region = self.keys[index], self.options[index][way[index]]
                seen.update({Fact(target=key[0], name=one.fact): region.truth(one.fact) for one in self.readers[key]})
            self.truths[fact, own] = infer(self.pack, self.situation.targets, seen).truth(fact)
        return self.truths[fact, own]

    def asked(self, literal: Literal) -> Fact:
        """The fact that a literal of evidence speaks of."""
        return fact_of(literal, self.target)

    def holds(self, literal: Literal, way: Way) -> Truth:
        """The truth of a literal of evidence, as the diagnosis takes it."""
        if literal.of and literal.of not in self.target.depends_on:
            return Truth.UNKNOWN
        truth = self.truth(self.asked(literal), way)
        return truth.negated() if literal.negated else truth

    def judge(self, way: Way) -> Diagnosis | None:
        """The diagnosis, but for what it tells of observations; None when the problem does not show."""
        truths = {fact: self.truth(fact, way) for fact in self.rests_on}
        signature = tuple(truths.values())
        if signature not in self.known:
            conclusions = Conclusions(truths=truths, proof=())
            at, failed = self.situation.at, self.situation.failed
            found = diagnose(self.pack, [self.target], conclusions, {}, at, failed)
            self.known[signature] = found[0] if found else None
        return self.known[signature]

    def diagnosis(self, way: Way) -> Diagnosis | None:
        """The whole diagnosis, by the whole pack and from the values up."""
        changes = {self.keys[index]: self.options[index][option].witness for index, option in enumerate(way) if option}
        ref = ProblemRef(target=self.target.id, problem=self.problem.id)
        return next((one for one in self.situation.diagnoses(changes) if one.ref == ref), None)

    def changes(self, way: Way) -> tuple[Change, ...]:
        """What is different about observations, by name."""
        return tuple(self._change(self.keys[index], self.options[index][way[index]]) for index in _changed(way))

    def _change(self, key: Key, region: Region) -> Change:
        needs = [
            Need(detector=one, true=region.truth(one.fact) is Truth.TRUE, sticky=one.fact in region.sticky)
            for one in self.readers[key]
            if region.truth(one.fact) not in {Truth.UNKNOWN, self.facts[Fact(target=key[0], name=one.fact)]}
        ]
        return Change(
            target=key[0],
            observe=key[1],
            present=self.situation.value(key),
            needs=essential(self.situation.field(self.situation.target(key[0]), key[1]), needs),
            witness=region.witness,
            hold=max((one.detector.hold for one in needs if one.true), default=0.0),
        )


def trial_of(situation: Situation, pack: Pack, ref: ProblemRef) -> Trial:
    """The trial of a problem of `pack`; KeyError when there is no such problem or target."""
    problem, target = pack.problem(ref.problem), situation.target(ref.target)
    literals = [one.literal for cause in problem.causes for one in cause.evidence]
    decide = dict.fromkeys([Fact(target=target.id, name=problem.fact), *(fact_of(one, target) for one in literals)])
    rules = by_conclusion(pack)
    closures = {fact: _closure(situation, rules, fact) for fact in decide}
    closed = frozenset[Fact]().union(*closures.values())
    readers = _readers(situation, closed)
    keys = tuple(sorted(readers))
    return Trial(
        situation=situation,
        pack=_slice(pack, situation, problem, closed),
        problem=problem,
        target=target,
        keys=keys,
        options=tuple(_options(situation, key, readers[key]) for key in keys),
        readers=readers,
        facts={fact: truth for fact, truth in situation.facts().items() if fact in closed},
        rests_on={
            fact: tuple(
                index
                for index, key in enumerate(keys)
                if any(Fact(target=key[0], name=one.fact) in under for one in readers[key])
            )
            for fact, under in closures.items()
        },
    )


def _changed(way: Way) -> list[int]:
    return [index for index, option in enumerate(way) if option]


def _closure(situation: Situation, rules: Mapping[tuple[str, FactName], Sequence[Rule]], fact: Fact) -> frozenset[Fact]:
    """A fact and everything that its rules could ask for, whether it fires or not."""
    targets = {one.id: one for one in situation.targets}
    closed: set[Fact] = set()
    ahead = [fact] if fact.target in targets else []
    while ahead:
        here = ahead.pop()
        if here not in closed:
            closed.add(here)
            target = targets[here.target]
            asked = [literal for rule in rules.get((target.kind, here.name), ()) for literal in rule.when]
            ahead += [one for one in (fact_of(each, target) for each in asked) if one.target in targets]
    return frozenset(closed)


def _readers(situation: Situation, facts: frozenset[Fact]) -> dict[Key, tuple[Detector, ...]]:
    """The detectors that give any of `facts`, by the observation that they read."""
    kinds = {one.id: one.kind for one in situation.targets}
    detectors = {(one.kind, one.fact): one for one in situation.detectors}
    found: dict[Key, tuple[Detector, ...]] = {}
    for fact in sorted(facts):
        detector = detectors.get((kinds[fact.target], fact.name))
        if detector is not None:
            key = (fact.target, detector.observe)
            found[key] = (*found.get(key, ()), detector)
    return found


def _slice(pack: Pack, situation: Situation, problem: Problem, facts: frozenset[Fact]) -> Pack:
    """The pack with nothing but one problem and what concludes these facts."""
    kinds = {one.id: one.kind for one in situation.targets}
    wanted = {(kinds[fact.target], fact.name) for fact in facts}
    levels = [tuple(rule for rule in level if (rule.kind, rule.concludes) in wanted) for level in pack.program.levels]
    return replace(pack, problems=(problem,), program=Program(levels=tuple(levels), given=pack.program.given))


def _options(situation: Situation, key: Key, reading: Sequence[Detector]) -> tuple[Region, ...]:
    """The regions of an observation, the present one first, as far as these detectors tell them apart."""
    seen = situation.field(situation.target(key[0]), key[1])
    here = seen.regions[seen.present]
    found = {_said(here, reading): here}
    for region in sorted(seen.regions, key=lambda one: bool(one.sticky)):
        found.setdefault(_said(region, reading), region)
    return tuple(found.values())


def _said(region: Region, reading: Sequence[Detector]) -> _Signature:
    return tuple(region.truth(one.fact) for one in reading)
