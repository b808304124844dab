"""A clock that a test turns and senses that a test sets."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from engine.model import Observation, Scalar, TargetId, Unknown

START = 1_800_014_400.0


class Clock:
    """A clock that stands still until it is turned; sleeping turns it."""

    def __init__(self, at: float = START) -> None:
        self.at = at

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


class Senses:
    """An observer whose observations are a table; parts that are `on_demand` are seen when they are asked for."""

    def __init__(
        self,
        values: Mapping[tuple[str, str], Scalar | Unknown],
        clock: Clock,
        on_demand: AbstractSet[tuple[TargetId, str]] = frozenset(),
    ) -> None:
        self.values, self.clock, self.on_demand = values, clock, on_demand
        self.asked: list[tuple[TargetId, str]] = []

    def observe(self, only: AbstractSet[tuple[TargetId, str]] | None = None) -> tuple[Observation, ...]:
        now = self.clock.now()
        self.asked += sorted(only or ())
        return tuple(
            Observation(target=TargetId(target), name=name, value=value, at=now)
            for (target, name), value in self.values.items()
            if self._wanted((TargetId(target), name.partition(".")[0]), only)
        )

    def _wanted(self, place: tuple[TargetId, str], only: AbstractSet[tuple[TargetId, str]] | None) -> bool:
        return place not in self.on_demand if only is None else place in only
