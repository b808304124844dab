"""Stopping what holds a port, on real processes: the right ones, and never another."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from actions import StopListener
from engine.model import Effect, Outcome, Result, Risk, Scalar
from engine.systems.processes import ProcessIdentity, identity
from engine.systems.supervisor import Supervisor
from tests.support.listening import LISTEN, end_group, listening_process
from tests.support.supervisord import Supervisord, running_supervisord
from tests.support.unprivileged import as_nobody

STUBBORN = """
import signal, socket, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture(scope="module")
def daemon(free_port: int) -> Iterator[Supervisord]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "listen.py").write_text(LISTEN)
        command = f"{sys.executable} {folder}/listen.py 127.0.0.1 {free_port} 1"
        with running_supervisord(folder, {"app": {"command": command}, "other": {"command": "sleep 600"}}) as running:
            Supervisor(running.socket).start("app")
            running.wait_for("app", lambda info: info.pid is not None and answers(free_port))
            yield running


def answers(port: int) -> bool:
    with socket.socket() as peer:
        return peer.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def asked(daemon: Supervisord) -> Callable[..., Mapping[str, Scalar]]:
    def params(port: int, **more: Scalar) -> Mapping[str, Scalar]:
        return {"address": "127.0.0.1", "port": port, "supervisor": str(daemon.socket), "name": "app", **more}

    return params


Asked = Callable[..., Mapping[str, Scalar]]


def run(params: Mapping[str, Scalar], effect: Effect) -> Outcome:
    return StopListener().run(params, effect)


def known(pid: int) -> ProcessIdentity:
    found = identity(pid)
    assert found
    return found


def test_a_foreign_listener_gets_the_signal_and_a_second_run_has_nothing_to_do(asked: Asked) -> None:
    with listening_process(arguments=("--password=hunter2",)) as (process, port):
        effect = StopListener().preview(asked(port))
        assert [touch.identity for touch in effect.touches] == [str(known(process.pid))]
        assert (effect.risk, effect.ready) == (Risk.HIGH, "")
        assert f"SIGTERM to pid {process.pid}" in effect.lines[0]
        assert "nobody starts this again" in effect.cannot_undo
        assert "hunter2" not in repr(effect)
        assert process.poll() is None, "the preview ended it"
        outcome = run(asked(port), effect)
        assert (outcome.result, process.wait(5)) == (Result.DONE, -signal.SIGTERM)
        assert run(asked(port), effect).result is Result.DONE
        assert StopListener().preview(asked(port)).touches == ()
        assert StopListener().undo(asked(port), outcome).result is Result.PERMANENT


def test_all_holders_of_a_shared_socket_are_named_and_ended(asked: Asked) -> None:
    with listening_process(children=2) as (process, port):
        effect = StopListener().preview(asked(port))
        assert len(effect.touches) == 3
        assert run(asked(port), effect).result is Result.DONE
        assert process.wait(5) == -signal.SIGTERM
        assert not answers(port)


def test_the_program_itself_and_its_children_are_left_alone(asked: Asked, free_port: int) -> None:
    effect = StopListener().preview(asked(free_port))
    assert effect.touches == ()
    assert (effect.touches, effect.ready) == ((), "")
    assert "nothing to do" in effect.lines[0]
    assert run(asked(free_port), effect).result is Result.DONE
    assert answers(free_port)


def test_another_program_of_the_supervisord_is_left_to_supervisorctl(asked: Asked, free_port: int) -> None:
    params = {**asked(free_port), "name": "other"}
    effect = StopListener().preview(params)
    assert "supervisorctl stop app:app" in effect.ready
    assert run(params, effect).result is Result.PERMANENT
    assert answers(free_port)


def test_medicus_and_what_it_runs_under_are_left_alone(asked: Asked) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        effect = StopListener().preview(asked(port))
        assert "Medicus" in effect.ready
        assert run(asked(port), effect).result is Result.PERMANENT


@pytest.mark.parametrize("approved_start", [0.0, 1.0])
def test_a_process_that_was_not_approved_is_left_alone(asked: Asked, approved_start: float) -> None:
    with listening_process() as (process, port):
        effect = StopListener().preview(asked(port))
        started = known(process.pid).started + approved_start + 1
        earlier = replace(effect.touches[0], identity=str(ProcessIdentity(process.pid, started)))
        outcome = run(asked(port), replace(effect, touches=(earlier,)))
        assert outcome.result is Result.PERMANENT
        assert "changed since the approval" in outcome.sentence
        assert process.poll() is None


def test_a_newcomer_beside_the_approved_process_stops_the_whole_run(asked: Asked) -> None:
    with listening_process(children=1) as (process, port):
        effect = StopListener().preview(asked(port))
        outcome = run(asked(port), replace(effect, touches=effect.touches[:1]))
        assert outcome.result is Result.PERMANENT
        assert process.poll() is None


def test_what_is_left_of_the_approved_processes_is_ended(asked: Asked) -> None:
    with listening_process(children=1) as (process, port):
        effect = StopListener().preview(asked(port))
        process.terminate()
        process.wait(5)
        assert run(asked(port), effect).result is Result.DONE
        assert not answers(port)


def test_a_process_that_does_not_heed_the_signal_is_not_killed(asked: Asked) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        assert process.stdout
        params = asked(int(process.stdout.readline()), grace=0.2)
        outcome = run(params, StopListener().preview(params))
        assert outcome.result is Result.PERMANENT
        assert "did not end within 0.2 s; not killed by force" in outcome.sentence
        assert process.poll() is None
    finally:
        end_group(process)


def test_without_the_supervisord_nobody_can_say_who_is_foreign(asked: Asked, tmp_path: Path) -> None:
    with listening_process() as (process, port):
        params = {**asked(port), "supervisor": str(tmp_path / "no.sock")}
        effect = StopListener().preview(params)
        assert "does not answer" in effect.ready
        assert run(params, effect).result is Result.RECOVERABLE
        assert process.poll() is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become nobody")
def test_without_rights_nothing_is_tried(asked: Asked, daemon: Supervisord) -> None:
    daemon.folder.chmod(0o755)
    daemon.socket.chmod(0o777)
    with listening_process() as (process, port):
        effect = StopListener().preview(asked(port))
        assert "may not see" in as_nobody(lambda: StopListener().preview(asked(port)).ready)
        assert as_nobody(lambda: run(asked(port), effect).result) is Result.PERMANENT
        assert process.poll() is None
