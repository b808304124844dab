"""Says what a check may find before it is done: each outcome, how likely it is, and where the causes would stand then.

A pack gives likelihood ratios in words, not chances. The chances follow from them. Let evidence be worth R when true
and 1/Q when false. Its chances of being true, a under its cause and b under the others, satisfy a / b = R and
(1 - a) / (1 - b) = 1 / Q, so

    b = (Q - 1) / (Q R - 1),  a = R b;  mirrored for evidence against a cause: b = R (Q - 1) / (Q R - 1),  a = b / R.

Where being false says nothing (`if_false: none`, Q = 1) this would make b nothing at all. Q is then taken for the
square root of the weakest word's ratio, half-way between nothing and that word: the fact is foreseen in a fifth to
two fifths of the cases of its cause. Where causes disagree about b, the middle of their log odds is taken, each by
its probability. Facts of different observables are taken as independent, facts of one observable are not
(engine.diagnosis.combinations), and each cause weighs a state that several facts see once, as the ranking does.

The causes after an outcome are never worked out from these chances, but by the ranking itself from the facts as they
would be. So what is foreseen is what will be said.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from engine.diagnosis.combinations import combinations
from engine.diagnosis.diagnosing import truth_of
from engine.diagnosis.ranking import NONE_OF_THESE, RATIO, Contender, probabilities, weigh
from engine.knowledge import Cause, Detector, Evidence, Literal, Problem, Strength
from engine.model import CauseId, Conclusions, FactName, Target, Truth

MOST_FACTS = 6
MOST_OUTCOMES = 16
_IF_NONE = math.sqrt(RATIO[Strength.WEAK])
_LEAST_SHARE = 1e-9  # a cause that is all but ruled out still has a word when no other has


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A cause in question: the truth of each of its evidence, in the same order, as it is now.

    `failed` has `fixes` of each of its remedies that was tried and did not help.
    """

    cause: Cause
    truths: tuple[Truth, ...]
    failed: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What a check may find: the truth of each fact, the chance of that, and the causes as they would stand then.

    `chances` is P(outcome | cause), for every cause; over all outcomes each adds up to one.
    """

    facts: Mapping[Literal, Truth]
    chance: float
    causes: Mapping[CauseId, float]
    chances: Mapping[CauseId, float]


def suspects_of(
    problem: Problem, target: Target, conclusions: Conclusions, failed: Iterable[tuple[CauseId, float]] = ()
) -> tuple[Suspect, ...]:
    """The causes of a problem as they stand on a target; `failed` is as in `diagnosing.diagnose`."""
    failures = list(failed)
    return tuple(
        Suspect(
            cause=cause,
            truths=tuple(truth_of(one.literal, target, conclusions) for one in cause.evidence),
            failed=tuple(fixes for tried, fixes in failures if tried == cause.id),
        )
        for cause in problem.causes
    )


def contender(suspect: Suspect) -> Contender:
    """The suspect as it stands in the ranking now."""
    return _contender(suspect, suspect.truths)


def shares(suspects: Sequence[Suspect]) -> Mapping[CauseId, float]:
    """The probability of each cause and of "none of these", adding up to one.

    It is what `ranking.probabilities` says. Only when that sees two proved causes, and so two faults, are its numbers
    scaled down to those of one fault.
    """
    return _one_fault([contender(one) for one in suspects])


def foresee(suspects: Sequence[Suspect], settles: Mapping[Literal, Detector]) -> tuple[Foreseen, ...]:
    """The outcomes of a check that would settle these facts, most likely first; none when it can tell nothing.

    `settles` has, for each fact, the detector that gives it. A fact that is known already, or that is no evidence, is
    left out; of the others the `MOST_FACTS` that weigh most are looked at. Of their combinations the `MOST_OUTCOMES`
    most likely are kept, and scaled to add up to one.
    """
    suspects = sorted(suspects, key=lambda one: one.cause.id)
    now = shares(suspects)
    facts = _telling(suspects, now, settles)
    if not facts:
        return ()
    turns = _turns(facts)
    base = {fact: _chance_elsewhere(fact, suspects, now) for fact in facts}
    elsewhere = _normal([math.prod(_of(base[fact], truth) for fact, truth in turn.items()) for turn in turns])
    chances = {one.cause.id: _chances(one, turns, elsewhere) for one in suspects} | {NONE_OF_THESE: elsewhere}
    whole = [math.fsum(now[cause] * chances[cause][place] for cause in now) for place in range(len(turns))]
    kept = sorted(range(len(turns)), key=lambda place: (-whole[place], place))[:MOST_OUTCOMES]
    scaled = {cause: _normal([row[place] for place in kept]) for cause, row in chances.items()}
    return tuple(
        Foreseen(
            facts=turns[place],
            chance=chance,
            causes=_one_fault([_contender(one, _truths(one, turns[place])) for one in suspects]),
            chances={cause: row[number] for cause, row in scaled.items()},
        )
        for number, (place, chance) in enumerate(zip(kept, _normal([whole[place] for place in kept]), strict=True))
    )


def information(now: Mapping[CauseId, float], outcomes: Sequence[Foreseen]) -> float:
    """How much the outcomes tell about the cause on average, in bits (the mutual information of the two)."""
    told = []
    for one in outcomes:
        chance = math.fsum(now[cause] * one.chances[cause] for cause in now)
        told += [
            now[cause] * own * math.log2(own / chance) for cause, own in one.chances.items() if now[cause] * own > 0
        ]
    return max(math.fsum(told), 0.0)


def _contender(suspect: Suspect, truths: Iterable[Truth]) -> Contender:
    return Contender(
        id=suspect.cause.id,
        likelihood=suspect.cause.likelihood,
        evidence=weigh(zip(suspect.cause.evidence, truths, strict=True)),
        failed=suspect.failed,
    )


def _one_fault(contenders: Sequence[Contender]) -> Mapping[CauseId, float]:
    found = probabilities(contenders)
    whole = math.fsum(found.values())
    return {cause: share / whole for cause, share in found.items()}


def _fact(literal: Literal) -> Literal:
    return replace(literal, negated=False) if literal.negated else literal


def _telling(
    suspects: Sequence[Suspect], now: Mapping[CauseId, float], settles: Mapping[Literal, Detector]
) -> Mapping[Literal, Detector]:
    """Of the facts those that are unknown and evidence for some cause; those that weigh most when they are many."""
    weight: dict[Literal, float] = {}
    for one in suspects:
        for evidence, truth in zip(one.cause.evidence, one.truths, strict=True):
            fact = _fact(evidence.literal)
            if truth is Truth.UNKNOWN and fact in settles:
                ratio, otherwise = _ratios(evidence)
                says = now[one.cause.id] * math.log(ratio * otherwise)
                weight[fact] = max(weight.get(fact, 0.0), says)
    heaviest = sorted(weight, key=lambda fact: (-weight[fact], fact))[:MOST_FACTS]
    return {fact: settles[fact] for fact in sorted(heaviest)}


def _turns(facts: Mapping[Literal, Detector]) -> Sequence[Mapping[Literal, Truth]]:
    """Every way in which the facts can turn out."""
    groups: dict[tuple[str, str], dict[FactName, Literal]] = {}
    for literal, detector in facts.items():
        groups.setdefault((literal.of, detector.observe), {})[literal.fact] = literal
    each = [
        [
            {names[name]: truth for name, truth in one.items()}
            for one in combinations(facts[fact] for fact in names.values())
        ]
        for _, names in sorted(groups.items())
    ]
    return [{fact: truth for one in turn for fact, truth in one.items()} for turn in product(*each)]


def _ratios(evidence: Evidence) -> tuple[float, float]:
    """R and Q of the formulas above."""
    return RATIO[evidence.strength], RATIO[evidence.if_false] if evidence.if_false else _IF_NONE


def _chance_elsewhere(fact: Literal, suspects: Sequence[Suspect], now: Mapping[CauseId, float]) -> float:
    """The chance that a fact is true under a cause that it says nothing of."""
    odds, whole = [], []
    for one in suspects:
        for evidence in one.cause.evidence:
            if _fact(evidence.literal) == fact:
                ratio, otherwise = _ratios(evidence)
                chance = (otherwise - 1) / (otherwise * ratio - 1) * (ratio if evidence.against else 1)
                log_odds = math.log(chance / (1 - chance))
                share = max(now[one.cause.id], _LEAST_SHARE)
                odds.append(share * (-log_odds if evidence.literal.negated else log_odds))
                whole.append(share)
    return 1 / (1 + math.exp(-math.fsum(odds) / math.fsum(whole)))


def _of(chance: float, truth: Truth) -> float:
    return chance if truth is Truth.TRUE else 1 - chance


def _chances(suspect: Suspect, turns: Sequence[Mapping[Literal, Truth]], elsewhere: Sequence[float]) -> Sequence[float]:
    """P(outcome | cause): in proportion to that elsewhere, times the likelihood ratio of what would be seen."""
    now = contender(suspect).log_weight
    ratios: dict[tuple[Truth, ...], float] = {}
    raw = []
    for turn, chance in zip(turns, elsewhere, strict=True):
        truths = _truths(suspect, turn)
        if truths not in ratios:
            ratios[truths] = math.exp(_contender(suspect, truths).log_weight - now)
        raw.append(chance * ratios[truths])
    return _normal(raw)


def _normal(weights: Sequence[float]) -> Sequence[float]:
    whole = math.fsum(weights)
    return [one / whole for one in weights]


def _truths(suspect: Suspect, turn: Mapping[Literal, Truth]) -> tuple[Truth, ...]:
    """The truth of each evidence of a cause when these facts are known as well."""
    found = []
    for evidence, truth in zip(suspect.cause.evidence, suspect.truths, strict=True):
        told = turn.get(_fact(evidence.literal))
        if truth is Truth.UNKNOWN and told is not None:
            found.append(told.negated() if evidence.literal.negated else told)
        else:
            found.append(truth)
    return tuple(found)
