"""Defects to plant in the sound packs of the tests: what is changed, and what lint must say of it, and where.

They are in `defects/`, a file for each sort. The sign » marks the place that is told: in the new text, or in `at`, a
text that stands somewhere else.
"""

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from engine.linting.findings import Kind
from engine.rulebase.yaml_text import read_path

MARK = "»"
FOLDER = Path(__file__).parent / "defects"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A text that becomes another."""

    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """One defect: `old` becomes `new` in a pack, and so do all pairs `beside` it.

    `says` is in the message, `also` are the kinds of what else follows from the defect.
    """

    name: str
    kind: Kind
    says: str
    old: str
    new: str
    also: tuple[Kind, ...] = ()
    at: str = ""
    beside: tuple[Edit, ...] = ()
    pack: str = "shop"

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A text with a defect, and the line and column that must be told."""

    text: str
    line: int
    column: int


def seeds() -> tuple[Seed, ...]:
    """Every defect, by file and in the order of each."""
    several = TypeAdapter(tuple[Seed, ...])
    return tuple(one for path in sorted(FOLDER.glob("*.yaml")) for one in several.validate_python(read_path(path).data))


def plant(text: str, seed: Seed) -> Planted:
    """The text with the defect; whatever is replaced must be there just once."""
    marked = text
    there = (Edit(old=seed.at.replace(MARK, ""), new=seed.at),) if seed.at else ()
    for edit in (Edit(old=seed.old, new=seed.new), *seed.beside, *there):
        assert marked.count(edit.old) == 1, f"{marked.count(edit.old)} times: {edit.old}"
        marked = marked.replace(edit.old, edit.new)
    assert marked.count(MARK) == 1, seed.name
    before = marked[: marked.index(MARK)]
    return Planted(text=marked.replace(MARK, ""), line=before.count("\n") + 1, column=len(before) - before.rfind("\n"))
