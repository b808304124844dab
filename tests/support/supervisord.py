"""A real supervisord for tests, with a unix socket on a short path, ended by its own PID."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.systems.supervisor import ProgramInfo, Supervisor, SupervisorError

_LONGEST_SOCKET_PATH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervisord:
    """A running supervisord: the folder of its files, its socket, its process."""

    folder: Path
    socket: Path
    process: "subprocess.Popen[bytes]"

    def wait_for(self, name: str, wanted: Callable[[ProgramInfo], bool], within: float = 15.0) -> ProgramInfo:
        """How the program stands as soon as `wanted` holds; AssertionError after `within` seconds."""
        ends = time.monotonic() + within
        while True:
            info = Supervisor(self.socket).process(name)
            if wanted(info):
                return info
            assert time.monotonic() < ends, f"{name} is {info}\n{self.log()}"
            time.sleep(0.05)

    def wait_for_state(self, name: str, state: str, within: float = 15.0) -> ProgramInfo:
        """How the program stands as soon as it is in `state`."""
        return self.wait_for(name, lambda info: info.state == state, within)

    def log(self) -> str:
        """What supervisord wrote."""
        return (self.folder / "supervisord.log").read_text(errors="replace")


@contextmanager
def running_supervisord(
    folder: Path, programs: Mapping[str, Mapping[str, str]], *, more: str = ""
) -> Iterator[Supervisord]:
    """A supervisord with `programs` (name to options: {"app": {"command": "sleep 60"}}) while the block runs.

    Unless an option says otherwise a program does not start by itself, starts at once, and is tried once. `more` is
    added to the configuration.
    """
    sockets = folder if len(str(folder)) < _LONGEST_SOCKET_PATH - 16 else Path(tempfile.mkdtemp(dir="/tmp"))
    socket = sockets / "supervisor.sock"
    configuration = folder / "supervisord.conf"
    configuration.write_text(_configuration(folder, socket, programs) + more)
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "supervisor.supervisord", "-n", "-c", str(configuration)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    daemon = Supervisord(folder=folder, socket=socket, process=process)
    try:
        _wait_until_it_answers(daemon, next(iter(programs), "none"))
        yield daemon
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if sockets != folder:
            shutil.rmtree(sockets, ignore_errors=True)


def _wait_until_it_answers(daemon: Supervisord, program: str) -> None:
    ends = time.monotonic() + 20
    while not _answers(daemon, program):
        assert daemon.process.poll() is None, f"supervisord ended\n{daemon.log()}"
        assert time.monotonic() < ends, f"supervisord does not answer\n{daemon.log()}"
        time.sleep(0.05)


def _answers(daemon: Supervisord, program: str) -> bool:
    try:
        Supervisor(daemon.socket).process(program)
    except SupervisorError:
        return False
    return True


def _configuration(folder: Path, socket: Path, programs: Mapping[str, Mapping[str, str]]) -> str:
    defaults = {
        "autostart": "false",
        "autorestart": "false",
        "startsecs": "0",
        "startretries": "1",
        "stopwaitsecs": "2",
        "stopasgroup": "true",
        "killasgroup": "true",
        "stdout_logfile": "NONE",
        "stderr_logfile": "NONE",
    }
    sections: list[tuple[str, Mapping[str, str]]] = [
        ("unix_http_server", {"file": str(socket), "chmod": "0700"}),
        (
            "supervisord",
            {
                "logfile": str(folder / "supervisord.log"),
                "pidfile": str(folder / "supervisord.pid"),
                "childlogdir": str(folder),
                "nodaemon": "true",
                **({"user": "root"} if os.geteuid() == 0 else {}),
            },
        ),
        (
            "rpcinterface:supervisor",
            {"supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"},
        ),
        *((f"program:{name}", {**defaults, **options}) for name, options in programs.items()),
    ]
    return "\n".join(
        f"[{section}]\n" + "".join(f"{key}={value}\n" for key, value in options.items())
        for section, options in sections
    )
