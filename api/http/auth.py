"""Who may come in: whoever has the token of the state folder.

A wrong token costs the sender nothing but leaves a trace in the audit log, at most one a second, so that guessing
cannot fill the disk.
"""

import hashlib
import hmac
import logging
from threading import Lock

from api.services import Services
from engine.casefile import AuditNote, Body
from engine.errors import MedicusError, SettingsError
from engine.model import Instant, Seconds

SHORTEST_TOKEN = 16
_BETWEEN_NOTES: Seconds = 1.0
_log = logging.getLogger("medicus.http")


class Doorkeeper:
    """Knows the token (only its hash is kept) and notes who came without it."""

    def __init__(self, services: Services, token: str) -> None:
        if len(token) < SHORTEST_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
            raise SettingsError(
                f"the token must have at least {SHORTEST_TOKEN} printable ASCII characters and no space: make a new one"
            )
        self._services = services
        self._digest = _hash(token.encode())
        self._lock = Lock()
        self._noted: Instant | None = None
        self._unnoted = 0

    def admits(self, authorization: str) -> bool:
        """Whether an Authorization header bears the token; how long that takes tells nothing about it."""
        scheme, _, token = authorization.partition(" ")
        given = _hash(token.strip().encode("utf-8", "replace"))
        return scheme.lower() == "bearer" and hmac.compare_digest(given, self._digest)

    def note_refusal(self, address: str, path: str) -> None:
        """Audit that someone came without the token; `unnoted` counts those refused since the entry before."""
        now = self._services.clock.now()
        with self._lock:
            if self._noted is not None and 0 <= now - self._noted < _BETWEEN_NOTES:
                self._unnoted += 1
                return
            unnoted, self._unnoted, self._noted = self._unnoted, 0, now
        body: Body = {"address": address, "path": path[:200], "unnoted": unnoted}
        try:
            self._services.store.commit(AuditNote(at=now, actor="http", event="unauthorised", body=body))
        except MedicusError as error:  # they are refused all the same
            _log.error("a request without the token from %s could not be audited: %s", address, error)


def _hash(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()
