"""How many observations detectors take in, whether other rules cost anything, and what a detector weighs."""

import tracemalloc
from collections.abc import Callable, Sequence

from engine.inference.detectors import Detectors
from engine.knowledge import Above, Detector
from engine.model import Observation, Target
from tests.bench.figures import Bar, Figure, Size, rate, ratio, stopwatch
from tests.support.traffic import Traffic, rules, watched

ROUNDS = 9
MILLION = Bar(limit=1_000_000)
QUARTER = Bar(limit=250_000)


def figures(size: Size) -> Sequence[Figure]:
    """All figures about detectors."""
    many, few = size.of(1000, 300, 20), size.of(1000, 100, 10)
    found = [*small_world(size)]
    for crossing in (0.0, 0.001, 0.01, 0.1):
        bar = MILLION if crossing <= 0.01 else None
        found.append(in_batches(size, many, few, per_name=10, crossing=crossing, bar=bar))
    found.append(in_batches(size, many, few, per_name=1, crossing=0.01, bar=MILLION))
    found.append(in_batches(size, many, few, per_name=10, crossing=0.01, shuffled=True))
    found.append(in_batches(size, many, few, per_name=1, crossing=0.01, shuffled=True))
    found.append(one_by_one(size, many, few, per_name=10, crossing=0.01))
    found.append(one_by_one(size, many, few, per_name=1, crossing=0.01))
    return [*found, flatness(size), *weight(size)]


class ByHand:
    """The baseline: a dict of closures with two bounds, written by hand; it knows no time and no unknowns."""

    def __init__(self) -> None:
        self.targets, self.detectors = watched(50), rules(100, names=100)
        self.table: dict[tuple[str, str], list[Callable[[float], None]]] = {}
        for target in self.targets:
            for one in self.detectors:
                assert isinstance(one.test, Above)
                self.table.setdefault((target.id, one.observe), []).append(_closure(one.test.bound, one.test.clear))
        self._traffic = _traffic(self.targets, self.detectors, 0.01)

    def run(self, count: int) -> float:
        """The seconds that `count` observations take."""
        table = self.table
        times: list[float] = []
        for batch in self._traffic.batches(1, count):
            with stopwatch(times):
                for observation in batch:
                    for take in table[observation.target, observation.name]:
                        take(observation.value)  # type: ignore[arg-type]
        return sum(times)


def _closure(bound: float, clear: float) -> Callable[[float], None]:
    on = False

    def take(value: float) -> None:
        nonlocal on
        on = value > (clear if on else bound)

    return take


def small_world(size: Size) -> Sequence[Figure]:
    """The baseline, and detectors in the world of the baseline."""
    hand = ByHand()
    count = size.of(100_000, 20_000, 1000)
    note = "the baseline: a dict of closures with two bounds, 100 rules, 50 targets; no time, no unknowns"
    baseline = rate("written by hand", count, [hand.run(count) for _ in range(_rounds(size))], note=note)
    traffic = _traffic(hand.targets, hand.detectors, 0.01)
    ours = _timed("100 rules x 50 targets", size, Detectors(hand.detectors, hand.targets), traffic)
    return baseline, ours


def in_batches(
    size: Size, many: int, few: int, *, per_name: int, crossing: float, shuffled: bool = False, bar: Bar | None = None
) -> Figure:
    """Batches of 10,000 observations through rules times targets."""
    known, targets = rules(many, names=many // per_name), watched(few)
    detectors = Detectors(known, targets)
    traffic = _traffic(targets, known, crossing, shuffled=shuffled)
    _warm(detectors, traffic)
    name = f"batches, {many:,} rules x {few:,} targets, {per_name} a name, {100 * crossing:g}% crossing"
    note = "the caches of the processor do not help" if shuffled else ""
    if crossing and per_name > 1:
        note = f"{note}{'; ' if note else ''}each that crosses turns {per_name} detectors"
    return _timed(f"{name}{', in any order' if shuffled else ''}", size, detectors, traffic, note=note, bar=bar)


def _timed(
    name: str, size: Size, detectors: Detectors, traffic: Traffic, *, note: str = "", bar: Bar | None = None
) -> Figure:
    """Rounds of ten batches, in turns with the baseline; making the observations is not part of it."""
    batch = size.of(10_000, 10_000, 100)
    hand = ByHand()
    times: list[float] = []
    baseline: list[float] = []
    for _ in range(_rounds(size)):
        pieces: list[float] = []
        for observations in traffic.batches(10, batch):
            with stopwatch(pieces):
                detectors.update(observations, traffic.now)
        times.append(sum(pieces))
        baseline.append(hand.run(10 * batch))
    return rate(name, 10 * batch, times, bar=bar, baseline=baseline, note=note)


def one_by_one(size: Size, many: int, few: int, *, per_name: int, crossing: float) -> Figure:
    """Each observation is made and taken in by itself."""
    known, targets = rules(many, names=many // per_name), watched(few)
    detectors = Detectors(known, targets)
    traffic = _traffic(targets, known, crossing)
    _warm(detectors, traffic)
    batch = size.of(100_000, 20_000, 500)
    times: list[float] = []
    for raw in ([(o.target, o.name, o.value, o.at) for o in batch] for batch in traffic.batches(_rounds(size), batch)):
        with stopwatch(times):
            for target, name, value, at in raw:
                detectors.update((Observation(target=target, name=name, value=value, at=at),), at)
    name = f"one by one, {many:,} rules x {few:,} targets, {per_name} a name, {100 * crossing:g}% crossing"
    return rate(name, batch, times, bar=QUARTER, note="making the typed observation is part of it")


def flatness(size: Size) -> Figure:
    """The same stream with 10 and with 1,000 other rules on the same targets, in turns."""
    own, targets = rules(10, names=10), watched(size.of(1000, 200, 10))
    worlds: list[tuple[Detectors, Traffic, list[float]]] = []
    for others in (10, 1000):
        detectors = Detectors((*own, *rules(others, names=others, prefix="other")), targets)
        traffic = _traffic(targets, own, 0.01)
        _warm(detectors, traffic)
        worlds.append((detectors, traffic, []))
    for _ in range(4 * _rounds(size)):
        for detectors, traffic, times in worlds:
            for observations in traffic.batches(1, 10_000):
                with stopwatch(times):
                    detectors.update(observations, traffic.now)
    (_, _, few), (_, _, most) = worlds
    return Figure(
        name="speed with 1,000 other rules, of that with 10",
        value=ratio(few, most) or 0.0,
        unit="x",
        bar=Bar(limit=0.9),
        note="10 rules that read the stream; the others read other names of the same targets",
    )


def weight(size: Size) -> Sequence[Figure]:
    """Bytes of state for each detector on each target, all of them seen."""
    many, few = size.of(1000, 200, 10), size.of(1000, 100, 10)
    found = []
    for per_name, limit in ((10, 64.0), (1, 320.0)):
        known, targets = rules(many, names=many // per_name), watched(few)
        traffic = _traffic(targets, known, 0.0)
        tracemalloc.start()
        detectors = Detectors(known, targets)
        _warm(detectors, traffic)
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        found.append(
            Figure(
                name=f"state of {many * few:,} detectors on targets, {per_name} a name",
                value=held / (many * few),
                unit="bytes each",
                bar=Bar(limit=limit, at_most=True) if size is Size.FULL else None,
                note="tracemalloc, with the index and the deadlines; every name was seen",
            )
        )
    return found


def _rounds(size: Size) -> int:
    return size.of(ROUNDS, 5, 2)


def _traffic(
    targets: Sequence[Target], detectors: Sequence[Detector], crossing: float, *, shuffled: bool = False
) -> Traffic:
    names = tuple(dict.fromkeys(one.observe for one in detectors))
    return Traffic(targets=targets, names=names, crossing=crossing, shuffled=shuffled)


def _warm(detectors: Detectors, traffic: Traffic) -> None:
    """Every name of every target is seen before anything is timed."""
    shuffled, traffic.shuffled = traffic.shuffled, False
    for observations in traffic.batches(-(-traffic.streams // 10_000), min(10_000, traffic.streams)):
        detectors.update(observations, traffic.now)
    traffic.shuffled = shuffled
