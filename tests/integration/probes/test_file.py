"""The file probe on real files: what it says, and that it says no more."""

import os
import tempfile
from pathlib import Path

import pytest

from engine.model import Reading, Scalar, Unknown
from engine.params import parse
from engine.probes.file import FileProbe, FileSettings
from tests.support.unprivileged import as_nobody

GOOD = 'name = "notes"\npassword = "hunter2"\nport = 8080\n'
BROKEN = GOOD.replace('"hunter2"', '"hunter2')


def readings(path: Path, **settings: Scalar) -> dict[str, Reading]:
    bound = FileProbe.bind(parse(FileSettings, {"path": str(path), "format": "toml", **settings}, "config"))
    seen = bound.observe()
    assert [reading.name for reading in seen] == [observable.name for observable in FileProbe.observables]
    return {reading.name: reading for reading in seen}


def values(path: Path, **settings: Scalar) -> dict[str, Scalar | None]:
    seen = readings(path, **settings)
    return {name: None if isinstance(one.value, Unknown) else one.value for name, one in seen.items()}


@pytest.mark.parametrize(
    ("text", "exists", "parses", "differs", "damage_only"),
    [
        (GOOD, True, True, False, None),
        (BROKEN, True, False, True, True),
        (BROKEN.replace("notes", "memos"), True, False, True, False),
        (None, False, None, None, None),
    ],
)
def test_a_file_is_held_against_its_backup(
    *,
    tmp_path: Path,
    text: str | None,
    exists: bool,
    parses: bool | None,
    differs: bool | None,
    damage_only: bool | None,
) -> None:
    (tmp_path / "app.bak").write_text(GOOD)
    if text is not None:
        (tmp_path / "app.toml").write_text(text)
    assert values(tmp_path / "app.toml", backup=str(tmp_path / "app.bak")) == {
        "exists": exists,
        "parses": parses,
        "backup": "usable",
        "differs": differs,
        "damage-only": damage_only,
    }


def test_without_a_backup_nothing_is_compared(tmp_path: Path) -> None:
    (tmp_path / "app.toml").write_text(BROKEN)
    assert values(tmp_path / "app.toml") == {
        "exists": True,
        "parses": False,
        "backup": "none",
        "differs": None,
        "damage-only": None,
    }
    missing = values(tmp_path / "app.toml", backup=str(tmp_path / "nothing"))
    assert (missing["backup"], missing["differs"]) == ("missing", None)


def test_neither_detail_nor_reason_repeats_the_file(tmp_path: Path) -> None:
    (tmp_path / "app.toml").write_text(BROKEN)
    (tmp_path / "app.bak").write_text(GOOD)
    for backup in (tmp_path / "app.bak", tmp_path / "app.toml", tmp_path):
        seen = readings(tmp_path / "app.toml", backup=str(backup))
        assert "hunter2" not in repr(seen)
    assert "line 2" in readings(tmp_path / "app.toml")["parses"].detail


def test_every_unknown_says_why(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with (tmp_path / "huge").open("wb") as huge:
        huge.truncate(2 << 30)
    for name, word in (("fifo", "FIFO"), ("huge", "larger than 1024 KiB")):
        seen = readings(tmp_path / name, backup=str(tmp_path))
        assert seen["exists"].value is True
        for observable in ("parses", "differs", "damage-only"):
            value = seen[observable].value
            assert isinstance(value, Unknown)
            assert word in value.because
        value = seen["backup"].value
        assert isinstance(value, Unknown)
        assert "is a folder" in value.because


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become nobody; the others are refused by the same call")
def test_a_file_that_may_not_be_read_is_unknown_and_not_missing() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "app.toml").write_text(GOOD)
        (folder / "app.toml").chmod(0o600)
        seen = as_nobody(lambda: values(folder / "app.toml"))
        assert (seen["exists"], seen["parses"]) == (True, None)
        folder.chmod(0o700)
        seen = as_nobody(lambda: values(folder / "app.toml"))
        assert (seen["exists"], seen["parses"]) == (None, None)
