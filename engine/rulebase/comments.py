"""Reads what the code says of the members of a class: comments that begin with `#:`, beside a member or above it.

The reference and the schema for editors are made from the same words, so that they cannot differ.
"""

import ast
import inspect
import io
import tokenize
from collections.abc import Mapping

MARK = "#:"


def members(kind: type) -> dict[str, str]:
    """What the comments of a class and of its bases say of each member, by name; inherited ones first."""
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if base.__module__.partition(".")[0] in {"engine", "actions", "api"}:
            found |= _own_members(base)
    return found


def _own_members(kind: type) -> dict[str, str]:
    source = inspect.cleandoc("\n" + inspect.getsource(kind))
    beside: dict[int, str] = {}
    alone: dict[int, str] = {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and token.string.startswith(MARK):
            place = alone if token.line.lstrip().startswith(MARK) else beside
            place[token.start[0]] = token.string.removeprefix(MARK).partition("# noqa")[0].strip()
    body = next(node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)).body
    found = {}
    for node in body:
        match node:
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                found[name] = beside.get(node.end_lineno or 0) or _above(alone, node.lineno)
    return found


def _above(comments: Mapping[int, str], line: int) -> str:
    words: list[str] = []
    while (line := line - 1) in comments:
        words.insert(0, comments[line])
    return " ".join(words)
