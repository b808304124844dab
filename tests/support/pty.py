"""Runs `medicus` at a real terminal (a pty) and answers its questions."""

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

from tests.support.scenery import ROOT
from tests.support.stage import Done, end


def at_terminal(words: Sequence[str], answers: Mapping[str, str], within: float = 120.0) -> Done:
    """How the command ended; each time that a question of `answers` is shown, its answer is typed."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "api.cli", *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        cwd=ROOT,
        env={**os.environ, "TERM": "dumb", "COLUMNS": "160"},
        text=True,
    )
    os.close(theirs)
    shown, read = b"", 0
    deadline = time.monotonic() + within
    try:
        while time.monotonic() < deadline:
            if not select.select([ours], [], [], 0.2)[0]:
                continue
            try:
                chunk = os.read(ours, 65_536)
            except OSError:  # the other side is closed
                break
            if not chunk:
                break
            shown += chunk
            for question, answer in answers.items():
                at = shown.find(question.encode(), read)
                if at >= 0:
                    read = at + len(question.encode())
                    os.write(ours, f"{answer}\n".encode())
        with suppress(subprocess.TimeoutExpired):
            child.wait(max(0.1, deadline - time.monotonic()))
    finally:
        status = end(child)
        os.close(ours)
    return Done(status=status, out=shown.decode(errors="replace"), err="")
