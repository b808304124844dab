"""Findings are of a closed set of kinds, all of them explained, and one line each."""

import re

import pytest

from engine.errors import Mistake
from engine.linting.findings import Finding, Kind, Level, found
from tests.support.tree import ROOT

ROW = re.compile(r"^\| `(?P<kind>[a-z-]+)` \| .+\. \| (?P<level>[a-z]+) \|$", re.MULTILINE)


def finding(kind: Kind = Kind.NEVER, message: str = "it is so", hint: str = "") -> Finding:
    return found(kind, Mistake(file="pack.yaml", line=3, column=5, message=message, hint=hint))


def test_every_kind_is_explained_with_its_level() -> None:
    page = (ROOT / "docs" / "howto" / "lint-a-pack.md").read_text(encoding="utf-8")
    assert [(row["kind"], row["level"]) for row in ROW.finditer(page)] == [
        (kind.value, finding(kind).level.value) for kind in Kind
    ]


@pytest.mark.parametrize(
    ("hint", "line"),
    [("", "pack.yaml:3:5: [never] it is so"), ("mend it", "pack.yaml:3:5: [never] it is so (mend it)")],
)
def test_a_finding_is_one_line_with_its_place_kind_and_way_out(hint: str, line: str) -> None:
    assert str(finding(hint=hint)) == line


def test_a_finding_is_one_line_whatever_is_in_it() -> None:
    assert str(finding(message="first\nsecond")).count("\n") == 0


def test_findings_stand_in_the_order_of_the_text() -> None:
    later = Finding(file="a", line=10, column=1, kind=Kind.ALWAYS, message="m")
    sooner = Finding(file="a", line=9, column=70, kind=Kind.UNUSED, message="m")
    assert sorted([later, sooner]) == [sooner, later]
    assert sooner.level is Level.ADVICE
