"""Whether the engine lives and whether it can work, for whoever supervises it; no token, so no particulars."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from api.http.asking import Desk, services_of
from api.http.metrics import exposition
from api.http.problems import problem
from api.services import Services
from engine.errors import MedicusError
from engine.model import Instant, Seconds

router = APIRouter(tags=["health"])
SHORTEST_PATIENCE: Seconds = 30.0
_TICKS = 5


@router.get("/livez", operation_id="getLiveness")
def livez(request: Request, desk: Desk) -> JSONResponse:
    """200 while the engine goes around (or was started just now), 503 when it hangs: start it anew."""
    silent = silence(desk, request.app.state.started_at)
    if abs(silent) <= patience(desk):
        return JSONResponse({"status": "alive"})
    return problem(503, f"the engine has not gone around for {silent:.0f} s: start it anew", "/livez")


@router.get("/readyz", operation_id="getReadiness")
def readyz(request: Request, desk: Desk) -> JSONResponse:
    """200 while the engine can do its work, else 503 with the reasons."""
    found = reasons(desk, request.app.state.started_at)
    if not found:
        return JSONResponse({"status": "ready"})
    return problem(503, "; ".join(found), "/readyz", reasons=found)


@router.get("/metrics", operation_id="getMetrics", response_class=Response)
def metrics(request: Request) -> Response:
    """Metrics for Prometheus, counted from the store at this moment."""
    content, media_type = exposition(services_of(request), request.headers.get("accept", ""))
    return Response(content, media_type=media_type)


def reasons(desk: Services, started_at: Instant) -> list[str]:
    """Why the engine cannot do its work; the log has the particulars."""
    found = []
    last = desk.pulse.last
    if last is None:
        found.append("the engine has not gone around yet")
    elif abs(silent := silence(desk, started_at)) > patience(desk):
        found.append(f"the engine has not gone around for {silent:.0f} s")
    if last is not None and last.trouble:
        found.append("the engine is in trouble: its log says which")
    try:
        desk.store.stamp()
    except MedicusError:
        found.append("the store cannot be read: the log says why")
    return found


def silence(desk: Services, started_at: Instant) -> Seconds:
    """How long ago the engine went around; below 0 when the clock was set back since."""
    last = desk.pulse.last
    return desk.clock.now() - (last.at if last else started_at)


def patience(desk: Services) -> Seconds:
    """How long the engine may be silent: five cycles, at least 30 s."""
    return max(_TICKS * desk.interval, SHORTEST_PATIENCE)
