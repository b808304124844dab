"""A configuration file: whether it is there, can be parsed, and how it stands to its backup.

No detail repeats what a file says, since it may hold a password.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict

from engine.lines import one_line
from engine.model import Observable, Reading, Scalar, Seconds, Unknown
from engine.systems.files import BackupState, Damage, Format, damage


class FileSettings(BaseModel):
    """Which file at `path`, how it is written, and where its known-good copy lies."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    path: Path  #: the file
    format: Format  #: how it is written
    backup: Path | None = None  #: its known-good copy


EXISTS = Observable(name="exists", type=bool, about="Whether anything is at the path.")
PARSES = Observable(name="parses", type=bool, about="Whether the file can be parsed in its format.")
BACKUP = Observable(name="backup", type=str, values=tuple(BackupState), about="What the backup is good for.")
DIFFERS = Observable(name="differs", type=bool, about="Whether the file differs from its backup.")
DAMAGE_ONLY = Observable(
    name="damage-only",
    type=bool,
    about="Whether the file differs from its usable backup in nothing but the one place where it cannot be parsed.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileProbe:
    """Reads a file and its backup and compares them; neither is read beyond 1 MiB."""

    name: ClassVar[str] = "file"
    settings: ClassVar[type[FileSettings]] = FileSettings
    observables: ClassVar[tuple[Observable, ...]] = (EXISTS, PARSES, BACKUP, DIFFERS, DAMAGE_ONLY)

    path: Path
    format: Format
    backup: Path | None
    timeout: Seconds = 3.0

    @classmethod
    def bind(cls, settings: FileSettings) -> Self:
        """The probe of the file that `settings` name."""
        return cls(path=settings.path, format=settings.format, backup=settings.backup)

    def observe(self) -> tuple[Reading, ...]:
        """Read every observable now."""
        found = damage(self.path, self.backup, self.format)
        why = one_line(found.file.why)
        state = found.backup_state
        return (
            _reading(EXISTS, found.file.exists, why, one_line(found.file.why or str(found.file.path))),
            _reading(PARSES, found.parses, why, _place(found, self.format)),
            _reading(BACKUP, None if state is None else str(state), _why_backup(found), _backup_detail(found)),
            _reading(DIFFERS, found.differs, _why_incomparable(found), _differences(found)),
            _reading(DAMAGE_ONLY, found.only_where_broken, _why_not_judged(found), _differences(found)),
        )


def _reading(observable: Observable, value: Scalar | None, why: str, detail: str) -> Reading:
    if value is None:
        return Reading(name=observable.name, value=Unknown(because=why))
    return Reading(name=observable.name, value=value, detail=detail)


def _place(found: Damage, file_format: Format) -> str:
    if found.broken is None:
        return f"it can be parsed as {file_format}"
    at = f"line {found.broken.line}" if found.broken.line else "an unknown line"
    return f"it cannot be parsed as {file_format}: {at}"


def _differences(found: Damage) -> str:
    if not found.hunks:
        return "equal to the backup"
    first = found.hunks[0]
    places = f"in {len(found.hunks)} places, the first" if len(found.hunks) > 1 else "in one place,"
    where = f"at line {first.first} ({first.lines} lines against {first.backup_lines} of the backup)"
    return f"differs from the backup {places} {where}"


def _backup_detail(found: Damage) -> str:
    if found.backup is None:
        return "no backup is configured"
    return one_line(found.backup.why or str(found.backup.path))


def _why_backup(found: Damage) -> str:
    return one_line(found.backup.why) if found.backup else "no backup is configured"


def _why_incomparable(found: Damage) -> str:
    return one_line(found.file.why) or _why_backup(found)


def _why_not_judged(found: Damage) -> str:
    if found.parses is None:
        return one_line(found.file.why)
    if found.parses:
        return "the file can be parsed"
    if found.backup_state is BackupState.BROKEN:
        return "the backup cannot be parsed either"
    return _why_backup(found)
