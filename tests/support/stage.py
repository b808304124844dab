"""A stage for acceptance tests: a folder with a real service under a real supervisord, and `medicus` as processes.

Every process is started here and ended here by its own PID; everything listens on loopback.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import MedicusError
from engine.stores.opening import open_store
from engine.stores.sql import SqlStore
from engine.systems.supervisor import Supervisor, SupervisorError
from tests.support.scenery import ADDRESS, HEALTH, NOTES, ROOT, SETTINGS, SUPERVISORD, free_port, write_quick_pack

DRIVER = ROOT / "tests/support/driver.py"
INTRUDER = ROOT / "tests/support/intruder.py"
PATIENCE_S = 60.0


@dataclass(kw_only=True)
class Stage:
    """One stage; `open_stage` makes it and takes it down. Change the fields before `write_settings`."""

    folder: Path
    port: int
    listen: int
    pack: str = "quick"
    state: str = "state"
    inference: str = "native"
    profile: str = "self-heal"
    keep_running: bool = True
    health: bool = False
    children: list["subprocess.Popen[str]"] = field(default_factory=list)

    # --- what is on the stage

    @property
    def config(self) -> Path:
        """The settings of this stage's Medicus."""
        return self.folder / "medicus.yaml"

    @property
    def state_folder(self) -> Path:
        """Where this stage's Medicus keeps its books."""
        return self.folder / self.state

    @property
    def notes_toml(self) -> Path:
        """The configuration of the service."""
        return self.folder / "notes.toml"

    @property
    def supervisor(self) -> Supervisor:
        """The supervisord of the service."""
        return Supervisor(self.folder / "run/supervisor.sock")

    def write_settings(self) -> None:
        """Write medicus.yaml and, unless the shipped pack is wanted, a quick version of it."""
        pack = self.pack
        if pack == "quick":
            write_quick_pack(self.folder / "quick")
            pack = "./quick"
        text = SETTINGS + (HEALTH if self.health else "")
        self.config.write_text(
            text.format(
                pack=pack,
                state=self.state,
                inference=self.inference,
                address=ADDRESS,
                listen=self.listen,
                profile=self.profile,
                keep_running=str(self.keep_running).lower(),
                socket="run/supervisor.sock",
                port=self.port,
            )
        )

    def start_supervisord(self, *, retries: int = 1) -> None:
        """Start the supervisord and with it the service; returns when it answers."""
        conf = self.folder / "supervisord.conf"
        conf.write_text(SUPERVISORD.format(folder=self.folder, python=sys.executable, retries=retries))
        self.child([sys.executable, "-W", "ignore", "-m", "supervisor.supervisord", "-c", str(conf)], "supervisord.out")
        self.until("supervisord answers", lambda: self.notes_state() != "")

    def notes_state(self) -> str:
        """How supervisord says the service stands; empty when it cannot be asked."""
        try:
            return self.supervisor.process("notes").state
        except SupervisorError:
            return ""

    def until_notes_are(self, *states: str) -> None:
        """Wait until the service is in one of these states."""
        self.until(f"notes is {' or '.join(states)}", lambda: self.notes_state() in states)

    # --- breaking it

    def intruder(self, *, linger: float = 0.0, name: str = "intruder") -> "subprocess.Popen[str]":
        """A process that takes the service's port as soon as it is free; returns once it tries."""
        log = self.folder / f"{name}.signals"
        child = self.child(
            [sys.executable, str(INTRUDER), ADDRESS, str(self.port), str(log), str(linger)], f"{name}.out"
        )
        self.until("the intruder tries", lambda: "waiting" in (self.folder / f"{name}.out").read_text())
        return child

    def until_holding(self, name: str = "intruder") -> None:
        """Wait until the intruder holds the port."""
        self.until("the intruder holds the port", lambda: "holding" in (self.folder / f"{name}.out").read_text())

    def signals(self, name: str = "intruder") -> int:
        """How many SIGTERM the intruder got."""
        log = self.folder / f"{name}.signals"
        return len(log.read_text().splitlines()) if log.exists() else 0

    def break_config(self) -> None:
        """One line loses its closing quote."""
        self.notes_toml.write_text(self.notes_toml.read_text().replace('"hello"', '"hello'))

    def end_notes(self) -> None:
        """End the service's process, as a crash would."""
        pid = self.supervisor.process("notes").pid
        assert pid, "the service does not run"
        os.kill(pid, signal.SIGKILL)

    # --- Medicus

    def engine(self, *extra: str, ready: bool = True, fault: str = "") -> "subprocess.Popen[str]":
        """Start `medicus run`; with `fault` through the driver that ends it there; `ready` waits until it is."""
        how = [str(DRIVER), fault] if fault else ["-m", "api.cli"]
        log = f"medicus-{len(self.children)}.log"
        child = self.child([sys.executable, *how, "--config", str(self.config), "run", *extra], log)
        if ready:
            self.until(
                f"medicus is ready, see {log}", lambda: self.answers("/readyz") == 200 or _died(child, self, log)
            )
        return child

    def log_of(self, child: "subprocess.Popen[str]") -> str:
        """What an engine wrote to its log."""
        return (self.folder / f"medicus-{self.children.index(child)}.log").read_text()

    def medicus(self, *words: str, ok: bool = True, env: Mapping[str, str] | None = None) -> "Done":
        """Run one `medicus` command; with `ok` it must end with 0."""
        done = subprocess.run(
            [sys.executable, "-m", "api.cli", "--config", str(self.config), *words],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
            stdin=subprocess.DEVNULL,
            cwd=ROOT,
            env={**os.environ, "NO_COLOR": "1", "COLUMNS": "200", **(env or {})},
        )
        assert not ok or done.returncode == 0, f"medicus {words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return Done(status=done.returncode, out=done.stdout, err=done.stderr)

    @contextmanager
    def books(self) -> Iterator[SqlStore]:
        """The store, opened for reading."""
        with open_store(self.state_folder, create=False) as store:
            yield store

    def events(self, *, of: str = "") -> list[str]:
        """The audited events so far, in order; only those of one incident with `of`."""
        return [one.event for one in self.entries() if not of or one.incident == of]

    def entries(self) -> Sequence[Any]:
        """The audit entries so far; none while there is no store."""
        try:
            with self.books() as store:
                return store.entries(limit=10_000)
        except MedicusError:
            return ()

    def states(self, problem: str = "service.does-not-start") -> list[str]:
        """The states of the incidents of a problem, newest first."""
        try:
            with self.books() as store:
                return [one.state.value for one in store.incidents() if one.ref.problem == problem]
        except MedicusError:
            return []

    def incident(self, problem: str = "service.does-not-start") -> str:
        """The id of the newest incident of a problem."""
        with self.books() as store:
            return next(one.id for one in store.incidents() if one.ref.problem == problem)

    def plans(self, problem: str = "service.does-not-start") -> Sequence[Any]:
        """The remediations of the newest incident of a problem, oldest first; none when there is none."""
        try:
            with self.books() as store:
                found = [one.id for one in store.incidents() if one.ref.problem == problem]
                return store.remediations(found[0]) if found else ()
        except MedicusError:
            return ()

    def until_asked(self, *, but: Sequence[str] = ()) -> str:
        """Wait until a plan waits for a person whose digest is not in `but`; the digest."""

        def asked() -> bool:
            plans = self.plans()
            return bool(plans and plans[-1].state == "proposed" and plans[-1].verdict and plans[-1].digest not in but)

        self.until("a plan waits for approval", asked)
        return str(self.plans()[-1].digest)

    def approve(self) -> str:
        """Wait for a plan that waits, approve it at the command line; its digest."""
        digest = self.until_asked()
        self.medicus("approve", self.incident(), "--digest", digest, "--by", "ann")
        return digest

    def answers(self, path: str, body: Mapping[str, str] | None = None) -> int:
        """The HTTP status that a path gives; 0 while nobody answers."""
        return self.ask(path, body)[0]

    def ask(self, path: str, body: Mapping[str, str] | None = None) -> tuple[int, Any]:
        """GET (or POST a body to) a path with the operator's token; status and JSON."""
        token = self.state_folder / "token"
        request = urllib.request.Request(
            f"http://{ADDRESS}:{self.listen}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "authorization": f"Bearer {token.read_text().strip() if token.exists() else ''}",
                "content-type": "application/json",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, json.loads(refusal.read() or b"null")
        except OSError:
            return 0, None

    # --- processes and time

    def child(self, argv: Sequence[str], log: str, *, cwd: Path = ROOT) -> "subprocess.Popen[str]":
        """Start a process that is ended with the stage; both its outputs go to a file of the folder."""
        with (self.folder / log).open("w") as out:
            made = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
                cwd=cwd,
                env={**os.environ, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", "PYTHONPATH": str(ROOT)},
            )
        self.children.append(made)
        return made

    def until(self, what: str, holds: Callable[[], bool], within: float = PATIENCE_S) -> None:
        """Wait until something holds; AssertionError with the books when it does not in time."""
        deadline = time.monotonic() + within
        while not holds():
            assert time.monotonic() < deadline, f"{what}: not within {within:.0f} s\n{self.told()}"
            time.sleep(0.05)

    def looks(self, count: int) -> None:
        """Wait until the running engine has gone around so many times more."""
        first = self._ticks()
        self.until(f"{count} more looks", lambda: self._ticks() >= first + count)

    def told(self) -> str:
        """The audit log and the ends of all logs, for a failing test."""
        entries = "\n".join(f"{one.number} {one.incident} {one.event} {one.body}" for one in self.entries())
        logs = "\n".join(f"== {log.name}\n{log.read_text()[-1500:]}" for log in sorted(self.folder.glob("*.log")))
        return f"notes: {self.notes_state()}\n{entries}\n{logs}"

    def _ticks(self) -> int:
        with suppress(OSError):
            url = f"http://{ADDRESS}:{self.listen}/metrics"
            with urllib.request.urlopen(url, timeout=10) as answer:
                found = re.search(r"^medicus_cycles_total (\S+)", answer.read().decode(), re.MULTILINE)
                assert found, "no medicus_cycles_total"
                return int(float(found[1]))
        return -1


@dataclass(frozen=True, kw_only=True)
class Done:
    """How a command ended."""

    status: int
    out: str
    err: str


@contextmanager
def open_stage(**fields: Any) -> Iterator[Stage]:
    """A stage in a folder of its own with a short path; everything that was started is ended at the end."""
    folder = Path(tempfile.mkdtemp(prefix="stage-", dir="/tmp"))
    stage = Stage(folder=folder, port=free_port(), listen=free_port(), **fields)
    try:
        (folder / "run").mkdir()
        shutil.copy(ROOT / "api/demo/notes.py", folder)
        good = NOTES.format(address=ADDRESS, port=stage.port)
        stage.notes_toml.write_text(good)
        (folder / "notes.toml.bak").write_text(good)
        (folder / "notes.secret").write_text("s3cret-of-the-stage\n")
        stage.write_settings()
        yield stage
    finally:
        for child in reversed(stage.children):
            end(child)
        shutil.rmtree(folder, ignore_errors=True)


def end(child: "subprocess.Popen[str]", number: int = signal.SIGTERM, within: float = 15.0) -> int:
    """End a child by its PID, by force after a while; its exit status."""
    if child.poll() is None:
        child.send_signal(number)
        try:
            child.wait(within)
        except subprocess.TimeoutExpired:
            child.kill()
    return child.wait()


def _died(child: "subprocess.Popen[str]", stage: Stage, log: str) -> bool:
    assert child.poll() is None, f"medicus ended with {child.returncode}\n{(stage.folder / log).read_text()}"
    return False
