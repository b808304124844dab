"""The life cycles are closed: every state can be reached, every end is meant, every event leads somewhere."""

from collections.abc import Mapping
from enum import StrEnum

import pytest

from engine.errors import TransitionError
from engine.lifecycle import (
    ACTING,
    INCIDENT,
    LIVE_REMEDIATION,
    OPEN_INCIDENT,
    REMEDIATION,
    IncidentEvent,
    IncidentState,
    RemediationEvent,
    RemediationState,
    after_incident,
    after_remediation,
)

ENDS_OF_INCIDENTS = {IncidentState.CLOSED}
ENDS_OF_REMEDIATIONS = {
    RemediationState.RESOLVED,
    RemediationState.FAILED,
    RemediationState.REJECTED,
    RemediationState.VOID,
}


def reachable(table: Mapping[tuple[StrEnum, StrEnum], StrEnum], start: StrEnum) -> set[StrEnum]:
    found, new = set[StrEnum](), {start}
    while new:
        found |= new
        new = {after for (state, _), after in table.items() if state in new} - found
    return found


@pytest.mark.parametrize(
    ("table", "states", "events", "start", "ends"),
    [
        (INCIDENT, IncidentState, IncidentEvent, IncidentState.OPENED, ENDS_OF_INCIDENTS),
        (REMEDIATION, RemediationState, RemediationEvent, RemediationState.PROPOSED, ENDS_OF_REMEDIATIONS),
    ],
    ids=["incident", "remediation"],
)
def test_the_table_is_closed(
    table: Mapping[tuple[StrEnum, StrEnum], StrEnum],
    states: type[StrEnum],
    events: type[StrEnum],
    start: StrEnum,
    ends: set[StrEnum],
) -> None:
    assert reachable(table, start) == set(states)
    assert {event for _, event in table} == set(events)
    assert set(states) - {state for state, _ in table} == ends
    for state in states:
        assert reachable(table, state) & ends, f"{state} never ends"


def test_every_change_that_the_tables_do_not_have_is_refused() -> None:
    refused = 0
    for state in IncidentState:
        for event in IncidentEvent:
            if (state, event) not in INCIDENT:
                refused += 1
                with pytest.raises(TransitionError, match=f"an incident that is {state} cannot {event}"):
                    after_incident(state, event)
    for standing in RemediationState:
        for happening in RemediationEvent:
            if (standing, happening) not in REMEDIATION:
                refused += 1
                with pytest.raises(TransitionError, match=f"a remediation that is {standing} cannot {happening}"):
                    after_remediation(standing, happening)
    every = len(IncidentState) * len(IncidentEvent) + len(RemediationState) * len(RemediationEvent)
    assert refused == every - len(INCIDENT) - len(REMEDIATION)


def test_the_sets_of_states_fit_the_tables() -> None:
    assert set(IncidentState) - OPEN_INCIDENT == {IncidentState.RESOLVED, IncidentState.CLOSED}
    assert set(RemediationState) - LIVE_REMEDIATION == ENDS_OF_REMEDIATIONS
    assert ACTING < LIVE_REMEDIATION
    before_acting = LIVE_REMEDIATION - ACTING
    assert all(REMEDIATION.get((one, RemediationEvent.VOID)) for one in before_acting)
    assert not any(REMEDIATION.get((one, RemediationEvent.VOID)) for one in ACTING), (
        "what acts cannot be undone by a word"
    )
    assert all(REMEDIATION[one, RemediationEvent.FAIL] is RemediationState.FAILED for one in ACTING)


def test_whatever_is_open_may_recover_by_itself() -> None:
    for state in OPEN_INCIDENT:
        assert after_incident(state, IncidentEvent.RECOVER) is IncidentState.RESOLVED


def test_nothing_is_executed_that_was_not_approved() -> None:
    before = {state for (state, _), then in REMEDIATION.items() if then is RemediationState.EXECUTING}
    assert before == {RemediationState.APPROVED, RemediationState.UNKNOWN}
    assert {state for (state, _), then in REMEDIATION.items() if then is RemediationState.APPROVED} == {
        RemediationState.PROPOSED
    }
