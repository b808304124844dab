"""The client against a real supervisord, and against sockets that are none."""

import os
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.systems.supervisor import NoSuchProgramError, Supervisor, SupervisorError
from tests.support.supervisord import Supervisord, running_supervisord

PYTHON = sys.executable
SLEEP = f"{PYTHON} -c 'import time; time.sleep(600)'"
A_NUMBER = (
    b"HTTP/1.0 200 OK\r\n\r\n"
    b"<methodResponse><params><param><value><int>1</int></value></param></params></methodResponse>"
)
PROGRAMS = {
    "app": {"command": SLEEP},
    "starts-slowly": {"command": SLEEP, "startsecs": "600"},
    "killed": {"command": SLEEP},
    "never-run": {"command": SLEEP},
    "ends-well": {"command": f"{PYTHON} -c pass", "autostart": "true"},
    "ends-badly": {"command": f"{PYTHON} -c 'raise SystemExit(3)'", "autostart": "true"},
    "dies-young": {"command": f"{PYTHON} -c 'raise SystemExit(7)'", "startsecs": "5", "autostart": "true"},
    "waits-to-retry": {
        "command": f"{PYTHON} -c 'raise SystemExit(7)'",
        "startsecs": "600",
        "startretries": "600",
        "autostart": "true",
    },
    "no-such-file": {"command": "/no/such/file", "startsecs": "5", "autostart": "true"},
}


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervisord]:
    with running_supervisord(tmp_path_factory.mktemp("supervisord"), PROGRAMS) as running:
        yield running


def test_a_program_is_started_and_stopped_and_tells_its_pid_while_it_runs(daemon: Supervisord) -> None:
    supervisor = Supervisor(daemon.socket)
    before = time.time()
    assert supervisor.start("app") is True
    assert supervisor.start("app") is False
    running = daemon.wait_for_state("app", "running")
    assert running.pid
    os.kill(running.pid, 0)
    assert running.started is not None
    assert before - 1 <= running.started <= time.time()
    assert running.exit_status is None
    assert supervisor.stop("app") is True
    stopped = daemon.wait_for_state("app", "stopped")
    assert (stopped.pid, stopped.started) == (None, None)
    assert supervisor.stop("app") is False


def test_a_program_that_was_stopped_has_the_exit_status_of_its_signal(daemon: Supervisord) -> None:
    supervisor = Supervisor(daemon.socket)
    supervisor.start("killed")
    daemon.wait_for_state("killed", "running")
    supervisor.stop("killed")
    assert daemon.wait_for_state("killed", "stopped").exit_status == -1


def test_supervisord_tells_its_own_pid(daemon: Supervisord) -> None:
    assert Supervisor(daemon.socket).pid() == daemon.process.pid


def test_a_program_is_found_by_group_and_name(daemon: Supervisord) -> None:
    assert Supervisor(daemon.socket).process("never-run:never-run").state == "stopped"


@pytest.mark.parametrize(
    ("name", "state", "exit_status"),
    [
        ("never-run", "stopped", None),
        ("ends-well", "exited", 0),
        ("ends-badly", "exited", 3),
        ("dies-young", "fatal", None),
        ("waits-to-retry", "backoff", None),
        ("no-such-file", "fatal", None),
    ],
)
def test_each_end_of_a_program_is_told_apart(
    daemon: Supervisord, name: str, state: str, exit_status: int | None
) -> None:
    info = daemon.wait_for_state(name, state)
    assert (info.pid, info.started, info.exit_status) == (None, None, exit_status)


def test_a_start_that_fails_says_why(daemon: Supervisord) -> None:
    daemon.wait_for_state("no-such-file", "fatal")
    assert "/no/such/file" in Supervisor(daemon.socket).process("no-such-file").spawn_error
    with pytest.raises(SupervisorError, match=r"refused supervisor\.startProcess of 'no-such-file': NO_FILE"):
        Supervisor(daemon.socket).start("no-such-file")


def test_a_program_that_is_still_starting_has_a_pid(daemon: Supervisord) -> None:
    supervisor = Supervisor(daemon.socket)
    supervisor.start("starts-slowly")
    info = supervisor.process("starts-slowly")
    assert info.state == "starting"
    assert info.pid
    supervisor.stop("starts-slowly")


@pytest.mark.parametrize("name", ["no-such-program", "no:such", "*", "app:*", "app:", ""])
def test_what_does_not_name_one_program_is_refused_and_a_whole_group_is_never_touched(
    daemon: Supervisord, name: str
) -> None:
    supervisor = Supervisor(daemon.socket)
    for call in (supervisor.process, supervisor.start, supervisor.stop):
        with pytest.raises(NoSuchProgramError):
            call(name)
    assert supervisor.process("never-run").state == "stopped"


@pytest.fixture
def short_path() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        yield Path(folder) / "x.sock"


@pytest.fixture
def listening(short_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(short_path))
        server.listen()
        yield server


def answer(server: socket.socket, reply: bytes, pause: float = 0.0) -> threading.Thread:
    """Answer one request, one byte at a time when there is a pause."""

    def serve() -> None:
        peer, _ = server.accept()
        with peer:
            request = b""
            while b"</methodCall>" not in request:
                request += peer.recv(65536)
            try:
                for chunk in (reply[i : i + 1] for i in range(len(reply))) if pause else (reply,):
                    peer.sendall(chunk)
                    time.sleep(pause)
            except OSError:
                return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return thread


def test_a_missing_socket_is_told_from_a_dead_one(short_path: Path) -> None:
    with pytest.raises(SupervisorError, match=r"no such file or directory; is the path right"):
        Supervisor(short_path).process("app")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(short_path))
    with pytest.raises(SupervisorError, match=r"x\.sock does not answer: connection refused; is it running\?"):
        Supervisor(short_path).process("app")


def test_a_path_too_long_for_a_socket_is_an_error_of_the_supervisor() -> None:
    with pytest.raises(SupervisorError, match="too long"):
        Supervisor(Path("/tmp/" + "x" * 200)).process("app")


def test_a_socket_that_accepts_and_never_answers_costs_the_timeout(short_path: Path, listening: socket.socket) -> None:
    began = time.monotonic()
    with pytest.raises(SupervisorError, match=r"silent for 0\.3 s"):
        Supervisor(short_path, timeout=0.3).process("app")
    assert listening.fileno() > 0
    assert time.monotonic() - began < 1.5


def test_a_peer_that_answers_in_drops_wins_no_time(short_path: Path, listening: socket.socket) -> None:
    answer(listening, b"HTTP/1.0 200 OK\r\n" + b"X: y\r\n" * 1000, pause=0.1)
    began = time.monotonic()
    with pytest.raises(SupervisorError, match=r"silent for 0\.5 s"):
        Supervisor(short_path, timeout=0.5).process("app")
    assert time.monotonic() - began < 1.5


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (b"", "remote end closed connection without response"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "did not answer in XML-RPC"),
        (b"HTTP/1.0 200 OK\r\n\r\nhello", "did not answer in XML-RPC"),
        (b"HTTP/1.0 200 OK\r\n\r\n<a>\xff</a>", "did not answer in XML-RPC"),
        (b"HTTP/1.0 401 Unauthorized\r\n\r\n", "asks for a password"),
        (b"HTTP/1.0 404 Not Found\r\n\r\n", "answered HTTP 404"),
        (A_NUMBER, "told nothing usable"),
        (
            b"HTTP/1.0 200 OK\r\n\r\n<methodResponse><params></params></methodResponse>",
            "did not answer in XML-RPC",
        ),
        (b"HTTP/1.0 200 OK\r\n\r\n" + b"<a>" * 700_000, "did not answer in XML-RPC"),
    ],
    ids=["closed", "ssh", "text", "not-utf8", "password", "404", "a-number", "nothing", "endless"],
)
def test_a_peer_that_is_no_supervisord_is_said_to_be_none(
    short_path: Path, listening: socket.socket, reply: bytes, message: str
) -> None:
    thread = answer(listening, reply)
    with pytest.raises(SupervisorError, match=message) as raised:
        Supervisor(short_path).process("app")
    assert len(str(raised.value)) < 500
    thread.join(5)
