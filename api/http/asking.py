"""What a client may send: request bodies, checked strictly, and the parts of paths and queries."""

from typing import Annotated, Any, cast

from fastapi import Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from api.services import Services
from engine.audit import ACTOR_LIMIT
from engine.remediation.approvals import SHORTEST_DIGEST

HIGHEST_NUMBER = 2**53 - 1
VIA = "http"
LONGEST_ID = 40
# one line without control characters or marks that turn the direction of writing: it is shown in terminals
_ONE_LINE = r"^[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*$"

Who = Annotated[str, Field(min_length=1, max_length=ACTOR_LIMIT, pattern=_ONE_LINE, examples=["alice"])]
Why = Annotated[str, Field(max_length=1_000, pattern=_ONE_LINE, examples=["the database is being moved"])]
DigestGiven = Annotated[
    str,
    Field(
        min_length=SHORTEST_DIGEST,
        max_length=64,
        pattern=r"^[0-9a-f]+$",
        description="the digest of the plan that you read, or its first digits",
    ),
]


class Asking(BaseModel):
    """A request body: unknown members are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    by: Who = "http"


class Approve(Asking):
    """Approve exactly this plan."""

    digest: DigestGiven


class Reject(Asking):
    """Reject exactly this plan."""

    digest: DigestGiven
    why: Why = ""


class PauseAll(Asking):
    """Begin nothing any more."""

    why: Why = ""


class ResumeAll(Asking):
    """Go on."""


async def _services(request: Request) -> Services:
    return cast(Services, request.app.state.services)


Desk = Annotated[Services, Depends(_services)]
IncidentGiven = Annotated[str, Path(max_length=LONGEST_ID, examples=["ALT-2026-01-02-001"])]
After = Annotated[int, Query(ge=0, le=HIGHEST_NUMBER)]
Limit = Annotated[int, Query(ge=1, le=1_000)]
View = dict[str, Any]
