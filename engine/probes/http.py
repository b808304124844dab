"""An HTTP endpoint: whether it answers, and as a healthy service would.

Redirects are not followed and proxies of the environment are not used: what is judged is this endpoint, by itself.
"""

import http.client
import json
import socket
import ssl
import time
from base64 import b64encode
from dataclasses import dataclass
from typing import Annotated, ClassVar, Self
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from engine.lines import one_line
from engine.model import Observable, Reading, Scalar, Seconds, Unknown
from engine.systems.exchange import Deadline, exchange

_BODY_AT_MOST = 64 * 1024
_ON_TOP: Seconds = 1.0


class HttpSettings(BaseModel):
    """What to ask and what a healthy answer is; `json_field` may reach inside by dots ("checks.database")."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    url: str  #: what to GET
    status: Annotated[int, Field(ge=200, le=599)] = 200  #: the status of a healthy answer
    json_field: str | None = None  #: a field of the JSON answer; dots reach inside
    json_value: str | None = None  #: what a healthy answer has there
    timeout: Annotated[float, Field(gt=0, le=60)] = 2.0  #: seconds for the whole answer

    @field_validator("url")
    @classmethod
    def _is_an_http_url(cls, url: str) -> str:
        parts = urlsplit(url)
        # urlsplit().port raises ValueError of its own when there is something else than a port.
        plain = url.isascii() and url.isprintable() and " " not in url
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0 or not plain:
            raise ValueError("should be an address such as http://127.0.0.1:8080/health")
        return url

    @model_validator(mode="after")
    def _expectation_is_whole(self) -> Self:
        if (self.json_field is None) != (self.json_value is None):
            raise ValueError("'json_field' and 'json_value' belong together: give both or neither")
        return self


ANSWER = Observable(
    name="answer",
    type=str,
    values=("ok", "wrong-status", "wrong-body", "refused", "timeout", "broken"),
    about="How the endpoint answered; broken is a reset, a failure of TLS, or no HTTP at all.",
)
STATUS = Observable(name="status", type=int, about="The status code.", least=100, most=599)
DURATION = Observable(
    name="duration", type=float, unit="s", about="From connecting to the last byte of the answer.", least=0
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    kind: str | Unknown
    detail: str
    status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpProbe:
    """Sends one GET and judges the answer."""

    name: ClassVar[str] = "http"
    settings: ClassVar[type[HttpSettings]] = HttpSettings
    observables: ClassVar[tuple[Observable, ...]] = (ANSWER, STATUS, DURATION)

    expected: HttpSettings
    timeout: Seconds

    @classmethod
    def bind(cls, settings: HttpSettings) -> Self:
        """The probe of the endpoint that `settings` name."""
        return cls(expected=settings, timeout=settings.timeout + _ON_TOP)

    def observe(self) -> tuple[Reading, ...]:
        """Read every observable now."""
        began = time.monotonic()
        answer = self._ask(Deadline.after(self.expected.timeout))
        took = time.monotonic() - began
        complete = isinstance(answer.kind, str) and answer.kind in {"ok", "wrong-status", "wrong-body"}
        silent = Unknown(because=f"there was no answer: {answer.detail}")
        status: Scalar | Unknown = silent if answer.status is None else answer.status
        return (
            Reading(name=ANSWER.name, value=answer.kind, detail=answer.detail),
            Reading(name=STATUS.name, value=status),
            Reading(name=DURATION.name, value=took if complete else silent),
        )

    def _ask(self, deadline: Deadline) -> _Answer:
        url = urlsplit(self.expected.url)
        try:
            peer = _connect(url, deadline)
        except socket.gaierror as failure:
            because = f"the name {one_line(url.hostname or '', 100)} does not resolve: {one_line(str(failure))}"
            return _Answer(kind=Unknown(because=because), detail=because)
        except (OSError, ValueError) as failure:
            return self._failed(failure)
        status = None
        try:
            with peer, exchange(peer, _request(url), deadline) as response:
                status = response.status
                body = response.read(_BODY_AT_MOST + 1)
                if response.length and len(body) <= _BODY_AT_MOST:
                    raise http.client.IncompleteRead(body, response.length)
                return self._judge(status, body)
        except (OSError, http.client.HTTPException, ValueError) as failure:
            return self._failed(failure, status)

    def _judge(self, status: int, body: bytes) -> _Answer:
        if status != self.expected.status:
            detail = f"HTTP {status}, expected {self.expected.status}"
            return _Answer(kind="wrong-status", detail=detail, status=status)
        wrong = _wrong_in(body, self.expected.json_field, self.expected.json_value)
        return _Answer(kind="wrong-body" if wrong else "ok", detail=wrong or f"HTTP {status}", status=status)

    def _failed(self, failure: Exception, status: int | None = None) -> _Answer:
        words = one_line(f"{type(failure).__name__}: {failure}")
        match failure:
            case TimeoutError():
                within = f"no whole answer within {self.expected.timeout:g} s"
                return _Answer(kind="timeout", detail=within, status=status)
            case ConnectionRefusedError():
                return _Answer(kind="refused", detail="the connection was refused: nothing listens there")
            case ConnectionError() | ssl.SSLError() | http.client.HTTPException() | ValueError():
                return _Answer(kind="broken", detail=words, status=status)
            case _:
                return _Answer(kind=Unknown(because=f"the endpoint could not be asked: {words}"), detail=words)


def _connect(url: SplitResult, deadline: Deadline) -> socket.socket:
    """A connected socket, through TLS for https; each address of the name is tried until one takes it."""
    secure = url.scheme == "https"
    failure: OSError = socket.gaierror("no address")
    port = url.port or (443 if secure else 80)
    for family, kind, protocol, _, address in socket.getaddrinfo(url.hostname, port, type=socket.SOCK_STREAM):
        peer = socket.socket(family, kind, protocol)
        try:
            peer.settimeout(deadline.left())
            peer.connect(address)
            if not secure:
                return peer
            peer.settimeout(deadline.left())
            return ssl.create_default_context().wrap_socket(peer, server_hostname=url.hostname)
        except OSError as error:
            peer.close()
            failure = error
    raise failure


def _request(url: SplitResult) -> bytes:
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    lines = [
        f"GET {target} HTTP/1.1",
        f"Host: {url.netloc.rpartition('@')[2]}",
        "Accept: */*",
        "Accept-Encoding: identity",
        "User-Agent: medicus",
        "Connection: close",
    ]
    if url.username is not None:
        pair = f"{unquote(url.username)}:{unquote(url.password or '')}"
        lines.append(f"Authorization: Basic {b64encode(pair.encode()).decode()}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def _wrong_in(body: bytes, field: str | None, expected: str | None) -> str:
    """What is wrong with a body; empty when nothing is."""
    if field is None:
        return ""
    if len(body) > _BODY_AT_MOST:
        return f"the body is longer than {_BODY_AT_MOST} bytes"
    try:
        found = json.loads(body)
        for key in field.split("."):
            found = found[key]
    except (ValueError, RecursionError):
        return "the body is not JSON"
    except (KeyError, TypeError, IndexError):
        return f"the body has no field {field!r}"
    text = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
    if text == expected:
        return ""
    return one_line(f"{field} is {text!r}, expected {expected!r}")
