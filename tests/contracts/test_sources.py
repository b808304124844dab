"""The house rules that no linter knows, or that must not be switched off."""

import ast
import re
import tokenize
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from engine.errors import MedicusError
from tests.support.tree import PACKAGES, ROOT, files, module_name, parsed, product_files, python_files, shown

LONGEST = 400
BARE = re.compile(r"#\s*(noqa(?!: [A-Z]+[0-9]+)|type:\s*ignore(?!\[))")
ASIDE = {"api/demo/notes.py", "api/demo/leftover.py", "engine/inference/worker.py"}  # started as programs, not imported


def public(node: ast.AST) -> Iterator[tuple[int, str, str | None]]:
    """Line, name and docstring of everything public in a module or a class."""
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not inner.name.startswith("_"):
            yield inner.lineno, inner.name, ast.get_docstring(inner)
            if isinstance(inner, ast.ClassDef):
                yield from public(inner)


def test_no_file_is_longer_than_a_reader_bears() -> None:
    lengths = {shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in python_files()}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_every_module_and_everything_public_says_what_it_is() -> None:
    silent = [shown(path) for path in product_files() if not ast.get_docstring(parsed(path))]
    silent += [
        f"{shown(path, line)} {name}"
        for path in product_files()
        for line, name, said in public(parsed(path))
        if not said
    ]
    assert silent == []


def test_every_error_has_a_docstring_of_its_own() -> None:
    for path in product_files():
        if shown(path) not in ASIDE and "migrations" not in path.parts:
            import_module(module_name(path))
    errors = [error for error in family(MedicusError) if error.__module__.split(".")[0] in PACKAGES]
    assert len(errors) > 10
    assert [error.__qualname__ for error in errors if not (error.__dict__.get("__doc__") or "").strip()] == []


def family(error: type[MedicusError]) -> Iterator[type[MedicusError]]:
    yield error
    for child in error.__subclasses__():
        yield from family(child)


def comments(path: Path) -> Iterator[tuple[int, str]]:
    with path.open("rb") as text:
        for token in tokenize.tokenize(text.readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string


def test_what_a_linter_is_told_to_overlook_is_named() -> None:
    bare = [
        f"{shown(path, line)} {comment}"
        for path in python_files()
        for line, comment in comments(path)
        if BARE.search(comment)
    ]
    assert bare == []


def unexplained(tree: ast.Module) -> Iterator[int]:
    """The lines where a test is skipped or expected to fail and nobody says why."""
    for node in ast.walk(tree):
        call = node if isinstance(node, ast.Call) else None
        name = ast.unparse(call.func if call else node) if isinstance(node, ast.Call | ast.Attribute) else ""
        if name in {"pytest.mark.skip", "pytest.mark.skipif", "pytest.mark.xfail"}:
            if call and not any(word.arg == "reason" for word in call.keywords):
                yield call.lineno
        elif call and name in {"pytest.skip", "pytest.xfail"} and not (call.args or call.keywords):
            yield call.lineno
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and id(node) not in called and ast.unparse(node) == "pytest.mark.skip":
            yield node.lineno


def test_every_skip_has_a_reason() -> None:
    tests = [path for path in python_files() if path.relative_to(ROOT).parts[0] == "tests"]
    assert [shown(path, line) for path in tests for line in unexplained(parsed(path))] == []


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("@pytest.mark.skip\ndef test(): ...", [1]),
        ("@pytest.mark.skipif(True)\ndef test(): ...", [1]),
        ("x = 1\npytest.skip()", [2]),
        ("@pytest.mark.skipif(True, reason='no root')\ndef test(): pytest.skip('no')", []),
    ],
)
def test_a_skip_without_a_reason_is_found(text: str, lines: list[int]) -> None:
    assert list(unexplained(ast.parse(text))) == lines


def test_tests_and_sources_are_what_they_seem() -> None:
    folders = {path.relative_to(ROOT).parts[0] for path in files()}
    assert {"engine", "actions", "api", "rules", "tests", "docs"} <= folders
    assert not [shown(path) for path in files() if path.name == "__init__.py" and "tests" in path.parts]


def test_no_file_is_executable_by_accident() -> None:
    assert [shown(path) for path in python_files() if is_program(path)] == []


def is_program(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o111) and not path.read_text(encoding="utf-8").startswith("#!")
