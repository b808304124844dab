"""WHY NOT a cause: the fewest observations that would have to be different for it to come first.

How probable a cause is depends on all evidence of all its rivals at once, so there is no way back from a rank to
observations. Changes are tried instead, fewest first, and each is judged by the real `diagnose`. Only what the evidence
rests on is varied, and only by values that it can tell apart. That takes long where a problem rests on many
observations; then it stops at its bound and says that it found nothing, not that there is nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, product
from typing import TypeAlias

from engine.counterfactuals.situation import Key, Situation, infer, rules_for
from engine.counterfactuals.why_not import Change, Need, Outcome, essential
from engine.diagnosis.diagnosing import diagnose, fact_of
from engine.inference.regions import Region
from engine.knowledge import Detector, Pack, Problem, Program
from engine.model import CauseId, Diagnosis, Fact, ProblemRef, Target, Truth, Unknown

BOUND = 20_000
"""How many combinations of changes are judged before the search gives up; some seconds at the most."""

_Signature: TypeAlias = tuple[Truth, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """That a cause comes first among those of a problem, or (`at_least`, in 0..1) is so probable, whatever its rank."""

    ref: ProblemRef
    cause: CauseId
    at_least: float | None = None

    def holds_in(self, diagnosis: Diagnosis | None) -> bool:
        """Whether it is so by a diagnosis; never without one."""
        if diagnosis is None:
            return False
        if self.at_least is None:
            return diagnosis.causes[0].id == self.cause
        return self.probability_in(diagnosis) >= self.at_least

    def probability_in(self, diagnosis: Diagnosis | None) -> float:
        """How probable the cause is by a diagnosis; nothing without one."""
        return next((one.probability for one in diagnosis.causes if one.id == self.cause), 0.0) if diagnosis else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseAnswer:
    """How a cause stands, how few changes would bring it forward, and what the diagnosis would be then.

    `now` is absent while the problem does not show, `then` when nothing was found. `best` is the highest probability
    that the cause reached in any of the `examined` combinations.
    """

    hypothesis: Hypothesis
    now: Diagnosis | None
    outcome: Outcome
    changes: tuple[Change, ...] = ()
    then: Diagnosis | None = None
    best: float = 0.0
    examined: int = 0


def why_not_cause(
    situation: Situation,
    pack: Pack,
    hypothesis: Hypothesis,
    bound: int = BOUND,
) -> CauseAnswer:
    """The fewest changes for a cause to come first among the causes of its problem, or to be as probable as asked.

    The problem shows then as well. Of equally many changes those are preferred of which fewer make a thing unknown,
    then the first by name. Raises KeyError when there is no such target, problem or cause.
    """
    near = replace(situation.around(hypothesis.ref.target), packs=(pack,))
    trial = _Trial.of(near, pack, hypothesis.ref)
    if hypothesis.cause not in {one.id for one in trial.problem.causes}:
        raise KeyError(hypothesis.cause)
    outcome, picked, examined, best = Outcome.IMPOSSIBLE, None, 0, 0.0
    for variant in trial.variants():
        if examined == bound:
            outcome = Outcome.NOT_FOUND
            break
        examined += 1
        diagnosis = trial.judge(variant)
        best = max(best, hypothesis.probability_in(diagnosis))
        if hypothesis.holds_in(diagnosis):
            outcome, picked = (Outcome.CHANGES if variant else Outcome.ALREADY), variant
            break
    return CauseAnswer(
        hypothesis=hypothesis,
        now=trial.diagnosis({}),
        outcome=outcome,
        changes=tuple(trial.change(key, picked[key]) for key in sorted(picked)) if picked else (),
        then=None if picked is None else trial.diagnosis(picked),
        best=best,
        examined=examined,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    """One problem, the little that it rests on, and every way in which that could be seen otherwise.

    `pack` is cut down to what decides; the whole one is in the `situation`.
    `known` remembers the diagnosis for each way in which the evidence may stand.
    """

    situation: Situation
    pack: Pack
    ref: ProblemRef
    problem: Problem
    target: Target
    facts: Mapping[Fact, Truth]
    evidence: tuple[Fact, ...]
    readers: Mapping[Key, tuple[Detector, ...]]
    options: Mapping[Key, tuple[Region, ...]]
    known: dict[_Signature, Diagnosis | None] = field(default_factory=dict)

    @staticmethod
    def of(situation: Situation, pack: Pack, ref: ProblemRef) -> "_Trial":
        """The trial of one problem of a pack."""
        problem, target = pack.problem(ref.problem), situation.target(ref.target)
        evidence = _asked(problem, target)
        closed = _closure(situation, pack, evidence)
        small = _slice(pack, situation, problem, closed)
        readers: dict[Key, tuple[Detector, ...]] = {}
        kinds = {one.id: one.kind for one in situation.targets}
        for one in situation.detectors:
            for fact in sorted(closed):
                if (one.kind, one.fact) == (kinds[fact.target], fact.name):
                    key = (fact.target, one.observe)
                    readers[key] = (*readers.get(key, ()), one)
        return _Trial(
            situation=situation,
            pack=small,
            ref=ref,
            problem=problem,
            target=target,
            facts={fact: truth for fact, truth in situation.facts().items() if fact in closed},
            evidence=tuple(sorted(set(evidence))),
            readers=readers,
            options={key: _options(situation, key, reading) for key, reading in sorted(readers.items())},
        )

    def variants(self) -> Iterator[Mapping[Key, Region]]:
        """Every combination of changes: fewest first, then fewest unknown, then by name."""
        for size in range(len(self.options) + 1):
            for unseen in range(size + 1):
                for keys in combinations(sorted(self.options), size):
                    for regions in product(*(self.options[key] for key in keys)):
                        if sum(isinstance(one.witness, Unknown) for one in regions) == unseen:
                            yield dict(zip(keys, regions, strict=True))

    def judge(self, picked: Mapping[Key, Region]) -> Diagnosis | None:
        """The diagnosis under changes, but for what it tells of observations; None when the problem does not show."""
        facts = dict(self.facts)
        for key, region in picked.items():
            facts.update({Fact(target=key[0], name=one.fact): region.truth(one.fact) for one in self.readers[key]})
        conclusions = infer(self.pack, self.situation.targets, facts)
        signature = tuple(conclusions.truth(fact) for fact in self.evidence)
        if signature not in self.known:
            at, failed = self.situation.at, self.situation.failed
            found = diagnose(self.pack, [self.target], conclusions, self.situation.observations, at, failed)
            self.known[signature] = found[0] if found else None
        return self.known[signature]

    def diagnosis(self, picked: Mapping[Key, Region]) -> Diagnosis | None:
        """The whole diagnosis under changes, by the whole pack and from the values up."""
        changes = {key: region.witness for key, region in picked.items()}
        return next((one for one in self.situation.diagnoses(changes) if one.ref == self.ref), None)

    def change(self, key: Key, region: Region) -> Change:
        """What is different about an observation in another region."""
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


def _asked(problem: Problem, target: Target) -> tuple[Fact, ...]:
    """The facts that decide whether a problem shows and how its causes rank."""
    literals = [one.literal for cause in problem.causes for one in cause.evidence]
    return (Fact(target=target.id, name=problem.fact), *(fact_of(one, target) for one in literals))


def _closure(situation: Situation, pack: Pack, facts: Sequence[Fact]) -> frozenset[Fact]:
    """`facts` and everything that their rules could ask for, whether it fires or not."""
    targets = {one.id: one for one in situation.targets}
    closed: set[Fact] = set()
    ahead = [fact for fact in facts if fact.target in targets]
    while ahead:
        fact = ahead.pop()
        if fact not in closed:
            closed.add(fact)
            target = targets[fact.target]
            asked = [literal for rule in rules_for(pack, target.kind, fact.name) for literal in rule.when]
            ahead += [one for one in (fact_of(each, target) for each in asked) if one.target in targets]
    return frozenset(closed)


def _slice(pack: Pack, situation: Situation, problem: Problem, facts: frozenset[Fact]) -> Pack:
    """The pack with nothing but one problem and what concludes these facts."""
    kinds = {one.id: one.kind for one in situation.targets}
    wanted = {(kinds[fact.target], fact.name) for fact in facts}
    levels = [tuple(rule for rule in level if (rule.kind, rule.concludes) in wanted) for level in pack.program.levels]
    return replace(pack, problems=(problem,), program=Program(levels=tuple(levels), given=pack.program.given))


def _options(situation: Situation, key: Key, reading: Sequence[Detector]) -> tuple[Region, ...]:
    """The regions of an observation other than the present one, as far as these detectors tell them apart."""
    seen = situation.field(situation.target(key[0]), key[1])
    here = seen.regions[seen.present]
    found: dict[_Signature, Region] = {}
    for region in sorted(seen.regions, key=lambda one: bool(one.sticky)):
        found.setdefault(tuple(region.truth(one.fact) for one in reading), region)
    found.pop(tuple(here.truth(one.fact) for one in reading), None)
    return tuple(found.values())
