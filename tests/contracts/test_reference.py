"""The reference is what the code says, all of it described, and every link of the documents leads somewhere."""

import re
from pathlib import Path

import pytest

from docs.describing import field_rows
from docs.generate import FOLDER, PAGES, pages
from engine.lifecycle import RemediationState
from engine.probes.port import PortSettings
from engine.rulebase.comments import members
from tests.support.documents import documents
from tests.support.tree import shown

LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(#[^)\s]+)?\)")


@pytest.fixture(scope="module")
def generated() -> dict[str, str]:
    return pages()


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_up_to_date(name: str, generated: dict[str, str]) -> None:
    said = "run `python -m docs.generate`"
    assert (FOLDER / name).read_text(encoding="utf-8") == generated[name], said


def test_there_is_no_page_that_nothing_writes() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_every_row_of_the_page_says_what_it_means(name: str, generated: dict[str, str]) -> None:
    assert [line for line in generated[name].splitlines() if re.search(r"\| +\|$", line) and line.strip("| ")] == []


def test_the_comment_of_a_member_describes_it_wherever_it_stands() -> None:
    class Local:
        """A class of no package of ours says nothing."""

        here = 1  #: beside it

    assert members(Local) == {}
    assert members(RemediationState)["REJECTED"] == "a person said no"


def test_a_key_tells_its_range_and_its_default() -> None:
    rows = {row[0]: row[1:] for row in field_rows(PortSettings)}
    assert rows["`port`"] == ["whole number, 1 to 65535", "required", "the TCP port"]
    assert rows["`address`"][1] == "`127.0.0.1`"


@pytest.mark.parametrize("path", documents(), ids=shown)
def test_every_link_leads_somewhere(path: Path) -> None:
    broken = []
    for target, anchor in LINK.findall(path.read_text(encoding="utf-8")):
        found = path.parent / target if target else path
        if not found.exists() or (anchor and found.suffix == ".md" and anchor[1:] not in anchors(found)):
            broken.append(f"{target}{anchor}")
    assert broken == []


def anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
