"""Observations as they come in by the thousand: each target reports all its names in turn, and values wander.

A value keeps to its side of the bounds, except for a share of the observations that cross over, and stay there until
their name on that target crosses back.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from engine.knowledge import Above, Detector
from engine.model import FactName, Instant, Observation, Seconds, Target, TargetId

BEGIN: Instant = 1_800_000_000.0
EVERY: Seconds = 10.0  # how often a name is observed on a target
HOLD, EXPIRES = 20.0, 60.0
_STRIDE = 618_033_989  # a prime: it meets each stream once in a round, and never a neighbour of the last


def watched(count: int) -> tuple[Target, ...]:
    """Targets of one kind that depend on nobody."""
    return tuple(Target(id=TargetId(f"host-{number}"), kind="host", parts={}) for number in range(count))


def rules(count: int, *, names: int, prefix: str = "load") -> tuple[Detector, ...]:
    """Detectors above bounds between 80 and 89, with hysteresis and a hold, spread over the names."""
    return tuple(
        Detector(
            fact=FactName(f"{prefix}-{number}-high"),
            kind="host",
            observe=f"{prefix}.{number % names}",
            test=Above(bound=80.0 + number // names % 10, clear=60.0 + number // names % 10),
            hold=HOLD,
            expires=EXPIRES,
        )
        for number in range(count)
    )


@dataclass(slots=True, kw_only=True)
class Traffic:
    """A stream without end; `crossing` is the share (0..1) of observations that cross all bounds of their name.

    `shuffled` goes around in an order in which neighbours are far apart in memory.
    """

    targets: Sequence[Target]
    names: Sequence[str]
    crossing: float
    shuffled: bool = False
    now: Instant = BEGIN
    _dice: random.Random = field(default_factory=lambda: random.Random(4711))
    _high: bytearray = field(init=False)
    _next: int = 0

    def __post_init__(self) -> None:
        self._high = bytearray(self.streams)

    @property
    def streams(self) -> int:
        """How many names on targets there are."""
        return len(self.targets) * len(self.names)

    def batches(self, count: int, of: int) -> Iterator[list[Observation]]:
        """Batches of `of` observations; as time passes, each name comes every 10 s, a target's names together."""
        for _ in range(count):
            yield [self._observation(place) for place in self._places(of)]

    def _places(self, count: int) -> Iterator[int]:
        for _ in range(count):
            if self.shuffled:
                self.now += EVERY / self.streams
                yield self._next * _STRIDE % self.streams
            else:
                if not self._next % len(self.names):
                    self.now += EVERY / len(self.targets)
                yield self._next
            self._next = (self._next + 1) % self.streams

    def _observation(self, place: int) -> Observation:
        if self._dice.random() < self.crossing:
            self._high[place] ^= 1
        number, name = divmod(place, len(self.names))
        value = (95.0 if self._high[place] else 20.0) + 4 * self._dice.random()
        return Observation(target=self.targets[number].id, name=self.names[name], value=value, at=self.now)
