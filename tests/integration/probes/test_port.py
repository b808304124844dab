"""The port probe on real sockets, squatters and a supervised owner."""

import os
import pwd
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from engine.errors import RuleError
from engine.model import Reading, Unknown
from engine.params import parse
from engine.probes import PortProbe
from engine.probes.port import PortSettings
from engine.systems.supervisor import Supervisor
from tests.support.listening import LISTEN, listening_process
from tests.support.supervisord import Supervisord, running_supervisord
from tests.support.unprivileged import as_nobody


def look(port: int, **settings: object) -> Mapping[str, Reading]:
    probe = PortProbe.bind(PortSettings(port=port, **settings))  # type: ignore[arg-type]  # a table of settings
    return {reading.name: reading for reading in probe.observe()}


@pytest.fixture
def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@pytest.fixture
def app(tmp_path: Path, free_port: int) -> Iterator[Supervisord]:
    """A supervised program that listens on the free port with two children, not started yet."""
    script = tmp_path / "app.py"
    script.write_text(LISTEN)
    command = f"{sys.executable} {script} 127.0.0.1 {free_port} 2"
    with running_supervisord(tmp_path, {"app": {"command": command}, "idle": {"command": "sleep 600"}}) as daemon:
        yield daemon


def wait_until_listening(port: int) -> None:
    ends = time.monotonic() + 20
    while True:
        with socket.socket() as one:
            one.settimeout(1)
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < ends, "the program does not listen"
        time.sleep(0.02)


def test_a_free_port_is_nobodys(free_port: int) -> None:
    seen = look(free_port)
    assert (seen["listening"].value, seen["owner"].value) == (False, "none")


def test_without_a_named_owner_the_owner_of_a_listener_is_unknown_and_the_squatter_is_described() -> None:
    with listening_process(arguments=("leftover\x1b[2J", "--token", "hunter2")) as (squatter, port):
        seen = look(port)
    assert seen["listening"].value is True
    assert seen["owner"].value == Unknown(because="the inventory does not say who should own it")
    detail = seen["listening"].detail
    assert detail.startswith(f"pid {squatter.pid} ({sys.executable}")
    assert f"user {pwd.getpwuid(os.geteuid()).pw_name}, since 20" in detail
    assert "\x1b" not in detail
    assert "hunter2" not in detail


def test_the_supervised_program_and_its_children_own_their_port(app: Supervisord, free_port: int) -> None:
    start(app, free_port)
    seen = look(free_port, supervisor=app.socket, name="app")
    assert (seen["listening"].value, seen["owner"].value) == (True, "self")


def test_the_port_of_one_program_is_held_by_another(app: Supervisord, free_port: int) -> None:
    start(app, free_port)
    assert look(free_port, supervisor=app.socket, name="idle")["owner"].value == "other"


def test_a_squatter_is_another(app: Supervisord, free_port: int) -> None:
    with listening_process(port=free_port) as (squatter, _):
        seen = look(free_port, supervisor=app.socket, name="app")
        assert seen["owner"].value == "other"
        assert f"pid {squatter.pid} " in seen["owner"].detail


def test_a_squatter_that_shares_a_socket_with_many_children_is_described_briefly(
    app: Supervisord, free_port: int
) -> None:
    with listening_process(port=free_port, children=20):
        seen = look(free_port, supervisor=app.socket, name="app")
    assert seen["owner"].value == "other"
    assert seen["owner"].detail.endswith("; and 18 more")


def test_a_foreign_listener_beside_the_program_makes_the_port_anothers(app: Supervisord, free_port: int) -> None:
    start(app, free_port)
    with listening_process("127.0.0.2", free_port), ExitStack() as stack:
        assert look(free_port, supervisor=app.socket, name="app")["owner"].value == "self"
        stack.enter_context(listening_process("::1", free_port))
        seen = look(free_port, address="::", supervisor=app.socket, name="app")
        assert seen["owner"].value == "other"


def test_a_socket_that_supervisord_itself_holds_is_not_called_a_squatters(tmp_path: Path, free_port: int) -> None:
    more = f"[inet_http_server]\nport=127.0.0.1:{free_port}\n"
    with running_supervisord(tmp_path, {"app": {"command": "sleep 600"}}, more=more) as daemon:
        seen = look(free_port, supervisor=daemon.socket, name="app")
    assert seen["owner"].value == Unknown(because="supervisord itself holds the socket; look at its configuration")


def test_without_supervisord_the_owner_of_a_listener_is_unknown(tmp_path: Path) -> None:
    with listening_process() as (_, port):
        seen = look(port, supervisor=tmp_path / "none.sock", name="app")
    assert seen["listening"].value is True
    assert isinstance(seen["owner"].value, Unknown)
    assert "is supervisord running?" in seen["owner"].value.because


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_listener_that_cannot_be_seen_has_an_unknown_owner() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder, listening_process() as (_, port):
        Path(folder).chmod(0o755)
        with running_supervisord(Path(folder), {"app": {"command": "sleep 600"}}) as daemon:
            daemon.socket.chmod(0o777)
            seen = as_nobody(lambda: look(port, supervisor=daemon.socket, name="app"))
    assert seen["listening"].value is True
    assert seen["owner"].value == Unknown(
        because="the process that listens cannot be seen; run Medicus as its user or as root"
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"port": 0}, "port"),
        ({"port": 65536}, "port"),
        ({"port": "80"}, "port"),
        ({"port": True}, "port"),
        ({"port": 80, "address": "localhost"}, "should be an IP address"),
        ({"port": 80, "name": "app"}, "give both or neither"),
        ({"port": 80, "supervisor": "/run/s.sock"}, "give both or neither"),
        ({"port": 80, "owner": "app"}, "owner"),
    ],
)
def test_settings_that_mean_nothing_are_refused(settings: dict[str, str | int], message: str) -> None:
    with pytest.raises(RuleError, match=message):
        parse(PortSettings, settings, "inventory")


def start(daemon: Supervisord, port: int) -> None:
    Supervisor(daemon.socket).start("app")
    daemon.wait_for_state("app", "running")
    wait_until_listening(port)
