"""Metrics as Prometheus reads them: parsed by its own client, true after a restart."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain

from engine.lifecycle import OPEN_INCIDENT, IncidentState, RemediationState
from engine.model import Reason, Severity
from tests.support import cases
from tests.support.doors import Door, open_door

BASE_UNITS = ("_seconds", "_total", "_info", "_bytes", "_ratio")
PLAIN_COUNTS = {
    "medicus_open_incidents",
    "medicus_remediations",
    "medicus_withheld_remediations",
    "medicus_paused",
    "medicus_in_trouble",
}


def scraped(door: Door) -> dict[str, Metric]:
    answer = door.ask("GET", "/metrics", token=None)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {family.name: family for family in plain(answer.body.decode())}


def value(families: Mapping[str, Metric], sample: str, **labels: str) -> float:
    found = [
        one.value
        for family in families.values()
        for one in family.samples
        if (one.name, one.labels) == (sample, labels)
    ]
    assert len(found) == 1, (sample, labels, found)
    return found[0]


def test_names_are_ours_units_are_base_units_and_every_family_says_what_it_is(door: Door) -> None:
    families = scraped(door)
    samples = {one.name for family in families.values() for one in family.samples}
    assert {name for name in samples if not name.endswith(BASE_UNITS)} == PLAIN_COUNTS
    assert all(name.startswith("medicus_") for name in samples)
    assert not any(name.endswith("_created") for name in samples)
    assert all(family.documentation.endswith(".") for family in families.values())


def test_the_pulse_the_build_and_the_books_are_measured(door: Door) -> None:
    families = scraped(door)
    assert value(families, "medicus_cycles_total") == 1
    assert value(families, "medicus_cycle_duration_seconds") == 0.25
    assert value(families, "medicus_last_cycle_timestamp_seconds") == cases.NOON
    assert value(families, "medicus_in_trouble") == 0
    assert value(families, "medicus_audit_entries_total") == 0
    build = families["medicus_build_info"].samples[0]
    assert (build.value, build.labels["inference"], set(build.labels)) == (1, "native", {"version", "inference"})


def test_every_label_value_is_there_before_anything_happened(door: Door) -> None:
    families = scraped(door)
    for state in OPEN_INCIDENT:
        for severity in Severity:
            assert value(families, "medicus_open_incidents", state=state.value, severity=severity.value) == 0
    for remediation in RemediationState:
        assert value(families, "medicus_remediations", state=remediation.value) == 0
    for reason in Reason:
        assert value(families, "medicus_withheld_remediations", reason=reason.value) == 0


def test_what_is_on_the_books_is_counted_by_state(door: Door) -> None:
    door.put_proposal(1)
    door.put_proposal(2)
    door.put(cases.incident(3, cases.ref("other"), state=IncidentState.ESCALATED))
    done = cases.incident(4, cases.ref("done"), state=IncidentState.RESOLVED)
    door.put(done, cases.remediation(done, state=RemediationState.RESOLVED))
    old = cases.incident(5, cases.ref("old"), state=IncidentState.CLOSED)
    door.put(old, cases.remediation(old, state=RemediationState.FAILED, at=cases.NOON - 90_000))
    families = scraped(door)
    assert value(families, "medicus_open_incidents", state="remediating", severity="P1") == 2
    assert value(families, "medicus_open_incidents", state="escalated", severity="P1") == 1
    assert value(families, "medicus_remediations", state="proposed") == 2
    assert value(families, "medicus_remediations", state="resolved") == 1
    assert value(families, "medicus_remediations", state="failed") == 0
    assert value(families, "medicus_withheld_remediations", reason="risk-needs-approval") == 2
    assert value(families, "medicus_audit_entries_total") == 5


def test_pause_and_trouble_are_seen(door: Door) -> None:
    assert value(scraped(door), "medicus_paused") == 0
    door.ask("POST", "/api/v1/pause")
    door.services.pulse.beat(door.clock.now(), 0.1, trouble="the disk is full")
    families = scraped(door)
    assert value(families, "medicus_paused") == 1
    assert value(families, "medicus_in_trouble") == 1


def test_after_a_restart_the_books_count_as_before(door: Door) -> None:
    door.put_proposal(1)
    before = scraped(door)["medicus_open_incidents"]
    with open_door(door.folder) as again:
        assert scraped(again)["medicus_open_incidents"] == before


def test_an_engine_that_has_not_gone_around_has_no_pulse_to_show(starting: Door) -> None:
    assert not {"medicus_cycles", "medicus_cycle_duration_seconds"} & set(scraped(starting))


@pytest.mark.parametrize("accept", ["application/openmetrics-text; version=1.0.0", "application/openmetrics-text"])
def test_openmetrics_is_spoken_to_who_asks_for_it(door: Door, accept: str) -> None:
    answer = door.ask("GET", "/metrics", headers={"Accept": accept})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    families = {family.name: family for family in openmetrics(answer.body.decode())}
    assert families["medicus_cycle_duration_seconds"].unit == "seconds"
    assert families["medicus_build"].type == "info"


def test_a_target_with_a_wild_name_breaks_no_line(door: Door) -> None:
    door.put(replace(cases.incident(1, cases.ref('a"b\nmedicus_paused 7')), severity=Severity.P0))
    assert value(scraped(door), "medicus_paused") == 0
