"""Every bench runs, and its figures are there and can be true; how large they are is for machines to say."""

import math
import re
from pathlib import Path

import pytest

from tests.bench.__main__ import main
from tests.bench.benches import BENCHES, Bench
from tests.bench.figures import Bar, Figure, Size, latency, rate, share_of_a_core
from tests.bench.page import number, page, table

MAY_SHRINK = {"blocks", "MB"}


@pytest.mark.parametrize("bench", BENCHES, ids=lambda one: one.name)
def test_every_bench_has_sane_figures(bench: Bench) -> None:
    figures = bench.figures(Size.SMALLEST)
    assert figures
    assert len({one.name for one in figures}) == len(figures)
    for one in figures:
        assert math.isfinite(one.value)
        assert one.value > 0 or one.unit in MAY_SHRINK, one
        assert (one.low or one.value) <= one.value <= (one.high or one.value), one
        assert one.ratio is None or one.ratio > 0, one
    shown = page([(bench, figures)], "2026-01-02", Size.SMALLEST)
    assert all(one.name in shown and one.name in table([(bench, figures)]) for one in figures)


def test_a_rate_is_that_of_the_median_round_and_its_ratio_is_taken_round_by_round() -> None:
    one = rate("x", 100, [1.0, 2.0, 4.0], baseline=[0.5, 1.0, 8.0], bar=Bar(limit=50))
    assert (one.low, one.value, one.high) == (25, 50, 100)
    assert one.ratio == 0.5
    assert one.met is True


@pytest.mark.parametrize(("share", "milliseconds"), [(0.0, 1), (0.5, 51), (0.99, 100), (1.0, 100)])
def test_a_latency_is_the_one_that_so_many_lie_within(share: float, milliseconds: float) -> None:
    one = latency("x", [number / 1000 for number in range(100, 0, -1)], share=share, bar=Bar(limit=60, at_most=True))
    assert one.value == pytest.approx(milliseconds)
    assert one.met is (milliseconds <= 60)


def test_the_share_of_a_core_is_a_share() -> None:
    assert 0 < share_of_a_core(0.05).value <= 110


def test_the_page_tells_what_is_missed_and_nothing_of_the_machine_but_its_cores_and_python() -> None:
    missed = Figure(name="x", value=1.0, unit="/s", bar=Bar(limit=2.0), note="n")
    shown = page([(BENCHES[0], [missed])], "2026-01-02", Size.FULL)
    assert "| x | 1 /s |  |  | at least 2 | NO |  | n |" in shown
    assert re.search(r"Measured on 2026-01-02 with Python 3\.\d+\.\d+, \d+ cores", shown)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, ""), (0.0, "0"), (1234567.8, "1,234,568"), (0.12345, "0.123"), (12.0, "12"), (99.96, "100")],
)
def test_numbers_as_they_are_read(value: float | None, shown: str) -> None:
    assert number(value) == shown


def test_a_page_without_a_date_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--quick", "--write", str(tmp_path / "page.md")])
    assert "--date" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
