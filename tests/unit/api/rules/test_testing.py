"""`medicus rules test` tells of each case whether it holds, and why not, and ends accordingly."""

import json
from pathlib import Path

import pytest

from api.output import Format
from api.rules import testing
from engine.errors import ActionError, RuleError, TextError
from tests.support.tree import ROOT

PACK = (ROOT / "rules/service/pack.yaml").read_text()
STORY = """\
format: 1
scenarios:
  - name: it fails at once
    targets: [{id: notes, kind: service}]
    series: {notes: {process.state: fatal, secret.exists: false}}
    expect: [{at: 5s, problems: [{problem: service.does-not-start, first: %s, at_least: 0.9}]}]
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A copy of the shipped pack that does not hold in one example, with one scenario that does."""
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios/start.yaml").write_text(STORY % "service.secret-missing")
    was = "given: {process.state: backoff, port.listening: true, port.owner: other}"
    assert was in PACK
    (tmp_path / "pack.yaml").write_text(PACK.replace(was, was.replace("other", "none")))
    return tmp_path / "pack.yaml"


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def test_what_holds_ends_with_0_and_a_line_for_each_case(capsys: pytest.CaptureFixture[str]) -> None:
    assert testing.test(["service"], [], Format.TABLE) == 0
    lines = said(capsys)
    cases = [line for line in lines if line.startswith("  ok      ")]
    assert {line.rpartition("/")[2] for line in lines if line not in cases} >= {"pack.yaml", "flapping.yaml"}
    assert lines[-1] == f"{len(cases)} cases, {len(cases)} hold, 0 do not"
    assert any("scenario: " in line for line in cases)
    assert any("example: " in line for line in cases)


def test_what_does_not_hold_is_told_with_what_decided(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert testing.test([str(pack)], [], Format.TABLE) == 1
    lines = said(capsys)
    start = lines.index("  failed  example: the port is seen to be taken even when nothing is known of the files")
    about, expected, got = lines[start + 1 : start + 4]
    assert about == "      service.does-not-start@subject: cause"
    assert expected == "        expected  service.port-taken at 0.950 or more"
    assert got.startswith("        got       service.config-broken at 0.540, none-of-these at 0.270")
    told = "\n".join(lines[start:])
    assert "/ 20  A foreign process listens on the program's port: port.owner = none at" in told
    assert "not counted  The configuration file cannot be parsed: unknown: config.parses: not given" in told
    assert lines[-1].endswith("hold, 1 does not")
    assert [line for line in lines if line != line.rstrip()] == []


def test_a_scenario_that_does_not_hold_says_when(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    story = pack.parent / "other.yaml"
    story.write_text(STORY % "service.port-taken")
    assert testing.test(["service"], [story], Format.TABLE) == 1
    told = said(capsys)
    assert "  failed  scenario: it fails at once" in told
    assert "      at 5 s, service.does-not-start@notes: cause" in told


def test_json_says_the_same(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert testing.test([str(pack)], [], Format.JSON) == 1
    data = json.loads(capsys.readouterr().out)
    assert (data["format"], data["ok"]) == (1, False)
    failed = [case for case in data["cases"] if not case["ok"]]
    assert [(case["kind"], case["source"]) for case in failed] == [("example", str(pack))]
    (difference,) = failed[0]["differences"]
    assert difference["expected"] == "service.port-taken at 0.950 or more"
    assert {one["id"] for one in difference["causes"]} == {"service.config-broken", "service.port-taken"}
    assert [case["source"] for case in data["cases"] if case["kind"] == "scenario"] == [
        str(pack.parent / "scenarios/start.yaml")
    ]


def test_scenarios_that_are_named_take_the_place_of_those_beside_the_pack(
    pack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story = pack.parent / "other.yaml"
    story.write_text((STORY % "service.secret-missing").replace("it fails at once", "another story"))
    testing.test([str(pack)], [story], Format.JSON)
    told = json.loads(capsys.readouterr().out)["cases"]
    assert [case["name"] for case in told if case["kind"] == "scenario"] == ["another story"]


def test_without_a_name_all_shipped_packs_are_tried(capsys: pytest.CaptureFixture[str]) -> None:
    assert testing.test([], [], Format.JSON) == 0
    assert {one["id"] for one in json.loads(capsys.readouterr().out)["packs"]} >= {"service"}
    assert "service" in testing.shipped()


def test_a_wrong_file_is_told_before_anything_is_tried(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuleError, match="there is no shipped pack 'servise'"):
        testing.test(["servise"], [], Format.TABLE)
    (pack.parent / "scenarios/start.yaml").write_text(STORY % "service.secret-mising")
    with pytest.raises(TextError, match=r"start\.yaml:6:75: .*did you mean 'service\.secret-missing'"):
        testing.test([str(pack)], [], Format.TABLE)
    assert capsys.readouterr().out == ""


def test_a_pack_with_nothing_to_try_is_no_success(tmp_path: Path) -> None:
    head, _, _ = PACK.partition("\nexamples:")
    (tmp_path / "pack.yaml").write_text(head + "\n")
    with pytest.raises(ActionError, match="nothing was tried"):
        testing.test([str(tmp_path / "pack.yaml")], [], Format.TABLE)
