"""The audit log, and the kill switch."""

from typing import Annotated

from fastapi import APIRouter, Body

from api import views
from api.http.asking import VIA, After, Desk, Limit, PauseAll, ResumeAll, View

router = APIRouter(tags=["operations"])
_PAUSE, _RESUME = PauseAll(), ResumeAll()


@router.get("/audit", operation_id="readAudit")
def read_audit(desk: Desk, after: After = 0, limit: Limit = 100) -> View:
    """Read the audit log from the entry after a number on; `next` is what to give as `after` the next time."""
    entries = desk.store.entries(after=after, limit=limit)
    return views.document(
        entries=[views.audit_entry(one) for one in entries], next=entries[-1].number if entries else after
    )


@router.get("/audit/verification", operation_id="verifyAudit")
def verify_audit(desk: Desk) -> View:
    """Check the whole audit log against its seals and its anchor; `ok` false names the first entry that is wrong."""
    return views.document(verification=views.verification(desk.store.verify()))


@router.get("/pause", operation_id="getPause")
def get_pause(desk: Desk) -> View:
    """Tell whether the kill switch is on, who turned it and why."""
    return views.document(pause=views.pause(desk.casebook.pause()))


@router.post("/pause", operation_id="pauseAll")
def pause(desk: Desk, asked: Annotated[PauseAll, Body()] = _PAUSE) -> View:
    """Turn the kill switch on: nothing is begun any more; what runs is brought to its end."""
    desk.approvals.pause(by=asked.by, why=asked.why, via=VIA)
    return views.document(pause=views.pause(desk.casebook.pause()))


@router.post("/resume", operation_id="resumeAll")
def resume(desk: Desk, asked: Annotated[ResumeAll, Body()] = _RESUME) -> View:
    """Turn the kill switch off; `pause` tells how it stands now, since a stop file keeps it on."""
    desk.approvals.resume(by=asked.by, via=VIA)
    return views.document(pause=views.pause(desk.casebook.pause()))
