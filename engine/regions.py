"""Cuts the values of one observation into regions: classes of values that no detector tells apart.

Whoever asks what else could have been seen need not try every value: one witness of each region is enough. A region
is judged from cold, as after a restart; what hysteresis would keep true is told beside (`sticky`). It cannot know
which values the world allows beyond what the observable declares: a negative duration is a value as good as any.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from engine.judge import judge_of
from engine.knowledge import Detector, OneOf
from engine.model import FactName, Observable, Scalar, Seconds, Truth, Unknown

UNSEEN = Unknown(because="it could not be seen")
"""The witness of the region in which nothing is known."""

_WIDEST_NUMBER = 2.0**63
_ALL_OF_IT = 100.0
_OTHER = "other"
_Signature: TypeAlias = tuple[frozenset[FactName], frozenset[FactName], frozenset[FactName]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Values of one observation of which every detector says the same, and one of them as the witness.

    A fact in neither `true` nor `false` is unknown there. `sticky` are those of `false` that would stay true if they
    were true before (the value lies between `bound` and `clear`). After `hold` seconds in the region all of `true`
    are true.
    """

    witness: Scalar | Unknown
    true: frozenset[FactName]
    false: frozenset[FactName]
    sticky: frozenset[FactName] = frozenset()
    hold: Seconds = 0.0

    def truth(self, fact: FactName) -> Truth:
        """What a fact becomes when the value stays in this region."""
        return Truth.TRUE if fact in self.true else Truth.FALSE if fact in self.false else Truth.UNKNOWN


def regions(
    detectors: Sequence[Detector], kind: str, observe: str, observable: Observable | None = None
) -> tuple[Region, ...]:
    """The regions of the observation `observe` on targets of `kind`, the unknown one last; empty when nobody reads it.

    Values about which no detector says anything are in the unknown one. With an `observable` every witness is a value
    that it declares; without one the detectors tell which sorts of values there are. The order and the witnesses do
    not depend on the order of `detectors`.
    """
    return regions_of(readers(detectors, kind, observe), observable)


def regions_of(reading: Sequence[Detector], observable: Observable | None = None) -> tuple[Region, ...]:
    """As `regions`, of detectors that all read one observation."""
    if not reading:
        return ()
    holds = {one.fact: one.hold for one in reading}
    found: dict[_Signature, Scalar] = {}
    for value in _allowed(_candidates(reading, observable), observable):
        found.setdefault(_signature(reading, value), value)
    seen = tuple(
        Region(
            witness=witness,
            true=true,
            false=false,
            sticky=sticky,
            hold=max((holds[fact] for fact in true), default=0.0),
        )
        for (true, false, sticky), witness in found.items()
        if true or false
    )
    return (*seen, Region(witness=UNSEEN, true=frozenset(), false=frozenset()))


def readers(detectors: Iterable[Detector], kind: str, observe: str) -> tuple[Detector, ...]:
    """The detectors that read `observe` on targets of `kind`, by the name of their fact."""
    reading = [one for one in detectors if one.kind == kind and one.observe == observe]
    return tuple(sorted(reading, key=lambda one: one.fact))


def judged(detector: Detector, value: Scalar | Unknown) -> Truth:
    """What the fact of a detector becomes, from cold, when `value` stays for as long as the detector asks."""
    said = judge_of(detector.test)(value, False)
    return Truth.UNKNOWN if said is None else Truth.of(said)


def _signature(reading: Sequence[Detector], value: Scalar) -> _Signature:
    said = {one.fact: judged(one, value) for one in reading}
    stays = {one.fact for one in reading if judge_of(one.test)(value, True)}
    false = frozenset(fact for fact, truth in said.items() if truth is Truth.FALSE)
    return frozenset(fact for fact, truth in said.items() if truth is Truth.TRUE), false, false & stays


def _allowed(values: Iterable[Scalar], observable: Observable | None) -> Iterator[Scalar]:
    """The values that the observable may have; its limits are among them, so that no region at an edge gets lost."""
    if observable is None or observable.type not in {int, float}:
        yield from values
        return
    limits = [limit for limit in (observable.least, observable.most) if limit is not None]
    least = -math.inf if observable.least is None else observable.least
    most = math.inf if observable.most is None else observable.most
    for value in (*values, *(observable.type(limit) for limit in limits)):
        if least <= float(value) <= most:
            yield value


def _candidates(reading: Sequence[Detector], observable: Observable | None) -> Iterator[Scalar]:
    """At least one value of every region, the plainest ones first where there is a choice."""
    compared = [value for one in reading for value in _compared(one)]
    numbers = [value for value in compared if isinstance(value, (int, float)) and not isinstance(value, bool)]
    cuts = sorted({float(value) for value in numbers if abs(value) < _WIDEST_NUMBER})
    words = sorted({value for value in compared if isinstance(value, str)})
    if observable is not None:
        yield from _declared(observable, cuts, words)
        return
    if any(isinstance(value, bool) for value in compared):
        yield from (True, False)
    if words:
        yield from (*words, _fresh(words))
    if numbers:
        yield from _measures(cuts, unit="")


def _compared(detector: Detector) -> tuple[Scalar, ...]:
    """The values at which the verdict of a detector may change."""
    if isinstance(detector.test, OneOf):
        return detector.test.values
    return (detector.test.bound, detector.test.clear)


def _declared(observable: Observable, cuts: Sequence[float], words: Sequence[str]) -> Iterator[Scalar]:
    if observable.type is bool:
        yield from (True, False)
    elif observable.type is str:
        yield from observable.values or (*words, _fresh(words))
    elif observable.type is int:
        yield from _whole(cuts)
    else:
        yield from _measures(cuts, unit=observable.unit)


def _fresh(words: Sequence[str]) -> str:
    """A text that no detector asks for."""
    fresh, number = _OTHER, 1
    while fresh in words:
        number += 1
        fresh = f"{_OTHER}-{number}"
    return fresh


def _measures(cuts: Sequence[float], *, unit: str) -> Iterator[float]:
    """A number below all cuts, each cut, one between each two, and one above all."""
    if not cuts:
        yield 0.0
        return
    yield _within(cuts[0] / 2 if cuts[0] > 0 else cuts[0] - max(1.0, abs(cuts[0]) / 2))
    for cut, following in zip(cuts, (*cuts[1:], math.inf), strict=True):
        yield _within(cut)
        if following < math.inf:
            between = cut / 2 + following / 2
            if cut < between < following:
                yield _within(between)
    top = cuts[-1]
    yield _within((top + _ALL_OF_IT) / 2 if unit == "%" and 0 <= top < _ALL_OF_IT else top + max(1.0, abs(top) / 2))


def _whole(cuts: Sequence[float]) -> Iterator[int]:
    """The same in whole numbers; two cuts may have none between them."""
    if not cuts:
        yield 0
        return
    lowest = math.ceil(cuts[0]) - 1
    yield int(_within(lowest // 2 if lowest > 0 else lowest))
    for cut, following in zip(cuts, (*cuts[1:], math.inf), strict=True):
        if cut.is_integer():
            yield int(_within(cut))
        if math.floor(cut) + 1 < following:
            yield int(_within(math.floor(cut) + 1))


def _within(number: float) -> float:
    """The nearest number that an observation may hold."""
    widest = math.nextafter(_WIDEST_NUMBER, 0)
    return max(-widest, min(widest, number))
