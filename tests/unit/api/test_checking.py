"""`medicus check` says the worst that is known, and never calls well what it cannot see."""

from dataclasses import replace
from pathlib import Path

import pytest

from api.bootstrap import House
from api.checking import Nagios, judged
from engine.model import Severity
from engine.settings import read_settings
from tests.support.bench import BLOG, DARK, DATABASE, SHOP, Bench


@pytest.fixture
def home(bench: Bench, tmp_path: Path) -> House:
    file = tmp_path / "medicus.yaml"
    file.write_text("format: 1\npacks: [service]\nlanguage: en\n")
    return House(settings=read_settings(file, {}), packs=(bench.pack,), targets=bench.targets, actions={})


def status(bench: Bench, home: House) -> tuple[Nagios, str]:
    bench.clock.at += 2
    return judged(home, bench.looker.look())


def test_all_well(bench: Bench, home: House) -> None:
    assert status(bench, home) == (Nagios.OK, "no known problem on 3 target(s)")


def test_a_bad_problem_is_critical_and_told_with_its_cause(bench: Bench, home: House) -> None:
    bench.set(SHOP, app_state="down", disk_state="full")
    code, said = status(bench, home)
    assert code is Nagios.CRITICAL
    assert said == "shop: The problem app.down (The cause disk-full, >99 %)"


@pytest.mark.parametrize(
    ("severity", "code"),
    [
        (Severity.P0, Nagios.CRITICAL),
        (Severity.P1, Nagios.CRITICAL),
        (Severity.P2, Nagios.WARNING),
        (Severity.P3, Nagios.WARNING),
    ],
)
def test_the_severity_decides(bench: Bench, home: House, severity: Severity, code: Nagios) -> None:
    problems = tuple(replace(one, severity=severity) for one in bench.pack.problems)
    bench.pack = replace(bench.pack, problems=problems)
    bench.crash()
    bench.set(SHOP, app_state="down")
    assert status(bench, home)[0] is code


def test_the_worst_of_several_counts_and_a_consequence_is_not_told_twice(bench: Bench, home: House) -> None:
    bench.set(DATABASE, db_state="refuses")
    bench.set(SHOP, app_state="down")
    bench.set(BLOG, app_state="down")
    code, said = status(bench, home)
    assert code is Nagios.CRITICAL
    assert [one.split(":")[0] for one in said.split("; ")] == ["blog", "orders-db"]


def test_a_problem_of_which_nobody_can_tell_is_not_ok(bench: Bench, home: House) -> None:
    bench.set(SHOP, app_state=DARK)
    code, said = status(bench, home)
    assert code is Nagios.UNKNOWN
    assert said == "shop: app.state is unknown: the probe saw nothing"


def test_a_problem_that_is_seen_outweighs_one_that_is_not(bench: Bench, home: House) -> None:
    bench.set(SHOP, app_state=DARK)
    bench.set(BLOG, app_state="down")
    assert status(bench, home)[0] is Nagios.CRITICAL


def test_a_cause_that_cannot_be_seen_while_nothing_is_wrong_raises_no_doubt(bench: Bench, home: House) -> None:
    bench.set(SHOP, disk_state=DARK)
    assert status(bench, home)[0] is Nagios.OK


def test_without_targets_nothing_is_known(bench: Bench, home: House) -> None:
    code, said = status(bench, replace(home, targets=()))
    assert code is Nagios.UNKNOWN
    assert "no targets" in said


def test_the_codes_are_those_of_nagios() -> None:
    assert [(one.name, int(one)) for one in Nagios] == [("OK", 0), ("WARNING", 1), ("CRITICAL", 2), ("UNKNOWN", 3)]
