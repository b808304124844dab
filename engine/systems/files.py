"""Reads small configuration files of a target and tells damage from edits.

Whoever looks and whoever repairs must judge alike, so the judgement is here and in no probe or action. Nothing is
written here (see `replacing`), and no message repeats what a file says: it may be a password.
"""

import configparser
import hashlib
import json
import os
import re
import stat
import tomllib
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from enum import StrEnum
from pathlib import Path

import yaml

LARGEST = 1024 * 1024
LOST_AT_MOST = 1
DEEPEST_YAML = 200
COMPARABLE = 1_000_000

# The target's own YAML, not ours: it is only asked whether it can be read, in any dialect and with any tag. The C
# parser is forty times as fast; events alone are read because composing them overruns its stack on a deep text.
_YAML_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Format(StrEnum):
    """How a file is written; text only has to be UTF-8."""

    TOML = "toml"
    YAML = "yaml"
    JSON = "json"
    INI = "ini"
    TEXT = "text"


class BackupState(StrEnum):
    """What a file's backup is good for; none means that the inventory names no backup."""

    USABLE = "usable"
    BROKEN = "broken"
    MISSING = "missing"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a regular file held at one moment, with its rights; `data` never appears in a repr."""

    data: bytes = field(repr=False)
    mode: int
    uid: int
    gid: int

    @property
    def sha256(self) -> str:
        """The hash of the data in hex."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was found at a path; `path` is where its symbolic links lead.

    `exists` is None when not even that can be told. Without `content`, `why` says what is in the way (no file, a
    folder, a FIFO, larger than 1 MiB, no rights).
    """

    path: Path
    exists: bool | None
    content: Content | None = None
    why: str = ""

    @property
    def identity(self) -> str:
        """The path with the hash of what is there: "/etc/app.toml sha256:9f...", or "/etc/app.toml absent"."""
        if self.content:
            return f"{self.path} sha256:{self.content.sha256}"
        return f"{self.path} {'absent' if self.exists is False else 'unreadable'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A parser gave up; `line` counts from 1 and is None when the parser did not say."""

    line: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunk:
    """One run of lines in which a file and its backup differ; `first` and `backup_first` count from 1.

    `lines` of the file stand where the backup has `backup_lines`; either may be 0.
    """

    first: int
    lines: int
    backup_first: int
    backup_lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """A file beside its backup: what of it is there, what parses, where they differ."""

    file: Seen
    broken: Broken | None
    backup: Seen | None
    backup_broken: Broken | None
    hunks: tuple[Hunk, ...] = ()

    @property
    def parses(self) -> bool | None:
        """Whether the file can be parsed; None when it could not be read."""
        return self.broken is None if self.file.content else None

    @property
    def backup_state(self) -> BackupState | None:
        """What the backup is good for; None when it could not be read."""
        if self.backup is None:
            return BackupState.NONE
        if self.backup.content:
            return BackupState.BROKEN if self.backup_broken else BackupState.USABLE
        return BackupState.MISSING if self.backup.exists is False else None

    @property
    def differs(self) -> bool | None:
        """Whether the file's bytes differ from the backup's; None unless both could be read."""
        if self.file.content is None or self.backup is None or self.backup.content is None:
            return None
        return self.file.content.data != self.backup.content.data

    @property
    def only_where_broken(self) -> bool | None:
        """Whether restoring the usable backup mends the broken place and loses nothing else.

        True when they differ in one hunk that holds the parser's error, give or take a line, and at most one line of
        the file would go: a longer hunk may be somebody's edit right beside the broken line. None when
        the file parses, or one of the two cannot serve.
        """
        if self.broken is None or self.backup_state is not BackupState.USABLE:
            return None
        if len(self.hunks) != 1 or self.hunks[0].lines > LOST_AT_MOST or self.broken.line is None:
            return False
        hunk = self.hunks[0]
        return hunk.first - 1 <= self.broken.line <= hunk.first + hunk.lines


def damage(path: Path, backup: Path | None, file_format: Format) -> Damage:
    """Read a file and its backup once, and compare them."""
    file, saved = look(path), look(backup) if backup else None
    return Damage(
        file=file,
        broken=parse(file.content.data, file_format) if file.content else None,
        backup=saved,
        backup_broken=parse(saved.content.data, file_format) if saved and saved.content else None,
        hunks=compare(file.content.data, saved.content.data) if saved and saved.content and file.content else (),
    )


def look(path: Path) -> Seen:
    """Read the regular file that `path` leads to, at most 1 MiB of it; never waits on a FIFO or a device."""
    real = Path(os.path.realpath(path))
    try:
        found = real.lstat()
    except FileNotFoundError:
        return Seen(path=real, exists=False, why=f"{real} does not exist")
    except OSError as error:
        return Seen(path=real, exists=None, why=f"{real} cannot be looked at: {error.strerror}")
    if not stat.S_ISREG(found.st_mode):
        return Seen(path=real, exists=True, why=f"{real} is {_kind(found.st_mode)}, not a regular file")
    try:
        content = read(os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError as error:
        return Seen(path=real, exists=True, why=f"{real} cannot be read: {error.strerror}")
    if content is None:
        return Seen(path=real, exists=True, why=f"{real} is larger than {LARGEST // 1024} KiB or no regular file")
    return Seen(path=real, exists=True, content=content)


def read(descriptor: int) -> Content | None:
    """What an open file holds; None when it is no regular file or too large. Closes the descriptor."""
    with open(descriptor, "rb", buffering=0) as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST:
            return None
        data = b""
        while len(data) <= LARGEST and (more := file.read(LARGEST + 1 - len(data))):
            data += more
    if len(data) > LARGEST:
        return None
    return Content(data=data, mode=stat.S_IMODE(found.st_mode), uid=found.st_uid, gid=found.st_gid)


def parse(data: bytes, file_format: Format) -> Broken | None:
    """Where the text cannot be parsed; None when it can.

    UTF-8 is asked of every format, and INI is read in Python's dialect.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return Broken(line=_line_at(data, error.start))
    try:
        match file_format:
            case Format.TOML:
                tomllib.loads(text)
            case Format.JSON:
                json.loads(text)
            case Format.INI:
                configparser.RawConfigParser().read_string(text)
            case Format.YAML:
                return _parse_yaml(data)
            case Format.TEXT:
                return Broken(line=_line_at(data, data.index(b"\0"))) if b"\0" in data else None
    except (ValueError, RecursionError, configparser.Error) as error:
        return Broken(line=_line_of(error, data))
    return None


def compare(data: bytes, backup: bytes) -> tuple[Hunk, ...]:
    """The hunks in which two texts differ; one large hunk where a finer comparison would take too long."""
    ours, theirs = data.split(b"\n"), backup.split(b"\n")
    head = _common(ours, theirs)
    tail = _common(ours[head:][::-1], theirs[head:][::-1])
    ours, theirs = ours[head : len(ours) - tail], theirs[head : len(theirs) - tail]
    if not ours and not theirs:
        return ()
    if len(ours) * len(theirs) > COMPARABLE:
        return (Hunk(first=head + 1, lines=len(ours), backup_first=head + 1, backup_lines=len(theirs)),)
    return tuple(
        Hunk(first=head + a + 1, lines=b - a, backup_first=head + c + 1, backup_lines=d - c)
        for tag, a, b, c, d in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes()
        if tag != "equal"
    )


def _common(ours: list[bytes], theirs: list[bytes]) -> int:
    pairs = zip(ours, theirs, strict=False)
    return next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(ours), len(theirs)))


def _parse_yaml(data: bytes) -> Broken | None:
    depth, anchors = 0, set[str]()
    try:
        for event in yaml.parse(data, Loader=_YAML_LOADER):
            line = event.start_mark.line + 1 if event.start_mark else None
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.DocumentStartEvent):
                anchors.clear()
            elif isinstance(event, yaml.AliasEvent) and event.anchor not in anchors:
                return Broken(line=line)
            elif isinstance(event, yaml.NodeEvent) and event.anchor:
                anchors.add(event.anchor)
            if depth > DEEPEST_YAML:
                return Broken(line=line)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        return Broken(line=mark.line + 1 if mark else None)
    except yaml.reader.ReaderError as error:
        return Broken(line=_line_at(data, error.position))
    return None


def _line_of(error: Exception, data: bytes) -> int | None:
    match error:
        case json.JSONDecodeError() | configparser.MissingSectionHeaderError():
            return error.lineno
        case configparser.DuplicateSectionError() | configparser.DuplicateOptionError():
            return error.lineno
        case configparser.ParsingError():
            return error.errors[0][0]
        case tomllib.TOMLDecodeError():
            # Python 3.11's tomllib tells the place in its message only.
            if found := re.search(r"\(at line (\d+), column \d+\)$", str(error)):
                return int(found[1])
            return data.count(b"\n") + 1
    return None


def _line_at(data: bytes, offset: int) -> int:
    return data.count(b"\n", 0, offset) + 1


def _kind(mode: int) -> str:
    kinds = {
        stat.S_IFDIR: "a folder",
        stat.S_IFLNK: "a symbolic link that leads nowhere",
        stat.S_IFIFO: "a FIFO",
        stat.S_IFSOCK: "a socket",
    }
    return kinds.get(stat.S_IFMT(mode), "a device")
