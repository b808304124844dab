"""Rows to the values of a case; a row that makes no sense is a ValueError or a TypeError, for the caller to explain."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from sqlalchemy import Connection, Row, Select, func, or_, select

from engine.audit import Head
from engine.casefile import Approval, Attempt, AuditEntry, Incident, Pause, Remediation
from engine.errors import NotFoundError
from engine.lifecycle import ALL_INCIDENTS, LIVE_REMEDIATION, IncidentState, RemediationState
from engine.model import (
    Diagnosis,
    Digest,
    IncidentId,
    Instant,
    Outcome,
    Plan,
    ProblemId,
    ProblemRef,
    RemediationId,
    Severity,
    TargetId,
    Text,
    Verdict,
)
from engine.stores.codec import read, read_if_any
from engine.stores.schema import APPROVAL, ATTEMPT, AUDIT, INCIDENT, PAUSE, REMEDIATION


def incidents(connection: Connection, among: AbstractSet[IncidentState]) -> Sequence[Incident]:
    """Incidents in one of the states `among`, newest first."""
    others = sorted(ALL_INCIDENTS - among)  # a state that makes no sense is in neither, and must not go unseen
    query = select(INCIDENT).where(INCIDENT.c.state.not_in(others))
    query = query.order_by(INCIDENT.c.opened_at.desc(), INCIDENT.c.id.desc())
    return [_incident(row) for row in connection.execute(query)]


def incident(connection: Connection, incident: IncidentId) -> Incident:
    """One incident, or NotFoundError."""
    row = connection.execute(select(INCIDENT).where(INCIDENT.c.id == incident)).first()
    if row is None:
        raise NotFoundError(f"there is no incident {incident}: list the incidents to see their ids")
    return _incident(row)


def last_number(connection: Connection, prefix: str) -> int:
    """The highest number of the incidents whose id begins with `prefix`, which ends before the number; 0 for none."""
    start = len(prefix) + 1
    query = select(func.substr(INCIDENT.c.id, start)).where(func.substr(INCIDENT.c.id, 1, len(prefix)) == prefix)
    return max((int(number) for number in connection.scalars(query)), default=0)


def remediations(connection: Connection, incident: IncidentId) -> Sequence[Remediation]:
    """The remediations of an incident, oldest first: by their numbers, since clocks go back."""
    query = select(REMEDIATION).where(REMEDIATION.c.incident == incident)
    return _remediations(connection, query.order_by(func.length(REMEDIATION.c.id), REMEDIATION.c.id))


def recent_remediations(connection: Connection, since: Instant) -> Sequence[Remediation]:
    """Every remediation that is live, or changed at or after `since`; oldest first."""
    recent = or_(REMEDIATION.c.changed_at >= since, REMEDIATION.c.state.in_(sorted(LIVE_REMEDIATION)))
    query = select(REMEDIATION).where(recent)
    return _remediations(connection, query.order_by(REMEDIATION.c.proposed_at, REMEDIATION.c.id))


def approvals(connection: Connection, remediation: RemediationId) -> Sequence[Approval]:
    """The approvals of a remediation, oldest first."""
    query = select(APPROVAL).where(APPROVAL.c.remediation == remediation).order_by(APPROVAL.c.number)
    return [
        Approval(
            remediation=RemediationId(row.remediation),
            digest=Digest(row.digest),
            by=row.by,
            via=row.via,
            at=row.at,
            expires_at=row.expires_at,
        )
        for row in connection.execute(query)
    ]


def attempts(connection: Connection, remediation: RemediationId) -> Sequence[Attempt]:
    """The attempts of a remediation, in the order in which they were begun."""
    query = select(ATTEMPT).where(ATTEMPT.c.remediation == remediation).order_by(ATTEMPT.c.begun)
    return [
        Attempt(
            remediation=RemediationId(row.remediation),
            step=row.step,
            number=row.number,
            undoing=row.undoing,
            started_at=row.started_at,
            ended_at=row.ended_at,
            outcome=read_if_any(Outcome, row.outcome),
        )
        for row in connection.execute(query)
    ]


def pause(connection: Connection) -> Pause:
    """The kill switch as it was set last."""
    row = connection.execute(select(PAUSE)).one()
    return Pause(paused=row.paused, by=row.by, why=row.why, at=row.at)


def log(*, after: int | None = None, limit: int | None = None) -> Select[Any]:
    """The query for audit entries in order: those above `after`, at most `limit`; without them, all."""
    query = select(AUDIT).order_by(AUDIT.c.number).limit(limit)
    return query if after is None else query.where(AUDIT.c.number > after)


def entry(row: Row[Any]) -> AuditEntry:
    """The audit entry of a row."""
    return AuditEntry(
        number=row.number,
        at=row.at,
        actor=row.actor,
        event=row.event,
        incident=row.incident,
        body=row.body,
        previous=row.previous,
        seal=row.seal,
    )


def head(connection: Connection, number: int | None = None) -> Head:
    """The head of the audit log, or as it was at entry `number`; the empty head when there is no such entry."""
    query = select(AUDIT.c.number, AUDIT.c.seal).order_by(AUDIT.c.number.desc()).limit(1)
    if number is not None:
        query = query.where(AUDIT.c.number == number)
    row = connection.execute(query).first()
    return Head() if row is None else Head(number=row.number, seal=row.seal)


def _incident(row: Row[Any]) -> Incident:
    return Incident(
        id=IncidentId(row.id),
        ref=ProblemRef(target=TargetId(row.target), problem=ProblemId(row.problem)),
        state=IncidentState(row.state),
        severity=Severity(row.severity),
        title=read(Text, row.title),
        opened_at=row.opened_at,
        changed_at=row.changed_at,
        diagnosis=read_if_any(Diagnosis, row.diagnosis),
        times=row.times,
        merged_into=None if row.merged_into is None else IncidentId(row.merged_into),
        note=read_if_any(Text, row.note),
        instruction=read_if_any(Text, row.instruction),
    )


def _remediations(connection: Connection, query: Select[Any]) -> Sequence[Remediation]:
    return [
        Remediation(
            id=RemediationId(row.id),
            incident=IncidentId(row.incident),
            plan=read(Plan, row.plan),
            digest=Digest(row.digest),
            state=RemediationState(row.state),
            proposed_at=row.proposed_at,
            changed_at=row.changed_at,
            verdict=read_if_any(Verdict, row.verdict),
        )
        for row in connection.execute(query)
    ]
