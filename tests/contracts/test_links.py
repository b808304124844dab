"""The documents fit together: links lead somewhere, decisions are numbered, the changelog is that of this version."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.support.documents import blocks, documents
from tests.support.tree import ROOT, shown

LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:)([^)\s#]*)(?:#([^)\s]*))?\)")
PARTS = ("## Context", "## Decision", "## Why", "## Consequences")
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
A_PAGE = 60


def prose(path: Path) -> str:
    """The text of a document without its blocks of code."""
    text = path.read_text(encoding="utf-8")
    for block in blocks(path, text):
        text = text.replace(block.text, "")
    return text


def anchors(path: Path) -> set[str]:
    """The names by which a page's headings are linked to."""
    headings = re.findall(r"^#+ (.*)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", documents(), ids=shown)
def test_every_link_leads_somewhere(path: Path) -> None:
    lost = []
    for name, anchor in LINK.findall(prose(path)):
        there = (path.parent / name).resolve() if name else path
        if not there.exists() or (anchor and there.suffix == ".md" and anchor not in anchors(there)):
            lost.append(f"{name}#{anchor}")
    assert lost == []


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
