"""Real servers for tests of HTTP clients: well-behaved ones, and ones that speak raw bytes."""

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Site(BaseHTTPRequestHandler):
    """Answers by path, and keeps what it was asked in the server's `asked`."""

    def do_GET(self) -> None:
        asked: list[str] = self.server.asked  # type: ignore[attr-defined]  # set by site()
        asked.append(f"{self.path} {self.headers.get('Authorization', '-')}")
        if self.path.startswith("/redirect"):
            self.send_response(302)
            self.send_header("Location", "/health")
            self.end_headers()
            return
        bodies = {
            "/health": json.dumps({"status": "ok", "checks": {"database": True, "queue": 0}}).encode(),
            "/text": b"all is well",
            "/deep": b"[" * 60_000,
            "/hostile": json.dumps({"status": "\x1b[2J\npassword=hunter2 " + "x" * 9999}).encode(),
            "/large": b" " * 70_000 + b"{}",
            "/not-utf8": b'{"status": "\xff"}',
            "/list": b"[1]",
        }
        path = self.path.partition("?")[0]
        body = bodies.get(path, b"not found")
        self.send_response(200 if path in bodies else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def site() -> Iterator[tuple[str, list[str]]]:
    """A healthy web site while the block runs: its address, and the requests that it got ("PATH AUTHORIZATION")."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    asked: list[str] = []
    server.asked = asked  # type: ignore[attr-defined]  # read by _Site
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@contextmanager
def raw_server(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """A TCP server that hands each connection to `serve` while the block runs: its port."""
    server = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            try:
                peer, _ = server.accept()
            except OSError:
                return
            with peer, suppress(OSError):
                serve(peer)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(5)


def saying(reply: bytes) -> Callable[[socket.socket], None]:
    """Read the request, send `reply`, close."""

    def serve(peer: socket.socket) -> None:
        peer.recv(65536)
        peer.sendall(reply)

    return serve


def dripping(head: bytes, drop: bytes, every: float = 0.05) -> Callable[[socket.socket], None]:
    """Send `head`, then a drop now and then for as long as someone listens."""

    def serve(peer: socket.socket) -> None:
        peer.recv(65536)
        peer.sendall(head)
        ends = time.monotonic() + 20
        while time.monotonic() < ends:
            peer.sendall(drop)
            time.sleep(every)

    return serve


def resetting(peer: socket.socket) -> None:
    """Read the request and reset the connection."""
    peer.recv(65536)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def silent(peer: socket.socket) -> None:
    """Read for ever and say nothing."""
    while peer.recv(65536):
        pass
