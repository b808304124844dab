"""Has it really recovered? Several healthy looks in a row, never one, and never no data.

A look is healthy only when the pack's recovery condition is true and every symptom false. When either is not known,
the look is unknown and the count starts anew, because what was not seen may have been anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from engine.casefile import Incident
from engine.knowledge import Problem, Recovery
from engine.model import (
    IncidentId,
    Instant,
    ProblemId,
    Scalar,
    Target,
    TargetId,
    Truth,
    Unknown,
)
from engine.world import World


class Look(StrEnum):
    """What one look at a target says."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Streak:
    """Healthy looks in a row: how many, since when, and what must not change meanwhile."""

    looks: int = 0
    since: Instant = 0.0
    last: Instant = 0.0
    steady: tuple[Scalar | None, ...] = ()


def look(problem: Problem, target: TargetId, world: World) -> Look:
    """Judge one look at a target by the problem's recovery condition and symptoms."""
    healthy = world.truth(target, problem.recovery.fact)
    sick = Truth.any_of(world.truth(target, symptom.fact) for symptom in problem.symptoms)
    match Truth.all_of((healthy, sick.negated())):
        case Truth.TRUE:
            return Look.HEALTHY
        case Truth.FALSE:
            return Look.UNHEALTHY
        case Truth.UNKNOWN:
            return Look.UNKNOWN


def extended(streak: Streak, seen: Look, recovery: Recovery, target: Target, world: World) -> Streak:
    """The streak after one more look; a look that is not healthy, or a change of what must be steady, ends it.

    What must be steady counts where the target has such a part.
    """
    if seen is not Look.HEALTHY:
        return Streak()
    names = [name for name in recovery.steady if name.partition(".")[0] in target.parts]
    steady = tuple(_value(world, target.id, name) for name in names)
    if streak.looks == 0 or steady != streak.steady or None in steady:
        return Streak(looks=1, since=world.at, last=world.at, steady=steady)
    return Streak(looks=streak.looks + 1, since=streak.since, last=world.at, steady=steady)


def recovered(streak: Streak, recovery: Recovery) -> bool:
    """True when the looks are enough in number and span enough time."""
    return streak.looks >= recovery.looks and streak.last - streak.since >= recovery.over


def _value(world: World, target: TargetId, name: str) -> Scalar | None:
    seen = world.observations.get((target, name))
    return None if seen is None or isinstance(seen.value, Unknown) else seen.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How a target is getting on at one time: the last look, since when it looks healthy, whether for long enough."""

    at: Instant
    seen: Look
    healthy_since: Instant | None
    recovered: bool

    def late(self, deadline: Instant) -> bool:
        """True when the target did not look healthy by `deadline` and ever since."""
        return self.at > deadline and (self.healthy_since is None or self.healthy_since > deadline)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recoveries:
    """The streaks of all open incidents; kept in memory on purpose: after a restart the count starts anew."""

    problems: Mapping[ProblemId, Problem]
    targets: Mapping[TargetId, Target]
    streaks: dict[IncidentId, tuple[Look, Streak]] = field(default_factory=dict)

    def look(self, incidents: Sequence[Incident], world: World) -> None:
        """Count one more look at the target of each incident; streaks of other incidents are forgotten."""
        counted = {incident.id: self._extended(incident, world) for incident in incidents}
        self.streaks.clear()
        self.streaks.update(counted)

    def progress(self, incident: Incident, at: Instant) -> Progress:
        """How an incident's target is getting on, by the looks so far."""
        seen, streak = self.streaks.get(incident.id, (Look.UNKNOWN, Streak()))
        return Progress(
            at=at,
            seen=seen,
            healthy_since=streak.since if streak.looks else None,
            recovered=recovered(streak, self.problems[incident.ref.problem].recovery),
        )

    def _extended(self, incident: Incident, world: World) -> tuple[Look, Streak]:
        problem, target = self.problems[incident.ref.problem], self.targets[incident.ref.target]
        seen = look(problem, target.id, world)
        before = self.streaks.get(incident.id, (seen, Streak()))[1]
        return seen, extended(before, seen, problem.recovery, target, world)
