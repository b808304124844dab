"""Shows what restoring a file would change, without showing a secret.

Better too much is hidden than too little: what follows a word such as `password` on its line is not shown, nor are
the lines below that go on with its value.
"""

import re

from engine.lines import one_line
from engine.systems.files import Damage, Hunk

AT_MOST = 40
WIDEST = 160

_MASK = "***"
_SECRET = re.compile(
    r"(?:pass|pwd|secret|token|key|credential|auth|private|salt|dsn|cookie)[\w.-]*[\"']?\s*[:=]*\s*", re.IGNORECASE
)
_NEXT_ENTRY = re.compile(r"(?:(?:\"[^\"]*\"|'[^']*'|[\w.-]+)\s*[:=]|\[+[\w.\" -]+\]+\s*$|[\]}])")


def unified(damage: Damage) -> tuple[str, ...]:
    """The difference from the file to its backup as a unified diff of at most 40 lines, each on one screen line.

    Empty when one of them is missing, or when they are equal.
    """
    if not damage.file.content or not damage.backup or not damage.backup.content or not damage.hunks:
        return ()
    now = _masked(damage.file.content.data)
    then = _masked(damage.backup.content.data)
    lines = [f"--- {damage.file.path}", f"+++ {damage.backup.path}"]
    for hunk in damage.hunks:
        lines += _shown(hunk, now, then)
        if len(lines) > AT_MOST:
            return (*lines[: AT_MOST - 1], f"... and more: {len(damage.hunks)} places differ in all")
    return tuple(lines)


def _shown(hunk: Hunk, now: list[str], then: list[str]) -> list[str]:
    start, end = hunk.first - 1, hunk.first - 1 + hunk.lines
    removed = now[start:end]
    added = then[hunk.backup_first - 1 : hunk.backup_first - 1 + hunk.backup_lines]
    return [
        f"@@ -{hunk.first},{hunk.lines} +{hunk.backup_first},{hunk.backup_lines} @@",
        *(f" {line}" for line in now[max(0, start - 1) : start]),
        *(f"-{line}" for line in removed),
        *(f"+{line}" for line in added),
        *(f" {line}" for line in now[end : end + 1]),
    ]


def _masked(data: bytes) -> list[str]:
    shown = []
    hiding: int | None = None
    for line in data.decode("utf-8", "replace").split("\n"):
        text = line.lstrip()
        indent = len(line) - len(text)
        if hiding is not None and not (indent <= hiding and _NEXT_ENTRY.match(text)):
            shown.append(line[:indent] + _MASK if text else "")
            continue
        found = _SECRET.search(text)
        hiding = indent if found else None
        kept = text[: found.end()] + _MASK if found and found.end() < len(text) else text
        shown.append(
            " " * min(indent, WIDEST // 2) + one_line(kept.replace("\r", "\N{SYMBOL FOR CARRIAGE RETURN}"), WIDEST)
        )
    return shown
