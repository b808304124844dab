"""The blocks of code in the documents.

What a block is follows from its tag: `sh` is run, `python` is run (as a session when it has prompts), `yaml` is loaded
as what it is, `toml` and `json` are parsed; `console` and `text` are shown only. The comment
`<!-- not run: why -->` on the line above a block takes it out, with a reason.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.tree import files, shown

SHOWN_ONLY = {"console", "text", "mermaid", "ini"}
CHECKED = {"sh", "python", "yaml", "toml", "json"}
_FENCE = re.compile(r"^(?P<indent> *)(?P<fence>`{3,}|~{3,})(?P<tag>.*)$")
_NOT_RUN = re.compile(r"^\s*<!-- not run: .{3,} -->\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block: the line of its fence, and its text without the indent of the fence."""

    path: Path
    line: int
    tag: str
    text: str
    not_run: bool

    def __str__(self) -> str:
        return shown(self.path, self.line)


def documents() -> tuple[Path, ...]:
    return tuple(path for path in files() if path.suffix == ".md")


def blocks(path: Path, text: str) -> Iterator[Block]:
    """The fenced blocks of a document in their order; ValueError for one that does not end."""
    lines = iter(enumerate(text.splitlines(), 1))
    above = ""
    for number, line in lines:
        start = _FENCE.match(line)
        if start:
            inner = []
            for _, inside in lines:
                if inside.strip() == start["fence"]:
                    break
                inner.append(inside.removeprefix(start["indent"]))
            else:
                raise ValueError(f"{shown(path, number)}: the block does not end")
            yield Block(
                path=path,
                line=number,
                tag=start["tag"].strip(),
                text="".join(f"{one}\n" for one in inner),
                not_run=bool(_NOT_RUN.match(above)),
            )
        above = line


def blocks_of(*tags: str) -> list[Block]:
    """Every block of all documents that bears one of the tags and is not taken out."""
    found = [one for path in documents() for one in blocks(path, path.read_text(encoding="utf-8"))]
    return [one for one in found if one.tag in tags and not one.not_run]


def pages_with(tag: str) -> list[list[Block]]:
    """The blocks of one tag, page by page: later ones go on where earlier ones ended."""
    found = blocks_of(tag)
    return [[one for one in found if one.path == path] for path in dict.fromkeys(one.path for one in found)]


def page_id(page: list[Block]) -> str:
    return shown(page[0].path)
