"""The HTTP probe on servers that are healthy, wrong, slow, rude or no HTTP servers at all."""

import socket
import time
from collections.abc import Callable, Iterator, Mapping

import pytest

from engine.errors import RuleError
from engine.model import Reading, Scalar, Unknown
from engine.params import parse
from engine.probes import HttpProbe
from engine.probes.http import HttpSettings
from tests.support.http_servers import dripping, raw_server, resetting, saying, silent, site

OK = b"HTTP/1.1 200 OK\r\n"


def look(url: str, **settings: Scalar) -> Mapping[str, Reading]:
    probe = HttpProbe.bind(parse(HttpSettings, {"url": url, **settings}, "inventory"))
    return {reading.name: reading for reading in probe.observe()}


@pytest.fixture(scope="module")
def healthy() -> Iterator[tuple[str, list[str]]]:
    with site() as running:
        yield running


@pytest.mark.parametrize(
    ("path", "settings", "answer", "status", "detail"),
    [
        ("/health", {}, "ok", 200, "HTTP 200"),
        ("", {"status": 404}, "ok", 404, "HTTP 404"),
        ("/health?x=1", {}, "ok", 200, "HTTP 200"),
        ("/health", {"json_field": "status", "json_value": "ok"}, "ok", 200, "HTTP 200"),
        ("/health", {"json_field": "checks.database", "json_value": "true"}, "ok", 200, "HTTP 200"),
        ("/health", {"json_field": "checks.queue", "json_value": "0"}, "ok", 200, "HTTP 200"),
        (
            "/health",
            {"json_field": "status", "json_value": "up"},
            "wrong-body",
            200,
            "status is 'ok', expected 'up'",
        ),
        ("/health", {"json_field": "state", "json_value": "ok"}, "wrong-body", 200, "the body has no field 'state'"),
        ("/health", {"json_field": "status.x", "json_value": "ok"}, "wrong-body", 200, "has no field 'status.x'"),
        ("/list", {"json_field": "0", "json_value": "1"}, "wrong-body", 200, "the body has no field '0'"),
        ("/text", {"json_field": "status", "json_value": "ok"}, "wrong-body", 200, "the body is not JSON"),
        ("/deep", {"json_field": "status", "json_value": "ok"}, "wrong-body", 200, "the body is not JSON"),
        ("/not-utf8", {"json_field": "status", "json_value": "ok"}, "wrong-body", 200, "the body is not JSON"),
        ("/large", {"json_field": "status", "json_value": "ok"}, "wrong-body", 200, "longer than 65536 bytes"),
        ("/large", {}, "ok", 200, "HTTP 200"),
        ("/nowhere", {}, "wrong-status", 404, "HTTP 404, expected 200"),
        ("/redirect", {}, "wrong-status", 302, "HTTP 302, expected 200"),
    ],
)
def test_an_answer_is_judged_by_its_status_and_its_words(
    healthy: tuple[str, list[str]], path: str, settings: dict[str, Scalar], *, answer: str, status: int, detail: str
) -> None:
    seen = look(healthy[0] + path, **settings)
    assert (seen["answer"].value, seen["status"].value) == (answer, status)
    assert detail in seen["answer"].detail
    assert isinstance(seen["duration"].value, float)
    assert 0 < seen["duration"].value < 2


def test_a_redirect_is_not_followed(healthy: tuple[str, list[str]]) -> None:
    before = len(healthy[1])
    look(healthy[0] + "/redirect")
    assert healthy[1][before:] == ["/redirect -"]


def test_a_user_in_the_address_is_sent_and_never_shown(healthy: tuple[str, list[str]]) -> None:
    url = healthy[0].replace("//", "//bob:hunter%32@") + "/nowhere"
    seen = look(url)
    assert healthy[1][-1] == "/nowhere Basic Ym9iOmh1bnRlcjI="
    assert "hunter" not in str(seen)


def test_the_words_of_a_server_are_one_safe_line(healthy: tuple[str, list[str]]) -> None:
    detail = look(healthy[0] + "/hostile", json_field="status", json_value="ok")["answer"].detail
    assert detail.isprintable()
    assert "hunter2" not in detail
    assert len(detail) <= 200


def test_a_proxy_of_the_environment_is_not_used(
    healthy: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert look(healthy[0] + "/health")["answer"].value == "ok"


def test_a_closed_port_refuses() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        seen = look(f"http://127.0.0.1:{bound.getsockname()[1]}/")
    assert seen["answer"].value == "refused"
    assert seen["status"].value == Unknown(
        because="there was no answer: the connection was refused: nothing listens there"
    )
    assert isinstance(seen["duration"].value, Unknown)


@pytest.mark.parametrize(
    ("serve", "status"),
    [
        (silent, None),
        (dripping(b"", b"H"), None),
        (dripping(OK, b"X-Header: x\r\n", 0.2), None),
        (dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.2), None),
        (dripping(OK + b"\r\n", b"x"), 200),
        (dripping(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"), 200),
        (dripping(OK + b"Content-Length: 9999\r\n\r\n", b"x"), 200),
    ],
    ids=["silent", "status-line", "headers", "continue", "body", "chunks", "length"],
)
def test_a_server_that_hangs_or_answers_in_drops_is_given_up_at_the_time_limit(
    serve: Callable[[socket.socket], None], status: int | None
) -> None:
    with raw_server(serve) as port:
        began = time.monotonic()
        seen = look(f"http://127.0.0.1:{port}/", timeout=0.4)
        took = time.monotonic() - began
    assert seen["answer"].value == "timeout"
    assert seen["answer"].detail == "no whole answer within 0.4 s"
    assert 0.35 < took < 1.3
    if status is None:
        assert isinstance(seen["status"].value, Unknown)
    else:
        assert seen["status"].value == status


@pytest.mark.parametrize(
    "serve",
    [
        resetting,
        saying(b""),
        saying(b"SSH-2.0-OpenSSH_9.2\r\n"),
        saying(b"\x00\xff" * 999),
        saying(b"-ERR wrong number of arguments\r\n"),
        saying(b"HTTP/1.1 abc\r\n\r\n"),
        saying(OK + b"X: y\r\n" * 500 + b"\r\n"),
        saying(OK + b"X: " + b"y" * 70_000 + b"\r\n\r\n"),
        saying(OK + b"Content-Length: 100\r\n\r\nshort"),
        saying(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
        saying(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhe"),
    ],
    ids=[
        "reset",
        "closed",
        "ssh",
        "binary",
        "redis",
        "bad-status",
        "many-headers",
        "long-header",
        "cut-short",
        "bad-chunk",
        "cut-chunk",
    ],
)
def test_what_is_no_whole_http_answer_is_broken(serve: Callable[[socket.socket], None]) -> None:
    with raw_server(serve) as port:
        seen = look(f"http://127.0.0.1:{port}/")
    assert seen["answer"].value == "broken"
    assert isinstance(seen["duration"].value, Unknown)
    assert seen["answer"].detail.isprintable()
    assert len(seen["answer"].detail) <= 200


def test_tls_with_a_server_that_has_none_is_broken() -> None:
    with raw_server(saying(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        seen = look(f"https://127.0.0.1:{port}/")
    assert seen["answer"].value == "broken"
    assert "SSL" in seen["answer"].detail


def test_a_tls_handshake_that_hangs_is_given_up_at_the_time_limit() -> None:
    with raw_server(silent) as port:
        began = time.monotonic()
        assert look(f"https://127.0.0.1:{port}/", timeout=0.4)["answer"].value == "timeout"
    assert time.monotonic() - began < 1.5


def test_an_endless_body_is_read_to_its_bound_only() -> None:
    with raw_server(dripping(OK + b"\r\n", b"x" * 65536, 0)) as port:
        assert look(f"http://127.0.0.1:{port}/")["answer"].value == "ok"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:80",
        "ftp://127.0.0.1/",
        "http://",
        "http:///health",
        "file:///etc/passwd",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:x/",
        "http://127.0.0.1/a b",
        "http://127.0.0.1/\r\nX: y",
        "http://127.0.0.1/\u00e9",
    ],
)
def test_what_is_no_http_address_is_refused(url: str) -> None:
    with pytest.raises(RuleError, match="inventory: url"):
        parse(HttpSettings, {"url": url}, "inventory")


def test_half_an_expectation_is_refused() -> None:
    with pytest.raises(RuleError, match="give both or neither"):
        parse(HttpSettings, {"url": "http://127.0.0.1/", "json_field": "status"}, "inventory")
