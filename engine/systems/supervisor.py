"""The programs of a supervisord, over XML-RPC on its unix socket.

Only single programs are touched: supervisord takes "group:*" and "group:" for a whole group, this client does not.
"""

import http.client
import socket
import xmlrpc.client
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.parsers.expat import ExpatError

from engine.errors import ActionError
from engine.lines import one_line
from engine.model import Instant, Seconds
from engine.systems.exchange import Deadline, exchange

_REPLY_AT_MOST = 1 << 20
_BAD_NAME, _ALREADY_STARTED, _NOT_RUNNING = 10, 60, 70
_STATES: Final = {
    0: "stopped",
    10: "starting",
    20: "running",
    30: "backoff",
    40: "stopping",
    100: "exited",
    200: "fatal",
}
STATES: Final = tuple(_STATES.values())


class SupervisorError(ActionError):
    """A supervisord does not answer as it must."""


class NoSuchProgramError(SupervisorError):
    """A supervisord has no program of that name."""


class RefusedError(SupervisorError):
    """A supervisord refused what it was asked; `code` is its fault code."""

    def __init__(self, message: str = "", code: int = 0) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramInfo:
    """What supervisord says of a program.

    `state` is one of `STATES` or "unknown"; `pid` and `started` are absent while it does not run; `exit_status` is
    that of the last run (-1: ended by a signal), absent unless that run got past its start and has ended. `spawn_error`
    says why the last start failed or what was wrong with the exit status, and is empty when all went well.
    """

    state: str
    pid: int | None
    started: Instant | None
    exit_status: int | None
    spawn_error: str


@dataclass(frozen=True, slots=True)
class Supervisor:
    """The supervisord that listens on `socket`; each call takes at most `timeout` seconds.

    Every method raises SupervisorError when it cannot be asked or says no, NoSuchProgramError for an unknown name.
    """

    socket: Path
    timeout: Seconds = 2.0

    def process(self, name: str) -> ProgramInfo:
        """How the program stands now."""
        told = self._call("supervisor.getProcessInfo", _single(name))
        try:
            return _program_info(told)
        except (KeyError, TypeError, ValueError) as failure:
            raise self._error(f"told nothing usable of the program {name!r}; is its version supported?") from failure

    def pid(self) -> int:
        """The PID of supervisord itself."""
        told = self._call("supervisor.getPID")
        if not isinstance(told, int):
            raise self._error("told nothing usable of its own PID; is its version supported?")
        return told

    def running(self) -> Mapping[str, int]:
        """The PID of every program that has a process, by its full name (GROUP:NAME)."""
        told = self._call("supervisor.getAllProcessInfo")
        try:
            return {f"{one['group']}:{one['name']}": int(str(one["pid"])) for one in _list(told) if one["pid"]}
        except (KeyError, TypeError, ValueError) as failure:
            raise self._error("told nothing usable of its programs; is its version supported?") from failure

    def start(self, name: str) -> bool:
        """Start the program without waiting until it runs; False when it was started already."""
        return self._unless(_ALREADY_STARTED, "supervisor.startProcess", name)

    def stop(self, name: str) -> bool:
        """Tell the program to stop without waiting until it has; False when it was not running."""
        return self._unless(_NOT_RUNNING, "supervisor.stopProcess", name)

    def _unless(self, fault: int, method: str, name: str) -> bool:
        try:
            self._call(method, _single(name), False)
        except RefusedError as error:
            if error.code == fault:
                return False
            raise
        return True

    def _call(self, method: str, *arguments: str | bool) -> object:
        try:
            request = xmlrpc.client.dumps(arguments, method)
            (told,), _ = xmlrpc.client.loads(self._post(request.encode()))
        except xmlrpc.client.Fault as fault:
            if fault.faultCode == _BAD_NAME:
                raise NoSuchProgramError(
                    f"supervisord on {self.socket} has no program {arguments[0]!r}; "
                    "see `supervisorctl status` for the names"
                ) from fault
            why = f"refused {_called(method, arguments)}: {one_line(fault.faultString)}"
            raise RefusedError(str(self._error(why)), fault.faultCode) from fault
        except TimeoutError as failure:
            raise self._error(f"does not answer: silent for {self.timeout:g} s; does it hang?") from failure
        except OSError as failure:
            why = one_line(failure.strerror or str(failure)).lower()
            raise self._error(f"does not answer: {why}; {_what_next(failure)}") from failure
        except (http.client.HTTPException, xmlrpc.client.Error, ExpatError, TypeError, ValueError) as failure:
            why = one_line(f"{type(failure).__name__}: {failure}")
            raise self._error(f"did not answer in XML-RPC ({why}); is it the socket of a supervisord?") from failure
        return told

    def _post(self, call: bytes) -> bytes:
        deadline = Deadline.after(self.timeout)
        head = (
            f"POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\nContent-Length: {len(call)}\r\n\r\n"
        )
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
            peer.settimeout(deadline.left())
            peer.connect(str(self.socket))
            with exchange(peer, head.encode() + call, deadline) as response:
                if response.status == http.client.UNAUTHORIZED:
                    raise self._error("asks for a password; give Medicus a socket without one ([unix_http_server])")
                if response.status != http.client.OK:
                    raise self._error(f"answered HTTP {response.status}; is it the socket of a supervisord?")
                return response.read(_REPLY_AT_MOST)

    def _error(self, what: str) -> SupervisorError:
        return SupervisorError(f"supervisord on {self.socket} {what}")


def _called(method: str, arguments: tuple[str | bool, ...]) -> str:
    return f"{method} of {arguments[0]!r}" if arguments else method


def _single(name: str) -> str:
    if not name or "*" in name or name.endswith(":"):
        raise NoSuchProgramError(f"{name!r} does not name one program; give it as NAME or GROUP:NAME")
    return name


def _list(told: object) -> list[dict[str, object]]:
    if not isinstance(told, list):
        raise TypeError
    return told


def _program_info(told: object) -> ProgramInfo:
    if not isinstance(told, dict):
        raise TypeError
    state = _STATES.get(told["state"], "unknown")
    spawn_error = str(told["spawnerr"])
    pid, started = int(told["pid"]), float(told["start"])
    # supervisord says 0 as well when it holds no exit status: after a start that failed, and before any run.
    ended_a_run = state == "exited" or (state == "stopped" and started > 0 and not spawn_error)
    return ProgramInfo(
        state=state,
        pid=pid or None,
        started=started if pid else None,
        exit_status=int(told["exitstatus"]) if ended_a_run else None,
        spawn_error=one_line(spawn_error),
    )


def _what_next(failure: OSError) -> str:
    if isinstance(failure, PermissionError):
        return "run Medicus as a user who may use it, or set chown in [unix_http_server]"
    if isinstance(failure, FileNotFoundError):
        return "is the path right, and is supervisord running?"
    return "is it running?"
