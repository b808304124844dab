"""The single-runner lock: one `medicus run` a state folder, whatever becomes of the process."""

import fcntl
import os
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.errors import AlreadyRunningError
from engine.stores.folder import Folder

_MOST = 200


class RunnerLock:
    """Held while the runner runs; the kernel frees it when the process ends, also by kill -9."""

    def __init__(self, folder: Path) -> None:
        self._folder = Folder(folder)
        self._handle: int | None = None

    def __enter__(self) -> Self:
        """Take the lock; AlreadyRunningError, naming the holder, when another has it."""
        self._folder.make()
        path = self._folder.run_lock
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise self._folder.cannot("open the runner's lock", path, error) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, _MOST).decode(errors="replace").strip() or "a process that has just begun"
            os.close(handle)
            raise AlreadyRunningError(
                f"{self._folder.path} is held by {holder}: stop that one first, or name another state folder"
            ) from None
        self._folder.give(handle)
        os.ftruncate(handle, 0)
        os.write(handle, f"PID {os.getpid()}, running since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n".encode())
        self._handle = handle
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._handle is not None:
            os.ftruncate(self._handle, 0)
            os.close(self._handle)
            self._handle = None
