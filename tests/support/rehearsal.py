"""Plays an example of a pack in virtual time, through detectors, native inference and diagnosis."""

import math
from collections.abc import Mapping

from engine.diagnosis.diagnosing import diagnose
from engine.inference.detectors import Detectors
from engine.inference.native import NativeInference
from engine.knowledge import Example, Pack
from engine.model import Diagnosis, Observation, ProblemId, Scalar, Target, TargetId, Unknown

START = 1_800_000_000.0
SUBJECT = TargetId("subject")


def rehearse(pack: Pack, example: Example) -> Mapping[ProblemId, Diagnosis]:
    """What is diagnosed after the example's observations came in every second until each `for` has elapsed."""
    target = Target(id=SUBJECT, kind=example.kind, parts={part: {} for part in pack.parts[example.kind]})
    detectors = Detectors(pack.detectors, [target])
    given: dict[str, Scalar | None] = {one.observe: None for one in pack.detectors if one.kind == example.kind}
    given |= example.given
    longest = max((one.hold for one in pack.detectors), default=0.0)
    observations: list[Observation] = []
    now = START
    for second in range(math.ceil(longest) + 2):
        now = START + second
        observations = [
            Observation(
                target=SUBJECT, name=name, value=Unknown(because="not given") if value is None else value, at=now
            )
            for name, value in given.items()
        ]
        detectors.update(observations, now)
    conclusions = NativeInference().infer(pack.program, [target], detectors.facts())
    seen = {(one.target, one.name): one for one in observations}
    return {one.ref.problem: one for one in diagnose(pack, [target], conclusions, seen, now)}


def differences(example: Example, diagnoses: Mapping[ProblemId, Diagnosis]) -> list[str]:
    """What is not as the example expects, one line each with what was expected and what came."""
    wrong = [
        f"{problem}: expected no such problem, got {_first(diagnoses[problem])}"
        for problem in diagnoses.keys() - example.expect_first.keys()
    ]
    for problem, cause in example.expect_first.items():
        wanted = f"{problem}: expected {cause} at {example.at_least:.3f} or more"
        diagnosis = diagnoses.get(problem)
        if diagnosis is None:
            wrong.append(f"{wanted}, got no such problem")
        elif diagnosis.causes[0].id != cause or diagnosis.causes[0].probability < example.at_least:
            wrong.append(f"{wanted}, got {_first(diagnosis)}")
    return sorted(wrong)


def _first(diagnosis: Diagnosis) -> str:
    return ", ".join(f"{one.id} at {one.probability:.3f}" for one in diagnosis.causes)
