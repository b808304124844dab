"""What every request passes before anything else looks at it: host, token, body; and what every answer gets.

The order is the order of the steps in `_refusal`. A Host that does not name this machine is a web page that had its
own name point here (DNS rebinding). Everything but health and metrics needs the token, also what does not exist.
"""

import asyncio
import re
from collections.abc import Sequence

from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.auth import Doorkeeper
from api.http.problems import problem, unforeseen
from engine.model import Seconds

BODY_LIMIT = 65_536
BODY_WITHIN: Seconds = 10.0
PUBLIC = frozenset({"/livez", "/readyz", "/metrics"})
SECURITY = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_HERE = re.compile(r"(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]{1,5})?", re.IGNORECASE)
_JSON = re.compile(r"application/json\s*(;.*)?", re.IGNORECASE)


class Gate:
    """ASGI middleware around the whole app."""

    def __init__(self, app: ASGIApp, doorkeeper: Doorkeeper) -> None:
        self._app = app
        self._doorkeeper = doorkeeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or pass it on with its body read."""
        if scope["type"] != "http":
            return
        started = False

        async def hardened(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            passed = await self._refusal(scope) or await _body(scope, receive)
            if isinstance(passed, JSONResponse):
                await passed(scope, receive, hardened)
            elif passed is not None:
                await self._app(scope, _replaying(passed, receive), hardened)
        except Exception as error:  # noqa: BLE001 - the border: what nobody foresaw is logged and answered here
            response = unforeseen(error, scope["method"], scope["path"])
            if not started:
                await response(scope, receive, hardened)

    async def _refusal(self, scope: Scope) -> JSONResponse | None:
        headers, path = Headers(scope=scope), scope["path"]
        host = headers.getlist("host")
        if len(host) != 1 or not _HERE.fullmatch(host[0]):
            return problem(421, "this server answers to 127.0.0.1, [::1] and localhost only", path)
        if path in PUBLIC:
            return None
        given: Sequence[str] = headers.getlist("authorization")
        if len(given) == 1 and self._doorkeeper.admits(given[0]):
            return None
        address = scope["client"][0] if scope.get("client") else "unknown"
        await run_in_threadpool(self._doorkeeper.note_refusal, address, path)
        said = 'send the token of the state folder: -H "Authorization: Bearer $(cat state/token)"'
        return problem(401, said, path, {"WWW-Authenticate": 'Bearer realm="medicus"'})


async def _body(scope: Scope, receive: Receive) -> bytes | JSONResponse | None:
    """The whole body, the problem with it, or None when the client is gone."""
    headers, path = Headers(scope=scope), scope["path"]
    too_large = problem(413, f"a request may have at most {BODY_LIMIT} bytes", path)
    if int(headers.get("content-length", "0")) > BODY_LIMIT:
        return too_large
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_WITHIN):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return None
                body += message.get("body", b"")
                if len(body) > BODY_LIMIT:
                    return too_large
                if not message.get("more_body", False):
                    break
    except TimeoutError:
        return problem(408, f"the request did not arrive within {BODY_WITHIN:.0f} s", path, {"Connection": "close"})
    if body and not _JSON.fullmatch(headers.get("content-type", "")):
        return problem(415, "send JSON, and say so: -H 'content-type: application/json'", path)
    return bytes(body)


def _replaying(body: bytes, receive: Receive) -> Receive:
    """A receive that gives the body that was read already, and then goes on."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
