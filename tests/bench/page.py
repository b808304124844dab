"""Figures as people read them: a table on the terminal, and a page of the documentation."""

import os
import platform
from collections.abc import Sequence

from tests.bench.benches import Bench
from tests.bench.figures import Bar, Figure

Measured = Sequence[tuple[Bench, Sequence[Figure]]]
_HEAD = ("", "value", "lowest", "highest", "bar", "met", "of the baseline", "")


def table(measured: Measured) -> str:
    """The figures in columns, bench by bench."""
    lines: list[str] = []
    for bench, figures in measured:
        rows = [_HEAD, *(_row(one) for one in figures)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
        lines += [bench.title, *("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows), ""]
    return "\n".join(lines)


def page(measured: Measured, date: str, size: str) -> str:
    """A page in Markdown; of the machine it tells the number of cores and the version of Python, and no more."""
    where = f"Python {platform.python_version()}, {os.cpu_count()} cores"
    lines = [
        "# How fast it is, and what it weighs",
        "",
        f"Measured on {date} with {where}, by `python -m tests.bench{'' if size == 'full' else f' ({size})'}`, which",
        "writes this page. Machines differ, and others may use them at the same time: ratios count, for they are taken",
        "in turns with a baseline of the same run. Latencies say their p50 or p99, everything else the median of its",
        "rounds. The garbage collector runs as it does in the product.",
    ]
    for bench, figures in measured:
        lines += ["", f"## {bench.title}", ""]
        rows = [("what", *_HEAD[1:-1], "note"), ("---",) * len(_HEAD), *(_row(one) for one in figures)]
        lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def _row(one: Figure) -> tuple[str, ...]:
    return (
        one.name,
        f"{number(one.value)} {one.unit}",
        number(one.low),
        number(one.high),
        _bar(one.bar),
        {True: "yes", False: "NO", None: ""}[one.met],
        "" if one.ratio is None else f"{one.ratio:.2f}",
        one.note,
    )


def _bar(bar: Bar | None) -> str:
    return "" if bar is None else f"{'at most' if bar.at_most else 'at least'} {number(bar.limit)}"


def number(value: float | None) -> str:
    """Whole from 100 on, else with three significant digits, five where a ratio is near 1; nothing for None."""
    if value is None:
        return ""
    if 0.9 <= abs(value) < 2 and value != int(value):
        return f"{value:.5g}"
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
