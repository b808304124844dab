"""`medicus rules coverage`: what each cause has and lacks, and what tells the causes apart."""

from collections.abc import Sequence
from math import comb
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text as Styled

from api import output, views
from api.output import Format
from api.rules.reading import read
from engine.diagnosis.seen import shown
from engine.linting import telling_apart
from engine.linting.coverage import Covered
from engine.linting.coverage import coverage as covered_by
from engine.linting.subject import PlacedProblem
from engine.linting.telling_apart import Apart
from engine.model import Scalar, Unknown


def coverage(packs: Sequence[Path], form: Format, *, matrix: bool = False, strict: bool = False) -> int:
    """Print what each cause of the packs has, with `matrix` also what tells causes from each other.

    1 when `strict` and a cause lacks something or cannot be told from another, else 0. TextError when a pack does not
    load.
    """
    read_packs = [read(pack) for pack in packs]
    rows = [row for one in read_packs for row in covered_by(one)]
    pairs = [
        (problem, telling_apart.matrix(one, problem))
        for one in read_packs
        if matrix
        for problem in one.subject.problems
    ]
    if form is Format.TABLE:
        out = output.console()
        out.print(_table(rows))
        for problem, told in pairs:
            _matrix(out, problem, told)
    else:
        told_apart = {"apart": [_told(problem, told) for problem, told in pairs]} if matrix else {}
        output.data(views.document(causes=[_row(one) for one in rows], **told_apart), form)
    alike = any(pair.factor <= 1 for _, told in pairs for pair in told)
    return 1 if strict and (alike or any(one.lacks for one in rows)) else 0


def _table(rows: Sequence[Covered]) -> Table:
    table = Table(
        *(
            "problem",
            "cause",
            "evidence",
            "proving",
            "automatic",
            "person",
            "examples",
            "near misses",
            "checks",
            "lacks",
        ),
        box=None,
        pad_edge=False,
    )
    for one in rows:
        numbers = (one.evidence, one.proving, one.automatic, one.personal, one.expected, one.near_misses)
        cells = (one.problem.id, one.cause.id, *map(str, numbers), ", ".join(one.checks))
        table.add_row(*map(_whole, cells), Styled(", ".join(one.lacks), style="yellow"))
    return table


def _matrix(out: Console, problem: PlacedProblem, told: Sequence[Apart]) -> None:
    out.print(Styled.assemble("\n", ("told apart:", "dim"), " ", (problem.problem.id, "bold")))
    table = Table("one", "other", "factor", "by", "for the one", "for the other", box=None, pad_edge=False)
    for pair in told:
        factor = Styled(f"{pair.factor:.3g}" if pair.factor > 1 else "nothing", style="" if pair.factor > 1 else "red")
        words = (", ".join(pair.observations), _seen(pair.favours_one), _seen(pair.favours_other))
        table.add_row(_whole(pair.one.id), _whole(pair.other.id), factor, *map(_whole, words))
    if told:
        out.print(table)
    untold = comb(len(problem.causes), 2) - len(told)
    if untold:
        out.print(f"   of {untold} more pairs too much can be seen to tell")
    elif not told:
        out.print("   there is only one cause")


def _whole(text: str) -> Styled:
    """A cell that is folded rather than cut off."""
    return Styled(text, overflow="fold")


def _seen(values: Sequence[tuple[str, Scalar | Unknown]]) -> str:
    return ", ".join(f"{name}={shown(value)}" for name, value in values if not isinstance(value, Unknown))


def _row(one: Covered) -> views.View:
    return {
        "problem": one.problem.id,
        "cause": one.cause.id,
        "evidence": one.evidence,
        "proving": one.proving,
        "automatic": one.automatic,
        "personal": one.personal,
        "expected": one.expected,
        "near_misses": one.near_misses,
        "checks": list(one.checks),
        "lacks": [lack.value for lack in one.lacks],
    }


def _told(problem: PlacedProblem, told: Sequence[Apart]) -> views.View:
    return {
        "problem": problem.problem.id,
        "pairs": [
            {
                "one": one.one.id,
                "other": one.other.id,
                "factor": round(one.factor, 6),
                "observations": list(one.observations),
                "for_the_one": _values(one.favours_one),
                "for_the_other": _values(one.favours_other),
            }
            for one in told
        ],
    }


def _values(seen: Sequence[tuple[str, Scalar | Unknown]]) -> views.View:
    return {name: value for name, value in seen if not isinstance(value, Unknown)}
