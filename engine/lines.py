"""Safe single lines out of text that others wrote: command lines, replies of servers, messages of errors.

A process may call itself anything. What is shown must not move a terminal's cursor, fill a screen, or carry a
password on into the audit log.
"""

import re
import unicodedata
from collections.abc import Sequence

_READ_AT_MOST = 2000
_MASK = "***"
_KEYWORD = r"(?:passw(?:or)?d|passphrase|pwd|secret|token|api[-_]?key|access[-_]?key|credential|auth)"
_SECRET_OPTION = re.compile(rf"--?[\w-]*{_KEYWORD}[\w-]*", re.IGNORECASE)
_ESCAPE_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_MASKINGS = (
    (re.compile(r"(?P<keep>\b[a-z][a-z0-9+.-]{0,31}://)[^\s/@'\"]+@", re.IGNORECASE), rf"\g<keep>{_MASK}@"),
    (re.compile(r"(?P<keep>\b(?:Bearer|Basic)\s+)[^\s'\"]+", re.IGNORECASE), rf"\g<keep>{_MASK}"),
    (
        re.compile(
            rf"(?P<keep>{_KEYWORD}[\w-]*['\"]?\s?[=:]\s?)(?:\"[^\"]*\"?|'[^']*'?|(?!(?:Bearer|Basic)\s)[^\s&;,'\"]+)",
            re.IGNORECASE,
        ),
        rf"\g<keep>{_MASK}",
    ),
    (
        re.compile(
            rf"(?P<keep>(?:^|[\s'\"])--?[\w-]{{0,40}}{_KEYWORD}[\w-]{{0,40}}\s+)(?:\"[^\"]*\"?|'[^']*'?|[^\s-]\S*)",
            re.IGNORECASE,
        ),
        rf"\g<keep>{_MASK}",
    ),
)
# Programs whose short option takes a secret, attached to it or (but for mysql's) as the next argument.
_ATTACHED = dict.fromkeys(("mariadb", "mysql", "mysqladmin", "mysqldump"), "-p")
_SHORT_OPTIONS = {**_ATTACHED, "curl": "-u", "redis-cli": "-a", "sshpass": "-p"}


def one_line(text: str, limit: int = 200) -> str:
    """`text` on one line of at most `limit` characters: no control characters, no secrets that can be told as such.

    Escape sequences go, white space becomes one space, what else does not print becomes U+FFFD.
    """
    line = _masked(_printable(text[:_READ_AT_MOST]))
    return line if len(line) <= limit else line[: limit - 1] + "…"


def command_line(argv: Sequence[str], limit: int = 200) -> str:
    """The arguments of a process joined to one safe line, without the values of its secret options."""
    shown: list[str] = []
    program = argv[0].rpartition("/")[2] if argv else ""
    short = _SHORT_OPTIONS.get(program, "")
    hide_next = False
    for argument in argv[:100]:
        if hide_next:
            shown.append(_MASK)
            hide_next = False
        elif short and argument.startswith(short):
            hide_next = argument == short and program not in _ATTACHED
            shown.append(short if argument == short else short + _MASK)
        else:
            hide_next = _SECRET_OPTION.fullmatch(argument) is not None
            shown.append(argument[:_READ_AT_MOST])
    return one_line(" ".join(shown), limit)


def _printable(text: str) -> str:
    plain = " ".join(_ESCAPE_SEQUENCE.sub("", text).split())
    return "".join("\ufffd" if unicodedata.category(one)[0] == "C" else one for one in plain)


def _masked(line: str) -> str:
    for pattern, replacement in _MASKINGS:
        line = pattern.sub(replacement, line)
    return line
