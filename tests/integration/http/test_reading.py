"""What the door shows of the books."""

from dataclasses import replace

import pytest

from engine.casefile import Attempt, BeginAttempt, EndAttempt, GrantApproval, MoveRemediation
from engine.lifecycle import IncidentState, RemediationEvent, RemediationState
from engine.model import Outcome, Result
from tests.support import cases
from tests.support.doors import Door

API = "/api/v1"


def ids(document: dict[str, object]) -> list[str]:
    incidents = document["incidents"]
    assert isinstance(incidents, list)
    return [one["id"] for one in incidents]


def test_an_empty_house_has_no_incidents(shared: Door) -> None:
    assert shared.get(f"{API}/incidents") == {"format": 1, "incidents": [], "next": None}


def test_incidents_come_newest_first_and_only_open_ones_unless_all_are_asked_for(door: Door) -> None:
    for number, state in enumerate(
        [IncidentState.OPENED, IncidentState.RESOLVED, IncidentState.ESCALATED, IncidentState.CLOSED], 1
    ):
        of = cases.ref(f"notes-{number}")
        door.put(cases.incident(number, of, state=state, opened_at=cases.NOON + number))
    assert ids(door.get(f"{API}/incidents")) == ["ALT-2026-01-02-003", "ALT-2026-01-02-001"]
    assert ids(door.get(f"{API}/incidents?state=open")) == ["ALT-2026-01-02-003", "ALT-2026-01-02-001"]
    assert ids(door.get(f"{API}/incidents?state=all")) == [f"ALT-2026-01-02-00{number}" for number in (4, 3, 2, 1)]


def test_pages_of_incidents_meet_without_gap_or_overlap(door: Door) -> None:
    for number in range(1, 8):  # the last four of the same instant: the id decides
        door.put(cases.incident(number, cases.ref(f"notes-{number}"), opened_at=cases.NOON + min(number, 4)))
    seen: list[str] = []
    path = f"{API}/incidents?limit=3"
    while True:
        page = door.get(path)
        assert len(page["incidents"]) <= 3
        seen += ids(page)
        if page["next"] is None:
            break
        path = f"{API}/incidents?limit=3&cursor={page['next']}"
    assert seen == [f"ALT-2026-01-02-00{number}" for number in range(7, 0, -1)]


def test_a_last_page_that_is_just_full_has_no_next(door: Door) -> None:
    for number in (1, 2):
        door.put(cases.incident(number, cases.ref(f"notes-{number}")))
    assert door.get(f"{API}/incidents?limit=2")["next"] is None


def test_a_cursor_may_have_been_closed_since(door: Door) -> None:
    door.put(cases.incident(1, cases.ref("one")))
    door.put(cases.incident(2, cases.ref("two"), state=IncidentState.CLOSED, opened_at=cases.NOON + 1))
    door.put(cases.incident(3, cases.ref("three"), opened_at=cases.NOON + 2))
    assert ids(door.get(f"{API}/incidents?cursor=ALT-2026-01-02-002")) == ["ALT-2026-01-02-001"]


def test_an_incident_tells_in_both_languages_how_it_stands(door: Door) -> None:
    incident = door.put_proposal()
    found = door.get(f"{API}/incidents/{incident.id}")
    assert found["incident"] == {
        "id": "ALT-2026-01-02-001",
        "problem": "app.down",
        "target": "notes-1",
        "severity": "P1",
        "state": "remediating",
        "title": {"en": "Down", "zh": "宕机"},
        "opened_at": "2026-01-02T12:00:00.250Z",
        "changed_at": "2026-01-02T12:00:00.250Z",
        "times": 3,
        "merged_into": None,
        "note": {"en": "n", "zh": "注"},
        "instruction": {"en": "do", "zh": "做"},
    }
    assert found["remediations"] == [{"id": f"{incident.id}-r1", "state": "proposed", "digest": cases.DIGEST}]


def test_a_diagnosis_shows_causes_with_evidence_and_where_the_knowledge_is_from(door: Door) -> None:
    incident = door.put_proposal()
    found = door.get(f"{API}/incidents/{incident.id}/diagnosis")["diagnosis"]
    assert found["pack"] == {"id": "worktool", "version": "1.0", "digest": "abc"}
    assert found["causes"][0]["probability"] == 0.3
    assert found["causes"][0]["evidence"]["for"][0]["seen"] == "pid 4711 (python3 leftover.py)"


def test_a_plan_shows_everything_that_it_would_touch_who_approved_it_and_what_was_tried(door: Door) -> None:
    incident = door.put_proposal()
    remediation = cases.remediation(incident)
    proposed = door.get(f"{API}/incidents/{incident.id}/plan")["remediation"]
    assert proposed["withheld"] == {"reason": "risk-needs-approval", "sentence": "a person must say so"}
    moves = [
        MoveRemediation(id=remediation.id, expect=state, event=event, at=cases.NOON + 2)
        for state, event in (
            (RemediationState.PROPOSED, RemediationEvent.APPROVE),
            (RemediationState.APPROVED, RemediationEvent.START),
        )
    ]
    attempt = Attempt(remediation=remediation.id, step=0, number=1, started_at=cases.NOON + 3)
    said = Outcome(result=Result.RECOVERABLE, sentence="it would not stop")
    end = EndAttempt(remediation=remediation.id, step=0, number=1, at=cases.NOON + 4, outcome=said)
    door.store.commit(
        cases.note("acted"),
        GrantApproval(approval=cases.approval(remediation)),
        *moves,
        BeginAttempt(attempt=attempt),
        end,
    )
    found = door.get(f"{API}/incidents/{incident.id}/plan")["remediation"]
    assert (found["state"], found["digest"]) == ("executing", cases.DIGEST)
    assert found["withheld"] is None, "the approval has answered it"
    assert found["plan"]["steps"][0]["touches"][0]["identity"] == "4711@1763900000.12"
    assert [one["by"] for one in found["approvals"]] == ["bob"]
    assert found["attempts"] == [
        {
            "step": 1,
            "try": 1,
            "undo": False,
            "started_at": "2026-01-02T12:00:03.250Z",
            "ended_at": "2026-01-02T12:00:04.250Z",
            "result": "recoverable",
            "said": "it would not stop",
        }
    ]
    assert door.get(f"{API}/incidents/{incident.id}/remediations")["remediations"] == [found]


def test_the_plan_is_the_live_one_not_an_older_one(door: Door) -> None:
    incident = cases.incident(1, state=IncidentState.REMEDIATING)
    old = cases.remediation(incident, 1, state=RemediationState.FAILED)
    door.put(incident, old, cases.remediation(incident, 2))
    assert door.get(f"{API}/incidents/{incident.id}/plan")["remediation"]["id"] == f"{incident.id}-r2"
    assert len(door.get(f"{API}/incidents/{incident.id}/remediations")["remediations"]) == 2


@pytest.mark.parametrize("part", ["", "/diagnosis", "/plan", "/remediations"])
def test_what_is_not_on_the_books_is_not_found(shared: Door, part: str) -> None:
    answer = shared.ask("GET", f"{API}/incidents/ALT-2026-01-02-999{part}")
    assert (answer.status, answer.json["type"]) == (404, "/problems/not-found")
    assert "ALT-2026-01-02-999" in answer.json["detail"]


def test_an_incident_without_diagnosis_or_plan_says_so(door: Door) -> None:
    incident = door.put(cases.incident(1))
    diagnosis = door.ask("GET", f"{API}/incidents/{incident.id}/diagnosis")
    assert (diagnosis.status, "not diagnosed yet" in diagnosis.json["detail"]) == (404, True)
    plan = door.ask("GET", f"{API}/incidents/{incident.id}/plan")
    assert (plan.status, "no plan under way" in plan.json["detail"]) == (404, True)


def test_the_audit_log_is_read_on_from_a_number(door: Door) -> None:
    for number in range(1, 6):
        door.store.commit(replace(cases.note(f"event-{number}"), at=cases.NOON + number))
    first = door.get(f"{API}/audit?limit=3")
    assert [one["number"] for one in first["entries"]] == [1, 2, 3]
    rest = door.get(f"{API}/audit?after={first['next']}&limit=3")
    assert [one["event"] for one in rest["entries"]] == ["event-4", "event-5"]
    assert rest["entries"][0]["previous"] == first["entries"][-1]["seal"]
    assert rest["entries"][0]["body"] == {"why": "端口被占用", "n": 1, "x": None}
    assert door.get(f"{API}/audit?after={rest['next']}") == {"format": 1, "entries": [], "next": 5}


def test_the_verification_tells_that_the_log_holds_and_when_it_does_not(door: Door) -> None:
    door.put_proposal()
    good = door.get(f"{API}/audit/verification")["verification"]
    assert (good["ok"], good["entries"], good["broken"]) == (True, 1, None)
    (door.folder / "audit.anchor").unlink()
    bad = door.get(f"{API}/audit/verification")["verification"]
    assert (bad["ok"], "anchor is missing" in bad["what"]) == (False, True)


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/incidents?state=closed", "query.state"),
        ("/incidents?limit=0", "query.limit"),
        ("/incidents?limit=1001", "query.limit"),
        ("/incidents?limit=ten", "query.limit"),
        ("/incidents/" + "x" * 41, "path.incident_id"),
        ("/audit?after=-1", "query.after"),
        ("/audit?after=9223372036854775808", "query.after"),
        ("/audit?limit=1e3", "query.limit"),
    ],
)
def test_a_question_that_makes_no_sense_names_the_field(shared: Door, path: str, field: str) -> None:
    answer = shared.ask("GET", API + path)
    assert (answer.status, answer.json["type"]) == (422, "/problems/invalid")
    assert [one["field"] for one in answer.json["errors"]] == [field]


def test_an_unknown_cursor_is_not_found(shared: Door) -> None:
    assert shared.ask("GET", f"{API}/incidents?cursor=nobody").status == 404
