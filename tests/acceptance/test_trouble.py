"""What goes wrong around Medicus: silent peers, a second runner, a port that is taken, orders to stop."""

import json
import signal
import time

import pytest

from tests.support.silence import silent_on_port, silent_on_socket
from tests.support.stage import Stage, end


def test_peers_that_never_answer_leave_everything_unknown_and_nothing_done(stage: Stage) -> None:
    """The cycle goes on, each observation says why it is not known, `check` says UNKNOWN."""
    stage.health = True
    stage.write_settings()
    with silent_on_port(stage.port), silent_on_socket(stage.folder / "run/supervisor.sock"):
        engine = stage.engine()
        stage.looks(3)
        done = stage.medicus("check", "-o", "json", ok=False)
        seen = {one["name"]: one for one in json.loads(done.out)["observations"]}
        assert done.status in {2, 3}
        assert seen["process.state"]["value"] is None
        assert seen["process.state"]["unknown_because"]
        assert not {"attempt-begun", "approved"} & set(stage.events())
        assert end(engine) == 0


def test_a_supervisord_that_never_answers_is_unknown_to_a_monitor(stage: Stage) -> None:
    with silent_on_socket(stage.folder / "run/supervisor.sock"):
        done = stage.medicus("check", ok=False)
        assert done.status == 3
        assert done.out.startswith("MEDICUS UNKNOWN - ")
        stage.engine()
        stage.looks(3)
        assert stage.events() == []


def test_a_second_runner_is_told_of_the_first_and_leaves_it_alone(stage: Stage) -> None:
    stage.start_supervisord()
    first = stage.engine()
    for words in (("run",), ("run", "--once")):
        second = stage.medicus(*words, ok=False)
        assert second.status == 1
        assert f"PID {first.pid}" in second.err
        assert "Traceback" not in second.err
    stage.looks(2)
    assert stage.answers("/readyz") == 200
    assert end(first) == 0


def test_a_taken_http_port_is_told_and_nothing_runs(stage: Stage) -> None:
    with silent_on_port(stage.listen):
        done = stage.medicus("run", ok=False)
    assert done.status == 1
    assert f"127.0.0.1:{stage.listen}" in done.err
    assert "Traceback" not in done.err


def test_the_stop_file_stops_everything_until_it_is_gone(stage: Stage) -> None:
    stop = stage.state_folder / "STOP"
    stage.state_folder.mkdir(mode=0o700)
    stop.write_text("maintenance until 6\n")
    broken(stage)
    stage.engine()
    assert stage.until_asked()
    withheld = stage.plans()[-1].verdict
    assert withheld.reason == "paused"
    assert "maintenance until 6" in withheld.sentence
    stage.looks(3)
    assert "attempt-begun" not in stage.events()
    stop.unlink()
    stage.until("it is healed", lambda: stage.states() == ["resolved"])


def test_pause_stops_everything_until_resume(stage: Stage) -> None:
    stage.start_supervisord()
    stage.until_notes_are("running")
    stage.engine()
    stage.medicus("pause", "--why", "we are deploying")
    stage.break_config()
    stage.end_notes()
    stage.until_asked()
    stage.looks(3)
    assert stage.plans()[-1].verdict.reason == "paused"
    assert "attempt-begun" not in stage.events()
    stage.medicus("resume")
    stage.until("it is healed", lambda: stage.states() == ["resolved"])


def test_a_pause_between_two_steps_stops_the_second(stage: Stage) -> None:
    """The foreign process is being stopped when the stop file appears: the program is not started then."""
    stage.intruder(linger=2.0)
    stage.until_holding()
    stage.start_supervisord()
    stage.engine()
    stage.approve()
    stage.until("the first step runs", lambda: "attempt-begun" in stage.events())
    (stage.state_folder / "STOP").touch()
    stage.until("the first step ended", lambda: "attempt-ended" in stage.events())
    stage.looks(3)
    assert stage.events().count("attempt-begun") == 1
    assert stage.signals() == 1
    (stage.state_folder / "STOP").unlink()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_order_to_end_is_obeyed_at_once(stage: Stage, number: signal.Signals) -> None:
    stage.start_supervisord()
    engine = stage.engine()
    asked = time.monotonic()
    assert end(engine, number) == 0
    assert time.monotonic() - asked < 5
    assert "Traceback" not in stage.log_of(engine)


def test_an_order_to_end_waits_for_the_action_in_flight_and_its_record(stage: Stage) -> None:
    """What was begun is ended and on the books; the next run takes it from there."""
    stage.intruder(linger=2.0)
    stage.until_holding()
    stage.start_supervisord()
    first = stage.engine()
    stage.approve()
    stage.until("the signal was sent", lambda: stage.signals() == 1)
    assert end(first, within=20.0) == 0
    events = stage.events()
    assert events.count("attempt-begun") == events.count("attempt-ended") > 0
    stage.engine()
    stage.until("resolved", lambda: stage.states() == ["resolved"])
    assert stage.signals() == 1


def broken(stage: Stage) -> None:
    stage.break_config()
    stage.start_supervisord()
