"""Restoring a real file: once, twice, half, too late, onto the wrong thing, and back."""

import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from actions import RestoreFile
from engine.errors import RuleError
from engine.model import Effect, Outcome, Result, Risk, Scalar
from tests.support.unprivileged import NOBODY, as_nobody

ROOT = Path(__file__).resolve().parents[3]
GOOD = 'name = "notes"\npassword = "hunter2"\nport = 8080\nsize = 1\n'
BROKEN = GOOD.replace('"notes"', '"notes')
SMALL = 1 << 20
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away and become nobody")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    folder: Path

    @property
    def path(self) -> Path:
        return self.folder / "app.toml"

    @property
    def backup(self) -> Path:
        return self.folder / "app.toml.bak"

    @property
    def params(self) -> Mapping[str, Scalar]:
        return {"path": str(self.path), "backup": str(self.backup), "format": "toml"}

    def preview(self) -> Effect:
        before = self.everything()
        effect = RestoreFile().preview(self.params)
        assert self.everything() == before, "a preview touched something"
        return effect

    def run(self, effect: Effect) -> Outcome:
        return RestoreFile().run(self.params, effect)

    def undo(self, outcome: Outcome) -> Outcome:
        return RestoreFile().undo(self.params, outcome)

    def kept(self) -> list[str]:
        return [path.read_text() for path in self.folder.glob("app.toml.broken-*")]

    def everything(self) -> dict[str, tuple[object, ...]]:
        return {path.name: _looks(path) for path in self.folder.iterdir()}


def _looks(path: Path) -> tuple[object, ...]:
    found = path.lstat()
    text = path.read_text() if path.is_file() and found.st_size < SMALL else ""
    return text, found.st_ino, found.st_mode, found.st_nlink, found.st_uid, found.st_mtime_ns


@pytest.fixture
def place() -> Iterator[Place]:
    with tempfile.TemporaryDirectory() as name:
        # The folder above is open to all, which pytest's is not, so that nobody gets as far as the files.
        Path(name).chmod(0o755)
        here = Place(folder=Path(name).resolve() / "etc")
        here.folder.mkdir()
        here.path.write_text(BROKEN)
        here.backup.write_text(GOOD)
        yield here


def test_a_damaged_file_gets_its_backup_and_is_kept(place: Place) -> None:
    place.path.chmod(0o640)
    effect = place.preview()
    assert (effect.risk, effect.ready, effect.cannot_undo) == (Risk.LOW, "", "")
    assert '-name = "notes' in effect.lines
    assert '+name = "notes"' in effect.lines
    outcome = place.run(effect)
    assert outcome.result is Result.DONE
    assert place.path.read_text() == GOOD
    assert stat.S_IMODE(place.path.stat().st_mode) == 0o640
    assert place.kept() == [BROKEN]
    assert len(place.everything()) == 3, "something was left behind"


def test_a_second_run_touches_nothing_and_knows_the_way_back(place: Place) -> None:
    effect = place.preview()
    first = place.run(effect)
    before = place.everything()
    assert place.preview().touches == ()
    second = place.run(effect)
    assert (second.result, second.undo) == (Result.DONE, first.undo)
    assert place.everything() == before


def test_the_undo_gives_the_very_file_back_and_can_be_repeated(place: Place) -> None:
    inode = place.path.stat().st_ino
    outcome = place.run(place.preview())
    for _ in range(2):
        assert place.undo(outcome).result is Result.DONE
        assert (place.path.read_text(), place.path.stat().st_ino, place.kept()) == (BROKEN, inode, [])


def test_an_edit_after_the_restore_is_not_undone(place: Place) -> None:
    outcome = place.run(place.preview())
    place.path.write_text(GOOD + "extra = 1\n")
    before = place.everything()
    assert place.undo(outcome).result is Result.PERMANENT
    assert place.everything() == before
    assert place.undo(Outcome(result=Result.DONE, sentence="")).result is Result.PERMANENT


def test_a_missing_file_is_created_with_the_rights_of_the_backup_and_removed_by_the_undo(place: Place) -> None:
    place.path.unlink()
    place.backup.chmod(0o600)
    effect = place.preview()
    assert effect.risk is Risk.LOW
    assert effect.touches[0].identity == f"{place.path} absent"
    outcome = place.run(effect)
    assert outcome.result is Result.DONE
    assert (place.path.read_text(), stat.S_IMODE(place.path.stat().st_mode)) == (GOOD, 0o600)
    for _ in range(2):
        assert place.undo(outcome).result is Result.DONE
        assert not place.path.exists()


def test_a_file_that_somebody_edited_elsewhere_too_needs_more_trust_and_shows_no_secret(place: Place) -> None:
    place.path.write_text(BROKEN.replace("hunter2", "hunter3").replace("8080", "9090"))
    effect = place.preview()
    assert effect.risk is Risk.MODERATE
    assert "hunter" not in repr(effect)
    assert "+port = 8080" in effect.lines


@pytest.mark.parametrize("late", ["path", "backup", "created", "removed"])
def test_what_changed_since_the_approval_is_left_alone(place: Place, late: str) -> None:
    if late == "created":
        place.path.unlink()
    effect = place.preview()
    match late:
        case "path" | "created":
            place.path.write_text(BROKEN + "edited = true\n")
        case "backup":
            place.backup.write_text(GOOD + "edited = true\n")
        case "removed":
            place.path.unlink()
    before = place.everything()
    outcome = place.run(effect)
    assert outcome.result is Result.PERMANENT
    assert "changed since the approval" in outcome.sentence
    assert place.everything() == before


def test_a_backup_that_is_broken_or_gone_or_odd_is_not_used(place: Place) -> None:
    effect = place.preview()
    for spoil, word in (
        (lambda: place.backup.write_text(BROKEN), "cannot be parsed either (line 1)"),
        (place.backup.unlink, "does not exist"),
        (place.backup.mkdir, "is a folder"),
    ):
        spoil()
        assert word in place.preview().ready
        assert place.run(effect).result is Result.PERMANENT
        assert place.path.read_text() == BROKEN


def test_nothing_but_a_small_regular_file_is_replaced(place: Place) -> None:
    effect = place.preview()
    place.path.unlink()
    os.mkfifo(place.path)
    assert "is a FIFO" in place.preview().ready
    assert place.run(effect).result is Result.PERMANENT
    place.path.unlink()
    with place.path.open("wb") as huge:
        huge.truncate(2 << 30)
    assert "larger than" in place.preview().ready
    assert place.run(effect).result is Result.PERMANENT
    assert place.path.stat().st_size == 2 << 30


def test_a_link_stays_and_what_it_leads_to_is_shown_and_restored_with_more_trust(place: Place) -> None:
    real = place.folder.parent / "real.toml"
    place.path.rename(real)
    place.path.symlink_to(real)
    effect = place.preview()
    assert effect.risk is Risk.MODERATE
    assert effect.touches[0].identity.startswith(f"{real} sha256:")
    assert f"{place.path} leads to {real}, which is what is replaced" in effect.lines
    assert place.run(effect).result is Result.DONE
    assert (place.path.readlink(), real.read_text()) == (real, GOOD)


def test_a_link_that_was_turned_elsewhere_since_the_approval_is_not_followed(place: Place) -> None:
    effect = place.preview()
    other = place.folder.parent / "other.toml"
    place.path.rename(other)
    place.path.symlink_to(other)
    assert place.run(effect).result is Result.PERMANENT
    assert other.read_text() == BROKEN


def test_another_file_under_the_name_of_the_kept_one_is_never_overwritten(place: Place) -> None:
    effect = place.preview()
    kept = Path(effect.touches[-1].identity.partition(" ")[0])
    kept.write_text("somebody's notes")
    assert "is in the way" in place.preview().ready
    assert place.run(effect).result is Result.PERMANENT
    assert (kept.read_text(), place.path.read_text()) == ("somebody's notes", BROKEN)


def test_a_backup_that_everybody_may_write_to_needs_more_trust(place: Place) -> None:
    place.backup.chmod(0o666)
    assert place.preview().risk is Risk.MODERATE


CRASH = """
import os, signal, sys
from actions import RestoreFile
params = {"path": sys.argv[2], "backup": sys.argv[3], "format": "toml"}
real = getattr(os, sys.argv[1])
def crash(*args, **kwargs):
    if sys.argv[4] == "after":
        real(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(os, sys.argv[1], crash)
RestoreFile().run(params, RestoreFile().preview(params))
"""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", ["fchown", "link", "rename", "fsync"])
def test_a_run_killed_at_any_point_leaves_a_whole_file_and_the_next_ends_it(place: Place, call: str, when: str) -> None:
    effect = place.preview()
    killed = subprocess.run([sys.executable, "-c", CRASH, call, place.path, place.backup, when], cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert place.path.read_text() in (BROKEN, GOOD)
    outcome = place.run(effect)
    assert outcome.result is Result.DONE
    assert (place.path.read_text(), place.kept()) == (GOOD, [BROKEN])
    assert len(place.everything()) == 3, "something was left behind"
    assert place.undo(outcome).result is Result.DONE
    assert place.path.read_text() == BROKEN


def test_the_attributes_of_the_file_are_kept(place: Place) -> None:
    try:
        os.setxattr(place.path, "user.note", b"mine")
    except OSError:
        pytest.skip("the temporary folder lies on a file system without extended attributes")
    assert place.run(place.preview()).result is Result.DONE
    assert os.getxattr(place.path, "user.note") == b"mine"


def test_another_name_of_the_damaged_file_is_not_restored_with_it(place: Place) -> None:
    other = place.folder.parent / "other.toml"
    other.hardlink_to(place.path)
    assert place.run(place.preview()).result is Result.DONE
    assert (place.path.read_text(), other.read_text()) == (GOOD, BROKEN)


@needs_root
def test_the_owner_is_kept_and_without_the_right_to_nothing_is_tried(place: Place) -> None:
    os.chown(place.path, NOBODY, NOBODY)
    effect = place.preview()
    assert "cannot be written to" in as_nobody(lambda: place.preview().ready)
    place.folder.chmod(0o777)
    os.chown(place.path, 0, 0)
    assert "only root can keep the owner" in as_nobody(lambda: place.preview().ready)
    assert as_nobody(lambda: place.run(effect).result) is Result.PERMANENT
    assert place.path.read_text() == BROKEN
    os.chown(place.path, NOBODY, NOBODY)
    assert place.run(effect).result is Result.DONE
    assert (place.path.stat().st_uid, place.path.stat().st_gid) == (NOBODY, NOBODY)
    assert place.undo(place.run(effect)).result is Result.DONE
    assert as_nobody(lambda: place.run(effect).result) is Result.DONE


FULL = """
import resource, sys, signal
from actions import RestoreFile
params = {"path": sys.argv[1], "backup": sys.argv[2], "format": "toml"}
effect = RestoreFile().preview(params)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
outcome = RestoreFile().run(params, effect)
sys.stdout.write(outcome.result)
"""


def test_a_disk_that_takes_no_more_leaves_everything_as_it_was(place: Place) -> None:
    before = place.everything()
    done = subprocess.run(
        [sys.executable, "-c", FULL, place.path, place.backup], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert done.stdout == Result.PERMANENT
    assert place.everything() == before


def test_parameters_must_be_absolute_and_known(place: Place) -> None:
    for wrong in ({"path": "app.toml"}, {"format": "xml"}, {"more": 1}):
        with pytest.raises(RuleError, match="restore-file"):
            RestoreFile().preview({**place.params, **wrong})
