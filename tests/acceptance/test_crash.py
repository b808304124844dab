"""`kill -9` of `medicus run` at every point of a story: the next one finishes it, and nothing is done twice."""

import os
import signal
import subprocess

import pytest

from tests.support.stage import Stage, end

STEPS = ("attempt-begun:1", "attempt-ended:1", "attempt-begun:2", "attempt-ended:2")
PORT_STORY = ("opened:1", "diagnosed:1", "proposed:1", "withheld:1", "started:1", *STEPS, "verifying:1", "recovered:1")
CONFIG_STORY = (
    "opened:1",
    "diagnosed:1",
    "proposed:1",
    "approved:1",
    "started:1",
    *STEPS,
    "verifying:1",
    "recovered:1",
)
AFTER_EACH_WRITE = tuple(f"between:{event}" for event in PORT_STORY)
BEFORE_EACH_WRITE = tuple(f"within:{event}" for event in CONFIG_STORY)


def test_the_points_are_all_that_a_port_story_writes(stage: Stage) -> None:
    intruder = port_taken(stage)
    engine = stage.engine()
    stage.approve()
    finished(stage)
    end(engine)
    assert written_by_engine(stage) == [point.partition(":")[0] for point in PORT_STORY]
    assert intruder.wait(5) == 0


def test_the_points_are_all_that_a_config_story_writes(stage: Stage) -> None:
    config_broken(stage)
    end_when_finished(stage)
    assert written_by_engine(stage) == [point.partition(":")[0] for point in CONFIG_STORY]


@pytest.mark.parametrize("point", [*AFTER_EACH_WRITE, "signalled", "ordered", "looks:verifying:2"])
def test_a_taken_port_is_freed_once_whatever_happens(stage: Stage, point: str) -> None:
    """The foreign process gets one signal, the approval is asked for once, the incident is one."""
    port_taken(stage)
    first = stage.engine(fault=point, ready=False)
    stage.until("it died or asked", lambda: first.poll() is not None or waits_for_approval(stage))
    if first.poll() is None and not point.endswith("withheld:1"):
        stage.approve()
    died(stage, first)
    second = stage.engine()
    if not approvals(stage):
        stage.approve()
    finished(stage)
    assert end(second) == 0
    assert stage.signals() == 1
    assert approvals(stage) == 1
    whole(stage)


@pytest.mark.parametrize("point", [*BEFORE_EACH_WRITE, "half-restored", "restored", "ordered", "looks:verifying:1"])
def test_a_broken_file_is_restored_once_whatever_happens(stage: Stage, point: str) -> None:
    """The damaged file is kept once, the service runs with the good one, the incident is one."""
    config_broken(stage)
    broken = stage.notes_toml.read_text()
    died(stage, stage.engine(fault=point, ready=False))
    end_when_finished(stage)
    kept = list(stage.folder.glob("*.broken-*"))
    assert [one.read_text() for one in kept] == [broken]
    assert stage.notes_toml.read_text() == (stage.folder / "notes.toml.bak").read_text()
    assert not list(stage.folder.glob(".notes.toml*"))
    whole(stage)


def test_an_approval_given_while_medicus_is_dead_counts_when_it_is_back(stage: Stage) -> None:
    port_taken(stage)
    first = stage.engine(ready=False)
    digest = stage.until_asked()
    assert end(first, signal.SIGKILL) == -signal.SIGKILL
    stage.medicus("approve", stage.incident(), "--digest", digest[:8])
    second = stage.engine()
    finished(stage)
    end(second)
    assert (stage.signals(), approvals(stage)) == (1, 1)
    whole(stage)


def test_medicus_dies_again_and_again_and_finishes_all_the_same(stage: Stage) -> None:
    """Each life gets as far as four entries of the audit log: noting what was lost, resuming, and one attempt."""
    config_broken(stage)
    lives = 0
    while "recovered" not in stage.events():
        lives += 1
        assert lives < 12, stage.told()
        engine = stage.engine(fault="between:any:4", ready=False)
        stage.until("it died or ended the story", lambda: engine.poll() is not None or "recovered" in stage.events())  # noqa: B023
    assert lives > 2
    assert stage.states() == ["resolved"]
    assert len(list(stage.folder.glob("*.broken-*"))) == 1
    whole(stage)


def test_what_may_not_be_run_twice_is_given_to_a_person(stage: Stage) -> None:
    """Killed between the stop and the start of a restart: the program stays as it is, and a person is told why."""
    stage.health = True
    stage.keep_running = False
    stage.write_settings()
    stage.start_supervisord()
    stage.until_notes_are("running")
    hung = stage.supervisor.process("notes").pid
    assert hung
    os.kill(hung, signal.SIGSTOP)
    first = stage.engine(fault="stopped", ready=False)
    problem = "service.unreachable"
    stage.until("restart is proposed", lambda: bool(stage.plans(problem) and stage.plans(problem)[-1].verdict))
    plan = stage.plans(problem)[-1]
    assert plan.plan.remedy == "restart-it"
    stage.medicus("approve", stage.incident(problem), "--digest", plan.digest)
    died(stage, first)
    stage.engine()
    stage.until("it is escalated", lambda: stage.states(problem) == ["escalated"])
    stage.looks(5)
    assert stage.notes_state() in {"stopped", "stopping"}
    assert "restart-process may not be run twice" in stage.medicus("explain", stage.incident(problem)).out
    assert len([one for one in stage.entries() if one.event == "attempt-begun"]) == 1
    whole(stage)


# --- the stories


def port_taken(stage: Stage) -> "subprocess.Popen[str]":
    intruder = stage.intruder(linger=0.3)
    stage.until_holding()
    stage.start_supervisord()
    return intruder


def config_broken(stage: Stage) -> None:
    stage.break_config()
    stage.start_supervisord()


def waits_for_approval(stage: Stage) -> bool:
    plans = stage.plans()
    return bool(plans and plans[-1].state == "proposed" and plans[-1].verdict)


def died(stage: Stage, engine: "subprocess.Popen[str]") -> None:
    stage.until("the fault strikes", lambda: engine.poll() is not None)
    assert engine.returncode == -signal.SIGKILL, stage.told()


def finished(stage: Stage) -> None:
    stage.until("the incident is resolved", lambda: stage.states() == ["resolved"])


def end_when_finished(stage: Stage) -> None:
    engine = stage.engine()
    finished(stage)
    assert end(engine) == 0


def approvals(stage: Stage) -> int:
    return stage.events().count("approved")


def written_by_engine(stage: Stage) -> list[str]:
    return [one.event for one in stage.entries() if "ann" not in one.actor]


def whole(stage: Stage) -> None:
    """The books are whole, and so is the service."""
    assert stage.events().count("opened") == 1
    with stage.books() as store:
        assert store.verify().ok
