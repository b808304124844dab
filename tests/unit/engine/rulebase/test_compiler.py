"""YAML becomes detectors, rules and problems whose names and numbers a person can foretell."""

import pytest

from engine.knowledge import Above, Below, Detector, Literal, OneOf, Pack, Strength
from engine.model import FactName, Text
from engine.rulebase.compiler import IF_FALSE
from engine.rulebase.conditions import observed_fact, observed_title
from engine.rulebase.conditions import test_of as the_test_of
from engine.rulebase.loader import parse_pack
from engine.rulebase.schema import Condition
from engine.rulebase.shape import duration, seconds
from tests.support.vocabulary import ACTIONS, PROBES, one_level

CONDITIONS = [
    ({"observe": "process.state", "is": "fatal"}, "process.state is fatal"),
    ({"observe": "process.state", "one_of": ["fatal", "exited", "fatal"]}, "process.state is exited or fatal"),
    (
        {"observe": "process.state", "one_of": ["fatal", "backoff", "exited"], "for": "1s"},
        "process.state is backoff, exited or fatal for 1s",
    ),
    ({"observe": "port.listening", "is": False}, "port.listening is false"),
    ({"observe": "http.status", "one_of": [500, 404]}, "http.status is 404 or 500"),
    ({"observe": "host.cpu", "above": 90, "clear": 80.5, "for": "90s"}, "host.cpu above 90 % until 80.5 for 90s"),
    ({"observe": "host.cpu", "below": 5.0, "for": "500ms"}, "host.cpu below 5 % for 500ms"),
]


@pytest.mark.parametrize(("written", "name"), CONDITIONS)
def test_a_condition_has_one_readable_name(written: dict[str, object], name: str) -> None:
    condition = Condition.model_validate(written, strict=False)
    part, _, reading = str(written["observe"]).partition(".")
    observable = next(one for one in PROBES[part] if one.name == reading)
    assert observed_fact(condition, observable) == name
    assert observed_title(condition, observable).zh != name


@pytest.mark.parametrize(
    ("written", "test"),
    [
        ({"observe": "a.b", "above": 9.0}, Above(bound=9.0, clear=9.0)),
        ({"observe": "a.b", "below": 9.0, "clear": 10.0}, Below(bound=9.0, clear=10.0)),
        ({"observe": "a.b", "one_of": ["y", "x"]}, OneOf(values=("x", "y"))),
        ({"observe": "a.b", "is": 0}, OneOf(values=(0,))),
    ],
)
def test_a_condition_has_one_test(written: dict[str, object], test: object) -> None:
    assert the_test_of(Condition.model_validate(written, strict=False), "") == test


@pytest.mark.parametrize(
    ("text", "value"), [("500ms", 0.5), ("10s", 10.0), ("90s", 90.0), ("10m", 600.0), ("2h", 7200.0), ("1d", 86400.0)]
)
def test_a_duration_is_read_and_written(text: str, value: float) -> None:
    assert seconds(text) == value
    assert duration(value) == text


@pytest.mark.parametrize("text", [10, "10", "1.5s", "-1s", "s", "", None, "10 s", "1w", True])
def test_anything_else_is_no_duration(text: object) -> None:
    with pytest.raises(ValueError, match="should be a duration such as"):
        seconds(text)


PACK = """\
format: 1
pack: small
version: 1.0.0
title: {en: Small, zh: 小}
expires: 1m
kinds:
  app: {parts: {process: process, port: port, host: host}, roles: {database: base}}
  base: {parts: {process: process}}
rules:
  - id: app.quiet
    kind: app
    title: {en: Quiet, zh: 静}
    when: {all: [{observe: host.cpu, below: 5}, {observe: process.state, of: database, is: running, not: true}]}
problems:
  - id: base.down
    kind: base
    title: {en: Base down, zh: 库停}
    severity: P0
    class: {type: service, kind: database-down}
    symptoms: [{id: base.fails, title: {en: F, zh: F}, when: {observe: process.state, is: fatal}}]
    recovered: {when: {observe: process.state, is: running}, looks: 2, over: 1s}
    causes:
      - id: base.broken
        title: {en: Broken, zh: 坏}
        likelihood: rare
        because: {en: B, zh: B}
        evidence: [{observe: process.state, is: exited, strength: moderate, title: {en: Exited, zh: 退出}}]
  - id: app.down
    kind: app
    title: {en: Down, zh: 停机}
    severity: P1
    class: {type: service, kind: application-down}
    symptoms:
      - id: app.fails
        title: {en: Fails, zh: 失败}
        when: {any: [{observe: process.state, is: fatal}, {fact: app.quiet}]}
    recovered: {when: {observe: process.state, is: running}, steady: [process.started]}
    causes:
      - id: app.base-down
        title: {en: Base, zh: 库}
        likelihood: occasional
        because: {en: B, zh: B}
        problem: base.down
        of: database
      - id: app.port-taken
        title: {en: Port taken, zh: 端口被占}
        likelihood: common
        because: {en: B, zh: B}
        evidence:
          - {observe: port.owner, is: other, strength: proves, title: {en: Other, zh: 其他}}
          - {fact: app.fails, strength: weak, sees: failing, against: true, if_false: proves, title: {en: Q, zh: Q}}
          - {observe: port.listening, is: true, strength: strong, if_false: none, title: {en: L, zh: L}}
"""


@pytest.fixture(scope="module")
def pack() -> Pack:
    return parse_pack(PACK, "p.yaml", probes=PROBES, actions=ACTIONS, stratify=one_level)


def test_a_condition_that_is_asked_twice_is_one_detector(pack: Pack) -> None:
    asked = [(one.kind, one.fact) for one in pack.detectors]
    assert len(asked) == len(set(asked)) == 8
    assert pack.detectors[0] == Detector(
        fact=FactName("host.cpu below 5 %"),
        kind="app",
        observe="host.cpu",
        test=Below(bound=5, clear=5),
        hold=0.0,
        expires=60.0,
    )


def test_what_is_asked_of_a_role_is_detected_on_that_roles_kind(pack: Pack) -> None:
    assert FactName("process.state is running") in pack.program.given["base"]
    rule = next(one for one in pack.program.levels[0] if one.id == "app.quiet")
    assert rule.when == (
        Literal(fact=FactName("host.cpu below 5 %")),
        Literal(fact=FactName("process.state is running"), of="database", negated=True),
    )


def test_any_becomes_one_rule_for_each_of_its_conditions(pack: Pack) -> None:
    rules = {one.id: one for one in pack.program.levels[0]}
    assert [rules[f"symptom app.fails/{number}"].when[0].fact for number in (1, 2)] == [
        "process.state is fatal",
        "app.quiet",
    ]
    assert {rules[f"symptom app.fails/{number}"].concludes for number in (1, 2)} == {"symptom app.fails"}
    assert rules["problem app.down by app.fails"].when == (Literal(fact=FactName("symptom app.fails")),)


def test_a_cause_that_is_another_problem_is_proved_by_it_and_refuted_without_it(pack: Pack) -> None:
    cause = pack.problems[1].causes[0]
    (evidence,) = cause.evidence
    assert (cause.problem, cause.of) == ("base.down", "database")
    assert evidence.literal == Literal(fact=FactName("problem base.down"), of="database")
    assert (evidence.strength, evidence.if_false) == (Strength.PROVES, Strength.PROVES)
    assert evidence.title == Text(en="Base down", zh="库停")


def test_evidence_weighs_one_step_less_when_false_unless_the_pack_says_otherwise(pack: Pack) -> None:
    owner, fails, listening = pack.problems[1].causes[1].evidence
    assert (owner.sees, owner.if_false, owner.against) == ("port.owner", Strength.STRONG, False)
    assert (fails.sees, fails.if_false, fails.against) == ("failing", Strength.PROVES, True)
    assert fails.literal.fact == "symptom app.fails"
    assert listening.if_false is None
    assert list(IF_FALSE.values()) == [Strength.STRONG, Strength.MODERATE, Strength.WEAK, None]


def test_every_fact_has_a_title_and_evidence_names_it_best(pack: Pack) -> None:
    concluded = {rule.concludes for level in pack.program.levels for rule in level}
    assert concluded | {one.fact for one in pack.detectors} == set(pack.titles)
    assert pack.titles[FactName("port.owner is other")] == Text(en="Other", zh="其他")
    assert pack.titles[FactName("process.state is fatal")].zh == "process.state 为 fatal"
