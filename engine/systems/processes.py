"""Processes of this machine: who they are, who listens on a port, how one is asked to end.

A process is its number and its start time together, so that a number that was given anew is never taken for the
process it once meant. Start times come from the wall clock: when that is set by hand, identities of running processes
change, and what was meant is refused instead of hit.
"""

import os
import select
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_address

import psutil

from engine.errors import ActionError
from engine.lines import command_line, one_line
from engine.model import Instant, Seconds


class NotTerminatedError(ActionError):
    """A process was not asked to end, because it may not or must not be."""


class SocketsUnseenError(ActionError):
    """The sockets of this machine cannot be listed."""


@dataclass(frozen=True, slots=True, order=True)
class ProcessIdentity:
    """One process: its PID and its start time (seconds since the epoch, two decimals)."""

    pid: int
    started: Instant

    def __str__(self) -> str:
        return f"{self.pid}@{self.started:.2f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listeners:
    """Who listens on a port; `hidden` when a listener exists whose process cannot be seen."""

    pids: tuple[ProcessIdentity, ...]
    hidden: bool = False

    def __bool__(self) -> bool:
        return bool(self.pids) or self.hidden


def identity(pid: int) -> ProcessIdentity | None:
    """The process that has this PID now; None when there is none or only its zombie is left."""
    try:
        process = psutil.Process(pid)
        with process.oneshot():
            if process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
                return None
            return _identity_of(process)
    except (psutil.Error, ValueError, OverflowError):
        return None


def is_alive(identified: ProcessIdentity) -> bool:
    """True while exactly this process runs: the start time must match, and a zombie runs no more."""
    return identity(identified.pid) == identified


def describe(identified: ProcessIdentity) -> str:
    """One safe line about a process: "pid 4711 (python3 leftover.py), user bob, since 2025-11-23 12:00:03 UTC".

    At most 200 characters; control characters are replaced and secrets in its arguments masked.
    """
    since = datetime.fromtimestamp(identified.started, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    try:
        process = psutil.Process(identified.pid)
        if _identity_of(process) != identified:
            return f"pid {identified.pid} of {since} (ended; another process has its number now)"
        with process.oneshot():
            command = command_line(process.cmdline(), 110) or one_line(process.name(), 110)
            user = one_line(process.username(), 32)
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return f"pid {identified.pid} of {since} (ended)"
    except psutil.AccessDenied:
        return f"pid {identified.pid} (no right to look at it), since {since}"
    return f"pid {identified.pid} ({command}), user {user}, since {since}"


def listeners(address: str, port: int) -> Listeners:
    """Every process that holds a TCP socket listening on `address` (an IP address) and `port`.

    A wildcard bind listens on every address of its family; one on "::" is taken to listen on IPv4 as well, since only
    the socket's owner can tell. A socket that was handed on to children has several holders. A wildcard `address`
    asks for a listener on any address. ValueError when `address` is not an IP address, SocketsUnseenError when the
    machine does not tell.
    """
    asked = _plain(address)
    found: set[ProcessIdentity] = set()
    hidden = False
    for bound, pid, descriptor in _holding(port):
        if not _covers(_plain(bound), asked):
            continue
        if pid is None:
            hidden = True
        else:
            found.update(_holders(pid, descriptor))
    return Listeners(pids=tuple(sorted(found)), hidden=hidden)


def _holding(port: int) -> Iterator[tuple[str, int | None, int]]:
    """Every TCP socket that listens on a port: its address, who holds it (None: not to be seen), its descriptor."""
    try:
        connections = psutil.net_connections("tcp")
    except (psutil.Error, OSError, RuntimeError) as failure:
        why = one_line(str(failure))
        raise SocketsUnseenError(f"the sockets of this machine cannot be listed: {why}; is /proc mounted?") from failure
    for one in connections:
        if one.status == psutil.CONN_LISTEN and one.laddr and one.laddr.port == port:
            yield one.laddr.ip, one.pid, one.fd


def family(pid: int) -> frozenset[ProcessIdentity]:
    """The process with this PID and all its descendants that run; empty when there is none."""
    try:
        root = psutil.Process(pid)
        members = [root, *root.children(recursive=True)]
    except (psutil.Error, ValueError, OverflowError):
        return frozenset()
    return frozenset(one for one in (identity(member.pid) for member in members) if one)


def terminate(identified: ProcessIdentity, grace: Seconds) -> bool:
    """Send SIGTERM to exactly this process and wait up to `grace` seconds; True when it has ended.

    True as well when there is no process of that number any more. SIGKILL is never sent. NotTerminatedError when the
    number belongs to another process now, when the right is missing, and for PID 1, Medicus itself and whatever
    started it.
    """
    pid = identified.pid
    if pid <= 1:
        raise NotTerminatedError(f"pid {pid} is not stopped: the machine or the container would go down with it")
    if pid in _self_and_ancestors():
        raise NotTerminatedError(f"pid {pid} is not stopped: it is Medicus itself, or Medicus runs under it")
    try:
        pinned = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    except OSError as failure:
        raise NotTerminatedError(f"pid {pid} is not stopped: it cannot be pinned ({failure.strerror})") from failure
    try:
        # The descriptor keeps meaning the process it was opened for: if the start time is right now, it was then.
        now = identity(pid)
        if now is None:
            return True
        if now != identified:
            raise NotTerminatedError(
                f"process {identified} is not stopped: the number belongs to {describe(now)} now; look again"
            )
        signal.pidfd_send_signal(pinned, signal.SIGTERM)
        return _ended(pinned, grace)
    except ProcessLookupError:
        return True
    except PermissionError as failure:
        raise NotTerminatedError(
            f"{describe(identified)} is not stopped: Medicus has no right to; run it as that user or as root"
        ) from failure
    finally:
        os.close(pinned)


def _identity_of(process: psutil.Process) -> ProcessIdentity:
    return ProcessIdentity(process.pid, round(process.create_time(), 2))


def _ended(pinned: int, grace: Seconds) -> bool:
    poll = select.poll()
    poll.register(pinned, select.POLLIN)
    return bool(poll.poll(max(0.0, grace) * 1000))


def _self_and_ancestors() -> frozenset[int]:
    me = psutil.Process()
    return frozenset({me.pid, *(parent.pid for parent in me.parents())})


def _plain(address: str) -> IPv4Address | IPv6Address:
    parsed = ip_address(address.partition("%")[0])
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return mapped or parsed


def _covers(bound: IPv4Address | IPv6Address, asked: IPv4Address | IPv6Address) -> bool:
    if bound == asked:
        return True
    same_family = bound.version == asked.version
    if bound.is_unspecified:
        return same_family or isinstance(bound, IPv6Address)
    return asked.is_unspecified and (same_family or isinstance(asked, IPv6Address))


def _holders(pid: int, descriptor: int) -> Iterator[ProcessIdentity]:
    """Everyone who holds the socket that `pid` has at `descriptor`: psutil names one holder only."""
    socket = _link(f"/proc/{pid}/fd/{descriptor}")
    for one in psutil.pids():
        if one == pid or (socket and socket in _open_in(one)):
            holder = identity(one)
            if holder:
                yield holder


def _open_in(pid: int) -> Iterator[str]:
    with suppress(OSError), os.scandir(f"/proc/{pid}/fd") as descriptors:
        for descriptor in descriptors:
            yield _link(descriptor.path)


def _link(path: str) -> str:
    try:
        return os.readlink(path)  # noqa: PTH115 - thousands a look: a Path for each costs more than the call
    except OSError:
        return ""
