"""Real listeners for tests: processes that hold a port, each ended by its own PID."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

LISTEN = """
import os, socket, sys, time
address, port, children = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
family = socket.AF_INET6 if ":" in address else socket.AF_INET
server = socket.socket(family)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind((address, port))
server.listen()
for _ in range(children):
    if os.fork() == 0:
        break
else:
    print(server.getsockname()[1], flush=True)
time.sleep(600)
"""


@contextmanager
def listening_process(
    address: str = "127.0.0.1", port: int = 0, *, children: int = 0, arguments: tuple[str, ...] = ()
) -> Iterator[tuple["subprocess.Popen[str]", int]]:
    """A process that listens (with forked children that share the socket) while the block runs, and its port."""
    process = subprocess.Popen(
        [sys.executable, "-c", LISTEN, address, str(port), str(children), *arguments],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        yield process, int(process.stdout.readline())
    finally:
        end_group(process)


def end_group(process: "subprocess.Popen[str]") -> None:
    """End a process that leads its own session, and whatever it forked."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()
