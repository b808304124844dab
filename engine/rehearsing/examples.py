"""Plays the examples of a pack: one target, one situation that has lasted, and what must follow from it."""

from engine.knowledge import Example, Pack
from engine.model import (
    Instant,
    Observation,
    ProblemRef,
    Target,
    TargetId,
    Unknown,
)
from engine.protocols import Inference
from engine.rehearsing.expectations import Difference, Expectation, Judge
from engine.rehearsing.stage import Stage, play
from engine.rehearsing.standing import standing
from engine.world import World

START: Instant = 1_800_000_000.0
SUBJECT = TargetId("subject")


def world_of(pack: Pack, example: Example, inference: Inference | None = None) -> World:
    """How everything looks once the situation of `example` has lasted for as long as any `for` asks."""
    stage = Stage([pack], [_target(pack, example)], inference)
    given = {one.observe: None for one in pack.detectors if one.kind == example.kind} | dict(example.given)
    observations = [
        Observation(target=SUBJECT, name=name, value=Unknown(because="not given") if value is None else value, at=START)
        for name, value in given.items()
    ]
    for _ in play([stage], standing(observations, [pack]), until=START):
        pass
    return stage.world(START)


def differences(pack: Pack, example: Example, inference: Inference | None = None) -> tuple[Difference, ...]:
    """Where `pack` does not judge its `example` as it promises; empty when it does."""
    expected = [
        Expectation(ref=ProblemRef(target=SUBJECT, problem=problem), first=cause, at_least=example.at_least)
        for problem, cause in example.expect_first.items()
    ]
    judge = Judge(packs=[pack], targets=[_target(pack, example)])
    return judge.problems(world_of(pack, example, inference), expected)


def in_one_line(pack: Pack, example: Example) -> str:
    """What of an example does not hold; "" when all of it does."""
    return "; ".join(f"{one.about}: expected {one.expected}, got {one.got}" for one in differences(pack, example))


def _target(pack: Pack, example: Example) -> Target:
    return Target(id=SUBJECT, kind=example.kind, parts={part: {} for part in pack.parts[example.kind]})
