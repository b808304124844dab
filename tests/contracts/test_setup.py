"""`make` says in one line what a machine lacks, before it begins anything."""

import os
import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest

from tests.support.tree import ROOT

COMPILES = sys.version_info < (3, 13)


def preflight(path: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / ".ci" / "preflight.py"],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_where_everything_is_there_nothing_is_said() -> None:
    done = preflight(os.environ["PATH"])
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.skipif(not COMPILES, reason="from Python 3.13 on durable-rules is not installed, so nothing is compiled")
def test_without_a_compiler_one_line_says_what_to_install(tmp_path: Path) -> None:
    done = preflight(str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.endswith(": apt-get install gcc libc6-dev\n")
    assert done.stderr.count("\n") == 1


def test_a_python_that_is_not_there_is_told_before_the_environment_is_touched(tmp_path: Path) -> None:
    make = [
        which("make") or "make",
        "--dry-run",
        "test",
        f"VENV={tmp_path / 'venv'}",
        "PYTHON=python-that-is-not-there",
    ]
    done = subprocess.run(make, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "python-that-is-not-there: " in done.stderr
    assert not (tmp_path / "venv").exists()


def test_every_target_is_in_the_help() -> None:
    help_ = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    shown = {line.split()[1] for line in help_.splitlines()}
    assert {"demo", "test", "check", "lock", "wheel", "clean", "help"} <= shown
