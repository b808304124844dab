"""`medicus why-not` and `medicus what-if` on a target whose files are real and whose supervisor is not there."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from api.asking_why import what_if, why_not
from api.bootstrap import House, house
from api.output import Format
from engine.errors import ActionError, MedicusError, NotFoundError

SETTINGS = """\
format: 1
packs: [service]
language: en
inference: native
targets:
  - id: notes
    kind: service
    parts:
      process: {{supervisor: {folder}/supervisor.sock, name: notes}}
      config: {{path: {folder}/notes.toml, format: toml}}
      secret: {{path: {folder}/secret, format: text}}
"""


@pytest.fixture
def home(tmp_path: Path) -> House:
    (tmp_path / "notes.toml").write_text('greeting = "hello\n')
    (tmp_path / "secret").write_text("s3cret")
    (tmp_path / "medicus.yaml").write_text(SETTINGS.format(folder=tmp_path))
    return house(tmp_path / "medicus.yaml")


def out(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def test_why_not_a_problem_names_the_observation_that_is_missing(
    home: House, capsys: pytest.CaptureFixture[str]
) -> None:
    assert why_not(home, "notes", "service.does-not-start", Format.TABLE) == 0
    told = out(capsys).splitlines()
    assert told[0] == "Why not: The program does not start"
    assert "    The program does not start: unknown" in told
    (needed,) = [line for line in told if "would have to be" in line and "process.state" in line]
    wanted, example, now = needed.strip().split("; ", 2)
    assert wanted == "process.state would have to be one of backoff, exited, fatal for 1 s"
    assert example == "backoff would do"
    assert now.startswith("it is unknown now: supervisord on ")


def test_why_not_a_cause_counts_the_problem_too(home: House, capsys: pytest.CaptureFixture[str]) -> None:
    why_not(home, "notes", "service.secret-missing", Format.TABLE)
    told = out(capsys)
    assert "The problem does not show" in told
    assert "process.state would have to be" in told
    assert "secret.exists would have to be false; it is true now" in told
    assert "config.parses would have to be true; it is false now" in told


def test_a_part_that_the_target_does_not_have_is_named(home: House, capsys: pytest.CaptureFixture[str]) -> None:
    why_not(home, "notes", "service.unreachable", Format.TABLE)
    assert "it is unknown now: notes has no part 'health' that could be looked at" in out(capsys)


@pytest.mark.parametrize(("form", "load"), [(Format.JSON, json.loads), (Format.YAML, yaml.safe_load)])
def test_machines_are_told_the_same(home: House, capsys: pytest.CaptureFixture[str], form: Format, load) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    why_not(home, "notes", "service.secret-missing", form, at_least=0.9)
    found = load(out(capsys))
    assert found["format"] == 1
    asked = found["why_not"]
    assert (asked["cause"], asked["at_least"], asked["outcome"], asked["now"]) == (
        "service.secret-missing",
        0.9,
        "changes",
        None,
    )
    assert [one["name"] for one in asked["changes"]] == ["process.state", "secret.exists"]
    assert asked["then"][1]["probability"] >= 0.9


@pytest.mark.parametrize(
    "name",
    [
        "service.does-not-start",
        "service.keeps-failing",
        "problem service.does-not-start by service.keeps-failing",
        "problem service.does-not-start",
        "process.state is backoff, exited or fatal for 1s",
    ],
)
def test_problems_symptoms_rules_and_facts_may_be_named(
    home: House, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    why_not(home, "notes", name, Format.JSON)
    asked = json.loads(out(capsys))["why_not"]
    assert [(one["name"], one["hold"]) for one in asked["changes"]] == [("process.state", 1.0)]


def test_why_something_is_so_is_asked_by_its_opposite(home: House, capsys: pytest.CaptureFixture[str]) -> None:
    why_not(home, "notes", "config.parses is false", Format.TABLE, negated=True)
    told = out(capsys)
    assert told.startswith("Why: The configuration file cannot be parsed\n")
    assert "config.parses would have to be true; it is false now" in told


def test_what_if_tells_what_would_appear_and_by_which_cause(home: House, capsys: pytest.CaptureFixture[str]) -> None:
    assert what_if(home, "notes", ["process.state=fatal"], Format.TABLE) == 0
    told = out(capsys)
    assert "  process.state were fatal [it is unknown now: " in told
    assert "    appears: The program does not start (service.does-not-start@notes)" in told
    assert "      >99 % Its configuration file is missing or broken" in told
    assert "  All of this is so after 1 s" in told


def test_what_if_for_machines_has_both_worlds(home: House, capsys: pytest.CaptureFixture[str]) -> None:
    what_if(home, "notes", ["process.state=fatal", "config.parses=true"], Format.JSON)
    found = json.loads(out(capsys))["what_if"]
    assert [(one["name"], one["after"]["value"]) for one in found["supposed"]] == [
        ("config.parses", True),
        ("process.state", "fatal"),
    ]
    (problem,) = found["problems"]
    assert problem["before"] is None
    assert problem["after"]["remedy"] == "free-the-port" or problem["after"]["remedy"] is None
    assert {
        "fact": "config.parses is true",
        "target": "notes",
        "before": "false",
        "after": "true",
        "observed": True,
    } in (found["facts"])


def test_in_chinese(home: House, capsys: pytest.CaptureFixture[str]) -> None:
    chinese = replace(home, settings=replace(home.settings, language="zh"))
    what_if(chinese, "notes", ["secret.exists=false"], Format.TABLE)
    assert out(capsys).splitlines()[:2] == ["假如", "  secret.exists 为 false [当前为 true]"]


@pytest.mark.parametrize(
    ("target", "name", "told"),
    [
        ("note", "service.hung", "there is no target 'note' (did you mean 'notes'?)"),
        (
            "notes",
            "service.hng",
            "no rule for the kind 'service' speaks of 'service.hng' (did you mean 'service.hung'?)",
        ),
    ],
)
def test_a_wrong_name_is_told_before_anything_is_looked_at(home: House, target: str, name: str, told: str) -> None:
    with pytest.raises(NotFoundError) as refused:
        why_not(home, target, name, Format.TABLE)
    assert str(refused.value) == told


@pytest.mark.parametrize(
    ("words", "kind"),
    [(["port.owner=me"], ActionError), (["port.ownr=other"], NotFoundError), ([], ActionError)],
)
def test_a_wrong_supposition_is_told(home: House, words: list[str], kind: type[MedicusError]) -> None:
    with pytest.raises(kind):
        what_if(home, "notes", words, Format.TABLE)


@pytest.mark.parametrize(
    ("name", "at_least", "negated", "told"),
    [
        ("service.hung", None, True, "is a cause"),
        ("service.unreachable", 0.5, False, "is no cause"),
        ("service.hung", 1.0, False, "out of reach"),
        ("service.hung", 0.0, False, "out of reach"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    home: House, name: str, at_least: float | None, told: str, *, negated: bool
) -> None:
    with pytest.raises(ActionError, match=told):
        why_not(home, "notes", name, Format.TABLE, at_least=at_least, negated=negated)
