"""Starting and restarting programs of a real supervisord: once, twice, too late, and without one."""

import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from actions import RestartProcess, StartProcess
from actions.supervisor import _start
from engine.model import Outcome, Result, Risk, Scalar
from engine.systems.processes import identity
from engine.systems.supervisor import ProgramInfo, Supervisor
from tests.support.supervisord import Supervisord, running_supervisord

SLEEP = f"{sys.executable} -c 'import time; time.sleep(600)'"

EARLY = """
import os, pathlib, time
mended = os.path.exists("mended")  # as a program reads its configuration: once, at its start
pathlib.Path("begun").touch()
time.sleep(600 if mended else 1)
raise SystemExit(1)
"""


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Supervisord]:
    programs = {
        "app": {"command": SLEEP},
        "slow": {"command": SLEEP, "startsecs": "1"},
        "short": {"command": f"{sys.executable} -c 'raise SystemExit(3)'", "startsecs": "1", "startretries": "0"},
        "nothing": {"command": "/nowhere/at/all"},
        "early": {
            "command": f"{sys.executable} {tmp_path}/early.py",
            "directory": str(tmp_path),
            "startsecs": "2",
            "startretries": "0",
        },
    }
    (tmp_path / "early.py").write_text(EARLY)
    with running_supervisord(tmp_path, programs) as running:
        yield running


def params(daemon: Supervisord, name: str, **more: Scalar) -> Mapping[str, Scalar]:
    return {"supervisor": str(daemon.socket), "name": name, **more}


def start(asked: Mapping[str, Scalar]) -> Outcome:
    return StartProcess().run(asked, StartProcess().preview(asked))


def info(daemon: Supervisord, name: str) -> ProgramInfo:
    return Supervisor(daemon.socket).process(name)


def test_a_program_is_started_and_the_second_run_leaves_it_alone(daemon: Supervisord) -> None:
    asked = params(daemon, "slow", keep_running=True)
    effect = StartProcess().preview(asked)
    assert info(daemon, "slow").state == "stopped", "the preview started it"
    first = StartProcess().run(asked, effect)
    running = info(daemon, "slow")
    assert (first.result, running.state) == (Result.DONE, "running")
    second = StartProcess().run(asked, effect)
    assert (second.result, dict(second.undo)) == (Result.DONE, {})
    assert info(daemon, "slow").pid == running.pid


def test_a_start_that_began_before_the_fault_was_mended_does_not_count_as_ours(
    daemon: Supervisord, tmp_path: Path
) -> None:
    Supervisor(daemon.socket).start("early")
    ends = time.monotonic() + 15
    while not (tmp_path / "begun").exists():
        assert time.monotonic() < ends
        time.sleep(0.01)
    (tmp_path / "mended").touch()
    asked = params(daemon, "early", keep_running=True)
    first = start(asked)
    assert (first.result, info(daemon, "early").state) == (Result.RECOVERABLE, "fatal")
    assert start(asked).result is Result.DONE


def test_a_program_stopped_by_hand_needs_more_trust_unless_it_shall_keep_running(daemon: Supervisord) -> None:
    by_hand = StartProcess().preview(params(daemon, "app"))
    assert by_hand.risk is Risk.MODERATE
    assert any("stopped by hand" in line for line in by_hand.lines)
    assert StartProcess().preview(params(daemon, "app", keep_running=True)).risk is Risk.LOW


def test_a_program_that_somebody_stopped_since_the_approval_is_not_started(daemon: Supervisord) -> None:
    asked = params(daemon, "app")
    Supervisor(daemon.socket).start("app")
    pid = daemon.wait_for_state("app", "running").pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)  # SIGTERM would be lost on a child that has not replaced itself yet
    daemon.wait_for_state("app", "exited")
    approved = StartProcess().preview(asked)
    assert approved.risk is Risk.LOW
    Supervisor(daemon.socket).start("app")
    Supervisor(daemon.socket).stop("app")
    daemon.wait_for_state("app", "stopped")
    outcome = StartProcess().run(asked, approved)
    assert outcome.result is Result.PERMANENT
    assert "changed since the approval" in outcome.sentence
    assert info(daemon, "app").state == "stopped"


def test_an_approval_for_one_program_starts_no_other(daemon: Supervisord) -> None:
    approved = StartProcess().preview(params(daemon, "slow"))
    assert StartProcess().run(params(daemon, "app"), approved).result is Result.PERMANENT
    assert info(daemon, "app").state == "stopped"


@pytest.mark.parametrize("name", ["short", "nothing"])
def test_a_program_that_cannot_run_is_a_permanent_failure_with_its_reason(daemon: Supervisord, name: str) -> None:
    outcome = start(params(daemon, name))
    assert outcome.result is Result.PERMANENT
    assert outcome.sentence
    assert info(daemon, name).pid is None


def test_a_program_that_is_not_up_in_time_may_be_tried_again(daemon: Supervisord) -> None:
    asked = params(daemon, "slow", within=0.05)
    assert start(asked).result is Result.RECOVERABLE
    assert start(params(daemon, "slow")).result is Result.DONE


def test_the_undo_stops_only_the_very_run_that_it_started(daemon: Supervisord) -> None:
    asked = params(daemon, "app")
    outcome = start(asked)
    assert StartProcess().undo(asked, outcome).result is Result.DONE
    assert daemon.wait_for_state("app", "stopped").pid is None
    assert StartProcess().undo(asked, outcome).result is Result.DONE
    Supervisor(daemon.socket).start("app")
    theirs = daemon.wait_for_state("app", "running")
    assert StartProcess().undo(asked, outcome).result is Result.PERMANENT
    assert StartProcess().undo(asked, start(asked)).result is Result.PERMANENT
    assert info(daemon, "app").pid == theirs.pid


def test_a_running_program_gets_another_process_by_a_restart(daemon: Supervisord) -> None:
    start(params(daemon, "app"))
    before = info(daemon, "app").pid
    assert before is not None
    effect = RestartProcess().preview(params(daemon, "app"))
    assert {touch.identity for touch in effect.touches} == {f"{daemon.socket} app", str(identity(before))}
    outcome = RestartProcess().run(params(daemon, "app"), effect)
    after = info(daemon, "app").pid
    assert outcome.result is Result.DONE
    assert after not in (None, before)
    again = RestartProcess().run(params(daemon, "app"), effect)
    assert again.result is Result.PERMANENT, "the approved process is gone"
    assert info(daemon, "app").pid == after
    assert RestartProcess().undo(params(daemon, "app"), outcome).result is Result.PERMANENT


def test_what_does_not_run_is_not_restarted(daemon: Supervisord) -> None:
    effect = RestartProcess().preview(params(daemon, "app"))
    assert "nothing to restart" in effect.ready
    assert RestartProcess().run(params(daemon, "app"), effect).result is Result.PERMANENT
    assert info(daemon, "app").state == "stopped"


@pytest.mark.parametrize("action", [StartProcess(), RestartProcess()], ids=lambda action: action.name)
def test_without_an_answer_nothing_is_done(
    tmp_path: Path, daemon: Supervisord, action: StartProcess | RestartProcess
) -> None:
    nobody = {"supervisor": str(tmp_path / "no.sock"), "name": "app"}
    effect = action.preview(nobody)
    assert "does not answer" in effect.ready
    assert action.run(nobody, effect).result is Result.RECOVERABLE
    unknown = params(daemon, "unheard-of")
    assert action.run(unknown, action.preview(unknown)).result is Result.PERMANENT
    assert daemon.socket.exists()


def test_a_supervisord_that_hangs_is_tried_again_before_the_order_and_not_known_after_it(daemon: Supervisord) -> None:
    asked = params(daemon, "app")
    effect = StartProcess().preview(asked)
    os.kill(daemon.process.pid, signal.SIGSTOP)
    try:
        assert "silent for 2 s" in StartProcess().preview(asked).ready
        assert StartProcess().run(asked, effect).result is Result.RECOVERABLE
        given = _start(Supervisor(daemon.socket, timeout=0.2), "app", time.monotonic() + 1)
        assert given.result is Result.UNKNOWN
    finally:
        os.kill(daemon.process.pid, signal.SIGCONT)
    assert daemon.wait_for_state("app", "running"), "the order had arrived all the same"
