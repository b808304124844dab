"""Peers that take connections and never say a word, on TCP and on unix sockets."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def silent_on_port(port: int) -> Iterator[None]:
    """Something listens on loopback and never answers, while the block runs."""
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", port))
    with _taking(holder):
        yield


@contextmanager
def silent_on_socket(path: Path) -> Iterator[None]:
    """Something listens on a unix socket and never answers, while the block runs."""
    holder = socket.socket(socket.AF_UNIX)
    holder.bind(str(path))
    with _taking(holder):
        yield


@contextmanager
def _taking(holder: socket.socket) -> Iterator[None]:
    holder.listen(64)
    holder.settimeout(0.1)
    done = threading.Event()
    taken: list[socket.socket] = []

    def take() -> None:
        while not done.is_set():
            try:
                taken.append(holder.accept()[0])
            except TimeoutError:
                continue

    thread = threading.Thread(target=take)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        for one in (*taken, holder):
            one.close()
