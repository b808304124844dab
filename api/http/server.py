"""The HTTP server: uvicorn in a thread beside the engine, on loopback.

The socket is bound before the thread starts, so that a taken port is an error of the start and not of a thread.
"""

import socket
import threading
import time

import uvicorn
from fastapi import FastAPI

from engine.errors import InternalError, SettingsError
from engine.model import Seconds
from engine.settings import Listen

MOST_CONNECTIONS = 128
_BACKLOG = 128
_START_WITHIN: Seconds = 10.0
_STOP_WITHIN: Seconds = 5.0


class Server:
    """One HTTP server; it is started once and stopped once."""

    def __init__(self) -> None:
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._address: tuple[str, int] | None = None

    @property
    def address(self) -> tuple[str, int]:
        """The address and port that it really listens on."""
        if self._address is None:
            raise InternalError("the HTTP server was not started")
        return self._address

    @property
    def url(self) -> str:
        """Where clients find it, such as http://127.0.0.1:8017."""
        host, port = self.address
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def start(self, app: FastAPI, listen: Listen) -> None:
        """Serve an app until `stop`; SettingsError when the address cannot be had, port 0 takes any free one."""
        bound = _bind(listen)
        self._address = bound.getsockname()[:2]
        config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,  # else any client could name the address that the audit log is told
            backlog=_BACKLOG,
            limit_concurrency=MOST_CONNECTIONS,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        # uvicorn handles signals in the main thread only: they stay with the engine
        self._thread = threading.Thread(target=self._server.run, args=([bound],), name="http", daemon=True)
        self._thread.start()
        deadline = time.monotonic() + _START_WITHIN
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                bound.close()
                raise InternalError("the HTTP server did not start: the log says why")
            time.sleep(0.005)

    def stop(self) -> None:
        """End it: what is being answered has about a second to finish; it may be called again."""
        if self._server is None or self._thread is None:
            return
        self._server.should_exit = True
        self._thread.join(_STOP_WITHIN)


def _bind(listen: Listen) -> socket.socket:
    """A socket that listens already, so that no client is refused from now on."""
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    # with its protocol named, asyncio turns off the delay of small packets: 40 ms an answer otherwise
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((listen.host, listen.port))
        bound.listen(_BACKLOG)
    except OSError as error:
        bound.close()
        raise SettingsError(
            f"cannot listen on {listen.host}:{listen.port}: {error.strerror or error}; "
            "end what listens there, or set another address with `listen`"
        ) from error
    bound.setblocking(False)
    return bound
