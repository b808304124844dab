"""What Medicus can do to a configuration file: give it back its known-good content."""

import hashlib
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict

from actions.approved import refusal
from engine.errors import ConflictError
from engine.model import Effect, Outcome, Result, Risk, Scalar, Seconds, Text, Touch
from engine.params import parse
from engine.systems.differences import unified
from engine.systems.files import BackupState, Damage, Format, damage, look
from engine.systems.replacing import (
    Exchange,
    NotSettledError,
    ReplacingError,
    hindrance,
    kept_path,
    put_back,
    replace,
)


def _absolute(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError("should be an absolute path")
    return path


class RestoreFileParams(BaseModel):
    """Which file, its known-good copy, and how both are written; paths are absolute."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    path: Annotated[Path, AfterValidator(_absolute)]  #: the file
    backup: Annotated[Path, AfterValidator(_absolute)]  #: its known-good copy
    format: Format  #: how both are written


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreFile:
    """Replace a damaged or missing file by its backup, and keep the damaged one beside it as NAME.broken-HASH.

    A symbolic link is followed and stays as it is; where it leads is shown, and the risk is moderate then, since
    others may share what it leads to. The new file has the mode and the owner of the damaged one, or of the backup
    when the file is missing.
    """

    name: ClassVar[str] = "restore-file"
    params: ClassVar[type[RestoreFileParams]] = RestoreFileParams
    risk: ClassVar[Risk] = Risk.LOW
    reversible: ClassVar[bool] = True
    idempotent: ClassVar[bool] = True
    timeout: ClassVar[Seconds] = 10.0
    rights: ClassVar[str] = "to read both files, write to the file's folder, and keep its owner (root, or the owner)"

    def preview(self, params: Mapping[str, Scalar]) -> Effect:
        """Find out which file would be replaced, by what, and how the two differ."""
        asked = parse(self.params, params, self.name)
        return _effect(damage(asked.path, asked.backup, asked.format), asked.path)

    def run(self, params: Mapping[str, Scalar], effect: Effect) -> Outcome:
        """Replace the file, provided that it and the backup are still what was approved."""
        asked = parse(self.params, params, self.name)
        found = damage(asked.path, asked.backup, asked.format)
        refused = refusal(effect, _effect(found, asked.path))
        if refused:
            return refused
        exchange = _exchange(found)
        if _is_as_wanted(found) or exchange is None:
            return Outcome(
                result=Result.DONE,
                sentence=f"{found.file.path} is equal to its backup already",
                undo=_undo_of_earlier_run(found, effect),
            )
        try:
            replace(exchange)
        except NotSettledError as error:
            return Outcome(result=Result.UNKNOWN, sentence=str(error), undo=_undo(exchange))
        except (ReplacingError, ConflictError) as error:
            return Outcome(result=Result.PERMANENT, sentence=str(error))
        kept = f"; the old one is kept as {exchange.kept}" if exchange.kept else ""
        return Outcome(result=Result.DONE, sentence=f"{exchange.seen.path} was restored{kept}", undo=_undo(exchange))

    def undo(self, params: Mapping[str, Scalar], outcome: Outcome) -> Outcome:
        """Give the kept file its name again, provided that nobody changed what was written since."""
        told = {key: str(value) for key, value in outcome.undo.items()}
        now = look(parse(self.params, params, self.name).path)
        if not told or told["path"] != str(now.path):
            return Outcome(result=Result.PERMANENT, sentence=f"nothing is known to put back at {now.path}")
        if now.exists is False if not told["was"] else now.content and now.content.sha256 == told["was"]:
            return Outcome(result=Result.DONE, sentence=f"{now.path} is as it was before already")
        try:
            put_back(now.path, told["wrote"], Path(told["kept"]) if told["kept"] else None, told["was"])
        except NotSettledError as error:
            return Outcome(result=Result.UNKNOWN, sentence=str(error))
        except (ReplacingError, ConflictError) as error:
            return Outcome(result=Result.PERMANENT, sentence=str(error))
        return Outcome(result=Result.DONE, sentence=f"{now.path} is as it was before")


def _effect(found: Damage, asked: Path) -> Effect:
    path = found.file.path
    if _is_as_wanted(found):
        return Effect(
            summary=Text(en=f"{path} is equal to its backup: nothing to do", zh=f"{path} 与备份一致"),
            touches=(),
            risk=RestoreFile.risk,
        )
    backup = found.backup.path if found.backup else None
    return Effect(
        summary=Text(en=f"Restore {path} from {backup}", zh=f"用备份 {backup} 恢复 {path}"),
        touches=_touches(found),
        risk=_risk(found, asked),
        lines=_lines(found, asked),
        ready=_in_the_way(found),
    )


def _is_as_wanted(found: Damage) -> bool:
    return found.differs is False and found.backup_state is BackupState.USABLE


def _touches(found: Damage) -> tuple[Touch, ...]:
    touches = [Touch(kind="file", identity=found.file.identity, label=f"{found.file.path}, written")]
    if found.backup:
        touches.append(Touch(kind="backup", identity=found.backup.identity, label=f"{found.backup.path}, only read"))
    kept = kept_path(found.file)
    if kept and found.file.content:
        identity = f"{kept} sha256:{found.file.content.sha256}"
        touches.append(Touch(kind="file", identity=identity, label=f"{kept}, which keeps the old one"))
    return tuple(touches)


def _risk(found: Damage, asked: Path) -> Risk:
    anyone_can_write = found.backup and found.backup.content and found.backup.content.mode & stat.S_IWOTH
    if asked.is_symlink() or anyone_can_write:
        return Risk.MODERATE
    if found.file.exists is False or found.only_where_broken:
        return RestoreFile.risk
    return Risk.MODERATE


def _lines(found: Damage, asked: Path) -> tuple[str, ...]:
    lines = []
    if asked != found.file.path:
        lines.append(f"{asked} leads to {found.file.path}, which is what is replaced")
    if found.backup and found.backup.content and found.backup.content.mode & stat.S_IWOTH:
        lines.append(f"everybody may write to {found.backup.path}: look at what it says before you trust it")
    if found.file.exists is False and found.backup and found.backup.content:
        content = found.backup.content
        owner = f"mode {content.mode:04o}, owner {content.uid}:{content.gid}"
        lines.append(f"{found.file.path} is created with the {len(content.data)} bytes of {found.backup.path}, {owner}")
    kept = kept_path(found.file)
    if kept:
        lines.append(f"the file as it is now is kept as {kept}")
    return (*lines, *unified(found))


def _in_the_way(found: Damage) -> str:
    if found.file.content is None and found.file.exists is not False:
        return found.file.why
    if found.backup is None or found.backup.content is None:
        return found.backup.why if found.backup else "there is no backup"
    if found.backup_state is not BackupState.USABLE:
        at = f" (line {found.backup_broken.line})" if found.backup_broken and found.backup_broken.line else ""
        return f"the backup {found.backup.path} cannot be parsed either{at}; mend one of the two by hand"
    exchange = _exchange(found)
    return hindrance(exchange) if exchange else ""


def _exchange(found: Damage) -> Exchange | None:
    if found.backup is None or found.backup.content is None:
        return None
    return Exchange(
        seen=found.file,
        data=found.backup.content.data,
        like=found.file.content or found.backup.content,
        kept=kept_path(found.file),
    )


def _undo(exchange: Exchange) -> Mapping[str, Scalar]:
    was = exchange.seen.content
    return {
        "path": str(exchange.seen.path),
        "wrote": hashlib.sha256(exchange.data).hexdigest(),
        "kept": str(exchange.kept or ""),
        "was": was.sha256 if was else "",
    }


def _undo_of_earlier_run(found: Damage, approved: Effect) -> Mapping[str, Scalar]:
    """What the undo needs when an earlier run did the work and died before it could say so."""
    if found.file.content is None:
        return {}
    for touch in approved.touches:
        kept, _, was = touch.identity.rpartition(" sha256:")
        is_kept = touch.kind == "file" and kept == f"{found.file.path}.broken-{was[:8]}"
        there = look(Path(kept)).content if is_kept else None
        if there and there.sha256 == was:
            wrote = found.file.content.sha256
            return {"path": str(found.file.path), "wrote": wrote, "kept": kept, "was": was}
    return {}
