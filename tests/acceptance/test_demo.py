"""`medicus demo`, as somebody sees it who has just installed Medicus: the shipped pack, unchanged, on real faults."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.support.pty import at_terminal
from tests.support.scenery import ROOT


def test_the_demo_heals_asks_and_explains() -> None:
    """Three incidents are resolved: one after approval, one alone, one by a person who was told what to do."""
    done = subprocess.run(
        [sys.executable, "-m", "api.cli", "demo"],
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
        stdin=subprocess.DEVNULL,
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    shown = " ".join(done.stdout.split())
    assert shown.count("recovered and verified") == 3
    assert "its risk is high: a person approves it" in shown
    assert re.search(r"medicus approve ALT-\d{4}-\d\d-\d\d-001 --digest [0-9a-f]{12}", shown)
    assert re.search(r"approved by \S* ?policy", shown), shown
    assert "Put the secret of notes back at" in shown
    assert re.search(r"\$ medicus log verify ✓ all \d+ entries", shown), shown[-600:]
    assert nothing_left(shown)


def test_the_demo_in_chinese_does_what_it_is_told_at_a_terminal() -> None:
    """The person at the terminal approves, and puts the secret back."""
    done = at_terminal(("demo", "--language", "zh", "--interactive"), {"批准该方案": "y", "请扮演运维人员": ""})
    assert done.status == 0, done.out
    assert done.out.count("已恢复并通过验证") == 3
    assert "密钥" in done.out
    assert "medicus log verify" in done.out
    assert nothing_left(done.out)


def nothing_left(shown: str) -> bool:
    """The demo's folder is gone."""
    folder = re.search(r"/tmp/medicus-demo-\w+", shown)
    assert folder
    return not Path(folder[0]).exists()
