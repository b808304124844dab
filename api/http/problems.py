"""Errors as RFC 9457 problem documents: what happened, to what, what to do next.

Only sentences of ours reach the client. Of an error that nobody foresaw it gets an id; the log has the rest under it.
"""

import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match

from engine.errors import ConflictError, MedicusError, NotFoundError, StoreError

MEDIA_TYPE = "application/problem+json"
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "examples": ["/problems/conflict"]},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "id": {"type": "string", "description": "where to find an internal error in the log"},
        "reasons": {"type": "array", "items": {"type": "string"}},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {"description": "What went wrong, as RFC 9457.", "content": {MEDIA_TYPE: {"schema": SCHEMA}}}
}

KINDS = {
    400: ("malformed", "The request cannot be understood"),
    401: ("unauthorised", "A valid token is needed"),
    404: ("not-found", "There is no such thing"),
    405: ("method-not-allowed", "This cannot be done to it"),
    408: ("too-slow", "The request took too long to arrive"),
    409: ("conflict", "It has changed, or it was decided already"),
    413: ("too-large", "The request is too large"),
    415: ("not-json", "The request must be JSON"),
    421: ("misdirected", "The request was meant for another server"),
    422: ("invalid", "The request is not valid"),
    500: ("internal", "Medicus itself failed"),
    503: ("unavailable", "Medicus cannot serve this now"),
}
_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE")
_log = logging.getLogger("medicus.http")


def problem(status: int, detail: str, path: str, headers: Mapping[str, str] | None = None, **more: Any) -> JSONResponse:
    """The response for one problem; `more` are members beyond those of the RFC."""
    kind, title = KINDS.get(status, ("http", HTTPStatus(status).phrase))
    body = {"type": f"/problems/{kind}", "title": title, "status": status, "detail": detail, "instance": path, **more}
    return JSONResponse(body, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def unforeseen(error: Exception, method: str, path: str) -> JSONResponse:
    """The response for an error that is our fault, which goes to the log under the id that the client gets."""
    occurrence = str(uuid.uuid4())
    _log.error("%s %s failed; the client was told the id %s", method, path, occurrence, exc_info=error)
    said = f"this is a fault of Medicus: please report it with the lines of its log that name {occurrence}"
    return problem(500, said, path, id=occurrence)


def install(app: FastAPI) -> None:
    """Let every error of an app become a problem."""
    answers: Mapping[type[Exception], Callable[[Request, Any], JSONResponse]] = {
        HTTPException: _of_http,
        RequestValidationError: _of_validation,
        MedicusError: _of_medicus,
    }
    for kind, answer in answers.items():
        app.add_exception_handler(kind, answer)


def _of_medicus(request: Request, error: MedicusError) -> JSONResponse:
    path = request.url.path
    match error:
        case NotFoundError():
            return problem(404, str(error), path)
        case ConflictError():
            return problem(409, str(error), path)
        case StoreError():
            _log.error("%s %s: %s", request.method, path, error)
            return problem(503, str(error), path)
        case _:
            return unforeseen(error, request.method, path)


def _of_http(request: Request, error: HTTPException) -> JSONResponse:
    path = request.url.path
    match error.status_code:
        case 404:
            detail = f"nothing is served at {path}: see /openapi.json for what is"
        case 405:
            allowed = ", ".join(_allowed(request))
            return problem(405, f"{request.method} is not possible here: use {allowed}", path, {"Allow": allowed})
        case _:
            detail = str(error.detail)
    return problem(error.status_code, detail, path, error.headers)


def _allowed(request: Request) -> Sequence[str]:
    """Every method that the path knows; the router itself names those of the first route that fits only."""
    routes: Sequence[BaseRoute] = request.app.routes
    return [
        method
        for method in _METHODS
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)
    ]


def _of_validation(request: Request, error: RequestValidationError) -> JSONResponse:
    errors = [{"field": _field(one["loc"]), "message": str(one["msg"])} for one in error.errors()]
    detail = "; ".join(f"{one['field']}: {one['message']}" for one in errors)
    return problem(422, detail, request.url.path, errors=errors)


def _field(place: Sequence[str | int]) -> str:
    return ".".join(str(step) for step in place)
