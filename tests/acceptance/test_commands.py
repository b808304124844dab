"""Every command, as an operator types it, on one stage whose file is broken and whose Medicus only suggests."""

import json
import sqlite3
from collections.abc import Iterator

import pytest
import yaml

from tests.support.pty import at_terminal
from tests.support.stage import Stage, end, open_stage


@pytest.fixture(scope="module")
def waiting() -> Iterator[Stage]:
    """A stage on which a plan waits for approval; `run --once` brought it there."""
    with open_stage(profile="suggest") as stage:
        stage.break_config()
        stage.start_supervisord()
        stage.until_notes_are("fatal")
        done = stage.medicus("run", "--once")
        assert stage.incident() in done.out
        yield stage


def test_run_once_ends_when_everything_waits_for_a_person(waiting: Stage) -> None:
    plan = waiting.plans()[0]
    assert (plan.state, plan.verdict.reason) == ("proposed", "policy-suggests-only")
    assert '"hello\n' in waiting.notes_toml.read_text()


def test_check_says_critical_and_why(waiting: Stage) -> None:
    done = waiting.medicus("check", ok=False)
    assert done.status == 2
    assert done.out.startswith("MEDICUS CRITICAL - notes: The program does not start")
    assert " | problems=1;;1 targets=1 " in done.out.splitlines()[0]


@pytest.mark.parametrize(("form", "load"), [("json", json.loads), ("yaml", yaml.safe_load)])
def test_diagnose_says_the_same_to_machines(waiting: Stage, form: str, load) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    done = waiting.medicus("diagnose", "-o", form, "--exit-code", ok=False)
    found = load(done.out)["problems"][0]
    assert done.status == 1
    assert found["causes"][0]["id"] == "service.config-broken"
    assert waiting.medicus("diagnose").status == 0


def test_explain_and_plan_and_incidents_show_one_story(waiting: Stage) -> None:
    incident, digest = waiting.incident(), waiting.plans()[0].digest
    short = incident.rpartition("-")[2]
    assert "line 4" in waiting.medicus("explain", short).out
    planned = waiting.medicus("plan", short).out
    assert digest[:12] in planned
    assert '+greeting = "hello"' in planned
    assert json.loads(waiting.medicus("plan", short, "-o", "json").out)["remediation"]["digest"] == digest
    assert incident in waiting.medicus("incidents").out
    assert json.loads(waiting.medicus("incidents", "-o", "json").out)["incidents"][0]["id"] == incident


def test_log_shows_what_happened_and_verify_that_it_is_whole(waiting: Stage) -> None:
    listed = waiting.medicus("log").out
    assert all(event in listed for event in ("opened", "diagnosed", "proposed", "withheld"))
    assert waiting.medicus("log", "verify").status == 0


@pytest.mark.parametrize("words", [("approve", "999", "--digest", "0" * 12), ("plan", "999"), ("explain", "999")])
def test_an_incident_that_is_not_there_is_named_in_the_refusal(waiting: Stage, words: tuple[str, ...]) -> None:
    done = waiting.medicus(*words, ok=False)
    assert done.status == 1
    assert "there is no incident '999'" in done.err


def test_a_wrong_digest_and_no_digest_are_refused(waiting: Stage) -> None:
    wrong = waiting.medicus("approve", "001", "--digest", "0" * 64, ok=False)
    assert (wrong.status, "has the digest" in wrong.err) == (1, True)
    none = waiting.medicus("approve", "001", ok=False)
    assert (none.status, "--digest" in none.err) == (2, True)
    assert "approved" not in waiting.events()


def test_at_a_terminal_the_plan_is_shown_and_asked_about() -> None:
    """No is no; yes approves exactly what was shown, and the next run carries it out."""
    with open_stage(profile="suggest") as stage:
        stage.break_config()
        stage.start_supervisord()
        stage.until_notes_are("fatal")
        stage.medicus("run", "--once")
        words = ("--config", str(stage.config), "approve", "001")
        refused = at_terminal(words, {"Approve exactly this plan?": "n"})
        assert refused.status == 1, refused.out
        assert "approved" not in stage.events()
        agreed = at_terminal(words, {"Approve exactly this plan?": "y"})
        assert agreed.status == 0, agreed.out
        assert stage.plans()[0].digest[:12] in agreed.out
        stage.medicus("run", "--once")
        assert stage.states() == ["resolved"]
        assert stage.notes_state() == "running"
        assert stage.medicus("check").out.startswith("MEDICUS OK")


def test_a_rejected_plan_is_not_proposed_again(stage: Stage) -> None:
    stage.profile = "suggest"
    stage.write_settings()
    stage.break_config()
    stage.start_supervisord()
    stage.engine()
    digest = stage.until_asked()
    stage.medicus("reject", "001", "--digest", digest[:12], "--why", "we mend it ourselves")
    stage.until("it is escalated", lambda: stage.states() == ["escalated"])
    stage.looks(4)
    assert digest not in [plan.digest for plan in stage.plans() if plan.state != "rejected"]
    assert "we mend it ourselves" in stage.medicus("explain", "001").out
    assert "attempt-begun" not in stage.events()
    stage.notes_toml.write_text((stage.folder / "notes.toml.bak").read_text())
    stage.supervisor.start("notes")
    stage.until("a person's repair is noticed", lambda: stage.states() == ["resolved"])


@pytest.mark.parametrize("entry", [1, 3])
def test_a_changed_byte_of_the_audit_log_is_found(stage: Stage, entry: int) -> None:
    stage.profile = "suggest"
    stage.write_settings()
    stage.break_config()
    stage.start_supervisord()
    end_after_proposal(stage)
    with sqlite3.connect(stage.state_folder / "medicus.db") as database:
        database.execute("DROP TRIGGER audit_no_update")
        database.execute("UPDATE audit SET body = replace(body, 'service', 'servicf') WHERE number = ?", (entry,))
    database.close()
    done = stage.medicus("log", "verify", ok=False)
    assert done.status == 1
    assert f"entry {entry}" in done.out + done.err
    assert json.loads(stage.medicus("log", "verify", "-o", "json", ok=False).out)["verification"]["broken"] == entry


def end_after_proposal(stage: Stage) -> None:
    engine = stage.engine()
    stage.until_asked()
    assert end(engine) == 0
