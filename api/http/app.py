"""The HTTP app: routes under one roof, behind the gate, with every error a problem document."""

from fastapi import APIRouter, Depends, FastAPI
from fastapi.security import HTTPBearer
from fastapi.telemetry import TelemetryConfig

from api.http import health, incidents, operations, problems
from api.http.auth import Doorkeeper
from api.http.gate import Gate
from api.http.metrics import release
from api.services import Services

PREFIX = "/api/v1"
_SILENT: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
# the gate asks for the token; this only tells readers of /openapi.json
_BEARER = HTTPBearer(auto_error=False, description="the token in the state folder")


def create_app(services: Services, token: str) -> FastAPI:
    """The app that serves operators who have `token`; SettingsError when the token is none."""
    doorkeeper = Doorkeeper(services, token)
    app = FastAPI(
        title="Medicus",
        version=release(),
        summary="Incidents, diagnoses, plans and approvals of one engine.",
        docs_url=None,  # its page loads scripts from another host
        redoc_url=None,
        redirect_slashes=False,
        responses=problems.RESPONSES,
        telemetry=_SILENT,  # otherwise environment variables could send what happens here to another host
    )
    app.state.services = services
    app.state.health = health.Health(services)
    problems.install(app)
    v1 = APIRouter(prefix=PREFIX, dependencies=[Depends(_BEARER)])
    for router in (incidents.router, operations.router):
        v1.include_router(router)
    app.include_router(v1)
    app.include_router(health.router)
    app.add_middleware(Gate, doorkeeper=doorkeeper)
    return app
