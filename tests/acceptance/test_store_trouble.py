"""The disk of the books fails under a running Medicus: it says so, does nothing, and goes on when the disk is back."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.stage import Stage, end


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of its own for the state, of which only root can make one."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m,mode=0700", "none", folder], check=True, timeout=20)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True, timeout=20)


def may_mount(folder: Path) -> bool:
    try:
        with small_disk(folder):
            return True
    except (OSError, subprocess.SubprocessError):
        return False


def fill(state: Path) -> Path:
    """Take the last byte of the disk."""
    ballast = state / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (65_536, 4_096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return ballast


@pytest.fixture
def on_a_small_disk(stage: Stage, tmp_path: Path) -> Iterator[Stage]:
    """The stage, its state on a disk of sixteen megabytes."""
    if not may_mount(tmp_path / "try"):
        pytest.skip("only root with the right to mount can give the state a disk of its own")
    with small_disk(stage.state_folder):
        yield stage
        for child in reversed(stage.children):
            end(child)


def until_degraded(stage: Stage, engine: "subprocess.Popen[str]") -> None:
    stage.until("it is degraded", lambda: stage.answers("/readyz") == 503)
    stage.until("its log says so", lambda: "degraded" in stage.log_of(engine))


def heals_nothing_then_everything(stage: Stage, engine: "subprocess.Popen[str]") -> None:
    """A fault under the trouble is left alone; `stage` is given back with the trouble still there."""
    stage.break_config()
    stage.end_notes()
    until_degraded(stage, engine)
    stage.until_notes_are("fatal")
    stage.until("it lives", lambda: stage.answers("/livez") == 200)
    assert '"hello\n' in stage.notes_toml.read_text()
    assert not list(stage.folder.glob("*.broken-*"))


def recovers(stage: Stage, engine: "subprocess.Popen[str]") -> None:
    stage.until("it is ready again", lambda: stage.answers("/readyz") == 200)
    stage.until("it is healed", lambda: stage.states() == ["resolved"])
    assert "back to normal" in stage.log_of(engine)
    assert stage.medicus("log", "verify").status == 0
    assert end(engine) == 0


def test_a_full_disk_stops_everything_until_there_is_room(on_a_small_disk: Stage) -> None:
    stage = on_a_small_disk
    stage.start_supervisord()
    stage.until_notes_are("running")
    engine = stage.engine()
    ballast = fill(stage.state_folder)
    heals_nothing_then_everything(stage, engine)
    ballast.unlink()
    recovers(stage, engine)


def test_a_database_that_was_moved_away_is_noticed_and_taken_up_again_when_it_is_back(stage: Stage) -> None:
    """Nothing is written into a file that has no name any more."""
    stage.start_supervisord()
    stage.until_notes_are("running")
    engine = stage.engine()
    aside = stage.folder / "aside"
    aside.mkdir()
    files = list(stage.state_folder.glob("medicus.db*"))
    for file in files:
        file.rename(aside / file.name)
    heals_nothing_then_everything(stage, engine)
    assert not list(stage.state_folder.glob("medicus.db*"))
    for file in files:
        (aside / file.name).rename(file)
    recovers(stage, engine)
