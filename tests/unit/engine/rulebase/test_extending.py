"""A pack that builds on others: what it adds, changes and leaves out, and where mistakes are told."""

from pathlib import Path

import pytest

from engine.errors import TextError
from engine.knowledge import Likelihood, Pack
from engine.model import Severity
from engine.rulebase.loader import load_pack
from tests.support.vocabulary import ACTIONS, PROBES, SETTINGS, one_level

BASE = """\
format: 1
pack: base
version: 1.0.0
title: {en: Base, zh: 基础}
expires: 20s
kinds:
  app:
    parts: {process: process, port: port}
problems:
  - id: app.down
    kind: app
    title: {en: Down, zh: 停机}
    severity: P1
    class: {type: service, kind: application-down}
    symptoms:
      - id: app.fails
        title: {en: Fails, zh: 失败}
        when: {observe: process.state, is: fatal}
      - id: app.ends
        title: {en: Ends, zh: 退出}
        when: {observe: process.state, is: exited}
    recovered: {when: {observe: process.state, is: running}}
    causes:
      - id: app.port-taken
        title: {en: Port taken, zh: 端口被占}
        likelihood: common
        because: {en: Because, zh: 因为}
        evidence:
          - {observe: port.owner, is: other, strength: proves, title: {en: Other, zh: 其他}}
      - id: app.killed
        title: {en: Killed, zh: 被杀}
        likelihood: rare
        because: {en: Because, zh: 因为}
        evidence:
          - {observe: process.exit-status, is: 137, strength: strong, title: {en: By a signal, zh: 信号}}
examples:
  - name: taken
    kind: app
    given: {process.state: fatal, port.owner: other}
    expect: {app.down: app.port-taken}
"""
TOP = """\
format: 1
pack: top
version: 2.0.0
title: {en: Top, zh: 上层}
extends: [../base/pack.yaml]
"""
CAUSE = """\
          - id: app.full
            title: {en: Full, zh: 满}
            likelihood: rare
            because: {en: Because, zh: 因为}
            evidence: [{observe: host.disk, above: 95 %, strength: strong, title: {en: Full, zh: 满}}]
"""
VOCABULARY = {**PROBES, "host": (*PROBES["host"], PROBES["host"][0].__class__(name="disk", type=float, unit="%"))}


def load(folder: Path, top: str, base: str = BASE) -> Pack:
    for name, text in (("base", base), ("top", top)):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "pack.yaml").write_text(text, encoding="utf-8")
    return load_pack(
        folder / "top" / "pack.yaml",
        probes=VOCABULARY,
        actions=ACTIONS,
        stratify=one_level,
        settings=SETTINGS,
    )


def told(folder: Path, top: str, base: str = BASE) -> list[str]:
    with pytest.raises(TextError) as caught:
        load(folder, top, base)
    return [str(one).removeprefix(f"{folder}/") for one in caught.value.mistakes]


def test_a_pack_inherits_everything_and_is_called_by_its_own_name(tmp_path: Path) -> None:
    pack = load(tmp_path, TOP)
    assert (pack.id, pack.version) == ("top", "2.0.0")
    assert [one.id for one in pack.problem("app.down").causes] == ["app.port-taken", "app.killed"]
    assert [one.name for one in pack.examples] == ["taken"]
    assert {one.expires for one in pack.detectors} == {20.0}


def test_the_digest_covers_what_is_inherited(tmp_path: Path) -> None:
    before = load(tmp_path, TOP).digest
    assert load(tmp_path, TOP, BASE.replace("likelihood: rare", "likelihood: common")).digest != before


def test_overrides_change_what_they_name_and_add_what_is_new_inside_it(tmp_path: Path) -> None:
    overrides = (
        "kinds:\n  app:\n    parts: {host: host}\noverrides:\n  problems:\n    - id: app.down\n      severity: P0\n"
        "      causes:\n          - {id: app.killed, likelihood: occasional}\n" + CAUSE
    )
    problem = load(tmp_path, TOP + overrides).problem("app.down")
    assert problem.severity is Severity.P0
    assert [one.id for one in problem.causes] == ["app.port-taken", "app.killed", "app.full"]
    assert problem.causes[1].likelihood is Likelihood.OCCASIONAL
    assert problem.title.en == "Down"


def test_null_takes_a_key_out(tmp_path: Path) -> None:
    overrides = "overrides:\n  problems:\n    - {id: app.down, severity: null}\n"
    assert told(tmp_path, TOP + overrides) == ["base/pack.yaml:10:5: 'severity' is missing"]


def test_without_leaves_out_problems_causes_symptoms_and_examples(tmp_path: Path) -> None:
    pack = load(tmp_path, TOP + "without: [app.killed, app.ends, taken]\n")
    problem = pack.problem("app.down")
    assert [one.id for one in problem.causes] == ["app.port-taken"]
    assert [one.id for one in problem.symptoms] == ["app.fails"]
    assert pack.examples == ()


@pytest.mark.parametrize(
    ("lines", "mistake"),
    [
        ("without: [app.kiled]\n", "top/pack.yaml:6:11: 'app.kiled' is in no pack that is extended"),
        (
            "overrides:\n  problems:\n    - {id: app.dwn, severity: P0}\n",
            "so there is nothing to change (did you mean 'app.down'?)",
        ),
        (
            "overrides:\n  rules:\n    - {id: app.new}\n",
            "top/pack.yaml:8:12: 'app.new' is in no pack that is extended",
        ),
        ("overrides:\n  causes: []\n", "top/pack.yaml:7:3: should be 'rules', 'problems' or 'examples', not 'causes'"),
        (
            "overrides:\n  problems:\n    - {id: app.down, severity: P7}\n",
            "top/pack.yaml:8:32: should be 'P0', 'P1', 'P2' or 'P3', not 'P7'",
        ),
    ],
)
def test_what_changes_nothing_is_a_mistake_with_its_place(tmp_path: Path, lines: str, mistake: str) -> None:
    assert mistake in told(tmp_path, TOP + lines)[0]


def test_a_mistake_in_what_is_inherited_is_told_in_its_own_file(tmp_path: Path) -> None:
    found = told(tmp_path, TOP, BASE.replace("is: other", "is: othr"))
    assert len(found) == 1
    assert "base/pack.yaml:29:39: port.owner is never 'othr' (did you mean 'other'?)" in found[0]


def test_an_id_that_is_inherited_cannot_be_used_again(tmp_path: Path) -> None:
    again = "rules:\n  - {id: app.down, kind: app, title: {en: A, zh: 一}, when: {observe: process.state, is: fatal}}\n"
    assert any("the id 'app.down' is used already" in one for one in told(tmp_path, TOP + again))


def test_a_pack_cannot_extend_itself(tmp_path: Path) -> None:
    base = BASE.replace("expires", "extends: [../top/pack.yaml]\nexpires")
    assert told(tmp_path, TOP, base) == ["base/pack.yaml:5:11: the pack extends itself: top -> base -> top"]


def test_a_pack_that_is_not_there_is_told_at_its_name(tmp_path: Path) -> None:
    assert "top/pack.yaml:5:11: there is no pack at" in told(tmp_path, TOP.replace("../base", "../basis"))[0]


def test_changing_without_extending_is_a_mistake(tmp_path: Path) -> None:
    assert any("'without' and 'overrides' are about" in one for one in told(tmp_path, BASE + "without: [a.b]\n"))
