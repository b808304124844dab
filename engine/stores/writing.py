"""Changes to rows. Every move is an update on the condition that its row is still where the caller saw it.

What is refused raises ConflictError or NotFoundError and says what stands there now; the caller rolls back. The checks
before an insert are for the message only: what they check is held by unique indexes too.
"""

from typing import Any, assert_never

from sqlalchemy import Connection, Table, Update, insert, select, update

from engine.audit import ACTOR_LIMIT, BODY_LIMIT, TEXT_LIMIT, bounded
from engine.casefile import (
    AuditEntry,
    BeginAttempt,
    Change,
    EndAttempt,
    GrantApproval,
    MoveIncident,
    MoveRemediation,
    OpenIncident,
    Propose,
    SetPause,
    Withhold,
)
from engine.errors import ConflictError, NotFoundError
from engine.lifecycle import (
    ACTING,
    LIVE_REMEDIATION,
    OPEN_INCIDENT,
    IncidentEvent,
    IncidentState,
    RemediationState,
    after_incident,
    after_remediation,
)
from engine.model import RemediationId
from engine.stores.codec import written
from engine.stores.schema import APPROVAL, ATTEMPT, AUDIT, INCIDENT, PAUSE, PULSE, REMEDIATION

LOOK_AGAIN = "look at it again before you act"


def apply(connection: Connection, change: Change) -> None:
    """Carry out one change."""
    match change:
        case OpenIncident():
            _open_incident(connection, change)
        case MoveIncident():
            _move_incident(connection, change)
        case Propose():
            _propose(connection, change)
        case MoveRemediation():
            _move_remediation(connection, change)
        case Withhold():
            still = update(REMEDIATION).where(REMEDIATION.c.id == change.id, REMEDIATION.c.state == change.expect)
            _must_move(connection, still.values(verdict=written(change.verdict)), REMEDIATION, change.id, change.expect)
        case GrantApproval():
            _grant(connection, change)
        case BeginAttempt():
            _begin(connection, change)
        case EndAttempt():
            _end(connection, change)
        case SetPause():
            _set_pause(connection, change)
        case _:
            assert_never(change)


def append(connection: Connection, entry: AuditEntry) -> None:
    """Append an entry to the audit log."""
    connection.execute(
        insert(AUDIT).values(
            number=entry.number,
            at=entry.at,
            actor=entry.actor,
            event=entry.event,
            incident=entry.incident,
            body=entry.body,
            previous=entry.previous,
            seal=entry.seal,
        )
    )


def beat(connection: Connection) -> None:
    """Write something that means nothing and is as long as a large commit, to prove that there is room for one."""
    connection.execute(update(PULSE).values(beats=PULSE.c.beats + 1, room="." * BODY_LIMIT))


def _open_incident(connection: Connection, change: OpenIncident) -> None:
    new = change.incident
    _free(connection, INCIDENT, f"incident {new.id} is on the books already", INCIDENT.c.id == new.id)
    if new.state in OPEN_INCIDENT:
        same = (INCIDENT.c.target == new.ref.target, INCIDENT.c.problem == new.ref.problem)
        still_open = INCIDENT.c.state.in_(sorted(OPEN_INCIDENT))
        _free(connection, INCIDENT, f"{new.ref} has an open incident already", *same, still_open)
    connection.execute(
        insert(INCIDENT).values(
            id=new.id,
            target=new.ref.target,
            problem=new.ref.problem,
            state=new.state,
            severity=new.severity,
            title=written(new.title),
            opened_at=new.opened_at,
            changed_at=new.changed_at,
            diagnosis=written(new.diagnosis),
            times=new.times,
            merged_into=new.merged_into,
            note=written(new.note),
            instruction=written(new.instruction),
        )
    )


def _move_incident(connection: Connection, change: MoveIncident) -> None:
    values: dict[str, Any] = {
        "state": after_incident(change.expect, change.event),
        "changed_at": change.at,
        "note": written(change.note),
        "instruction": written(change.instruction),
    }
    if change.diagnosis is not None:
        values["diagnosis"] = written(change.diagnosis)
        values["severity"] = change.diagnosis.severity
        values["title"] = written(change.diagnosis.title)
    if change.merged_into is not None:
        values["merged_into"] = change.merged_into
    if change.event is IncidentEvent.REOPEN and change.expect is IncidentState.RESOLVED:
        values["times"] = INCIDENT.c.times + 1
    still = update(INCIDENT).where(INCIDENT.c.id == change.id, INCIDENT.c.state == change.expect)
    _must_move(connection, still.values(**values), INCIDENT, change.id, change.expect)


def _propose(connection: Connection, change: Propose) -> None:
    new = change.remediation
    if connection.execute(select(INCIDENT.c.id).where(INCIDENT.c.id == new.incident)).first() is None:
        raise NotFoundError(f"there is no incident {new.incident} that {new.id} could be proposed for")
    _free(connection, REMEDIATION, f"remediation {new.id} is on the books already", REMEDIATION.c.id == new.id)
    if new.state in LIVE_REMEDIATION:
        live = REMEDIATION.c.state.in_(sorted(LIVE_REMEDIATION))
        said = f"incident {new.incident} has a live remediation already"
        _free(connection, REMEDIATION, said, REMEDIATION.c.incident == new.incident, live)
    connection.execute(
        insert(REMEDIATION).values(
            id=new.id,
            incident=new.incident,
            target=new.plan.ref.target,
            plan=written(new.plan),
            digest=new.digest,
            state=new.state,
            proposed_at=new.proposed_at,
            changed_at=new.changed_at,
            verdict=written(new.verdict),
        )
    )


def _move_remediation(connection: Connection, change: MoveRemediation) -> None:
    state = after_remediation(change.expect, change.event)
    if state in ACTING:
        own = select(REMEDIATION.c.target).where(REMEDIATION.c.id == change.id).scalar_subquery()
        acting = REMEDIATION.c.state.in_(sorted(ACTING))
        said = f"the target of {change.id} is held by another remediation"
        _free(connection, REMEDIATION, said, REMEDIATION.c.target == own, REMEDIATION.c.id != change.id, acting)
    values: dict[str, Any] = {"state": state, "changed_at": change.at}
    if change.verdict is not None:
        values["verdict"] = written(change.verdict)
    still = update(REMEDIATION).where(REMEDIATION.c.id == change.id, REMEDIATION.c.state == change.expect)
    _must_move(connection, still.values(**values), REMEDIATION, change.id, change.expect)


def _grant(connection: Connection, change: GrantApproval) -> None:
    new = change.approval
    kept = connection.scalar(select(REMEDIATION.c.digest).where(REMEDIATION.c.id == new.remediation))
    if kept is None:
        raise NotFoundError(f"there is no remediation {new.remediation} to approve")
    if kept != new.digest:
        raise ConflictError(
            f"the approval is for plan {new.digest[:12]}, but {new.remediation} has plan {kept[:12]} now: "
            "read the plan again, then approve that one"
        )
    connection.execute(
        insert(APPROVAL).values(
            remediation=new.remediation,
            digest=new.digest,
            by=bounded(new.by, ACTOR_LIMIT),
            via=new.via,
            at=new.at,
            expires_at=new.expires_at,
        )
    )


def _begin(connection: Connection, change: BeginAttempt) -> None:
    new = change.attempt
    state = connection.scalar(select(REMEDIATION.c.state).where(REMEDIATION.c.id == new.remediation))
    if state is None:
        raise NotFoundError(f"there is no remediation {new.remediation} to attempt")
    if state != RemediationState.EXECUTING and not new.undoing:
        raise ConflictError(f"{new.remediation} is {state}, not executing, so nothing may be begun: {LOOK_AGAIN}")
    if connection.execute(
        select(ATTEMPT.c.begun).where(*_this(new.remediation, new.step, new.number, new.undoing))
    ).first():
        raise ConflictError(
            f"{_named(new.remediation, new.step, new.number, new.undoing)} was begun before: {LOOK_AGAIN}"
        )
    connection.execute(
        insert(ATTEMPT).values(
            remediation=new.remediation,
            step=new.step,
            number=new.number,
            undoing=new.undoing,
            started_at=new.started_at,
            ended_at=new.ended_at,
            outcome=written(new.outcome),
        )
    )


def _end(connection: Connection, change: EndAttempt) -> None:
    this = _this(change.remediation, change.step, change.number, change.undoing)
    ending = update(ATTEMPT).where(*this, ATTEMPT.c.ended_at.is_(None))
    if connection.execute(ending.values(ended_at=change.at, outcome=written(change.outcome))).rowcount:
        return
    named = _named(change.remediation, change.step, change.number, change.undoing)
    if connection.execute(select(ATTEMPT.c.begun).where(*this)).first() is None:
        raise NotFoundError(f"{named} was never begun, so it cannot end")
    raise ConflictError(f"{named} has ended already: {LOOK_AGAIN}")


def _set_pause(connection: Connection, change: SetPause) -> None:
    new = change.pause
    by, why = bounded(new.by, ACTOR_LIMIT), bounded(new.why, TEXT_LIMIT)
    connection.execute(update(PAUSE).values(paused=new.paused, by=by, why=why, at=new.at))


def _must_move(connection: Connection, move: Update, table: Table, key: str, expect: str) -> None:
    """Carry out an update of one row, or raise what stands in its way."""
    if connection.execute(move).rowcount:
        return
    state = connection.scalar(select(table.c.state).where(table.c.id == key))
    if state is None:
        raise NotFoundError(f"there is no {table.name} {key}")
    raise ConflictError(f"{table.name} {key} is {state} now, not {expect}: it changed meanwhile, {LOOK_AGAIN}")


def _free(connection: Connection, table: Table, said: str, *condition: Any) -> None:
    """Raise ConflictError when a row of that condition is there, naming it and its state."""
    row = connection.execute(select(table.c.id, table.c.state).where(*condition).limit(1)).first()
    if row is not None:
        raise ConflictError(f"{said}: {row.id} is {row.state}; {LOOK_AGAIN}")


def _this(remediation: RemediationId, step: int, number: int, undoing: bool) -> tuple[Any, ...]:  # noqa: FBT001
    return (
        ATTEMPT.c.remediation == remediation,
        ATTEMPT.c.step == step,
        ATTEMPT.c.number == number,
        ATTEMPT.c.undoing == undoing,
    )


def _named(remediation: RemediationId, step: int, number: int, undoing: bool) -> str:  # noqa: FBT001
    return f"attempt {number} at {'undoing ' if undoing else ''}step {step} of {remediation}"
