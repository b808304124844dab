"""What clients are told when the house itself is in trouble."""

import json
import logging
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

import pytest

from api.http.app import create_app
from api.http.server import Server
from engine.errors import MedicusError, RuleError, SettingsError, TransitionError
from engine.lifecycle import RemediationState
from engine.model import IncidentId
from engine.remediation.approvals import Approvals
from engine.settings import Listen
from tests.support import cases
from tests.support.doors import TOKEN, Door, open_door

API = "/api/v1"
SECRET = "password=hunter2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing(Approvals):
    """A desk that fails when it is asked for a plan."""

    failure: Exception

    def live(self, incident: IncidentId) -> NoReturn:  # noqa: ARG002 - the signature of the real desk
        raise self.failure


@contextmanager
def failing(door: Door, failure: Exception) -> Iterator[Door]:
    desk = door.services.approvals
    broken = Failing(
        store=desk.store, casebook=desk.casebook, clock=desk.clock, valid_for=desk.valid_for, failure=failure
    )
    server = Server()
    server.start(create_app(replace(door.services, approvals=broken), TOKEN), Listen(host="127.0.0.1", port=0))
    try:
        yield replace(door, server=server)
    finally:
        server.stop()


@pytest.mark.parametrize(
    "failure",
    [RuntimeError(SECRET), KeyError(SECRET), RuleError(SECRET), SettingsError(SECRET), TransitionError(SECRET)],
)
def test_an_unforeseen_failure_tells_an_id_and_the_log_tells_the_rest(
    door: Door, failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with failing(door, failure) as broken, caplog.at_level(logging.ERROR, "medicus.http"):
        answer = broken.ask("GET", f"{API}/incidents/x/plan")
        assert broken.ask("GET", f"{API}/incidents").status == 200
    assert (answer.status, answer.json["type"]) == (500, "/problems/internal")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert "hunter2" not in answer.body.decode()
    lines = [one for one in caplog.records if answer.json["id"] in one.getMessage()]
    assert [one.exc_info[1] for one in lines if one.exc_info] == [failure]


def test_a_removed_store_takes_no_decision_and_makes_the_engine_not_ready(door: Door) -> None:
    incident = door.put_proposal()
    shutil.rmtree(door.folder)
    answer = door.ask("POST", f"{API}/incidents/{incident.id}/approve", {"digest": cases.DIGEST})
    assert (answer.status, answer.json["type"]) == (503, "/problems/unavailable")
    assert door.ask("POST", f"{API}/pause").status == 503
    ready = door.ask("GET", "/readyz", token=None)
    assert (ready.status, ready.json["reasons"]) == (503, ["the store cannot be used: the log says why"])
    assert str(door.folder) not in ready.body.decode()
    assert door.ask("GET", "/livez").status == 200


def test_an_audit_log_that_was_tampered_with_takes_no_decision(door: Door) -> None:
    incident = door.put_proposal()
    (door.folder / "audit.anchor").write_text("7 beef beef\n")
    answer = door.ask("POST", f"{API}/incidents/{incident.id}/approve", {"digest": cases.DIGEST})
    assert (answer.status, "audit" in answer.json["detail"]) == (503, True)
    assert door.states(incident) == [RemediationState.PROPOSED]
    assert door.ask("GET", "/readyz").status == 503


def test_a_damaged_store_is_unavailable_everywhere_but_the_engine_lives(door: Door) -> None:
    incident = door.put_proposal()
    door.store.close()
    for file in door.folder.glob("medicus.db*"):
        file.write_bytes(b"no database at all " * 1000)
    for path in (
        "/incidents",
        f"/incidents/{incident.id}",
        f"/incidents/{incident.id}/plan",
        "/audit",
        "/audit/verification",
        "/pause",
    ):
        answer = door.ask("GET", API + path)
        assert (answer.status, answer.json["type"]) == (503, "/problems/unavailable"), path
    assert door.ask("GET", "/metrics").status == 503
    assert door.ask("GET", "/readyz").status == 503
    assert door.ask("GET", "/livez").status == 200


def test_a_refusal_that_cannot_be_audited_is_a_refusal(door: Door) -> None:
    shutil.rmtree(door.folder)
    assert door.ask("GET", f"{API}/incidents", token="wrong").status == 401


def test_a_store_that_another_holds_is_unavailable_for_writing_and_ready_again_after(tmp_path: Path) -> None:
    with open_door(tmp_path / "state", wait=0.2) as door:
        with closing(sqlite3.connect(door.folder / "medicus.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            answer = door.ask("POST", f"{API}/pause", {"by": "alice"})
            assert (answer.status, "another process has held" in answer.json["detail"]) == (503, True)
            assert door.ask("GET", f"{API}/pause").status == 200
            assert door.ask("GET", "/readyz").status == 503
        door.clock.at += 5
        assert door.ask("GET", "/readyz").status == 200
        assert door.ask("POST", f"{API}/pause", {"by": "alice"}).status == 200


def test_asking_for_readiness_often_writes_seldom(door: Door) -> None:
    def beats() -> int:
        with closing(sqlite3.connect(door.folder / "medicus.db")) as connection:
            return int(connection.execute("SELECT beats FROM pulse").fetchone()[0])

    before = beats()
    for _ in range(20):
        assert door.ask("GET", "/readyz", token=None).status == 200
    assert beats() == before + 1
    door.clock.at += 5
    door.ask("GET", "/readyz", token=None)
    assert beats() == before + 2


def test_every_sentence_is_json_whatever_the_id(door: Door) -> None:
    answer = door.ask("GET", f"{API}/incidents/%22%0a%1b%5b2J%ff")
    assert answer.status == 404
    assert b"\x1b" not in answer.body
    assert json.loads(answer.body)["detail"].startswith('there is no incident "')


@pytest.mark.parametrize("token", ["", "short", "x" * 15, "with space " * 3, "ключ" * 8, "x" * 20 + "\n"])
def test_a_token_that_is_none_opens_no_door(door: Door, token: str) -> None:
    with pytest.raises(MedicusError, match="token"):
        create_app(door.services, token)
