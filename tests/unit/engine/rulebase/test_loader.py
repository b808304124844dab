"""A pack is loaded whole, or every mistake in it is told with its place."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import RuleError, TextError
from engine.knowledge import Pack, Rule
from engine.rulebase.loader import find_pack, load_pack, parse_pack
from engine.rulebase.yaml_text import dump, read
from tests.support.vocabulary import ACTIONS, PROBES, SETTINGS, one_level

PACK = """\
format: 1
pack: small
version: 1.0.0
title: {en: Small, zh: 小}
kinds:
  app:
    parts: {process: process, port: port, host: host}
    roles: {database: base}
  base:
    parts: {process: process}
rules:
  - id: app.busy
    kind: app
    title: {en: Busy, zh: 忙}
    when: {observe: host.cpu, above: 90, clear: 80, for: 10s}
problems:
  - id: app.down
    kind: app
    title: {en: Down, zh: 停机}
    severity: P1
    class: {type: service, kind: application-down}
    symptoms:
      - id: app.fails
        title: {en: Fails, zh: 失败}
        when: {any: [{observe: process.state, is: fatal}, {fact: app.busy, not: true}]}
    recovered:
      when: {observe: process.state, is: running}
      steady: [process.started]
    causes:
      - id: app.port-taken
        title: {en: Port taken, zh: 端口被占}
        likelihood: common
        because: {en: Because, zh: 因为}
        evidence:
          - {observe: port.owner, is: other, strength: proves, title: {en: Other, zh: 其他}}
          - {observe: process.state, of: database, is: running, strength: weak, title: {en: Up, zh: 在}}
        remedies:
          - id: free
            title: {en: Free it, zh: 释放}
            steps:
              - action: start-process
                with: {supervisor: "{process.supervisor}", name: "{process.name}"}
            instruction: {en: "Look at {port.port}", zh: "看 {target.id}"}
examples:
  - name: taken
    kind: app
    given: {process.state: fatal, host.cpu: 10, port.owner: null}
    expect: {app.down: app.port-taken}
"""


def load(text: str) -> Pack:
    return parse_pack(text, "p.yaml", probes=PROBES, actions=ACTIONS, stratify=one_level, settings=SETTINGS)


def told(text: str) -> list[str]:
    with pytest.raises(TextError) as caught:
        load(text)
    return [str(one) for one in caught.value.mistakes]


def test_a_right_pack_is_loaded() -> None:
    assert load(PACK).id == "small"


SCHEMA = [
    ("format: 1", "format: 2", "1:9: should be 1, not 2"),
    ("version: 1.0.0", "version: 1.0", "3:10: should be text, not 1.0"),
    ("pack: small", "pack: Small", "2:7: should be lower-case words joined by hyphens"),
    ("title: {en: Small, zh: 小}", "title: {en: Small}", "4:8: 'zh' is missing"),
    ("problems:", "problem:", "16:1: unknown key 'problem' (did you mean 'problems'?)"),
    ("severity: P1", "severity: P9", "20:15: should be 'P0', 'P1', 'P2' or 'P3', not 'P9'"),
    ("type: service", "type: servise", "21:12: 'type' should be one of service, network, data, performance"),
    ("kind: application-down", "kind: down", "21:12: 'kind' should be one of application-down, database-down"),
    ("likelihood: common", "likelyhood: common", "32:9: unknown key 'likelyhood' (did you mean 'likelihood'?)"),
    ("likelihood: common", "likelihood: on", "32:21: should be 'common', 'occasional' or 'rare', not 'on'"),
    ("id: app.down", "id: down", "17:9: should be an id with its subject first"),
    ("for: 10s", "for: 10", "15:58: should be a duration such as 500ms, 10s, 10m, 2h or 1d, not 10"),
    ("clear: 80", "clear: 95", "15:11: 'clear' must be at most 90, where 'above' begins"),
    ("above: 90, clear: 80", "below: 90, clear: 80", "15:11: 'clear' must be at least 90, where 'below' begins"),
    ("above: 90, clear", "is: 90, clear", "15:11: 'clear' belongs to 'above' or 'below'"),
    ("above: 90, clear: 80", "above: 90, is: 80", "15:11: 'observe' needs exactly one of"),
    ("fact: app.busy, not", "fact: app.busy, is: true, not", "25:59: a fact is true or false by itself"),
    ("{any: [", "{all: [], any: [", "25:21: should have at least 1 item"),
    ("when: {observe: process.state, is: running}", "when: {}", "27:13: needs exactly one of 'observe', 'fact'"),
    ("strength: weak", "strength: weak, if_false: off", "36:91: should be proves, strong, moderate, weak or none"),
    ("is: other", "is: [other]", "35:39: should be text, a number, true or false, not"),
    ("{observe: process.state, is: fatal}", "{is: fatal}", "25:22: needs either 'observe' or 'fact'"),
    ("is: fatal}", "isnt: fatal}", "25:47: unknown key 'isnt'"),
    ("is: fatal}", "isnt: fatal}", "25:22: 'observe' needs exactly one of 'is', 'one_of'"),
    ("{any: [", "{for: 1s, any: [", "25:15: 'all' and 'any' stand alone"),
    ("en: Other,", "en: Other, or none,", "35:83: unknown key 'or none' (put text that contains a comma in quotes)"),
    ("likelihood: common", "likelihood: common\n        of: database", "30:9: 'of' belongs to 'problem' here"),
    ("evidence:\n", "evidence: []\n        title2:\n", "30:9: a cause needs 'evidence' to be told by"),
    (
        "          - id: free\n",
        "          - {id: none, title: {en: N, zh: N}}\n          - id: free\n",
        "38:13: a remedy needs",
    ),
    ("  - id: app.busy", "  - app.busy\n  - id: app.busy", "12:5: should be a mapping, not 'app.busy'"),
]

REFERENCES = [
    ("above: 90, clear: 80", "above: 90 %, clear: 500ms", "15:11: 'clear' is in another unit than its bound: 500 ms"),
    ("above: 90, clear: 80", "above: 90 %, clear: 80", "15:11: 'clear' is in another unit than its bound: 80 and 90 %"),
    ("above: 90, clear: 80", "above: 500ms", "15:38: host.cpu is in %, not in ms (write it in %)"),
    ("above: 90, clear: 80", "above: 90 parsec", "15:38: should be a number, with a unit or without"),
    ("above: 90, clear: 80", "above: 90 pc", "15:38: 'pc' is no unit; known: ms, s, m"),
    ("above: 90, clear: 80", "above: 900", "15:38: host.cpu is at most 100 %, so it never comes to 900 (name a"),
    ("above: 90, clear: 80", "below: -5", "15:38: host.cpu is at least 0 %, so it never comes to -5"),
    ("host.cpu, above: 90, clear: 80", "host.load, above: 90 %", "15:39: host.load is a plain number without a unit"),
    ("roles: {database: base}", "checks: {prt: {title: {en: P, zh: 端}}}", "8:14: kind 'app' has no part 'prt' (did"),
    ("for: 10s}\n", "for: 10s}\n    then: {}\n", "16:11: 'then' needs 'inhibit', 'escalate' or 'severity'"),
    ("for: 10s}\n", "for: 10s}\n    then: {inhibit: [app.dwn]}\n", "16:22: kind 'app' has no problem 'app.dwn'"),
    ("for: 10s}\n", "for: 10s}\n    then: {escalate: [a.b]}\n", "16:23: kind 'app' has no problem 'a.b' (known:"),
    ("for: 10s}\n", "for: 10s}\n    then: {severity: {app.dwn: P0}}\n", "16:23: kind 'app' has no problem 'app.dwn'"),
    ("for: 10s}\n", "for: 10s}\n    then: {severity: {app.down: P5}}\n", "16:33: should be 'P0', 'P1', 'P2' or 'P3'"),
    ("- id: free\n", "- id: free\n            brings: {process.state: up}\n", "39:37: process.state is never 'up'"),
    ("- id: free\n", "- id: free\n            brings: {host.cpu: full}\n", "39:32: host.cpu is a number, never 'full'"),
    ("port: port, host", "port: prot, host", "7:37: unknown probe 'prot' (did you mean 'port'?)"),
    ("database: base", "database: bose", "8:23: unknown kind 'bose' (did you mean 'base'?)"),
    (
        "    kind: app\n    title: {en: Busy",
        "    kind: apps\n    title: {en: Busy",
        "13:11: unknown kind 'apps' (did you",
    ),
    ("host.cpu, above", "hots.cpu, above", "15:21: kind 'app' has no part 'hots' (did you mean 'host'?)"),
    ("host.cpu, above", "host.cpus, above", "15:21: probe 'host' reads no 'cpus' (did you mean 'host.cpu'?)"),
    ("host.cpu, above", "process.state, above", "15:43: process.state is no number, so nothing is above it"),
    ("host.cpu, above: 90, clear: 80", "host.cpu, is: 90", "15:35: host.cpu is measured: ask with 'above' or"),
    ("is: fatal", "is: fetal", "25:51: process.state is never 'fetal' (did you mean 'fatal'?)"),
    ("is: fatal", "one_of: [fatal, 3]", "25:63: process.state is text, never 3"),
    ("fact: app.busy", "fact: app.bussy", "25:66: kind 'app' has no fact 'app.bussy' (did you mean 'app.busy'?)"),
    ("process.started", "process.start", "28:16: probe 'process' reads no 'start'"),
    ("of: database", "of: databse", "36:42: kind 'app' has no role 'databse' (did you mean 'database'?)"),
    ("of: database, is: running", "of: database, is: up", "36:56: process.state is never 'up'"),
    ("process.state, of: database", "port.listening, of: database", "36:23: kind 'base' has no part 'port'"),
    ("action: start-process", "action: start-proces", "41:25: unknown action 'start-proces' (did you mean"),
    ('name: "{process', 'nam: "{process', "42:17: 'start-process' needs 'name'"),
    ('name: "{process', 'grace: 1, name: "{process', "42:60: 'start-process' takes no 'grace'"),
    ("{process.supervisor}", "{proces.supervisor}", "42:36: '{proces.supervisor}' names no part of kind 'app' (did"),
    ("{process.supervisor}", "{process}", "42:36: '{process}' names no setting of 'process'"),
    ("{port.port}", "{prt.port}", "43:31: '{prt.port}' names no part of kind 'app' (did you mean"),
    ("{target.id}", "{target.name}", "43:58: '{target.name}' names no setting of 'target' (known: id"),
    ("{port.port}", "{port.prot}", "43:31: '{port.prot}' names no setting of 'port' (did you mean 'port'?)"),
    ("{port.port}", "{ port.port }", "43:31: '{ port.port }' names no part of kind 'app'"),
    ("{port.port}", "{port.port", "43:31: a brace stands alone"),
    ("id: app.fails", "id: app.down", "23:13: the id 'app.down' is used already, by the problem in line 17"),
    (
        "port.owner, is: other",
        "process.state, of: database, is: running",
        "36:13: this evidence asks the same as item 1",
    ),
    ("given: {process.state: fatal", "given: {process.state: bad", "47:28: process.state is never 'bad'"),
    ("expect: {app.down:", "expect: {app.up:", "48:14: kind 'app' has no problem 'app.up'"),
    ("app.down: app.port-taken}", "app.down: app.port}", "48:24: 'app.down' has no cause 'app.port'"),
    (
        "because: {en: B",
        "problem: app.down\n        because: {en: B",
        "33:18: the problem 'app.down' would be a cause of itself",
    ),
    (
        "because: {en: B",
        "problem: app.gone\n        of: databse\n        because: {en: B",
        "34:13: kind 'app' has no role 'databse' (did you mean 'database'?)",
    ),
    (
        "because: {en: B",
        "problem: app.gone\n        because: {en: B",
        "33:18: kind 'app' has no problem 'app.gone'",
    ),
    (
        "          - id: free\n",
        "          - {id: free, title: {en: F, zh: F}, instruction: {en: F, zh: F}}\n          - id: free\n",
        "39:17: the problem has a remedy 'free' already",
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), [*SCHEMA, *REFERENCES])
def test_a_mistake_is_told_where_it_stands(old: str, new: str, expected: str) -> None:
    assert old in PACK
    mistakes = told(PACK.replace(old, new, 1))
    assert any(one.startswith(f"p.yaml:{expected}") for one in mistakes), mistakes


def test_mistakes_of_every_pass_are_told_at_once() -> None:
    text = PACK
    for old, new in (
        ("version: 1.0.0", "version: 1.0.0\nversion: 2.0.0"),
        ("kind: application-down}", "kind: application-down, sort: x}"),
        ("is: fatal", "is: fetal"),
        ("likelihood: common", "likelyhood: common, likelihood: common".replace(", ", "\n        ")),
        ("of: database", "of: databse"),
        ("action: start-process", "action: start-proces"),
        ("app.down: app.port-taken}", "app.down: app.port}"),
        ("clear: 80", "clear: 95"),
    ):
        text = text.replace(old, new, 1)
    places = [tuple(int(part) for part in one.split(":")[1:3]) for one in told(text)]
    assert places == [(4, 1), (16, 11), (22, 52), (26, 51), (33, 9), (38, 42), (43, 25), (50, 24)]


def test_a_piece_that_is_broken_makes_no_false_mistakes_elsewhere() -> None:
    assert len(told(PACK.replace("severity: P1", "severity: P9"))) == 1
    assert len(told(PACK.replace("database: base", "database: bose"))) == 1


def test_the_digest_covers_what_a_pack_says_and_not_its_comments() -> None:
    assert load(PACK).digest == load("# words\n" + PACK.replace("{en: Busy, zh: 忙}", "{zh: 忙, en: 'Busy'}")).digest
    assert load(PACK).digest != load(PACK.replace("above: 90", "above: 91")).digest


def test_a_pack_that_is_written_is_loaded_the_same() -> None:
    assert load(dump(read(PACK, "p").data)) == load(PACK)


@dataclass(frozen=True)
class Defect:
    rule: str
    message: str
    hint: str


class CycleError(RuleError):
    rules = ("symptom app.fails/2", "app.busy")


def cyclic(rules: Sequence[Rule]) -> tuple[tuple[Rule, ...], ...]:
    raise CycleError(f"a cycle among {len(rules)} rules")


def test_what_the_engines_refuse_is_told_at_its_rule() -> None:
    with pytest.raises(TextError) as caught:
        parse_pack(
            PACK,
            "p.yaml",
            probes=PROBES,
            actions=ACTIONS,
            stratify=cyclic,
            defects=lambda _: [Defect("app.busy", "too much", "take less")],
        )
    assert [str(one) for one in caught.value.mistakes] == [
        "p.yaml:15:11: too much (take less)",
        "p.yaml:25:15: a cycle among 5 rules",
    ]


def test_packs_are_found_by_name_or_by_path(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/pack.yaml").write_text(PACK, encoding="utf-8")
    assert find_pack("mine/pack.yaml", tmp_path) == tmp_path / "mine/pack.yaml"
    assert find_pack("./mine", tmp_path) == tmp_path / "mine/pack.yaml"
    assert find_pack("service", tmp_path).name == "pack.yaml"
    with pytest.raises(RuleError, match=r"there is no shipped pack 'servise' .did you mean 'service'"):
        find_pack("servise", tmp_path)
    with pytest.raises(RuleError, match=r"there is no pack at .*: check the path"):
        find_pack("./yours", tmp_path)
    assert load_pack(find_pack("./mine", tmp_path), probes=PROBES, actions=ACTIONS, stratify=one_level).id == "small"


LINES = PACK.splitlines()


@settings(deadline=None)
@given(st.integers(0, len(LINES) - 1), st.text(st.characters(codec="utf-8"), max_size=20), st.booleans())
def test_any_pack_is_loaded_or_is_a_text_error(number: int, line: str, keep: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    changed = [*LINES[:number], *([LINES[number] + line] if keep else [line]), *LINES[number + 1 :]]
    try:
        load("\n".join(changed))
    except TextError as error:
        assert error.mistakes  # noqa: PT017 - an error is only one of the two allowed ends


@settings(deadline=None)
@given(st.integers(0, len(PACK) - 1), st.integers(0, 40), st.sampled_from(["", "[]", "null", "{}", "x", "- ", "1"]))
def test_a_pack_with_a_hole_is_loaded_or_is_a_text_error(start: int, length: int, filling: str) -> None:
    try:
        load(PACK[:start] + filling + PACK[start + length :])
    except TextError as error:
        assert error.mistakes  # noqa: PT017 - an error is only one of the two allowed ends


def test_a_wrong_value_does_not_hide_a_wrong_name_beside_it() -> None:
    text = PACK.replace("strength: weak", "strength: weak, if_false: off").replace("is: other", "is: othr")
    assert [one.partition(" ")[0] for one in told(text)] == ["p.yaml:35:39:", "p.yaml:36:91:"]


def test_an_empty_file_is_told_how_a_pack_begins() -> None:
    (found,) = told("")
    assert found.startswith("p.yaml:1:1: the file is empty (a pack begins with `format: 1`, then `pack`, `version`")
