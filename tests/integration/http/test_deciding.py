"""What operators decide through the door, and what they cannot."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from engine.casefile import MoveIncident, MoveRemediation, Propose
from engine.lifecycle import IncidentEvent, IncidentState, RemediationEvent, RemediationState
from tests.support import cases
from tests.support.doors import Answer, Door

API = "/api/v1"


def decide(door: Door, what: str, body: object, incident: str = "ALT-2026-01-02-001") -> Answer:
    return door.ask("POST", f"{API}/incidents/{incident}/{what}", body)


@pytest.mark.parametrize("given", [cases.DIGEST, cases.DIGEST[:12], cases.DIGEST[:8]])
def test_a_plan_is_approved_by_its_digest_or_the_first_digits_of_it(door: Door, given: str) -> None:
    incident = door.put_proposal()
    answer = decide(door, "approve", {"digest": given, "by": "alice"})
    assert answer.status == 200
    assert answer.json["approval"] == {
        "by": "alice",
        "via": "http",
        "at": "2026-01-02T12:00:00.250Z",
        "expires_at": "2026-01-02T12:10:00.250Z",
        "digest": cases.DIGEST,
    }
    remediation = answer.json["remediation"]
    assert (remediation["state"], remediation["approvals"]) == ("approved", [answer.json["approval"]])
    assert door.states(incident) == [RemediationState.APPROVED]
    entry = door.store.entries()[-1]
    assert (entry.actor, entry.event, entry.incident) == ("http:alice", "approved", incident.id)


def test_who_approves_is_http_unless_they_say(door: Door) -> None:
    door.put_proposal()
    assert decide(door, "approve", {"digest": cases.DIGEST}).json["approval"]["by"] == "http"


@pytest.mark.parametrize("what", ["approve", "reject"])
def test_another_digest_decides_nothing(door: Door, what: str) -> None:
    incident = door.put_proposal()
    answer = decide(door, what, {"digest": "e1" * 32, "by": "alice"})
    assert (answer.status, answer.json["type"]) == (409, "/problems/conflict")
    assert "d1d1d1d1d1d1" in answer.json["detail"]
    assert door.states(incident) == [RemediationState.PROPOSED]
    assert "approved" not in door.events()


@pytest.mark.parametrize("what", ["approve", "reject"])
def test_the_digest_of_a_plan_that_was_replaced_decides_nothing(door: Door, what: str) -> None:
    incident = door.put_proposal(digest="0" * 64)
    old = cases.remediation(incident)
    door.store.commit(
        cases.note("voided"),
        MoveRemediation(id=old.id, expect=old.state, event=RemediationEvent.VOID, at=cases.NOON + 1),
        Propose(remediation=cases.remediation(incident, 2, at=cases.NOON + 1)),
    )
    assert decide(door, what, {"digest": "0" * 64}).status == 409
    assert door.states(incident) == [RemediationState.VOID, RemediationState.PROPOSED]


@pytest.mark.parametrize(
    "digest", ["", "d", "d1d1d1d", "D1" * 32, "d1" * 33, "d1d1 d1d1", "d1d1d1d1\n", "%%%%%%%%", 7, None]
)
def test_a_digest_that_is_too_short_or_none_is_refused_with_its_field(door: Door, digest: object) -> None:
    incident = door.put_proposal()
    answer = decide(door, "approve", {"digest": digest})
    assert (answer.status, [one["field"] for one in answer.json["errors"]]) == (422, ["body.digest"])
    assert door.states(incident) == [RemediationState.PROPOSED]


@pytest.mark.parametrize(
    "by", ["", "x" * 201, "a\nb", "\x1b[2Jalice", "a\x00", "a\u202eb", "a\u2028b", 1, None, ["alice"], "\ud800"]
)
def test_a_name_that_could_mislead_a_reader_is_refused(door: Door, by: object) -> None:
    door.put_proposal()
    answer = decide(door, "approve", {"digest": cases.DIGEST, "by": by})
    assert (answer.status, [one["field"] for one in answer.json["errors"]]) == (422, ["body.by"])


@pytest.mark.parametrize("by", ["alice", "Zoë O'Neill", "张伟", "ops+night@example.org", "x" * 200])
def test_a_name_of_any_language_is_welcome(door: Door, by: str) -> None:
    door.put_proposal()
    assert decide(door, "approve", {"digest": cases.DIGEST, "by": by}).json["approval"]["by"] == by


def test_approving_twice_approves_once(door: Door) -> None:
    door.put_proposal()
    assert decide(door, "approve", {"digest": cases.DIGEST}).status == 200
    again = decide(door, "approve", {"digest": cases.DIGEST})
    assert (again.status, "approved already" in again.json["detail"]) == (409, True)
    assert door.events().count("approved") == 1


def test_of_eight_who_approve_at_once_exactly_one_succeeds(door: Door) -> None:
    incident = door.put_proposal()
    start = Barrier(8)

    def approve(number: int) -> Answer:
        start.wait(10)
        return decide(door, "approve", {"digest": cases.DIGEST, "by": f"operator-{number}"})

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(approve, range(8)))
    assert sorted(one.status for one in answers) == [200] + [409] * 7
    assert len(door.store.approvals(cases.remediation(incident).id)) == 1
    assert door.events().count("approved") == 1


def test_of_one_who_approves_and_one_who_rejects_at_once_the_last_word_is_on_the_books(door: Door) -> None:
    incident = door.put_proposal()
    start = Barrier(2)

    def say(what: str) -> Answer:
        start.wait(10)
        return decide(door, what, {"digest": cases.DIGEST})

    with ThreadPoolExecutor(2) as threads:
        approved, rejected = threads.map(say, ["approve", "reject"])
    # a rejection may follow an approval, never the other way around
    assert (approved.status, rejected.status) in {(200, 200), (200, 409), (409, 200), (404, 200)}
    rejection = rejected.status == 200
    assert door.states(incident) == [RemediationState.REJECTED if rejection else RemediationState.APPROVED]


def test_a_rejected_plan_is_over_and_its_incident_goes_to_people(door: Door) -> None:
    incident = door.put_proposal()
    answer = decide(door, "reject", {"digest": cases.DIGEST, "by": "alice", "why": "the port is mine"})
    assert (answer.status, answer.json["remediation"]["state"]) == (200, "rejected")
    found = door.get(f"{API}/incidents/{incident.id}")["incident"]
    assert (found["state"], found["note"]["en"]) == ("escalated", "rejected by alice: the port is mine")
    assert decide(door, "approve", {"digest": cases.DIGEST}).status == 404


def test_an_approved_plan_can_still_be_rejected_until_it_runs(door: Door) -> None:
    incident = door.put_proposal()
    assert decide(door, "approve", {"digest": cases.DIGEST}).status == 200
    assert decide(door, "reject", {"digest": cases.DIGEST}).status == 200
    assert door.states(incident) == [RemediationState.REJECTED]


@pytest.mark.parametrize("what", ["approve", "reject"])
def test_what_is_being_executed_is_not_decided_any_more(door: Door, what: str) -> None:
    incident = door.put_proposal()
    assert decide(door, "approve", {"digest": cases.DIGEST}).status == 200
    start = MoveRemediation(
        id=cases.remediation(incident).id,
        expect=RemediationState.APPROVED,
        event=RemediationEvent.START,
        at=cases.NOON + 1,
    )
    door.store.commit(cases.note("started"), start)
    answer = decide(door, what, {"digest": cases.DIGEST})
    assert (answer.status, "executing already" in answer.json["detail"]) == (409, True)
    assert door.states(incident) == [RemediationState.EXECUTING]


@pytest.mark.parametrize("what", ["approve", "reject"])
def test_a_decision_about_nothing_is_not_found(door: Door, what: str) -> None:
    assert decide(door, what, {"digest": cases.DIGEST}, "ALT-2026-01-02-999").status == 404
    without_plan = door.put(cases.incident(2, cases.ref("idle"), state=IncidentState.DIAGNOSED))
    assert decide(door, what, {"digest": cases.DIGEST}, without_plan.id).status == 404


def test_an_answer_tells_of_the_plan_that_was_decided_even_if_the_incident_moved_on(door: Door) -> None:
    incident = door.put_proposal()
    door.store.commit(
        cases.note("recovered"),
        MoveIncident(id=incident.id, expect=incident.state, event=IncidentEvent.RECOVER, at=cases.NOON + 1),
    )
    answer = decide(door, "reject", {"digest": cases.DIGEST})
    assert (answer.status, answer.json["remediation"]["state"]) == (200, "rejected")


def test_pause_and_resume_are_seen_by_whoever_asks(door: Door) -> None:
    assert door.get(f"{API}/pause")["pause"] == {"paused": False, "by": "", "why": "", "at": None}
    paused = door.ask("POST", f"{API}/pause", {"by": "alice", "why": "moving the database"}).json["pause"]
    assert paused == {"paused": True, "by": "alice", "why": "moving the database", "at": "2026-01-02T12:00:00.250Z"}
    assert door.get(f"{API}/pause")["pause"] == paused
    assert door.store.pause().paused
    assert door.ask("POST", f"{API}/resume", {"by": "bob"}).json["pause"]["paused"] is False
    assert not door.store.pause().paused
    told = [(one.actor, one.event) for one in door.store.entries()]
    assert told == [("http:alice", "paused"), ("http:bob", "resumed")]


def test_pausing_needs_no_body(door: Door) -> None:
    assert door.ask("POST", f"{API}/pause").json["pause"]["by"] == "http"
    assert door.ask("POST", f"{API}/resume").json["pause"] | {"at": None} == {
        "paused": False,
        "by": "http",
        "why": "",
        "at": None,
    }


def test_resuming_does_not_hide_a_stop_file(door: Door) -> None:
    (door.folder / "STOP").write_text("all hands off\n")
    answer = door.ask("POST", f"{API}/resume", {"by": "bob"}).json["pause"]
    assert (answer["paused"], answer["by"], answer["why"]) == (True, "stop file", "all hands off")
