"""Who can run durable-rules, and a child process to run it in, since it may take the process with it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

needs_durable = pytest.mark.skipif(
    sys.version_info >= (3, 13), reason="durable-rules does not import on Python 3.13: native serves there"
)

SCRIBBLE = {"MALLOC_PERTURB_": "165"}
"""glibc then fills fresh memory with a pattern, so that reading it uninitialised shows at once."""


class Clock:
    """A monotonic clock that only moves when a test moves it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


_PREAMBLE = """
import json
import durable_rules_engine as durable

def ruleset(**rules):
    return durable.create_ruleset("x", json.dumps({name: {"all": conditions} for name, conditions in rules.items()}))

def say(handle, fact, session="1"):
    return durable.assert_fact(handle, json.dumps({"sid": session, **fact}))

def fired(handle, facts, session="1"):
    for number, fact in enumerate(facts):
        _, state = say(handle, {"id": number, **fact}, session)
    return drain(handle, state)

def drain(handle, state):
    started = durable.start_action_for_state(handle, state)
    message, count = started and started[1], 0
    while message:
        count += 1
        message = durable.complete_and_start_action(handle, state)
    return count
"""


def run_apart(code: str, *, deadline: float = 30.0, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run code after the preamble in a process of its own; TimeoutExpired when it does not end."""
    return subprocess.run(
        [sys.executable, "-c", _PREAMBLE + code],
        capture_output=True,
        text=True,
        timeout=deadline,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **environment},
        check=False,
    )
