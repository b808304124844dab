"""A real HTTP door on a real store, and the plainest possible client for it."""

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from api.http.app import create_app
from api.http.server import Server
from api.services import Services
from engine.casefile import Incident, OpenIncident, Propose, Remediation
from engine.lifecycle import IncidentState, RemediationState
from engine.model import Digest, Instant
from engine.remediation.approvals import Approvals
from engine.settings import Listen
from engine.stores import open_store
from engine.stores.sql import SqlStore
from tests.support import cases

TOKEN = "token-of-the-tests-0123456789"


class HandClock:
    """A clock that a test turns."""

    def __init__(self, now: Instant) -> None:
        self.at = now

    def now(self) -> Instant:
        return self.at


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        loaded = json.loads(self.body)
        assert isinstance(loaded, dict)
        return loaded


@dataclass
class Door:
    """A running server with what stands behind it."""

    server: Server
    services: Services
    store: SqlStore
    clock: HandClock
    folder: Path
    token: str = field(default=TOKEN, repr=False)

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = TOKEN,
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request on a connection of its own; the path goes out as it is."""
        sent = dict(headers or {})
        if token is not None:
            sent.setdefault("Authorization", f"Bearer {token}")
        content = json.dumps(body).encode() if body is not None else raw
        if content is not None:
            sent.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection(*self.server.address, timeout=20)
        try:
            connection.request(method, path, body=content, headers=sent)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(status=answer.status, headers=found, body=answer.read())
        finally:
            connection.close()

    def get(self, path: str) -> dict[str, Any]:
        """The document at a path that must be there."""
        answer = self.ask("GET", path)
        assert answer.status == 200, answer
        return answer.json

    def put(self, incident: Incident, *remediations: Remediation) -> Incident:
        """Put a case on the books."""
        proposed = [Propose(remediation=one) for one in remediations]
        self.store.commit(cases.note(incident=incident.id), OpenIncident(incident=incident), *proposed)
        return incident

    def put_proposal(self, number: int = 1, digest: str = cases.DIGEST) -> Incident:
        """Put an incident with a plan that waits for approval on the books."""
        incident = cases.incident(number, cases.ref(f"notes-{number}"), state=IncidentState.REMEDIATING, whole=True)
        return self.put(incident, replace(cases.remediation(incident), digest=Digest(digest)))

    def events(self) -> list[str]:
        """The events of the audit log, in order."""
        return [entry.event for entry in self.store.entries()]

    def states(self, incident: Incident) -> list[RemediationState]:
        """Where the remediations of an incident stand."""
        return [one.state for one in self.store.remediations(incident.id)]


@contextmanager
def open_door(folder: Path, *, wait: float = 10.0, beating: bool = True, interval: float = 2.0) -> Iterator[Door]:
    """A door on a new store in `folder`; its engine has gone around just now, if it is `beating`."""
    clock = HandClock(cases.NOON)
    with open_store(folder, wait=wait) as store:
        services = Services(
            store=store,
            approvals=Approvals(store=store, casebook=store, clock=clock, valid_for=600.0),
            problems={},
            clock=clock,
            interval=interval,
            inference="native",
        )
        if beating:
            services.pulse.beat(clock.now(), 0.25)
        server = Server()
        server.start(create_app(services, TOKEN), Listen(host="127.0.0.1", port=0))
        try:
            yield Door(server=server, services=services, store=store, clock=clock, folder=folder)
        finally:
            server.stop()
