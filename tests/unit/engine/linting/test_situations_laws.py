"""Whatever really happens is among the situations that lint holds for possible, so it never cries wolf."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.inference.detectors import Detectors
from engine.inference.native import NativeInference
from engine.knowledge import Literal
from engine.linting.situations import Situations
from engine.linting.subject import subject
from engine.model import Conclusions, Fact, FactName, Observation, Scalar, Target, TargetId, Truth, Unknown
from engine.regions import regions
from tests.support.linted import PACKS, loaded


def situations_of(name: str) -> Situations:
    read = loaded(PACKS / name / "pack.yaml")
    assert read.pack is not None
    assert read.references is not None
    return Situations(subject=subject(read.pack, read.references))


SHOP = situations_of("shop")
SELF = Target(id=TargetId("self"), kind="app", parts={}, depends_on={"database": TargetId("db")})
DATABASE = Target(id=TargetId("db"), kind="store", parts={})
LITERALS = sorted({one.literal for one in SHOP.subject.asked() if one.kind == "app"})


def values(kind: str, name: str) -> st.SearchStrategy[Scalar | Unknown]:
    """Witnesses of every region, numbers around them, and what cannot be seen."""
    observable = SHOP.subject.observable(kind, name)
    found = [one.witness for one in regions(SHOP.pack.detectors, kind, name, observable)]
    if observable is not None and observable.type is float:
        least, most = observable.least or 0.0, observable.most or 200.0
        return st.sampled_from(found) | st.floats(min_value=least, max_value=most)
    return st.sampled_from(found)


NAMES = sorted({(one.kind, one.observe) for one in SHOP.pack.detectors})


@st.composite
def histories(draw: st.DrawFn) -> list[Observation]:
    """Looks of some seconds distance, each of which sees a few things anew."""
    seen, now = [], 0.0
    for _ in range(draw(st.integers(1, 8))):
        now += draw(st.sampled_from([1.0, 3.0, 12.0, 40.0]))
        for kind, name in draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=6, unique=True)):
            whose = SELF if kind == "app" else DATABASE
            seen.append(Observation(target=whose.id, name=name, value=draw(values(kind, name)), at=now))
    return seen


@settings(max_examples=150, deadline=None)
@given(history=histories(), literals=st.lists(st.sampled_from(LITERALS), min_size=1, max_size=3, unique=True))
def test_what_happens_is_held_for_possible(history: list[Observation], literals: list[Literal]) -> None:
    detectors = Detectors(SHOP.pack.detectors, [SELF, DATABASE])
    possible = SHOP.of("app", literals, unknown=True)
    assert possible is not None
    for at in sorted({one.at for one in history}):
        detectors.update([one for one in history if one.at == at], at)
        conclusions = NativeInference().infer(SHOP.pack.program, [SELF, DATABASE], detectors.facts())
        assert tuple(truth(conclusions, one) for one in literals) in possible


def truth(conclusions: Conclusions, literal: Literal) -> Truth:
    said = conclusions.truth(Fact(target=DATABASE.id if literal.of else SELF.id, name=literal.fact))
    return said.negated() if literal.negated else said


def test_a_witness_is_told_of_each_situation_and_makes_it_so() -> None:
    (literal,) = [one for one in LITERALS if one.fact == "app.starved"]
    seen = SHOP.of("app", [literal])
    assert seen is not None
    assert set(seen) == {(Truth.TRUE,), (Truth.FALSE,)}
    load, cpu = (seen[Truth.TRUE,][("database",), name] for name in ("host.load", "host.cpu"))
    assert isinstance(load, float)
    assert isinstance(cpu, float)
    assert load > 16 or cpu > 95


@pytest.mark.parametrize("only", [frozenset(), frozenset({((), "host")})])
def test_parts_that_are_left_out_are_unknown(only: frozenset[tuple[tuple[str, ...], str]]) -> None:
    (own,) = [one for one in LITERALS if one.fact == "host.cpu below 20 %"]
    theirs = Literal(fact=next(one.fact for one in LITERALS if one.of == "database"), of="database")
    seen = SHOP.of("app", [own, theirs], only=only)
    assert seen is not None
    assert {vector[1] for vector in seen} == {Truth.UNKNOWN}
    assert ({vector[0] for vector in seen} == {Truth.UNKNOWN}) is (not only)


def test_nothing_is_claimed_where_roles_lead_too_deep_or_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    many = Situations(subject=SHOP.subject)
    monkeypatch.setattr("engine.linting.situations.MOST", 1)
    assert many.of("app", LITERALS) is None
    monkeypatch.setattr("engine.linting.situations.DEEPEST", 0)
    assert many.reads("app", [one for one in LITERALS if one.of]) is None


CROWDED = """\
format: 1
pack: crowded
version: 1.0.0
title: {en: Many conditions on one number, zh: 一个数值的多个条件}
kinds:
  host: {parts: {host: host}}
rules:
  - id: host.any
    kind: host
    title: {en: Any of them, zh: 任意一个}
    when:
      any:
        - {observe: host.cpu, above: 90, clear: 80, for: 10s}
        - {observe: host.cpu, above: 85, clear: 70}
        - {observe: host.cpu, above: 80, for: 5s}
        - {observe: host.cpu, above: 80, for: 20s, not: true}
        - {observe: host.cpu, below: 20, clear: 30, for: 3s}
        - {observe: host.cpu, below: 25}
problems:
  - id: host.bad
    kind: host
    title: {en: Bad, zh: 异常}
    severity: P3
    class: {type: performance, kind: slow}
    symptoms: [{id: host.symptom, title: {en: Bad, zh: 异常}, when: {fact: host.any}}]
    recovered: {when: {observe: host.cpu, below: 50}}
    causes:
      - id: host.cause
        title: {en: So, zh: 如此}
        likelihood: common
        because: {en: So, zh: 如此}
        evidence: [{observe: host.load, above: 1, strength: weak, title: {en: So, zh: 如此}}]
"""
HOST = Target(id=TargetId("host"), kind="host", parts={})


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Situations:
    path = tmp_path_factory.mktemp("packs") / "pack.yaml"
    path.write_text(CROWDED, encoding="utf-8")
    read = loaded(path)
    assert read.pack is not None
    assert read.references is not None
    return Situations(subject=subject(read.pack, read.references))


@settings(max_examples=300, deadline=None)
@given(
    looks=st.lists(
        st.tuples(
            st.sampled_from([1.0, 4.0, 6.0, 12.0, 25.0, 40.0]),
            st.sampled_from([10.0, 22.0, 27.0, 50.0, 75.0, 82.0, 88.0, 95.0]) | st.just(Unknown(because="no")),
        ),
        min_size=1,
        max_size=10,
    )
)
def test_time_and_hysteresis_are_held_for_possible_in_every_combination(
    crowded: Situations, looks: list[tuple[float, float | Unknown]]
) -> None:
    literals = [Literal(fact=one.fact) for one in crowded.pack.detectors if one.observe == "host.cpu"]
    possible = crowded.of("host", literals, unknown=True)
    assert possible is not None
    detectors = Detectors(crowded.pack.detectors, [HOST])
    now = 0.0
    for pause, value in looks:
        now += pause
        facts = {**detectors.facts(), **detectors.update([], now)}
        assert tuple(facts[Fact(target=HOST.id, name=one.fact)] for one in literals) in possible
        detectors.update([Observation(target=HOST.id, name="host.cpu", value=value, at=now)], now)
        facts = {**detectors.facts()}
        assert tuple(facts[Fact(target=HOST.id, name=one.fact)] for one in literals) in possible


@pytest.mark.parametrize(
    ("one", "other", "implied"),
    [
        ("host.cpu above 90 % until 80 for 10s", "host.cpu above 80 % for 5s", True),
        ("host.cpu above 90 % until 80 for 10s", "host.cpu above 85 % until 70", True),
        ("host.cpu above 90 % until 80 for 10s", "host.cpu above 80 % for 20s", False),  # it holds longer
        ("host.cpu above 85 % until 70", "host.cpu above 80 % for 5s", False),  # and is kept where the other ends
        ("host.cpu below 20 % until 30 for 3s", "host.cpu below 25 %", False),
        ("host.cpu below 20 % until 30 for 3s", "host.cpu below 50 %", True),
    ],
)
def test_a_fact_implies_another_only_where_it_begins_ends_and_lasts_within_it(
    crowded: Situations, one: str, other: str, *, implied: bool
) -> None:
    pair = [Literal(fact=FactName(one)), Literal(fact=FactName(other))]
    seen = crowded.of("host", pair)
    assert seen is not None
    assert ((Truth.TRUE, Truth.FALSE) not in seen) is implied
