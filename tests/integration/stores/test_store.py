"""What every store promises: commits are whole or nothing, conditional, and each leaves one audit entry."""

import json
from dataclasses import replace

import pytest

from engine.casefile import (
    Attempt,
    BeginAttempt,
    EndAttempt,
    GrantApproval,
    MoveIncident,
    MoveRemediation,
    OpenIncident,
    Pause,
    Propose,
    Remediation,
    SetPause,
    Withhold,
)
from engine.errors import ConflictError, NotFoundError, StoreError, TransitionError
from engine.lifecycle import OPEN_INCIDENT, IncidentEvent, IncidentState, RemediationEvent, RemediationState
from engine.model import Digest, IncidentId, Outcome, Reason, RemediationId, Result, Severity, Text, Verdict
from engine.protocols import AuditTrail, Casebook, Store
from engine.stores import SqlStore
from tests.support.cases import NOON, approval, diagnosis, incident, note, ref, remediation

IS, IE, R, RE = IncidentState, IncidentEvent, RemediationState, RemediationEvent
LATER = NOON + 5


def proposed(store: SqlStore, number: int = 1, target: str = "notes") -> Remediation:
    case = incident(number, ref(target))
    plan = remediation(case)
    store.commit(note(incident=case.id), OpenIncident(incident=case), Propose(remediation=plan))
    return plan


def executing(store: SqlStore, number: int = 1, target: str = "notes") -> Remediation:
    plan = proposed(store, number, target)
    approve = MoveRemediation(id=plan.id, expect=R.PROPOSED, event=RE.APPROVE, at=LATER)
    store.commit(note("approved"), GrantApproval(approval=approval(plan)), approve)
    store.commit(note("started"), MoveRemediation(id=plan.id, expect=R.APPROVED, event=RE.START, at=LATER))
    return plan


def test_it_is_all_that_the_core_asks_for(store: SqlStore) -> None:
    asked: tuple[Store, Casebook, AuditTrail] = (store, store, store)
    assert asked
    assert (store.stamp(), store.incidents(), store.entries()) == (0, [], [])
    assert store.pause() == Pause(paused=False)


@pytest.mark.parametrize("whole", [False, True])
def test_an_incident_comes_back_as_it_was(store: SqlStore, whole: bool) -> None:  # noqa: FBT001
    case = incident(whole=whole)
    store.commit(note(), OpenIncident(incident=case))
    assert store.incident(case.id) == case
    assert store.incidents() == [case]


def test_types_of_scalars_come_back_as_they_were(store: SqlStore) -> None:
    case = incident(whole=True)
    store.commit(note(), OpenIncident(incident=case), Propose(remediation=remediation(case)))
    kept = store.incident(case.id).diagnosis
    assert kept is not None
    assert [type(one.value).__name__ for one in kept.observations] == ["str", "bool", "int", "float", "Unknown"]
    (plan,) = store.remediations(case.id)
    assert plan == remediation(case)
    assert {name: type(value) for name, value in plan.plan.steps[0].params.items()} == {
        "port": int,
        "address": str,
        "grace": float,
        "keep_running": bool,
    }


def test_every_commit_leaves_one_entry_and_another_stamp(store: SqlStore) -> None:
    entry = store.commit(note("first"), OpenIncident(incident=incident()))
    second = store.commit(note("second", IncidentId("ALT-2026-01-02-001")))
    assert store.entries() == [entry, second]
    assert [one.number for one in store.entries()] == [1, 2]
    assert store.entries(after=1) == [second]
    assert store.entries(limit=1) == [entry]
    assert (second.previous, second.incident, store.stamp()) == (entry.seal, "ALT-2026-01-02-001", 2)
    assert json.loads(entry.body) == {"n": 1, "why": "端口被占用", "x": None}
    assert store.verify().ok


def test_ids_count_up_within_a_utc_day(store: SqlStore) -> None:
    assert store.incident_id(NOON) == "ALT-2026-01-02-001"
    for number in (1, 999, 1000):
        store.commit(note(), OpenIncident(incident=incident(number, ref(f"t{number}"))))
    assert store.incident_id(NOON) == "ALT-2026-01-02-1001"
    assert store.incident_id(NOON + 12 * 3600) == "ALT-2026-01-03-001"
    assert store.incident_id(NOON + 12 * 3600 - 0.5) == "ALT-2026-01-02-1001"


def test_incidents_are_listed_newest_first_and_closed_ones_left_out(store: SqlStore) -> None:
    old = incident(1, ref("a"), state=IS.CLOSED, opened_at=NOON)
    new = incident(2, ref("b"), opened_at=NOON + 60)
    store.commit(note(), OpenIncident(incident=old), OpenIncident(incident=new))
    assert store.incidents() == [new, old]
    assert store.incidents(among=OPEN_INCIDENT) == [new]


def test_an_incident_moves_and_keeps_what_is_not_said(store: SqlStore) -> None:
    case = incident(whole=True)
    store.commit(note(), OpenIncident(incident=replace(case, diagnosis=None)))
    told = MoveIncident(
        id=case.id,
        expect=IS.OPENED,
        event=IE.DIAGNOSE,
        at=LATER,
        diagnosis=diagnosis(),
        instruction=Text(en="i", zh="i"),
    )
    store.commit(note(), told)
    now = store.incident(case.id)
    assert (now.state, now.changed_at, now.diagnosis, now.note) == (IS.DIAGNOSED, LATER, diagnosis(), None)
    assert (now.severity, now.title, now.times) == (Severity.P0, diagnosis().title, 3)
    store.commit(note(), MoveIncident(id=case.id, expect=IS.DIAGNOSED, event=IE.RECOVER, at=LATER + 1))
    store.commit(note(), MoveIncident(id=case.id, expect=IS.RESOLVED, event=IE.REOPEN, at=LATER + 2))
    now = store.incident(case.id)
    assert (now.state, now.diagnosis, now.instruction, now.times) == (IS.REOPENED, diagnosis(), None, 4)


def test_an_incident_that_is_no_consequence_any_more_has_not_come_back(store: SqlStore) -> None:
    root, case = incident(1, ref("db")), incident(2)
    store.commit(note(), OpenIncident(incident=root), OpenIncident(incident=case))
    merge = MoveIncident(id=case.id, expect=IS.OPENED, event=IE.MERGE, at=LATER, merged_into=root.id)
    store.commit(note(), merge)
    assert store.incident(case.id).merged_into == root.id
    store.commit(note(), MoveIncident(id=case.id, expect=IS.MERGED, event=IE.REOPEN, at=LATER))
    assert store.incident(case.id).times == 1


# --- refused


def test_a_second_open_incident_of_a_problem_is_refused(store: SqlStore) -> None:
    store.commit(note(), OpenIncident(incident=incident(1)))
    with pytest.raises(
        ConflictError, match=r"app\.down@notes has an open incident already: ALT-2026-01-02-001 is opened"
    ):
        store.commit(note(), OpenIncident(incident=incident(2)))
    with pytest.raises(ConflictError, match="is on the books already"):
        store.commit(note(), OpenIncident(incident=incident(1, ref("other"))))
    store.commit(note(), MoveIncident(id=incident(1).id, expect=IS.OPENED, event=IE.RECOVER, at=LATER))
    store.commit(note(), OpenIncident(incident=incident(2)))
    with pytest.raises(ConflictError, match="someone else did the same"):
        store.commit(note(), MoveIncident(id=incident(1).id, expect=IS.RESOLVED, event=IE.REOPEN, at=LATER))
    assert [one.state for one in store.incidents()] == [IS.OPENED, IS.RESOLVED]


def test_a_move_from_a_state_that_is_gone_is_refused_and_says_where_it_stands(store: SqlStore) -> None:
    plan = executing(store)
    with pytest.raises(
        ConflictError, match=f"remediation {plan.id} is executing now, not proposed: .*look at it again"
    ):
        store.commit(note(), MoveRemediation(id=plan.id, expect=R.PROPOSED, event=RE.REJECT, at=LATER))
    with pytest.raises(ConflictError, match="incident ALT-2026-01-02-001 is opened now, not diagnosed"):
        store.commit(note(), MoveIncident(id=plan.incident, expect=IS.DIAGNOSED, event=IE.MERGE, at=LATER))
    with pytest.raises(ConflictError, match="not proposed"):
        store.commit(note(), Withhold(id=plan.id, expect=R.PROPOSED, verdict=Verdict()))


def test_what_is_not_there_is_not_found(store: SqlStore) -> None:
    nothing, no_plan = IncidentId("ALT-2026-01-02-009"), RemediationId("ALT-2026-01-02-009-r1")
    attempt = Attempt(remediation=no_plan, step=0, number=1, started_at=NOON)
    with pytest.raises(NotFoundError, match=nothing):
        store.incident(nothing)
    for change in (
        MoveIncident(id=nothing, expect=IS.OPENED, event=IE.DIAGNOSE, at=LATER),
        MoveRemediation(id=no_plan, expect=R.PROPOSED, event=RE.VOID, at=LATER),
        Propose(remediation=remediation(incident(9))),
        GrantApproval(approval=approval(remediation(incident(9)))),
        BeginAttempt(attempt=attempt),
        EndAttempt(remediation=no_plan, step=0, number=1, at=LATER, outcome=Outcome(result=Result.DONE, sentence="")),
        OpenIncident(incident=replace(incident(3), merged_into=nothing)),
    ):
        with pytest.raises(NotFoundError):
            store.commit(note(), change)
    assert (store.stamp(), store.remediations(nothing), store.approvals(no_plan), store.attempts(no_plan)) == (
        0,
        [],
        [],
        [],
    )


def test_a_transition_that_the_table_does_not_have_is_refused(store: SqlStore) -> None:
    plan = proposed(store)
    with pytest.raises(TransitionError, match="proposed cannot start"):
        store.commit(note(), MoveRemediation(id=plan.id, expect=R.PROPOSED, event=RE.START, at=LATER))


def test_a_commit_is_whole_or_nothing(store: SqlStore) -> None:
    plan = proposed(store)
    before = (store.incidents(), store.remediations(plan.incident), store.entries(), store.verify())
    with pytest.raises(ConflictError):
        store.commit(
            note(),
            OpenIncident(incident=incident(2, ref("b"))),
            SetPause(pause=Pause(paused=True, by="bob", why="x", at=NOON)),
            MoveRemediation(id=plan.id, expect=R.PROPOSED, event=RE.APPROVE, at=LATER),
            MoveRemediation(id=plan.id, expect=R.PROPOSED, event=RE.REJECT, at=LATER),
        )
    assert (store.incidents(), store.remediations(plan.incident), store.entries(), store.verify()) == before
    assert not store.pause().paused


# --- remediations


def test_one_remediation_of_an_incident_lives_at_a_time(store: SqlStore) -> None:
    plan = proposed(store)
    second = remediation(incident(), 2)
    with pytest.raises(ConflictError, match=f"has a live remediation already: {plan.id} is proposed"):
        store.commit(note(), Propose(remediation=second))
    store.commit(
        note(), MoveRemediation(id=plan.id, expect=R.PROPOSED, event=RE.VOID, at=LATER), Propose(remediation=second)
    )
    assert [(one.id, one.state) for one in store.remediations(plan.incident)] == [
        (plan.id, R.VOID),
        (second.id, R.PROPOSED),
    ]


def test_one_remediation_acts_on_a_target_at_a_time(store: SqlStore) -> None:
    first, other = executing(store), executing(store, 2, "elsewhere")
    case = incident(3, ref("notes", "app.slow"))
    waiting = remediation(case, state=R.APPROVED)
    store.commit(note(), OpenIncident(incident=case), Propose(remediation=waiting))
    start = MoveRemediation(id=waiting.id, expect=R.APPROVED, event=RE.START, at=LATER)
    held = "of ALT-2026-01-02-003-r1 is held by another remediation: ALT-2026-01-02-001-r1 is"
    for expect, event in ((R.EXECUTING, RE.LOSE), (R.UNKNOWN, RE.ACTED), (R.VERIFYING, RE.RECOVER)):
        with pytest.raises(ConflictError, match=f"{held} {expect}"):
            store.commit(note(), start)
        store.commit(note(), MoveRemediation(id=first.id, expect=expect, event=event, at=LATER))
    store.commit(note(), start)
    assert store.remediations(other.incident)[0].state is R.EXECUTING


def test_an_approval_is_for_the_very_digest(store: SqlStore) -> None:
    plan = proposed(store)
    approve = MoveRemediation(id=plan.id, expect=R.PROPOSED, event=RE.APPROVE, at=LATER)
    with pytest.raises(ConflictError, match="the approval is for plan eeeeee"):
        store.commit(note(), GrantApproval(approval=approval(plan, Digest("e" * 64))), approve)
    store.commit(note(), GrantApproval(approval=approval(plan)), approve)
    assert store.approvals(plan.id) == [approval(plan)]
    assert store.remediations(plan.incident)[0].state is R.APPROVED


def test_a_verdict_is_kept_until_another_is_given(store: SqlStore) -> None:
    plan = proposed(store)
    withheld = Verdict(reason=Reason.COOLDOWN, sentence="for 10 minutes")
    store.commit(note(), Withhold(id=plan.id, expect=R.PROPOSED, verdict=withheld))
    store.commit(note(), MoveRemediation(id=plan.id, expect=R.PROPOSED, event=RE.APPROVE, at=LATER))
    now = store.remediations(plan.incident)[0]
    assert (now.verdict, now.changed_at, now.proposed_at) == (withheld, LATER, NOON)
    store.commit(note(), MoveRemediation(id=plan.id, expect=R.APPROVED, event=RE.VOID, at=LATER, verdict=Verdict()))
    assert store.remediations(plan.incident)[0].verdict == Verdict()


def test_recent_remediations_are_those_that_live_or_changed(store: SqlStore) -> None:
    live, ended = proposed(store, 1, "a"), proposed(store, 2, "b")
    store.commit(note(), MoveRemediation(id=ended.id, expect=R.PROPOSED, event=RE.VOID, at=LATER))
    assert [one.id for one in store.recent_remediations(LATER)] == [live.id, ended.id]
    assert [one.id for one in store.recent_remediations(LATER + 0.1)] == [live.id]


# --- attempts


def test_an_attempt_is_begun_once_and_ends_once(store: SqlStore) -> None:
    plan = executing(store)
    first = Attempt(remediation=plan.id, step=0, number=1, started_at=LATER)
    undo = replace(first, undoing=True)
    outcome = Outcome(result=Result.DONE, sentence="已停止", undo={"pid": 4711, "was": "running", "x": 1.0})
    end = EndAttempt(remediation=plan.id, step=0, number=1, at=LATER + 1, outcome=outcome)
    store.commit(note(), BeginAttempt(attempt=first))
    with pytest.raises(ConflictError, match=f"attempt 1 at step 0 of {plan.id} was begun before"):
        store.commit(note(), BeginAttempt(attempt=first))
    assert store.attempts(plan.id) == [first]
    store.commit(note(), end, BeginAttempt(attempt=undo))
    with pytest.raises(ConflictError, match="has ended already"):
        store.commit(note(), replace(end, at=LATER + 2))
    assert store.attempts(plan.id) == [replace(first, ended_at=LATER + 1, outcome=outcome), undo]


def test_nothing_is_begun_before_the_remediation_executes(store: SqlStore) -> None:
    plan = proposed(store)
    with pytest.raises(ConflictError, match="is proposed, not executing"):
        store.commit(note(), BeginAttempt(attempt=Attempt(remediation=plan.id, step=0, number=1, started_at=NOON)))


# --- the rest


def test_the_pause_is_what_was_set_last(store: SqlStore) -> None:
    for pause in (Pause(paused=True, by="bob", why="部署", at=NOON), Pause(paused=False, by="eve", why="", at=LATER)):
        store.commit(note("pause"), SetPause(pause=pause))
        assert store.pause() == pause


def test_texts_are_bounded(store: SqlStore) -> None:
    store.commit(note(), SetPause(pause=Pause(paused=True, by="b" * 999, why="w" * 99_999, at=NOON)))
    assert (len(store.pause().by), len(store.pause().why)) == (200, 4_000)
    case = incident()
    with pytest.raises(StoreError, match="too long to keep"):
        store.commit(note(), OpenIncident(incident=replace(case, note=Text(en="x" * 2_000_000, zh=""))))
    assert store.incidents() == []


def test_writable_proves_it_and_changes_nothing_that_is_kept(store: SqlStore) -> None:
    proposed(store)
    before = (store.stamp(), store.incidents(), store.verify())
    store.writable()
    assert (store.stamp(), store.incidents(), store.verify()) == before
