"""The demo's stage: a folder with a real service under a real supervisor, and `medicus run` beside it.

Everything is in one temporary folder and listens on loopback only. Every process is a child of the demo and is
ended by it, by its own PID.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from engine.errors import ActionError
from engine.systems.supervisor import ProgramInfo, Supervisor

ADDRESS = "127.0.0.1"
_PATIENCE_S = 20.0

_SUPERVISOR = """\
[supervisord]
nodaemon=true
logfile={folder}/run/supervisord.log
pidfile={folder}/run/supervisord.pid
childlogdir={folder}/run
[unix_http_server]
file={folder}/run/supervisor.sock
chmod=0600
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[program:notes]
command={python} {folder}/notes.py {folder}/notes.toml
autorestart=true
startsecs=1
startretries=1
redirect_stderr=true
stdout_logfile={folder}/run/notes.log
"""

_CONFIG = """\
# notes: the demo's small service
address = "{address}"
port = {port}
secret_file = "notes.secret"
greeting = "hello"
"""

_MEDICUS = """\
format: 1
language: {language}
packs: [service]
state: state
interval: 500ms
listen: {address}:{listen}
policy:
  profile: self-heal
  cooldown: 1s
targets:
  - id: notes
    kind: service
    keep_running: true
    parts:
      process: {{supervisor: run/supervisor.sock, name: notes}}
      port: {{address: {address}, port: {port}, supervisor: run/supervisor.sock, name: notes}}
      config: {{path: notes.toml, format: toml, backup: notes.toml.bak}}
      secret: {{path: notes.secret, format: text}}
      health: {{url: "http://{address}:{port}/health", json_field: status, json_value: healthy}}
"""


class DemoError(ActionError):
    """The demo could not go on."""


class Stage:
    """The running stage; leave it with `with` so that nothing is left behind."""

    def __init__(self, language: str, *, keep: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="medicus-demo-", dir="/tmp"))
        self.port, self.listen = _free_port(), _free_port()
        self._keep = keep
        self._children: list[subprocess.Popen[str]] = []
        self._write(language)

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def config(self) -> Path:
        """The settings file that the demo's Medicus runs with."""
        return self.folder / "medicus.yaml"

    @property
    def supervisor(self) -> Supervisor:
        """The supervisor of the service."""
        return Supervisor(self.folder / "run/supervisor.sock")

    def notes(self) -> ProgramInfo:
        """The service as its supervisor sees it."""
        return self.supervisor.process("notes")

    # --- breaking things, for real

    def take_port(self) -> int:
        """Let a leftover process take the port while the service is down; its PID."""
        intruder = self._child([sys.executable, str(self.folder / "leftover.py"), ADDRESS, str(self.port)])
        self._expect(intruder, "waiting")
        self._end_notes()
        self._expect(intruder, "holding")
        return intruder.pid

    def break_config(self) -> None:
        """Make one line of the configuration wrong, as a hasty edit does, and let the service restart."""
        file = self.folder / "notes.toml"
        file.write_text(file.read_text().replace('greeting = "hello"', 'greeting = "hello'))
        self._end_notes()

    def remove_secret(self) -> None:
        """Remove the secret, of which there is no copy, and let the service restart."""
        (self.folder / "notes.secret").unlink()
        self._end_notes()

    def be_the_person(self) -> None:
        """Do what the instruction says: put the secret back and start the service."""
        self._put_secret()
        self.supervisor.start("notes")

    # --- talking to Medicus as anybody would

    def api(self, path: str, body: Mapping[str, str] | None = None) -> Any:
        """GET a path of the HTTP interface, or POST when there is a body; the JSON that comes back."""
        request = urllib.request.Request(
            f"http://{ADDRESS}:{self.listen}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"authorization": f"Bearer {self.token()}", "content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.load(answer)

    def token(self) -> str:
        """The operator's token that Medicus made."""
        return (self.folder / "state/token").read_text().strip()

    def medicus(self, *words: str) -> str:
        """Run the `medicus` command on this stage; what it printed."""
        command = [*_MEDICUS_COMMAND, "--config", str(self.config), *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        if done.returncode:
            raise DemoError(f"medicus {' '.join(words)} failed: {done.stderr.strip()}")
        return done.stdout

    def until(self, what: str, holds: Callable[[], bool], within: float = _PATIENCE_S) -> None:
        """Wait until something holds; DemoError when it does not in time."""
        deadline = time.monotonic() + within
        while not holds():
            self._check_alive()
            if time.monotonic() > deadline:
                raise DemoError(f"{what}: not within {within:.0f} s; see {self.folder}/medicus.log")
            time.sleep(0.1)

    def failed(self, what: str) -> DemoError:
        """The error that ends the demo, with where to look."""
        return DemoError(f"{what}; see {self.folder} (leave it behind with --keep)")

    def close(self) -> None:
        """End every child, last one first, and remove the folder."""
        for child in reversed(self._children):
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
                try:
                    child.wait(10)
                except subprocess.TimeoutExpired:
                    child.kill()
                    child.wait()
            if child.stdout:
                child.stdout.close()
        if not self._keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _write(self, language: str) -> None:
        here = Path(__file__).parent
        (self.folder / "run").mkdir()
        for name in ("notes.py", "leftover.py"):
            shutil.copy(here / name, self.folder)
        config = _CONFIG.format(address=ADDRESS, port=self.port)
        (self.folder / "notes.toml").write_text(config)
        (self.folder / "notes.toml.bak").write_text(config)
        self._put_secret()
        (self.folder / "supervisord.conf").write_text(_SUPERVISOR.format(folder=self.folder, python=sys.executable))
        self.config.write_text(_MEDICUS.format(language=language, address=ADDRESS, port=self.port, listen=self.listen))

    def _put_secret(self) -> None:
        (self.folder / "notes.secret").write_text("a-secret-that-only-a-person-knows\n")

    def _start(self) -> None:
        self._child(
            [
                sys.executable,
                "-W",
                "ignore",
                "-m",
                "supervisor.supervisord",
                "-c",
                str(self.folder / "supervisord.conf"),
            ],
            log="supervisord.out",
        )
        self.until("the supervisor did not start the service", self._serving)
        self._child([*_MEDICUS_COMMAND, "--config", str(self.config), "run"], log="medicus.log")
        self.until("medicus run did not get ready", self._ready)

    def _child(self, argv: list[str], log: str = "") -> "subprocess.Popen[str]":
        out = (self.folder / log).open("w") if log else subprocess.PIPE
        child = subprocess.Popen(
            argv,
            stdout=out,
            stderr=subprocess.STDOUT if log else None,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        if not isinstance(out, int):
            out.close()
        self._children.append(child)
        return child

    def _expect(self, child: "subprocess.Popen[str]", word: str) -> None:
        if child.stdout is None or child.stdout.readline().strip() != word:
            raise self.failed(f"the leftover process was not {word}")

    def _end_notes(self) -> None:
        pid = self.notes().pid
        if pid is None:
            raise DemoError("the service is not running, so it cannot be broken")
        os.kill(pid, signal.SIGTERM)

    def _serving(self) -> bool:
        try:
            return self.notes().state == "running"
        except ActionError:
            return False

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://{ADDRESS}:{self.listen}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)  # noqa: PLR2004 - HTTP's own number
        except OSError:
            return False

    def _check_alive(self) -> None:
        for child in self._children[:2]:
            if child.poll() is not None:
                raise DemoError(f"{child.args!r} ended with {child.returncode}; see {self.folder}")


_MEDICUS_COMMAND = (sys.executable, "-m", "api.cli")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        port: int = probe.getsockname()[1]
        return port
