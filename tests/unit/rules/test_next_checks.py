"""What checks would find of the problems of every shipped pack, and which would come first."""

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.diagnosis.diagnosing import diagnose
from engine.diagnosis.foreseeing import shares, suspects_of
from engine.diagnosis.next_check import Available, Stakes, next_check, settled_by
from engine.inference.levels import problems_of, stratify
from engine.inference.native import NativeInference
from engine.knowledge import Check, OneOf, Pack, Problem
from engine.model import CauseId, Conclusions, Fact, ProblemId, ProblemRef, Scalar, Target, TargetId, Text, Truth
from engine.rulebase.loader import load_pack
from tests.support.vocabulary import ACTIONS, PROBES

PACKS = sorted((Path(__file__).parents[3] / "rules").glob("*/pack.yaml"))
SERVICE = next(path for path in PACKS if path.parent.name == "service")
STAKES = Stakes(certain=0.95, treated_from=0.5)


@cache
def shipped(path: Path) -> Pack:
    return load_pack(path, probes=PROBES, actions=ACTIONS, stratify=stratify, defects=problems_of)


PROBLEMS = [pytest.param(path, problem.id, id=str(problem.id)) for path in PACKS for problem in shipped(path).problems]


def target_of(problem: Problem) -> Target:
    return Target(id=TargetId("subject"), kind=problem.kind, parts={})


def concluded(pack: Pack, target: Target, facts: dict[str, Truth]) -> Conclusions:
    """What follows when the detectors say this, and nothing of what is not named."""
    said = {Fact(target=target.id, name=one.fact): facts.get(one.fact, Truth.UNKNOWN) for one in pack.detectors}
    return NativeInference().infer(pack.program, [target], said)


def checks(pack: Pack, kind: str, cost: float = 5) -> list[Available]:
    """One check for each part of a kind."""
    made = [Check(kind=kind, part=part, cost=cost, title=Text(en=part, zh=part)) for part in pack.parts[kind]]
    return [Available(check=one, detectors=settled_by(one, pack.detectors)) for one in made]


@pytest.mark.parametrize(("path", "name"), PROBLEMS)
@given(data=st.data())
def test_suspects_stand_where_the_diagnosis_puts_them(path: Path, name: ProblemId, data: st.DataObject) -> None:
    pack = shipped(path)
    problem = pack.problem(name)
    target = target_of(problem)
    facts = {one.fact: data.draw(st.sampled_from(Truth)) for one in pack.detectors}
    conclusions = concluded(pack, target, facts)
    failed = [(problem.causes[0].id, 0.9)] if data.draw(st.booleans()) else []
    known = suspects_of(problem, target, conclusions, failed)
    ref = ProblemRef(target=target.id, problem=name)
    shown = Conclusions(truths={**conclusions.truths, Fact(target=target.id, name=problem.fact): Truth.TRUE}, proof=())
    (found,) = [one for one in diagnose(pack, [target], shown, {}, 0, {ref: failed}) if one.ref == ref]
    if sum(one.proved for one in found.causes) < 2:
        assert shares(known) == pytest.approx({one.id: one.probability for one in found.causes}, abs=1e-12)


@pytest.mark.parametrize(
    ("cause", "oddity"),
    [
        ("service.port-taken", {"port.owner": "other"}),
        ("service.config-broken", {"config.parses": False}),
        ("service.secret-missing", {"secret.exists": False}),
    ],
)
def test_check_by_check_the_cause_of_a_program_that_does_not_start_is_found(
    cause: str, oddity: dict[str, Scalar]
) -> None:
    """Nobody has looked at anything yet; each check tells how things are, until no further check is worth it."""
    pack = shipped(SERVICE)
    problem = pack.problem(ProblemId("service.does-not-start"))
    target = target_of(problem)
    world: dict[str, Scalar] = {
        "process.state": "backoff",
        "port.owner": "none",
        "config.parses": True,
        "config.exists": True,
        "config.differs": False,
        "secret.exists": True,
        "health.answer": "refused",
    }
    world |= oddity
    facts: dict[str, Truth] = {}
    asked: list[str] = []
    while True:
        known = suspects_of(problem, target, concluded(pack, target, facts))
        chosen = next_check(known, checks(pack, problem.kind), STAKES)
        if chosen is None:
            break
        asked.append(chosen.check.part)
        for one in settled_by(chosen.check, pack.detectors):
            assert isinstance(one.test, OneOf)
            facts[one.fact] = Truth.of(world[one.observe] in one.test.values)
    assert max(shares(known).items(), key=lambda pair: pair[1])[0] == cause
    assert shares(known)[CauseId(cause)] > 0.95
    assert len(asked) == len(set(asked))
    assert set(asked) <= {"port", "config", "secret"}


@pytest.mark.parametrize(("path", "name"), PROBLEMS)
def test_no_check_is_worth_more_than_handing_over_costs(path: Path, name: ProblemId) -> None:
    pack = shipped(path)
    problem = pack.problem(name)
    known = suspects_of(problem, target_of(problem), concluded(pack, target_of(problem), {}))
    assert next_check(known, checks(pack, problem.kind, cost=STAKES.hand_over), STAKES) is None
