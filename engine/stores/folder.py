"""The state folder: what lies where in it, and how its small files are read and written.

Only its owner may look inside. Files appear whole or not at all, and belong to the folder's owner also when root
writes them, so that an operator's `sudo` does not lock the service out.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from engine.casefile import Pause
from engine.errors import StoreError
from engine.model import Seconds

_SMALL = 4_096
_STOP_TEXT = 200
_FILE = 0o600
_FOLDER = 0o700


@dataclass(frozen=True, slots=True)
class Folder:
    """A state folder and the paths in it."""

    path: Path

    @property
    def database(self) -> Path:
        """Cases and audit log."""
        return self.path / "medicus.db"

    @property
    def key(self) -> Path:
        """The secret that the audit log is sealed with."""
        return self.path / "audit.key"

    @property
    def anchor(self) -> Path:
        """The head of the audit log, kept apart from it."""
        return self.path / "audit.anchor"

    @property
    def run_lock(self) -> Path:
        """Held by the one runner."""
        return self.path / "run.lock"

    @property
    def stop(self) -> Path:
        """The stop file: nothing is done while it is there."""
        return self.path / "STOP"

    def make(self) -> None:
        """Make the folder if it is missing; StoreError when that cannot be done."""
        try:
            self.path.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
        except OSError as error:
            raise self.cannot("make the state folder", self.path, error) from error

    def read(self, path: Path) -> bytes | None:
        """What a small file holds, None when there is none; StoreError when it cannot be read."""
        try:
            with path.open("rb") as file:
                return file.read(_SMALL)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self.cannot("read", path, error) from error

    def identity(self, path: Path) -> tuple[int, int] | None:
        """Which file lies at a path (device, inode), None when there is none; StoreError when it cannot be seen."""
        try:
            there = path.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self.cannot("look for", path, error) from error
        return there.st_dev, there.st_ino

    def write(self, path: Path, content: bytes) -> None:
        """Replace a small file whole, on disk on return; call it under `held` only. Raises OSError."""
        new = path.with_name(path.name + ".new")
        new.unlink(missing_ok=True)
        with self.create(new) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)

    @contextmanager
    def create(self, path: Path) -> Iterator[IO[bytes]]:
        """A new file that only the folder's owner may read; FileExistsError when it is there."""
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, _FILE), "wb") as file:
            self.give(file.fileno())
            yield file

    def give(self, handle: int) -> None:
        """Give an open file to the folder's owner, where we may."""
        owner = self.path.stat()
        if os.geteuid() == 0:
            os.fchown(handle, owner.st_uid, owner.st_gid)

    @contextmanager
    def held(self, wait: Seconds) -> Iterator[bool]:
        """Hold the folder against other processes and threads; False when that took longer than `wait`.

        The kernel frees it when its holder dies.
        """
        handle = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            yield _flock_within(handle, wait)
        finally:
            os.close(handle)

    def stopped(self) -> Pause | None:
        """The pause that the stop file makes, None without one; what it says in its first line is the reason."""
        try:
            since = self.stop.lstat().st_mtime
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self.cannot("look for the stop file", self.stop, error) from error
        return Pause(paused=True, by="stop file", why=self._stop_reason(), at=since)

    def _stop_reason(self) -> str:
        try:
            with self.stop.open("rb") as file:
                said = file.read(_STOP_TEXT).decode(errors="replace").strip()
        except OSError:
            said = ""
        first = "".join(letter for letter in said.splitlines()[0] if letter.isprintable()) if said else ""
        return first or f"{self.stop} exists"

    @staticmethod
    def cannot(do: str, path: Path, error: OSError) -> StoreError:
        """The StoreError for a failed file operation."""
        return StoreError(f"cannot {do} ({path}): {error.strerror or error}; look at its owner, mode and disk")


def _flock_within(handle: int, wait: Seconds) -> bool:
    deadline = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.002)
        else:
            return True
