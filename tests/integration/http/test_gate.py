"""What every request must pass, and what every answer carries."""

import http.client
import json
import socket

import pytest

from api.http import gate
from tests.support import cases
from tests.support.doors import TOKEN, Answer, Door

API = "/api/v1"
PUBLIC = ("/livez", "/readyz", "/metrics")
GUARDED = ("/incidents", "/incidents/x", "/incidents/x/diagnosis", "/incidents/x/plan", "/audit", "/audit/verification")


def is_problem(answer: Answer, status: int, kind: str) -> bool:
    """Whether an answer is that problem, whole and as the RFC has it."""
    said = answer.json
    return (
        answer.status == said["status"] == status
        and answer.headers["content-type"] == "application/problem+json"
        and said["type"] == f"/problems/{kind}"
        and all(isinstance(said[member], str) and said[member] for member in ("title", "detail", "instance"))
    )


def exchange(door: Door, request: bytes) -> bytes:
    """Everything that the server says to raw bytes until it closes the connection."""
    with socket.create_connection(door.server.address, timeout=10) as connection:
        connection.sendall(request)
        said = b""
        while piece := connection.recv(65_536):
            said += piece
        return said


@pytest.mark.parametrize("path", [*(API + one for one in GUARDED), f"{API}/pause", "/openapi.json", "/", "/nothing"])
def test_without_the_token_nothing_is_told_not_even_what_exists(shared: Door, path: str) -> None:
    answer = shared.ask("GET", path, token=None)
    assert is_problem(answer, 401, "unauthorised")
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("path", PUBLIC)
def test_health_and_metrics_need_no_token(shared: Door, path: str) -> None:
    assert shared.ask("GET", path, token=None).status == 200


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN.upper()}",
        f"Basic {TOKEN}",
        TOKEN,
        f"Bearer {TOKEN}, Bearer {TOKEN}",
        f"Bearer {TOKEN} {TOKEN}",
        "Bearer \xff\xfe",
        "Bearer " + "x" * 30_000,
    ],
)
def test_anything_but_the_token_is_refused(shared: Door, authorization: str) -> None:
    answer = shared.ask("GET", f"{API}/incidents", token=None, headers={"Authorization": authorization})
    assert is_problem(answer, 401, "unauthorised")
    assert TOKEN not in answer.body.decode()


def test_the_scheme_may_be_written_in_any_case(shared: Door) -> None:
    headers = {"Authorization": f"bearer {TOKEN}"}
    assert shared.ask("GET", f"{API}/incidents", token=None, headers=headers).status == 200


def test_two_authorization_headers_are_none(shared: Door) -> None:
    line = f"Authorization: Bearer {TOKEN}\r\n"
    said = exchange(
        shared, f"GET {API}/pause HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{line}{line}\r\n".encode()
    )
    assert said.startswith(b"HTTP/1.1 401 ")


def test_an_unauthorised_decision_decides_nothing(door: Door) -> None:
    incident = door.put_proposal()
    path = f"{API}/incidents/{incident.id}/approve"
    assert door.ask("POST", path, {"digest": cases.DIGEST}, token="wrong").status == 401
    assert door.ask("POST", f"{API}/pause", token=None).status == 401
    assert "approved" not in door.events()
    assert not door.store.pause().paused


def test_refusals_are_audited_at_most_once_a_second_with_the_number_of_the_others(door: Door) -> None:
    for _ in range(5):
        door.ask("GET", f"{API}/audit", token="wrong", headers={"X-Forwarded-For": "203.0.113.9"})
    door.clock.at += 1.0
    door.ask("GET", f"{API}/pause", token=None)
    noted = [one for one in door.store.entries() if one.event == "unauthorised"]
    assert [json.loads(one.body) for one in noted] == [
        {"address": "127.0.0.1", "path": f"{API}/audit", "unnoted": 0},
        {"address": "127.0.0.1", "path": f"{API}/pause", "unnoted": 4},
    ]
    assert {one.actor for one in noted} == {"http"}


def test_a_clock_that_was_set_back_does_not_silence_the_audit(door: Door) -> None:
    door.ask("GET", f"{API}/audit", token=None)
    door.clock.at -= 3600
    door.ask("GET", f"{API}/audit", token=None)
    assert door.events().count("unauthorised") == 2


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1", "127.0.0.1:8017", "127.8.8.8", "[::1]:8017"])
def test_this_machine_is_served_under_its_own_names(shared: Door, host: str) -> None:
    assert shared.ask("GET", "/livez", headers={"Host": host}).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8017",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "127.0.0.1@evil.example",
        "evil.example:127.0.0.1",
        "0.0.0.0",
        "10.0.0.1",
        "::1",
        "localhost:8017:1",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/livez", f"{API}/incidents"])
def test_a_name_that_another_had_pointed_here_is_refused(shared: Door, host: str, path: str) -> None:
    assert is_problem(shared.ask("GET", path, headers={"Host": host}), 421, "misdirected")


def test_a_request_without_host_is_refused(shared: Door) -> None:
    assert exchange(shared, b"GET /livez HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 421 ")
    assert exchange(shared, b"GET /livez HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("size", [65_537, 1_000_000])
def test_a_huge_body_is_refused_before_it_is_read(shared: Door, size: int) -> None:
    answer = shared.ask("POST", f"{API}/pause", raw=b"{" + b" " * (size - 2) + b"}")
    assert is_problem(answer, 413, "too-large")
    assert not shared.store.pause().paused


def test_a_huge_body_of_unknown_length_is_refused_when_it_gets_too_long(door: Door) -> None:
    connection = http.client.HTTPConnection(*door.server.address, timeout=10)
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json", "Transfer-Encoding": "chunked"}
    connection.request("POST", f"{API}/pause", iter([b" " * 40_000] * 2), headers, encode_chunked=True)
    assert connection.getresponse().status == 413
    connection.close()


def test_a_body_at_the_limit_is_read(door: Door) -> None:
    assert door.ask("POST", f"{API}/pause", raw=b"{" + b" " * 65_534 + b"}").status == 200


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"[]",
        b"1",
        b'"x"',
        b"null",
        b'{"by": "a"} x',
        b"\xff\xfe\x00",
        b'{"by": NaN}',
        b'{"nobody": 1}',
        b"[" * 60_000,
        b'{"by": ' + b"9" * 60_000 + b"}",
    ],
)
def test_a_body_that_is_not_what_is_asked_for_is_refused(shared: Door, raw: bytes) -> None:
    answer = shared.ask("POST", f"{API}/incidents/x/approve", raw=raw)
    assert is_problem(answer, 422, "invalid") or is_problem(answer, 400, "malformed")
    assert "Traceback" not in answer.body.decode()


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""])
def test_what_is_not_said_to_be_json_is_refused(shared: Door, kind: str) -> None:
    answer = shared.ask("POST", f"{API}/pause", raw=b'{"by": "alice"}', headers={"Content-Type": kind})
    assert is_problem(answer, 415, "not-json")


def test_json_may_name_its_character_set(door: Door) -> None:
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}
    assert door.ask("POST", f"{API}/pause", raw=b'{"by": "alice"}', headers=headers).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/docs",
        "/redoc",
        f"{API}/incidents/",
        f"{API}/incidents/x/../../pause",
        f"{API}/incidents/%2e%2e/audit/x",
        f"{API}//pause",
        "/API/V1/pause",
        "//livez",
        "/livez/",
        "/metrics/../livez",
        "/metrics%00",
        "http://127.0.0.1/livez",
        "/" + "x" * 8_000,
    ],
)
def test_paths_are_taken_literally(shared: Door, path: str) -> None:
    assert is_problem(shared.ask("GET", path), 404, "not-found")
    assert shared.ask("GET", path, token=None).status == 401


def test_what_a_path_names_is_never_looked_for_as_a_file(shared: Door) -> None:
    answer = shared.ask("GET", f"{API}/incidents/..%2f..%2faudit.key")
    assert is_problem(answer, 404, "not-found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", f"{API}/incidents", "GET"),
        ("PUT", f"{API}/pause", "GET, POST"),
        ("OPTIONS", f"{API}/pause", "GET, POST"),
        ("GET", f"{API}/resume", "POST"),
        ("POST", "/livez", "GET"),
    ],
)
def test_another_method_is_refused_with_those_that_are_possible(
    shared: Door, method: str, path: str, allowed: str
) -> None:
    answer = shared.ask(method, path)
    assert is_problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == allowed


def test_every_answer_forbids_caching_sniffing_and_running(shared: Door) -> None:
    answers = [
        shared.ask("GET", f"{API}/incidents"),
        shared.ask("GET", "/livez"),
        shared.ask("GET", "/metrics"),
        shared.ask("GET", "/nothing"),
        shared.ask("GET", "/nothing", token=None),
        shared.ask("GET", "/livez", headers={"Host": "evil.example"}),
    ]
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert "server" not in answer.headers
        assert "access-control-allow-origin" not in answer.headers


def test_a_body_that_never_comes_is_not_waited_for(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "BODY_WITHIN", 0.2)
    head = f"POST {API}/pause HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: 9\r\n\r\n"
    said = exchange(door, head.encode() + b"{")
    assert said.startswith(b"HTTP/1.1 408 ")
    assert b'"type":"/problems/too-slow"' in said
    assert not door.store.pause().paused


def test_bytes_that_are_not_http_do_no_harm(shared: Door) -> None:
    assert b"400" in exchange(shared, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
    assert shared.ask("GET", "/livez").status == 200


def test_the_description_has_stable_names_for_every_operation(shared: Door) -> None:
    paths = shared.get("/openapi.json")["paths"]
    names = {one["operationId"] for path in paths.values() for one in path.values()}
    assert names == {
        "listIncidents",
        "getIncident",
        "getDiagnosis",
        "getPlan",
        "listRemediations",
        "approvePlan",
        "rejectPlan",
        "readAudit",
        "verifyAudit",
        "getPause",
        "pauseAll",
        "resumeAll",
        "getLiveness",
        "getReadiness",
        "getMetrics",
    }
