"""The process probe on a real supervisord, in each state that a program can be in."""

import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from engine.model import Reading, Scalar, Unknown
from engine.probes import ProcessProbe
from engine.probes.process import ProcessSettings
from engine.systems.supervisor import Supervisor
from tests.support.supervisord import Supervisord, running_supervisord

PYTHON = sys.executable
SLEEP = f"{PYTHON} -c 'import time; time.sleep(600)'"
PROGRAMS = {
    "app": {"command": SLEEP, "autostart": "true"},
    "stopped": {"command": SLEEP, "autostart": "true"},
    "never-run": {"command": SLEEP},
    "exited": {"command": f"{PYTHON} -c 'raise SystemExit(3)'", "autostart": "true"},
    "fatal": {"command": f"{PYTHON} -c 'raise SystemExit(1)'", "startsecs": "5", "autostart": "true"},
}


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervisord]:
    with running_supervisord(tmp_path_factory.mktemp("supervisord"), PROGRAMS) as running:
        yield running


def look(socket: Path, name: str) -> Mapping[str, Reading]:
    probe = ProcessProbe.bind(ProcessSettings(supervisor=socket, name=name))
    return {reading.name: reading for reading in probe.observe()}


def why(value: Scalar | Unknown) -> str:
    assert isinstance(value, Unknown)
    return value.because


def test_a_running_program_has_a_pid_and_a_start_and_no_exit_status(daemon: Supervisord) -> None:
    info = daemon.wait_for_state("app", "running")
    seen = look(daemon.socket, "app")
    assert (seen["state"].value, seen["pid"].value, seen["started"].value) == ("running", info.pid, info.started)
    assert f"pid {info.pid} ({PYTHON} -c import time" in seen["state"].detail
    assert why(seen["exit-status"].value) == "the process has not ended (state running)"


@pytest.mark.parametrize(
    ("name", "state", "status"),
    [
        ("exited", "exited", 3),
        ("fatal", "fatal", "no exit status of a start that failed (Exited too quickly"),
        ("never-run", "stopped", "the program has not run yet"),
    ],
)
def test_a_program_that_is_down_has_no_pid_and_says_why(
    daemon: Supervisord, name: str, state: str, status: int | str
) -> None:
    daemon.wait_for_state(name, state)
    seen = look(daemon.socket, name)
    assert seen["state"].value == state
    assert {why(seen[reading].value) for reading in ("pid", "started")} == {
        f"the process is not running (state {state})"
    }
    found = seen["exit-status"].value
    assert found == status or str(status) in why(found)


def test_a_program_that_was_stopped_by_hand_is_stopped_with_a_signal(daemon: Supervisord) -> None:
    daemon.wait_for_state("stopped", "running")
    Supervisor(daemon.socket).stop("stopped")
    daemon.wait_for_state("stopped", "stopped")
    seen = look(daemon.socket, "stopped")
    assert (seen["state"].value, seen["exit-status"].value) == ("stopped", -1)


def test_a_restart_changes_pid_or_start(daemon: Supervisord) -> None:
    daemon.wait_for_state("app", "running")
    before = look(daemon.socket, "app")
    Supervisor(daemon.socket).stop("app")
    daemon.wait_for_state("app", "stopped")
    Supervisor(daemon.socket).start("app")
    daemon.wait_for_state("app", "running")
    after = look(daemon.socket, "app")
    assert before["pid"].value != after["pid"].value
    assert isinstance(after["started"].value, float)
    assert abs(after["started"].value - time.time()) < 30


def test_an_unknown_program_is_unknown_and_no_state_is_made_up(daemon: Supervisord) -> None:
    seen = look(daemon.socket, "no-such-program")
    assert {why(reading.value) for reading in seen.values()} == {
        f"supervisord on {daemon.socket} has no program 'no-such-program'; see `supervisorctl status` for the names"
    }


def test_a_dead_supervisord_leaves_everything_unknown(tmp_path: Path) -> None:
    with running_supervisord(tmp_path, {"app": {"command": SLEEP}}) as daemon:
        socket = daemon.socket
        assert look(socket, "app")["state"].value == "stopped"
    seen = look(socket, "app")
    assert len(seen) == 4
    assert all("does not answer" in why(reading.value) for reading in seen.values())
