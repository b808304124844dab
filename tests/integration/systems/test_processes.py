"""Identities, listeners and the end of real processes."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
import pytest

from engine.systems.processes import (
    Listeners,
    NotTerminatedError,
    ProcessIdentity,
    describe,
    family,
    identity,
    is_alive,
    listeners,
    terminate,
)
from tests.support.listening import end_group, listening_process
from tests.support.unprivileged import as_nobody

NOT_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(600)"


@contextmanager
def process(
    *arguments: str, code: str = "print(1, flush=True); import time; time.sleep(600)"
) -> Iterator["subprocess.Popen[str]"]:
    started = subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert started.stdout is not None
    try:
        started.stdout.readline()
        yield started
    finally:
        end_group(started)


def identified(pid: int) -> ProcessIdentity:
    found = identity(pid)
    assert found is not None
    return found


def wait_until(holds: Callable[[], bool], within: float = 10.0) -> None:
    ends = time.monotonic() + within
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.01)


# --- identity ---------------------------------------------------------------------------------------------


def test_a_process_is_its_pid_and_its_start_time() -> None:
    me = identified(os.getpid())
    assert str(me) == f"{os.getpid()}@{psutil.Process().create_time():.2f}"
    assert is_alive(me)
    assert hash(me) == hash(identified(os.getpid()))


def test_a_reused_pid_is_not_the_process_that_it_once_was() -> None:
    me = identified(os.getpid())
    assert not is_alive(ProcessIdentity(me.pid, me.started - 5))


def test_a_zombie_is_not_alive_and_has_ended() -> None:
    with process() as running:
        before = identified(running.pid)
        os.kill(running.pid, signal.SIGKILL)
        wait_until(lambda: psutil.Process(running.pid).status() == psutil.STATUS_ZOMBIE)
        assert not is_alive(before)
        assert identity(running.pid) is None
        assert terminate(before, grace=0) is True
        assert "ended" in describe(before)


@pytest.mark.parametrize("pid", [-1, 0, 2**22 + 1, 2**31, 2**70])
def test_a_number_that_no_process_has_is_nobody(pid: int) -> None:
    assert identity(pid) is None
    assert family(pid) == frozenset()


# --- description ------------------------------------------------------------------------------------------


def test_a_process_is_described_by_command_user_and_start() -> None:
    with process("leftover") as running:
        line = describe(identified(running.pid))
    assert line.startswith(f"pid {running.pid} ({sys.executable} -c print(1")
    assert f"leftover), user {psutil.Process().username()}, since 20" in line
    assert line.endswith(" UTC")


def test_a_process_cannot_forge_lines_or_move_the_cursor_or_show_its_secrets() -> None:
    hostile = ("\x1b[2J\x1b]0;title\x07ok\nroot logged in\u202e\r", "--password", "hunter2", "--token=hunter2")
    more = ("redis://bob:hunter2@db/0", "PGPASSWORD=hunter2", "x" * 5000)
    with process(*hostile, *more, code="print(1, flush=True)\nimport time\ntime.sleep(600)") as running:
        line = describe(identified(running.pid))
    assert line.isprintable()
    assert "hunter2" not in line
    assert len(line) <= 200
    assert line.endswith(" UTC")


def test_bytes_that_are_no_text_are_described_all_the_same() -> None:
    started = subprocess.Popen([sys.executable, "-c", "input()", b"\xff\xfe\x80"], stdin=subprocess.PIPE)
    try:
        wait_until(lambda: bool(psutil.Process(started.pid).cmdline()[3:]))
        describe(identified(started.pid)).encode()
    finally:
        started.kill()
        started.communicate()


def test_the_description_of_a_reused_pid_is_not_that_of_its_new_owner() -> None:
    line = describe(ProcessIdentity(os.getpid(), 0.0))
    assert line == (f"pid {os.getpid()} of 1970-01-01 00:00:00 UTC (ended; another process has its number now)")


# --- listeners --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bound", "asked", "covered"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("127.0.0.1", "0.0.0.0", True),
        ("127.0.0.1", "::", True),
        ("127.0.0.1", "::1", False),
        ("0.0.0.0", "127.0.0.1", True),
        ("0.0.0.0", "::1", False),
        ("0.0.0.0", "::ffff:127.0.0.1", True),
        ("::1", "::1", True),
        ("::1", "127.0.0.1", False),
        ("::1", "0.0.0.0", False),
        ("::", "::1", True),
        ("::", "127.0.0.1", True),
        ("::ffff:127.0.0.1", "127.0.0.1", True),
        ("::ffff:127.0.0.1", "127.0.0.2", False),
    ],
)
def test_a_listener_is_found_on_the_addresses_that_its_bind_covers(bound: str, asked: str, *, covered: bool) -> None:
    family_of = socket.AF_INET6 if ":" in bound else socket.AF_INET
    with socket.socket(family_of) as server:
        server.bind((bound, 0))
        server.listen()
        found = listeners(asked, server.getsockname()[1])
    assert found == Listeners(pids=(identified(os.getpid()),) if covered else ())
    assert bool(found) is covered


def test_a_port_that_is_bound_or_connected_but_not_listening_has_no_listener() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        assert not listeners("127.0.0.1", bound.getsockname()[1])


def test_every_holder_of_a_shared_socket_is_found() -> None:
    with listening_process(children=2) as (parent, port):
        wait_until(lambda: len(family(parent.pid)) == 3)
        found = listeners("127.0.0.1", port)
        assert set(found.pids) == family(parent.pid)
        assert not found.hidden


def test_listeners_that_share_a_port_are_all_found() -> None:
    with socket.socket() as one, socket.socket() as two:
        for server in (one, two):
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        one.bind(("127.0.0.1", 0))
        two.bind(one.getsockname())
        one.listen()
        two.listen()
        assert listeners("127.0.0.1", one.getsockname()[1]).pids == (identified(os.getpid()),)


@NOT_ROOT
def test_a_listener_of_another_user_is_hidden_from_an_ordinary_one() -> None:
    with listening_process() as (_, port):
        assert as_nobody(lambda: listeners("127.0.0.1", port)) == Listeners(pids=(), hidden=True)


def test_what_is_no_address_is_an_error() -> None:
    with pytest.raises(ValueError, match="localhost"):
        listeners("localhost", 80)


# --- family and end ---------------------------------------------------------------------------------------


def test_a_family_is_a_process_and_all_its_descendants() -> None:
    assert identified(os.getpid()) in family(os.getpid())
    with process() as running:
        assert family(running.pid) == {identified(running.pid)}
        assert identified(running.pid) in family(os.getpid())


def test_a_process_that_heeds_sigterm_ends_within_its_grace() -> None:
    with process() as running:
        assert terminate(identified(running.pid), grace=10) is True
        assert running.wait(5) == -signal.SIGTERM


def test_a_process_that_ignores_sigterm_is_left_alive_and_said_to_be() -> None:
    with process(code=STUBBORN) as running:
        who = identified(running.pid)
        began = time.monotonic()
        assert terminate(who, grace=0.3) is False
        assert 0.25 < time.monotonic() - began < 3
        assert is_alive(who)


def test_the_process_that_got_a_reused_pid_is_never_signalled() -> None:
    with process() as running:
        now = identified(running.pid)
        with pytest.raises(NotTerminatedError, match=rf"{running.pid}@.* belongs to pid {running.pid} \("):
            terminate(ProcessIdentity(now.pid, now.started - 0.01), grace=0)
        assert is_alive(now)
        assert running.poll() is None


def test_a_process_that_is_gone_has_ended() -> None:
    with process() as running:
        who = identified(running.pid)
    assert terminate(who, grace=0) is True


def test_medicus_its_ancestors_and_the_machine_are_never_stopped() -> None:
    ancestors = [os.getpid(), os.getppid(), *(parent.pid for parent in psutil.Process().parents())]
    for pid in (*ancestors, 1, 0, -1):
        with pytest.raises(NotTerminatedError, match="is not stopped"):
            terminate(identity(pid) or ProcessIdentity(pid, 0.0), grace=0)


@NOT_ROOT
def test_a_process_of_another_user_is_not_stopped_and_the_missing_right_is_named() -> None:
    def attempt() -> str:
        try:
            terminate(who, grace=0)
        except NotTerminatedError as error:
            return str(error)
        return "no error"

    with process() as running:
        who = identified(running.pid)
        assert "Medicus has no right to" in as_nobody(attempt)
        assert is_alive(who)
