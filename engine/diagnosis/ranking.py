"""Ranks the causes of one problem: prior odds times the likelihood ratio of each state that was seen.

This is decision-theoretic troubleshooting (Heckerman, Breese, Rommelse: Decision-Theoretic Troubleshooting,
Communications of the ACM 38(3), 1995): causes compete, together with an explicit "none of these". What is tried first
is settled elsewhere (engine.diagnosis.troubleshooting, engine.remediation.planner). A pack says how strong a piece of
evidence is in words; this module is the only place that knows the numbers.

| word         | prior weight |   | word     | likelihood ratio |
|--------------|--------------|---|----------|------------------|
| common       | 10           |   | proves   | 1000             |
| occasional   | 3            |   | strong   | 20               |
| rare         | 1            |   | moderate | 5                |
| none-of-these| 5            |   | weak     | 2                |

`proves` is bounded, because probes and rules err too. Strong, moderate and weak are the usual steps of diagnostic tests
(a ratio above 10 settles most doubts, 5 helps, 2 hardly does). A fault that no pack knows is taken for half as likely
as a common cause: a lone common cause about which nothing is known stays at two thirds.

Nothing here is fitted to data, and numbers say how causes compare, not how often faults happen.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from engine.knowledge import Evidence, Likelihood, Strength
from engine.model import Bearing, CauseId, Text, Truth

PRIOR: Mapping[Likelihood, float] = MappingProxyType(
    {Likelihood.COMMON: 10.0, Likelihood.OCCASIONAL: 3.0, Likelihood.RARE: 1.0}
)
RATIO: Mapping[Strength, float] = MappingProxyType(
    {Strength.PROVES: 1000.0, Strength.STRONG: 20.0, Strength.MODERATE: 5.0, Strength.WEAK: 2.0}
)
NONE_OF_THESE = CauseId("none-of-these")
NONE_OF_THESE_TITLE = Text(en="None of these", zh="以上都不是")
NONE_OF_THESE_PRIOR = 5.0
_EXP_LIMIT = 700.0  # math.exp overflows soon after


class Note(StrEnum):
    """Why a piece of evidence did not count."""

    UNKNOWN = "unknown"
    SAYS_NOTHING = "seen so, it says nothing"
    COUNTED_ALREADY = "the same state counts already by stronger evidence"
    CONTRADICTED = "contradicted by other evidence of the same state"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """One piece of evidence as it counts: `ratio` is 1.0 with a note when it does not."""

    evidence: Evidence
    truth: Truth
    bearing: Bearing
    ratio: float
    note: Note | None = None

    @property
    def proves(self) -> bool:
        """True when it counts, speaks for its cause, and is as strong as evidence can be."""
        return self.ratio >= RATIO[Strength.PROVES]

    @property
    def refutes(self) -> bool:
        """True when it counts, speaks against its cause, and is as strong as evidence can be."""
        return self.ratio <= 1 / RATIO[Strength.PROVES]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A cause in the ranking; `failed` has `fixes` of each of its remedies that was tried and did not help."""

    id: CauseId
    likelihood: Likelihood
    evidence: tuple[Weighed, ...]
    failed: tuple[float, ...] = ()

    @property
    def proved(self) -> bool:
        """True when counted evidence proves the cause and none refutes it."""
        return any(one.proves for one in self.evidence) and not any(one.refutes for one in self.evidence)

    @property
    def log_weight(self) -> float:
        """The logarithm of prior times ratios times, for each failed remedy, the chance that it would have failed."""
        least = 1 / RATIO[Strength.PROVES]
        factors = [PRIOR[self.likelihood]]
        factors += [one.ratio for one in self.evidence]
        factors += [max(1 - fixes, least) for fixes in self.failed]
        return math.fsum(map(math.log, factors))


def weigh(items: Iterable[tuple[Evidence, Truth]]) -> tuple[Weighed, ...]:
    """What each piece of evidence of one cause counts, in the order given.

    Unknown evidence counts nothing. Of the evidence that sees one state only the strongest counts; when some of it
    speaks for the cause and some against, none counts.
    """
    alone = [_alone(evidence, truth) for evidence, truth in items]
    by_state: dict[str, list[Weighed]] = {}
    for one in alone:
        if one.note is None:
            by_state.setdefault(one.evidence.sees, []).append(one)
    counted = {state: _strongest(rivals) for state, rivals in by_state.items()}
    return tuple(one if one.note else _in_its_state(one, counted[one.evidence.sees]) for one in alone)


def probabilities(contenders: Sequence[Contender]) -> Mapping[CauseId, float]:
    """The probability of each cause, in 0..1, and of `NONE_OF_THESE`.

    As long as at most one cause is proved they add up to one. Two proved causes are two faults: each is ranked
    against what is not proved, not against the other.
    """
    logs = {one.id: one.log_weight for one in contenders} | {NONE_OF_THESE: math.log(NONE_OF_THESE_PRIOR)}
    proved = {one.id for one in contenders if one.proved}
    return {
        cause: _share(own, [log for rival, log in logs.items() if rival != cause and not {cause, rival} <= proved])
        for cause, own in logs.items()
    }


def _share(own: float, rivals: Iterable[float]) -> float:
    """The share of one weight among its rivals, all as logarithms, exact whatever their order and size."""
    return 1 / (1 + math.fsum(math.exp(min(rival - own, _EXP_LIMIT)) for rival in rivals))


def _alone(evidence: Evidence, truth: Truth) -> Weighed:
    """What a piece of evidence would count if nothing else saw its state."""
    if truth is Truth.UNKNOWN:
        return Weighed(evidence=evidence, truth=truth, bearing=Bearing.MISSING, ratio=1.0, note=Note.UNKNOWN)
    supports = (truth is Truth.TRUE) is not evidence.against
    bearing = Bearing.FOR if supports else Bearing.AGAINST
    strength = evidence.strength if truth is Truth.TRUE else evidence.if_false
    if strength is None:
        return Weighed(evidence=evidence, truth=truth, bearing=bearing, ratio=1.0, note=Note.SAYS_NOTHING)
    ratio = RATIO[strength] if supports else 1 / RATIO[strength]
    return Weighed(evidence=evidence, truth=truth, bearing=bearing, ratio=ratio)


def _strongest(rivals: Sequence[Weighed]) -> Weighed | None:
    """The one that counts for a state, whatever the order of its rivals; None when they contradict each other."""
    if len({one.bearing for one in rivals}) > 1:
        return None
    return min(rivals, key=lambda one: (-abs(math.log(one.ratio)), one.evidence.literal, one.evidence.title.en))


def _in_its_state(one: Weighed, counted: Weighed | None) -> Weighed:
    if one is counted:
        return one
    return replace(one, ratio=1.0, note=Note.CONTRADICTED if counted is None else Note.COUNTED_ALREADY)
