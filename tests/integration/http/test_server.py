"""The server itself: starting, stopping, and what it leaves behind."""

import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from api.http.app import create_app
from api.http.server import MOST_CONNECTIONS, Server
from engine.errors import InternalError, SettingsError
from engine.settings import Listen
from tests.support.doors import TOKEN, Door, open_door


def test_a_taken_port_is_an_error_at_once_that_says_what_to_do(door: Door) -> None:
    host, port = door.server.address
    server = Server()
    started = time.monotonic()
    with pytest.raises(SettingsError, match=rf"cannot listen on 127\.0\.0\.1:{port}: Address already in use; end what"):
        server.start(create_app(door.services, TOKEN), Listen(host=host, port=port))
    assert time.monotonic() - started < 1
    server.stop()
    assert door.ask("GET", "/livez").status == 200


def test_an_address_of_another_machine_cannot_be_listened_on(door: Door) -> None:
    with pytest.raises(SettingsError, match=r"cannot listen on 192\.0\.2\.1:0"):
        Server().start(create_app(door.services, TOKEN), Listen(host="192.0.2.1", port=0))


def test_a_free_port_is_found_and_told(door: Door) -> None:
    host, port = door.server.address
    assert (host, port > 0) == ("127.0.0.1", True)
    assert door.server.url == f"http://127.0.0.1:{port}"


def test_localhost_is_an_address_too(door: Door) -> None:
    server = Server()
    server.start(create_app(door.services, TOKEN), Listen(host="localhost", port=0))
    try:
        assert server.address[0] == "127.0.0.1"
    finally:
        server.stop()


@pytest.mark.skipif(not socket.has_ipv6, reason="this Python was built without IPv6")
def test_ipv6_loopback_is_served_where_the_machine_has_it(door: Door) -> None:
    server = Server()
    try:
        server.start(create_app(door.services, TOKEN), Listen(host="::1", port=0))
    except SettingsError as error:  # a machine may have switched IPv6 off: then it must say that
        assert "cannot listen on ::1:0" in str(error)  # noqa: PT017 - either is right
        return
    try:
        assert server.url == f"http://[::1]:{server.address[1]}"
        with socket.create_connection(("::1", server.address[1]), timeout=5) as connection:
            connection.sendall(b"GET /livez HTTP/1.1\r\nHost: [::1]\r\nConnection: close\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 200")
    finally:
        server.stop()


def test_who_asks_before_the_start_is_told_so() -> None:
    with pytest.raises(InternalError, match="not started"):
        _ = Server().address


def test_after_the_stop_nothing_listens_no_thread_is_left_and_the_port_is_free(tmp_path: Path) -> None:
    with open_door(tmp_path / "state") as door:
        host, port = door.server.address
        assert door.ask("GET", "/livez").status == 200
    assert "http" not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, port), timeout=5)
    again = Server()
    with open_door(tmp_path / "state") as other:
        again.start(create_app(other.services, TOKEN), Listen(host=host, port=port))
        again.stop()
        again.stop()


def test_a_client_that_sends_nothing_does_not_keep_it_from_stopping(tmp_path: Path) -> None:
    with open_door(tmp_path / "state") as door, socket.create_connection(door.server.address, timeout=10) as idle:
        idle.sendall(b"POST /api/v1/pause HTTP/1.1\r\nHost: localhost\r\n")
        started = time.monotonic()
        door.server.stop()
        assert time.monotonic() - started < 4
    assert "http" not in {thread.name for thread in threading.enumerate()}


def test_too_many_connections_are_turned_away_until_some_are_gone(door: Door) -> None:
    with ExitStack() as crowd:
        for _ in range(MOST_CONNECTIONS):
            crowd.enter_context(socket.create_connection(door.server.address, timeout=10))
        assert door.ask("GET", "/livez").status == 503
    deadline = time.monotonic() + 10
    while door.ask("GET", "/livez").status != 200:
        assert time.monotonic() < deadline


def test_answers_come_without_the_delay_of_small_packets(door: Door) -> None:
    """A socket without TCP_NODELAY makes every answer on a kept connection take 40 ms."""
    with socket.create_connection(door.server.address, timeout=10) as connection:
        took = []
        for _ in range(20):
            started = time.monotonic()
            connection.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
            said = b""
            while not said.endswith(b"}"):
                said += connection.recv(4096)
            took.append(time.monotonic() - started)
    assert min(took) < 0.03


def test_the_command_line_does_not_load_the_server() -> None:
    code = "import api.services, api.views, sys; print(sorted({'fastapi', 'uvicorn', 'starlette'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
