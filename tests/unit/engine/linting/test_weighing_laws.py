"""What lint says of causes holds in every diagnosis: what is never first is not, and twins keep their odds."""

import math
from collections.abc import Mapping
from math import comb
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.diagnosis.diagnosing import diagnose
from engine.inference.detectors import Detectors
from engine.inference.native import NativeInference
from engine.knowledge import Literal, Pack
from engine.linting.situations import Situations
from engine.linting.subject import PlacedProblem, subject
from engine.linting.telling_apart import matrix, pairs
from engine.linting.weighing import first, groups
from engine.model import CauseId, Diagnosis, Observation, Scalar, Target, TargetId, Unknown
from engine.regions import regions
from engine.rulebase.loader import find_pack
from tests.support.linted import copied, loaded
from tests.support.seeds import plant, seeds

SELF = Target(id=TargetId("self"), kind="app", parts={}, depends_on={"database": TargetId("db")})
DATABASE = Target(id=TargetId("db"), kind="store", parts={})
SERVICE = Target(id=TargetId("service"), kind="service", parts={})


def situations_of(path: Path) -> Situations:
    read = loaded(path)
    assert read.pack is not None
    assert read.references is not None
    return Situations(subject=subject(read.pack, read.references))


def planted(folder: Path, name: str) -> Situations:
    (seed,) = [one for one in seeds() if one.name == name]
    path = copied(folder)
    path.write_text(plant(path.read_text(encoding="utf-8"), seed).text, encoding="utf-8")
    return situations_of(path)


def ranked(pack: Pack, seen: Mapping[tuple[TargetId, str], Scalar | Unknown]) -> dict[str, list[tuple[CauseId, float]]]:
    """The causes of every problem that shows, with their probability, when all this was seen for a while."""
    return {one.ref.problem: [(cause.id, cause.probability) for cause in one.causes] for one in diagnosed(pack, seen)}


def diagnosed(pack: Pack, seen: Mapping[tuple[TargetId, str], Scalar | Unknown]) -> tuple[Diagnosis, ...]:
    targets = [SELF, DATABASE, SERVICE]
    detectors = Detectors(pack.detectors, targets)
    for at in (0.0, 20.0, 40.0):  # often enough that nothing expires, and longer than anything has to hold
        made = [Observation(target=whose, name=name, value=value, at=at) for (whose, name), value in seen.items()]
        detectors.update(made, at)
    conclusions = NativeInference().infer(pack.program, targets, detectors.facts())
    return diagnose(pack, targets, conclusions, {(one.target, one.name): one for one in made}, 40.0)


def seen_of(pack: Pack) -> st.SearchStrategy[Mapping[tuple[TargetId, str], Scalar | Unknown]]:
    whose = {"app": SELF, "store": DATABASE, "service": SERVICE}
    names = sorted({(one.kind, one.observe) for one in pack.detectors})
    return st.fixed_dictionaries(
        {
            (whose[kind].id, name): st.sampled_from([one.witness for one in regions(pack.detectors, kind, name)])
            for kind, name in names
        }
    )


PLANTED = [
    ("a cause that only weak evidence speaks for", "app.odd"),
    ("a cause whose evidence always favours another one more", "app.stolen"),
    ("steps against a cause of which only other things are denied", "app.hidden"),
]


@pytest.mark.parametrize(("name", "cause"), PLANTED)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_is_never_first_is_not_first_in_any_diagnosis(
    name: str, cause: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pack = planted(tmp_path_factory.mktemp("packs"), name).pack
    causes = ranked(pack, data.draw(seen_of(pack))).get("app.down", [("none", 1.0)])
    assert causes[0][0] != cause


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_causes_that_nothing_tells_apart_are_as_probable_as_each_other(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    name = "a cause that is told by the evidence of another one"
    situations = planted(tmp_path_factory.mktemp("packs"), name)
    causes = dict(ranked(situations.pack, data.draw(seen_of(situations.pack))).get("app.down", []))
    assert causes.get(CauseId("app.locked")) == pytest.approx(causes.get(CauseId("app.port-taken")))


SHIPPED = situations_of(find_pack("service", Path()))


@pytest.mark.parametrize("problem", SHIPPED.subject.problems, ids=lambda one: one.problem.id)
def test_every_cause_of_the_shipped_pack_can_come_first_and_does_by_what_the_matrix_names(
    problem: PlacedProblem,
) -> None:
    found = groups(SHIPPED, problem)
    assert found is not None
    assert [first(found, problem, number) for number in range(len(problem.causes))] == [True] * len(problem.causes)
    told = matrix(SHIPPED, problem)
    assert len(told) == comb(len(problem.causes), 2)
    for pair in told:
        assert pair.factor > 1
        assert pair.observations
        assert pair.favours_one != pair.favours_other


def test_nothing_is_claimed_of_causes_when_there_are_too_many_situations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.linting.situations.MOST", 1)
    blind = Situations(subject=SHIPPED.subject)
    problem = SHIPPED.subject.problems[0]
    assert matrix(blind, problem) == ()
    assert groups(blind, problem) is None


def test_two_causes_are_told_apart_by_themselves_where_all_of_them_are_too_many() -> None:
    problem = SHIPPED.subject.problems[0]
    alone = list(pairs(SHIPPED, problem, None))
    assert [(one.one.id, one.other.id, one.factor) for one in alone] == [
        (one.one.id, one.other.id, pytest.approx(one.factor)) for one in matrix(SHIPPED, problem)
    ]


def test_what_is_weighed_together_is_what_one_state_or_the_symptoms_link() -> None:
    found = groups(SHIPPED, SHIPPED.subject.problems[0])
    assert found is not None
    assert sorted(sorted(name for _, name in one.observations) for one in found) == [
        ["config.differs"],
        ["config.exists", "config.parses"],
        ["port.owner"],
        ["process.state"],
        ["secret.exists"],
    ]
    (state,) = [one for one in found if ((), "process.state") in one.observations]
    seen = {what[(), "process.state"] for what in state.weights.values()}
    assert seen <= {"backoff", "exited", "fatal"}  # the problem shows by nothing else


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_every_diagnosis_weighs_as_one_of_the_situations_of_each_group(data: st.DataObject) -> None:
    seen = data.draw(seen_of(SHIPPED.pack))
    for diagnosis in diagnosed(SHIPPED.pack, seen):
        (problem,) = [one for one in SHIPPED.subject.problems if one.problem.id == diagnosis.ref.problem]
        ranked_causes = {cause.id: cause for cause in diagnosis.causes}
        for group in groups(SHIPPED, problem) or ():
            logs = []
            for cause in problem.problem.causes:
                weighed = zip(cause.evidence, ranked_causes[cause.id].evidence, strict=True)
                own = [one for asked, one in weighed if reads(asked.literal) <= group.observations]
                logs.append(round(math.fsum(math.log(one.ratio) for one in own), 9))
            assert tuple(logs) in group.weights


def reads(literal: Literal) -> frozenset[tuple[tuple[str, ...], str]]:
    return SHIPPED.reads("service", [literal]) or frozenset()
