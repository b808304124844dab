"""Every command that the documents show runs, page by page, in an empty folder; `make` only says what it would do."""

import os
import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest

from tests.support.documents import Block, page_id, pages_with
from tests.support.tree import ROOT

LONGEST_PAGE = 240.0


@pytest.mark.parametrize("page", pages_with("sh"), ids=page_id)
def test_the_commands_of_the_page_run(page: list[Block], tmp_path: Path) -> None:
    script = "".join(f"echo '--- {one}'\n{one.text}" for one in page)
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "make").write_text(f'#!/bin/sh\nexec {which("make")} --dry-run -C "{ROOT}" "$@"\n')
    (programs / "make").chmod(0o755)
    path = f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "HOME": str(tmp_path), "PATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=LONGEST_PAGE,
    )
    assert done.returncode == 0, done.stdout
