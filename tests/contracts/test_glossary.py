"""The glossary has every word that users meet, in both languages, once."""

import re
from enum import StrEnum

import pytest

from engine.lifecycle import IncidentState, RemediationState
from engine.model import Reason, Result
from tests.support.tree import ROOT

ROW = re.compile(r"\| (?P<word>[^|]+) \| (?P<chinese>[^|]+) \| (?P<meaning>[^|]+\.) \|")
HEADS = re.compile(r"\| (Word|---) \|")
SECTIONS: dict[str, type[StrEnum]] = {
    "States of an incident": IncidentState,
    "States of a remediation": RemediationState,
    "Results of an attempt": Result,
    "Reasons to withhold": Reason,
}


def sections() -> dict[str, list[str]]:
    """The lines of the tables, without their heads, by section."""
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    found = {}
    for section in text.split("\n## ")[1:]:
        title, *lines = section.splitlines()
        found[title] = [line for line in lines if line.startswith("|") and not HEADS.match(line)]
    return found


@pytest.mark.parametrize("section", SECTIONS)
def test_every_value_of_a_closed_set_is_explained(section: str) -> None:
    words = [line.split("`")[1] for line in sections()[section]]
    assert sorted(words) == sorted(SECTIONS[section])


def test_every_row_has_a_word_a_chinese_word_and_a_sentence() -> None:
    for section, lines in sections().items():
        rows = [ROW.fullmatch(line) for line in lines]
        assert all(rows), [line for line, row in zip(lines, rows, strict=True) if not row]
        assert len(rows) > 1, section
        for row in filter(None, rows):
            assert re.search(r"[\u4e00-\u9fff]", row["chinese"]), row["word"]


def test_no_word_is_explained_twice_in_a_section() -> None:
    for section, lines in sections().items():
        words = [line.split("|")[1].strip() for line in lines]
        assert len(set(words)) == len(words), section
