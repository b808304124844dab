"""Takes a port as soon as it is free, counts SIGTERM in a file, and ends a while after the first one.

Run as `python intruder.py ADDRESS PORT SIGNALS LINGER_S`.
"""

import signal
import socket
import sys
import time
from pathlib import Path


def main(address: str, port: int, signals: Path, linger: float) -> None:
    """Bind, trying again until it works; hold; end `linger` seconds after a SIGTERM."""
    ending: list[float] = []

    def told(*_: object) -> None:
        with signals.open("a") as log:
            log.write("SIGTERM\n")
        ending.append(time.monotonic() + linger)

    signal.signal(signal.SIGTERM, told)
    print("waiting", flush=True)  # noqa: T201 - the test reads it
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    while not _bound(holder, address, port) and not ending:
        time.sleep(0.001)
    if not ending:
        holder.listen()
        print("holding", flush=True)  # noqa: T201 - the test reads it
    while not ending or time.monotonic() < ending[0]:
        time.sleep(0.01)


def _bound(holder: socket.socket, address: str, port: int) -> bool:
    try:
        holder.bind((address, port))
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), float(sys.argv[4]))
