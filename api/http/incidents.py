"""Incidents, their diagnoses and plans, and what a person decides about a plan."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from api import views
from api.http.asking import LONGEST_ID, VIA, Approve, Desk, IncidentGiven, Limit, Reject, View
from api.services import Services
from engine.casefile import Remediation
from engine.errors import NotFoundError
from engine.lifecycle import ALL_INCIDENTS, OPEN_INCIDENT
from engine.model import IncidentId, RemediationId

router = APIRouter(prefix="/incidents", tags=["incidents"])


@router.get("", operation_id="listIncidents")
def list_incidents(
    desk: Desk,
    state: Literal["open", "all"] = "open",
    limit: Limit = 100,
    cursor: Annotated[str | None, Query(max_length=LONGEST_ID, description="`next` of the page before")] = None,
) -> View:
    """List incidents, newest first; `next` is the cursor of the next page, null on the last."""
    found = desk.casebook.incidents(among=OPEN_INCIDENT if state == "open" else ALL_INCIDENTS)
    if cursor is not None:
        last = desk.casebook.incident(IncidentId(cursor))  # it need not be open any more
        found = [one for one in found if (one.opened_at, one.id) < (last.opened_at, last.id)]
    page = found[:limit]
    return views.document(
        incidents=[views.incident(one) for one in page], next=page[-1].id if len(found) > limit else None
    )


@router.get("/{incident_id}", operation_id="getIncident")
def get_incident(desk: Desk, incident_id: IncidentGiven) -> View:
    """One incident with the remediations so far, oldest first."""
    found = desk.casebook.incident(IncidentId(incident_id))
    remediations = desk.casebook.remediations(found.id)
    return views.document(
        incident=views.incident(found),
        remediations=[{"id": one.id, "state": one.state.value, "digest": one.digest} for one in remediations],
    )


@router.get("/{incident_id}/diagnosis", operation_id="getDiagnosis")
def get_diagnosis(desk: Desk, incident_id: IncidentGiven) -> View:
    """Why it happened: the causes with their probabilities and the evidence for, against and missing."""
    found = desk.casebook.incident(IncidentId(incident_id))
    if found.diagnosis is None:
        raise NotFoundError(f"incident {found.id} is not diagnosed yet: ask again in a few seconds")
    return views.document(incident=found.id, diagnosis=views.diagnosis_body(found.diagnosis))


@router.get("/{incident_id}/plan", operation_id="getPlan")
def get_plan(desk: Desk, incident_id: IncidentGiven) -> View:
    """The plan under way: what would be touched, its digest, why it waits, who approved it, what was tried."""
    return views.document(remediation=_view(desk, desk.approvals.live(IncidentId(incident_id))))


@router.get("/{incident_id}/remediations", operation_id="listRemediations")
def list_remediations(desk: Desk, incident_id: IncidentGiven) -> View:
    """Every plan so far, oldest first, with who approved it and what was tried."""
    found = desk.casebook.incident(IncidentId(incident_id))
    return views.document(remediations=[_view(desk, one) for one in desk.casebook.remediations(found.id)])


@router.post("/{incident_id}/approve", operation_id="approvePlan")
def approve(desk: Desk, incident_id: IncidentGiven, asked: Approve) -> View:
    """Approve the proposed plan by its digest; it runs within a cycle, unless the world has changed by then."""
    approval = desk.approvals.approve(IncidentId(incident_id), asked.digest, by=asked.by, via=VIA)
    return views.document(
        approval=views.approval(approval), remediation=_seen(desk, IncidentId(incident_id), approval.remediation)
    )


@router.post("/{incident_id}/reject", operation_id="rejectPlan")
def reject(desk: Desk, incident_id: IncidentGiven, asked: Reject) -> View:
    """Reject the plan by its digest, as long as it is not being executed; the incident goes to people."""
    live = desk.approvals.live(IncidentId(incident_id))
    desk.approvals.reject(live.incident, asked.digest, by=asked.by, why=asked.why, via=VIA)
    return views.document(remediation=_seen(desk, live.incident, live.id))


def _seen(desk: Services, incident: IncidentId, remediation: RemediationId) -> View:
    """A remediation by its id: after a decision the engine may have ended it already."""
    found = {one.id: one for one in desk.casebook.remediations(incident)}
    return _view(desk, found[remediation])


def _view(desk: Services, remediation: Remediation) -> View:
    return views.remediation(
        remediation, desk.casebook.approvals(remediation.id), desk.casebook.attempts(remediation.id)
    )
