"""One HTTP request and its response over a connected socket, all of it under one deadline.

The time limit of a socket counts for one operation: a peer that sends a byte now and then would hold its caller for
ever. Here every read gets what is left of the whole. It runs in the caller's thread: asyncio would cancel as well, but
the threads of its resolver hold up the exit of the process.
"""

import http.client
import io
import socket
import time
from dataclasses import dataclass
from typing import Any, cast

from engine.model import Seconds


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the monotonic clock by which something must be over."""

    at: float

    @staticmethod
    def after(seconds: Seconds) -> "Deadline":
        """The deadline `seconds` from now."""
        return Deadline(time.monotonic() + seconds)

    def left(self) -> Seconds:
        """The time that is left, above zero; TimeoutError when there is none."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left


def exchange(peer: socket.socket, request: bytes, deadline: Deadline) -> http.client.HTTPResponse:
    """Send `request` and read the head of the response; its body is read under the same deadline.

    Raises TimeoutError, another OSError, or http.client.HTTPException when the peer does not speak HTTP.
    """
    peer.settimeout(deadline.left())
    peer.sendall(request)
    # All that HTTPResponse asks of a socket is makefile().
    response = http.client.HTTPResponse(cast("socket.socket", _Readable(peer, deadline)))
    try:
        response.begin()
    except BaseException:
        response.close()
        raise
    return response


@dataclass(frozen=True, slots=True)
class _Readable:
    peer: socket.socket
    deadline: Deadline

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Stream(self.peer, self.deadline))


class _Stream(io.RawIOBase):
    def __init__(self, peer: socket.socket, deadline: Deadline) -> None:
        super().__init__()
        self._peer = peer
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._peer.settimeout(self._deadline.left())
        return self._peer.recv_into(buffer)  # of any type that has a buffer
