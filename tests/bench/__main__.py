"""Run the benches: `python -m tests.bench [--quick] [--only NAME] [--write FILE --date YYYY-MM-DD]`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.bench.benches import BENCHES
from tests.bench.figures import Size, share_of_a_core
from tests.bench.page import page, table

_SPIN = 1.0  # seconds


def main(argv: Sequence[str]) -> None:
    """Run, print, and write when asked to."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--quick", action="store_true", help="smaller worlds and fewer rounds")
    parser.add_argument("--only", choices=[one.name for one in BENCHES], help="one bench alone")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write a page in Markdown")
    parser.add_argument("--date", default="", help="the date on that page")
    given = parser.parse_args(argv)
    if given.write and not given.date:
        parser.error("--write needs --date: a page says when it was measured")
    size = Size.QUICK if given.quick else Size.FULL
    measured = []
    for bench in BENCHES:
        if given.only in {None, bench.name}:
            measured.append((bench, [share_of_a_core(_SPIN), *bench.figures(size)]))
            sys.stdout.write(table(measured[-1:]) + "\n")
            sys.stdout.flush()
    if given.write:
        given.write.write_text(page(measured, given.date, size), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
