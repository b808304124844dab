"""A story in virtual time: what is seen of some targets, look by look, and what must follow at certain moments."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.knowledge import Pack
from engine.model import Fact, Instant, Observation, Seconds, Target, TargetId, Truth
from engine.protocols import Inference
from engine.rehearsing.expectations import Difference, Expectation, Judge
from engine.rehearsing.series import Series
from engine.rehearsing.stage import Stage, play

START: Instant = 1_800_000_000.0
_SLACK = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What must be so `at` seconds after the beginning: exactly these problems (None: any), and these facts."""

    at: Seconds
    problems: tuple[Expectation, ...] | None
    facts: Mapping[Fact, Truth]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One story: a look at every `interval` sees what `series` say; `checks` are in the order of their times."""

    name: str
    targets: tuple[Target, ...]
    interval: Seconds
    series: Mapping[tuple[TargetId, str], Series]
    checks: tuple[Check, ...]


def observations(scenario: Scenario, looks: Sequence[int]) -> Iterator[Observation]:
    """What these looks see, counted from 0."""
    for look in looks:
        since = look * scenario.interval
        for (target, name), series in scenario.series.items():
            sample = series.at(since)
            if sample is not None and sample.value is not None:
                yield Observation(target=target, name=name, value=sample.value, at=START + since, detail=sample.detail)


def differences(
    packs: Sequence[Pack], scenario: Scenario, inference: Inference | None = None
) -> tuple[Difference, ...]:
    """Where the packs do not judge a scenario as it says, moment by moment; empty when they do."""
    stage = Stage(packs, scenario.targets, inference)
    judge = Judge(packs=packs, targets=scenario.targets)
    found: list[Difference] = []
    seen = 0
    for check in scenario.checks:
        looks = range(seen, math.floor(check.at / scenario.interval + _SLACK) + 1)
        seen = looks.stop
        until = START + max(check.at, (seen - 1) * scenario.interval)
        for _ in play([stage], observations(scenario, looks), until):
            pass
        world = stage.world(until)
        if check.problems is not None:
            found += judge.problems(world, check.problems, check.at)
        found += judge.facts(world, check.facts, check.at)
    return tuple(found)
