"""Whether the engine lives and whether it can work, for whoever supervises it; no token, so no particulars."""

import logging
from threading import Lock
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from api.http.asking import Desk
from api.http.metrics import exposition
from api.http.problems import problem
from api.services import Services
from engine.errors import MedicusError
from engine.model import Instant, Seconds

SHORTEST_PATIENCE: Seconds = 30.0
PROOF_HOLDS: Seconds = 5.0
_CYCLES = 5
_log = logging.getLogger("medicus.http")


class Health:
    """Judges the engine by its pulse and its store, from the moment on that it was made."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._made_at = services.clock.now()
        self._lock = Lock()
        self._proved_at: Instant | None = None
        self._trouble = ""

    def hangs(self) -> str:
        """Why the engine must be taken for dead; "" while it goes around, or may still be starting."""
        last = self._services.pulse.last
        silent = self._services.clock.now() - (last.at if last else self._made_at)
        # below 0 the clock was set back: then the next beat is due within a cycle all the same
        if abs(silent) <= max(_CYCLES * self._services.interval, SHORTEST_PATIENCE):
            return ""
        return f"the engine has not gone around for {silent:.0f} s"

    def obstacles(self) -> list[str]:
        """Everything that keeps the engine from its work; the log has the particulars."""
        last = self._services.pulse.last
        found = [self.hangs()]
        if last is None:
            found.append("the engine has not gone around yet")
        elif last.trouble:
            found.append("the engine is in trouble: its log says which")
        found.append(self._store_trouble())
        return [one for one in found if one]

    def _store_trouble(self) -> str:
        """What is wrong with the store, proved by writing; a proof holds for `PROOF_HOLDS`, as anyone may ask."""
        with self._lock:
            now = self._services.clock.now()
            if self._proved_at is None or not 0 <= now - self._proved_at < PROOF_HOLDS:
                self._trouble, self._proved_at = "", now
                try:
                    self._services.store.stamp()
                    self._services.store.writable()
                except MedicusError as error:
                    _log.warning("not ready: %s", error)
                    self._trouble = "the store cannot be used: the log says why"
            return self._trouble


async def _health(request: Request) -> Health:
    return cast(Health, request.app.state.health)


HealthOfEngine = Annotated[Health, Depends(_health)]
router = APIRouter(tags=["health"])


@router.get("/livez", operation_id="getLiveness")
def livez(health: HealthOfEngine) -> JSONResponse:
    """200 while the engine goes around (or was started just now), 503 when it hangs: start it anew."""
    if hangs := health.hangs():
        return problem(503, f"{hangs}: start it anew", "/livez")
    return JSONResponse({"status": "alive"})


@router.get("/readyz", operation_id="getReadiness")
def readyz(health: HealthOfEngine) -> JSONResponse:
    """200 while the engine can do its work, else 503 with the reasons."""
    if obstacles := health.obstacles():
        return problem(503, "; ".join(obstacles), "/readyz", reasons=obstacles)
    return JSONResponse({"status": "ready"})


@router.get("/metrics", operation_id="getMetrics", response_class=Response)
def metrics(request: Request, desk: Desk) -> Response:
    """Metrics for Prometheus, counted from the store at this moment."""
    content, media_type = exposition(desk, request.headers.get("accept", ""))
    return Response(content, media_type=media_type)
