"""Replaces a configuration file whole, keeps the old one beside it, and can put it back.

What is at the path is at every moment either the old file or the new one. The old file is kept as a second name of
itself, so that nothing of it is lost (rights, attributes, and what an editor that holds it open may still write),
and so that keeping it takes no space on a full disk. A person who saves in the instant between the last look and the
exchange can still lose that save from the path; no lock stops an editor.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from engine.errors import ActionError, ConflictError
from engine.systems.files import Content, Seen, look, read

_OPEN = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class ReplacingError(ActionError):
    """A file could not be replaced; it is as it was."""


class NotSettledError(ActionError):
    """A file was replaced, but nobody can say that it will stay so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One replacement: the file as it was seen, the content that it gets, where the old file is kept.

    `kept` is None when there is no file yet. `like` has the mode and the owner that the new file gets.
    """

    seen: Seen
    data: bytes
    like: Content
    kept: Path | None


def kept_path(seen: Seen) -> Path | None:
    """Where the file as seen is kept: NAME.broken- and the beginning of its hash; None when there is no file."""
    return seen.path.with_name(f"{seen.path.name}.broken-{seen.content.sha256[:8]}") if seen.content else None


def hindrance(exchange: Exchange) -> str:
    """What would make the exchange fail, as far as looking tells; empty when nothing is in the way."""
    folder = exchange.seen.path.parent
    if not folder.is_dir():
        return f"the folder {folder} does not exist; create it first"
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"{folder} cannot be written to: no rights, or a read-only file system"
    if os.geteuid() != 0 and (
        exchange.like.uid != os.geteuid() or exchange.like.gid not in {os.getegid(), *os.getgroups()}
    ):
        return f"only root can keep the owner of {exchange.seen.path} ({exchange.like.uid}:{exchange.like.gid})"
    if exchange.kept:
        there = look(exchange.kept)
        if there.exists is not False and not _same(there.content, exchange.seen.content):
            return f"{exchange.kept} is in the way: another file has the name under which the old one is kept"
    return ""


def replace(exchange: Exchange) -> None:
    """Carry the exchange out. Run again after a crash in the middle, it ends what was begun.

    ConflictError when the file is not as seen any more, ReplacingError when it cannot be done: nothing changed then.
    NotSettledError when the disk failed after the exchange.
    """
    path = exchange.seen.path
    temporary = f".{path.name}.medicus.tmp"
    try:
        with _folder(path.parent) as folder:
            try:
                _write(folder, temporary, exchange)
                if exchange.kept is None:
                    _create(folder, temporary, path)
                else:
                    _swap(folder, temporary, exchange, exchange.kept)
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(temporary, dir_fd=folder)
            _settle(folder, path)
    except OSError as error:
        raise ReplacingError(f"{path} was not replaced: {error.strerror}; it is as it was") from error


def put_back(path: Path, wrote: str, kept: Path | None, was: str) -> None:
    """Give the kept file (its sha256 is `was`) its name again, or remove the file where there was none.

    ConflictError when the file is not what was written (its sha256 is `wrote`) or the kept one is not what was kept;
    other errors as in `replace`.
    """
    try:
        with _folder(path.parent) as folder:
            _require_hash(folder, path.name, wrote)
            if kept:
                _require_hash(folder, kept.name, was)
                os.rename(kept.name, path.name, src_dir_fd=folder, dst_dir_fd=folder)
            else:
                os.unlink(path.name, dir_fd=folder)
            _settle(folder, path)
    except OSError as error:
        raise ReplacingError(f"{path} was not put back: {error.strerror}; it is as it was") from error


def _write(folder: int, temporary: str, exchange: Exchange) -> None:
    with suppress(FileNotFoundError):
        os.unlink(temporary, dir_fd=folder)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _OPEN, 0o600, dir_fd=folder)
    with os.fdopen(descriptor, "wb") as file:
        file.write(exchange.data)
        os.fchown(file.fileno(), exchange.like.uid, exchange.like.gid)
        os.fchmod(file.fileno(), exchange.like.mode)
        if exchange.seen.content:
            _copy_attributes(folder, exchange.seen.path.name, file.fileno())
        file.flush()
        os.fsync(file.fileno())


def _copy_attributes(folder: int, name: str, new: int) -> None:
    """Access lists and labels decide who may read the file: without them its service might not start."""
    old = os.open(name, os.O_RDONLY | _OPEN, dir_fd=folder)
    try:
        there = {attribute: os.getxattr(new, attribute) for attribute in os.listxattr(new)}
        for attribute in os.listxattr(old):
            value = os.getxattr(old, attribute)
            if there.get(attribute) != value:
                os.setxattr(new, attribute, value)
    finally:
        os.close(old)


def _create(folder: int, temporary: str, path: Path) -> None:
    try:
        os.link(temporary, path.name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError as error:
        raise ConflictError(f"{path} was created by somebody else meanwhile; it is left alone") from error


def _swap(folder: int, temporary: str, exchange: Exchange, kept: Path) -> None:
    path = exchange.seen.path
    made = False
    try:
        with suppress(FileExistsError):
            os.link(path.name, kept.name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
            made = True
        for name in (kept.name, path.name):
            _require(folder, name, exchange.seen.content)
        os.rename(temporary, path.name, src_dir_fd=folder, dst_dir_fd=folder)
    except (OSError, ConflictError):
        if made:
            os.unlink(kept.name, dir_fd=folder)
        raise


def _require(folder: int, name: str, wanted: Content | None) -> None:
    if not _same(_read(folder, name), wanted):
        raise ConflictError(f"{name} was changed by somebody else meanwhile; it is left alone")


def _settle(folder: int, path: Path) -> None:
    try:
        os.fsync(folder)
    except OSError as error:
        raise NotSettledError(
            f"{path} was changed, but the disk does not confirm it ({error.strerror}); look at the disk"
        ) from error


def _read(folder: int, name: str) -> Content | None:
    try:
        return read(os.open(name, os.O_RDONLY | _OPEN, dir_fd=folder))
    except OSError:
        return None


def _require_hash(folder: int, name: str, wanted: str) -> None:
    now = _read(folder, name)
    if now is None or now.sha256 != wanted:
        raise ConflictError(f"{name} was changed since Medicus left it; nothing is put back")


def _same(one: Content | None, other: Content | None) -> bool:
    return one is not None and other is not None and one.data == other.data


@contextmanager
def _folder(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
