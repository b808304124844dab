"""Decisions are numbered and short, and the changelog is that of this version."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.support.tree import ROOT

PARTS = ("## Context", "## Decision", "## Why", "## Consequences")
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
A_PAGE = 60


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(len(DECISIONS)))


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_says_what_why_and_at_what_price_on_one_page(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert tuple(line for line in lines if line.startswith("## ")) == PARTS
    assert lines[0].startswith(f"# {'NNNN' if path == DECISIONS[0] else path.name[:4]}: ")
    assert len(lines) <= A_PAGE


def test_the_changelog_begins_with_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == version
