"""The life cycles as tables: what they allow, and that nothing is a dead end that should not be."""

from itertools import product

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

I_ENDS = {IncidentState.CLOSED}
R_ENDS = {RemediationState.RESOLVED, RemediationState.FAILED, RemediationState.REJECTED, RemediationState.VOID}


@pytest.mark.parametrize(("state", "event"), list(product(IncidentState, IncidentEvent)))
def test_an_incident_goes_where_the_table_says_and_nowhere_else(state: IncidentState, event: IncidentEvent) -> None:
    if (state, event) in INCIDENT:
        assert after_incident(state, event) is INCIDENT[state, event]
        return
    with pytest.raises(TransitionError, match=f"an incident that is {state} cannot {event}"):
        after_incident(state, event)


@pytest.mark.parametrize(("state", "event"), list(product(RemediationState, RemediationEvent)))
def test_so_does_a_remediation(state: RemediationState, event: RemediationEvent) -> None:
    if (state, event) in REMEDIATION:
        assert after_remediation(state, event) is REMEDIATION[state, event]
        return
    with pytest.raises(TransitionError, match=f"a remediation that is {state} cannot {event}"):
        after_remediation(state, event)


def test_only_the_ends_have_no_way_on() -> None:
    assert set(IncidentState) - {state for state, _ in INCIDENT} == I_ENDS
    assert set(RemediationState) - {state for state, _ in REMEDIATION} == R_ENDS


def test_every_state_but_the_first_can_be_reached() -> None:
    assert set(INCIDENT.values()) == set(IncidentState) - {IncidentState.OPENED}
    assert set(REMEDIATION.values()) == set(RemediationState) - {RemediationState.PROPOSED}


def test_whatever_is_open_may_recover_by_itself() -> None:
    for state in OPEN_INCIDENT:
        assert after_incident(state, IncidentEvent.RECOVER) is IncidentState.RESOLVED


def test_nothing_is_executed_that_was_not_approved() -> None:
    before = {state for (state, _), then in REMEDIATION.items() if then is RemediationState.EXECUTING}
    assert before == {RemediationState.APPROVED, RemediationState.UNKNOWN}
    assert {state for (state, _), then in REMEDIATION.items() if then is RemediationState.APPROVED} == {
        RemediationState.PROPOSED
    }


def test_what_acts_is_live_and_what_is_live_ends_somewhere() -> None:
    assert ACTING < LIVE_REMEDIATION
    assert set(RemediationState) - LIVE_REMEDIATION == R_ENDS
    for state in ACTING:
        assert REMEDIATION[state, RemediationEvent.FAIL] is RemediationState.FAILED
