"""A child process that answers one line with one line, and is killed when it does not in time.

It has its own session, so that ^C on the terminal does not reach it, and ends by itself when its input closes.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence

from engine.errors import InferenceError
from engine.model import Seconds

_LAST_WORDS = 4096  # bytes kept of what it says on stderr
_LONGEST_ANSWER = 64 * 1024 * 1024  # bytes
_CHUNK = 65536


class Pipe:
    """One running child; every error leaves it to be ended with `close`."""

    def __init__(self, argv: Sequence[str], environment: Mapping[str, str]) -> None:
        try:
            self._child = subprocess.Popen(
                list(argv),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=dict(environment),
                start_new_session=True,
                bufsize=0,
            )
        except OSError as error:
            raise InferenceError(f"the inference worker did not start: {error}") from error
        streams = (self._child.stdin, self._child.stdout, self._child.stderr)
        self._stdin, self._stdout, self._stderr = (stream.fileno() for stream in streams if stream)
        for stream in (self._stdin, self._stdout, self._stderr):
            os.set_blocking(stream, False)
        self._said = b""

    @property
    def pid(self) -> int:
        """The process id of the child."""
        return self._child.pid

    def ask(self, line: bytes, within: Seconds) -> bytes:
        """Its answer to one line (both without the newline).

        Raises InferenceError when it dies, closes its pipe, says too much, or is silent for `within` seconds.
        """
        deadline = time.monotonic() + within
        unsent = memoryview(line + b"\n")
        answer = bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(self._stdin, selectors.EVENT_WRITE)
            selector.register(self._stdout, selectors.EVENT_READ)
            selector.register(self._stderr, selectors.EVENT_READ)
            while not answer.endswith(b"\n"):
                ready = selector.select(max(0.0, deadline - time.monotonic()))
                if not ready or time.monotonic() > deadline:
                    raise InferenceError(f"the inference worker was silent for {within:g} s{self._last_words()}")
                for stream in (key.fd for key, _ in ready):
                    if stream == self._stdin:
                        unsent = unsent[self._send(unsent) :]
                        if not unsent:
                            selector.unregister(stream)
                    elif stream == self._stderr:
                        if not self._listen():
                            selector.unregister(stream)
                    else:
                        answer += self._receive()
                if len(answer) > _LONGEST_ANSWER:
                    raise InferenceError("the inference worker does not stop answering")
        if unsent or answer.count(b"\n") != 1:
            raise InferenceError("the inference worker answered what it was not asked")
        return bytes(answer[:-1])

    def close(self) -> None:
        """Kill the child and what it started, and leave no zombie; nothing happens the second time."""
        if self._child.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()
        for stream in (self._child.stdin, self._child.stdout, self._child.stderr):
            if stream:
                stream.close()

    def _send(self, data: memoryview) -> int:
        try:
            return os.write(self._stdin, data[:_CHUNK])
        except BlockingIOError:
            return 0
        except OSError as error:
            raise InferenceError(f"the inference worker is gone{self._end()}") from error

    def _receive(self) -> bytes:
        data = os.read(self._stdout, _CHUNK)
        if not data:
            raise InferenceError(f"the inference worker is gone{self._end()}")
        return data

    def _listen(self) -> bool:
        """Keep the end of what it says on stderr; False when it has closed it."""
        with contextlib.suppress(BlockingIOError):
            data = os.read(self._stderr, _CHUNK)
            self._said = (self._said + data)[-_LAST_WORDS:]
            return bool(data)
        return True

    def _end(self) -> str:
        """How a child that closed its pipe ended, in words."""
        try:
            code = self._child.wait(timeout=1)
        except subprocess.TimeoutExpired:
            return f", but its process still runs{self._last_words()}"
        while self._listen() and code is None:
            pass
        how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
        return f" ({how}){self._last_words()}"

    def _last_words(self) -> str:
        said = " | ".join(self._said.decode("utf-8", "replace").split("\n")).strip(" |")
        return f"; it said: {said}" if said else ""
