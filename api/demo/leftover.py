"""The demo's intruder: takes a port as soon as it is free and keeps it. Run as `python leftover.py ADDRESS PORT`."""

import socket
import sys
import time

PATIENCE_S = 20.0


def main(address: str, port: int) -> None:
    """Bind the port, trying again for a while, then hold it and answer nothing."""
    deadline = time.monotonic() + PATIENCE_S
    _say("waiting")
    while True:
        holder = socket.socket()
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            holder.bind((address, port))
        except OSError:
            holder.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.002)
            continue
        holder.listen()
        _say("holding")
        while True:
            connection, _ = holder.accept()
            connection.close()


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
