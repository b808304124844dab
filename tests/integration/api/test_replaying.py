"""`medicus replay` says what became of problems, ends as `diff` does, and says the same every time."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from api import bootstrap
from api.output import Format
from api.replaying import DIFFERENT, SAME, replay
from engine.errors import RuleError, TextError
from engine.model import Observation, Scalar, Target, TargetId, Unknown
from engine.rehearsing.header import Header, PackName
from engine.rehearsing.recording import write
from engine.rulebase.loader import find_pack
from tests.support.chain import TEXT
from tests.support.tree import ROOT

START = 1_800_000_000.0
PACK = bootstrap.pack_at(find_pack("service", ROOT))
SUPERVISOR = "/run/supervisor.sock"
PARTS = {
    "process": {"probe": "process", "supervisor": SUPERVISOR, "name": "notes"},
    "port": {"probe": "port", "address": "127.0.0.1", "port": 8080, "supervisor": SUPERVISOR, "name": "notes"},
    "config": {"probe": "file", "path": "/srv/notes.toml", "format": "toml", "backup": "/srv/notes.toml.bak"},
    "secret": {"probe": "file", "path": "/srv/secret file", "format": "text"},
}
TARGETS = tuple(Target(id=TargetId(name), kind="service", parts=PARTS) for name in ("notes", "mail"))


def looks() -> Iterator[Observation]:
    """The port of notes is taken from second 10 to 30; nobody can see what mail does from second 20 on."""
    for second in range(40):
        taken = 10 <= second < 30
        seen: dict[str, Scalar | Unknown] = {
            "process.state": "fatal" if taken else "running",
            "port.owner": "other" if taken else "self",
            "secret.exists": True,
        }
        for target in TARGETS:
            for name, value in seen.items():
                dark = target.id == "mail" and second >= 20
                yield Observation(
                    target=target.id,
                    name=name,
                    value=Unknown(because="no answer") if dark else value,
                    at=START + second,
                    detail="nc, pid 4711" if value == "other" else "",
                )


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    write(tmp_path / "tape.jsonl", Header(packs=(PackName.of(PACK),), targets=TARGETS), looks())
    return tmp_path / "tape.jsonl"


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A second version of the pack, in which a program must fail for longer."""
    text = (ROOT / "rules/service/pack.yaml").read_text().replace("for: 1s", "for: 5s")
    (tmp_path / "pack.yaml").write_text(text.replace(f"version: {PACK.version}", "version: 99.0.0"))
    return tmp_path / "pack.yaml"


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def test_every_change_is_told_with_its_time(tape: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert replay(tape, Format.TABLE, packs=["service"]) == SAME
    lines = said(capsys).splitlines()
    assert lines[0] == f"{tape}, recorded with service {PACK.version} ({PACK.digest[:12]})"
    assert [" ".join(line.split()) for line in lines[1:-1]] == [
        "2027-01-15 08:00:11.000 appears service.does-not-start@mail P1 service.port-taken >99 %",
        "2027-01-15 08:00:11.000 appears service.does-not-start@notes P1 service.port-taken >99 %",
        "2027-01-15 08:00:20.000 out of sight service.does-not-start@mail",
        "2027-01-15 08:00:30.000 is over service.does-not-start@notes",
    ]
    assert lines[-1] == "240 observations of 2 target(s) over 39 s, 4 change(s), until 2027-01-15 08:00:39.000"


def test_at_the_end_stand_the_diagnoses_and_the_remedies_filled_in(
    tape: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cut = tape.with_name("cut.jsonl")
    cut.write_text("".join(tape.read_text().splitlines(keepends=True)[: 1 + 6 * 15]))
    replay(cut, Format.TABLE, packs=["service"])
    told = said(capsys)
    assert "P1 The program does not start  service.does-not-start@notes" in told
    assert "A foreign process listens on the program's port: port.owner = other (nc, pid 4711) at 08:00:14 UTC" in told
    assert f"stop-listener address=127.0.0.1 port=8080 supervisor={SUPERVISOR} name=notes" in told
    replay(cut, Format.JSON, packs=["service"])
    data = json.loads(said(capsys))
    assert [one["target"] for one in data["problems"]] == ["mail", "notes"]
    (remedy,) = data["problems"][1]["remedies"]
    assert remedy["steps"][0]["params"]["port"] == 8080
    assert remedy["id"] == "free-the-port"
    assert "digest" not in remedy


def test_a_pack_against_itself_is_the_same(tape: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert replay(tape, Format.TABLE, packs=["service"], against=["service"]) == SAME
    assert said(capsys).splitlines()[-1] == "the packs agree all along"


def test_a_pack_against_another_version_differs_in_what_both_say_and_when(
    tape: Path, other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert replay(tape, Format.TABLE, packs=["service"], against=[str(other)]) == DIFFERENT
    told = said(capsys)
    assert "the packs differ in 2 respects:" in told
    assert "service.does-not-start@notes problem, from 2027-01-15 08:00:11.000 to 2027-01-15 08:00:15.000" in told
    assert "other: no such problem" in told
    assert replay(tape, Format.JSON, packs=["service"], against=[str(other)]) == DIFFERENT
    data = json.loads(said(capsys))
    assert data["same"] is False
    assert [one["version"] for one in data["against"]] == ["99.0.0"]
    assert {one["aspect"] for one in data["differences"]} == {"problem"}


def test_the_other_version_takes_the_place_of_the_pack_with_its_id(
    tape: Path, other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    second = tape.with_name("chain.yaml")
    second.write_text(TEXT)
    replay(tape, Format.JSON, packs=["service", str(second)], against=[str(other)])
    against = json.loads(said(capsys))["against"]
    assert [(one["id"], one["version"]) for one in against] == [("service", "99.0.0"), ("chain", "1.0.0")]
    replay(tape, Format.JSON, packs=["service"], against=[str(second)])
    assert [one["id"] for one in json.loads(said(capsys))["against"]] == ["chain"]


def test_without_a_second_side_nothing_is_the_same_or_different(tape: Path, capsys: pytest.CaptureFixture[str]) -> None:
    replay(tape, Format.YAML, packs=["service"])
    told = said(capsys)
    assert "\nsame: null\n" in told
    assert "\ndifferences: []\n" in told


def test_another_pack_than_that_of_the_recording_is_named(
    tape: Path, other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replay(tape, Format.TABLE, packs=[str(other)])
    assert "\nreplayed with service 99.0.0 (" in said(capsys)


def test_a_torn_end_is_noted(tape: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torn = tape.with_name("torn.jsonl")
    torn.write_bytes(tape.read_bytes()[:-9])
    replay(torn, Format.TABLE, packs=["service"])
    assert "note: line 241 is not whole and was left out" in said(capsys)


def test_a_recording_without_observations_tells_no_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "empty.jsonl", Header(packs=(), targets=TARGETS), [])
    assert replay(tmp_path / "empty.jsonl", Format.TABLE, packs=["service"], against=["service"]) == SAME
    assert "\nno observations of 2 target(s)\nthe packs agree all along\n" in said(capsys)
    replay(tmp_path / "empty.jsonl", Format.JSON, packs=["service"])
    recording = json.loads(said(capsys))["recording"]
    assert (recording["observations"], recording["since"], recording["until"]) == (0, None, None)


def test_values_are_checked_against_the_probes(tape: Path) -> None:
    wrong = tape.with_name("wrong.jsonl")
    wrong.write_text(tape.read_text().replace('"fatal"', '"fatl"', 1))
    with pytest.raises(TextError, match=r"wrong\.jsonl:62:1: the value of process\.state should be one of"):
        replay(wrong, Format.TABLE, packs=["service"])


def test_a_pack_that_does_not_exist_is_told(tape: Path) -> None:
    with pytest.raises(RuleError, match="there is no shipped pack 'nothing'"):
        replay(tape, Format.TABLE, packs=["nothing"])


def test_the_packs_of_the_settings_count_when_none_is_named(tape: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tape.with_name("medicus.yaml")
    config.write_text("format: 1\npacks: [service]\nlanguage: zh\n")
    cut = tape.with_name("cut.jsonl")
    cut.write_text("".join(tape.read_text().splitlines(keepends=True)[: 1 + 6 * 15]))
    replay(cut, Format.TABLE, config=config)
    assert "端口被其他进程占用" in said(capsys)


@pytest.mark.parametrize("form", ["table", "json", "yaml"])
def test_every_replay_says_the_same_to_the_byte(tape: Path, other: Path, form: str) -> None:
    program = (
        "import sys; from pathlib import Path; from api.replaying import replay; from api.output import Format\n"
        "replay(Path(sys.argv[1]), Format(sys.argv[2]), packs=['service'], against=[sys.argv[3]])"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", program, str(tape), form, str(other)],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "TZ": zone},
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout
        for seed, zone in (("0", "UTC"), ("1", "Asia/Shanghai"), ("777", "America/New_York"))
    }
    assert len(told) == 1
    assert told.pop().count(b"\n") > 10


def test_the_settings_of_a_target_may_lack_what_a_remedy_needs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = tuple(replace(target, parts={}) for target in TARGETS)
    write(tmp_path / "bare.jsonl", Header(packs=(), targets=bare), list(looks())[: 6 * 15])
    replay(tmp_path / "bare.jsonl", Format.JSON, packs=["service"])
    assert [one["remedies"] for one in json.loads(said(capsys))["problems"]] == [[], []]
