"""The intent is on disk before the world is touched; what may have happened is never called a failure."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from engine.casefile import Attempt, Remediation
from engine.errors import ActionError
from engine.lifecycle import RemediationState
from engine.model import Outcome, Result, Touch
from tests.support.bench import AGAIN, DONE, FAILED, LOST, SHOP, Bench, remedy, with_remedies


@pytest.fixture
def held(bench: Bench) -> Iterator[Remediation]:
    """A remediation of three steps that is being executed, by the test."""
    three = remedy("three", "grow", "clean", "restart", path="/srv")
    bench.pack = with_remedies(bench.pack, "disk-full", three)
    bench.crash()
    bench.set(SHOP, app_state="down", disk_state="full")
    assert bench.die(5, after=True)
    (found,) = bench.plans()
    assert found.state is RemediationState.EXECUTING
    return found


def tries(bench: Bench, held: Remediation) -> list[tuple[int, int, bool, str]]:
    return [
        (one.step, one.number, one.undoing, one.outcome.result.value if one.outcome else "open")
        for one in bench.store.attempts(held.id)
    ]


def test_the_intent_is_on_disk_while_the_action_runs_and_its_end_afterwards(bench: Bench, held: Remediation) -> None:
    seen: list[Attempt] = []
    bench.hands["grow"].watch = lambda _: seen.extend(bench.store.attempts(held.id))
    bench.executor.execute(held)
    assert [(one.step, one.number, one.ended_at, one.outcome) for one in seen] == [(0, 1, None, None)]
    assert tries(bench, held) == [(0, 1, False, "done"), (1, 1, False, "done"), (2, 1, False, "done")]
    assert bench.events()[-6:] == ["attempt-begun", "attempt-ended"] * 3


def test_only_what_is_recoverable_is_tried_again_after_growing_pauses(bench: Bench, held: Remediation) -> None:
    bench.hands["grow"].script = [AGAIN, AGAIN, AGAIN, DONE]
    before = bench.clock.now()
    assert bench.executor.execute(held).result is Result.RECOVERABLE
    assert tries(bench, held) == [(0, number, False, "recoverable") for number in (1, 2, 3)]
    assert bench.clock.now() - before == pytest.approx(0.5 + 1.0)


@pytest.mark.parametrize("outcome", [FAILED, LOST])
def test_a_step_that_is_not_done_ends_the_plan(bench: Bench, held: Remediation, outcome: Outcome) -> None:
    bench.hands["clean"].script = [outcome]
    assert bench.executor.execute(held) == outcome
    assert tries(bench, held) == [(0, 1, False, "done"), (1, 1, False, outcome.result.value)]


def test_executing_again_goes_on_after_the_steps_that_are_done(bench: Bench, held: Remediation) -> None:
    bench.hands["clean"].script = [LOST]
    bench.executor.execute(held)
    assert bench.executor.execute(held).result is Result.DONE
    assert bench.acts() == {"grow": 1, "clean": 2, "restart": 1}
    assert bench.executor.execute(held).result is Result.DONE
    assert bench.acts() == {"grow": 1, "clean": 2, "restart": 1}


def test_an_action_without_an_end_is_unknown_and_the_target_is_busy_until_its_thread_ends(
    bench: Bench, held: Remediation
) -> None:
    gate = threading.Event()

    def hanging() -> Outcome:
        gate.wait(20)
        return DONE

    bench.hands["grow"].script = [hanging]
    bench.hands["grow"].timeout = 0.05
    outcome = bench.executor.execute(held)
    assert outcome.result is Result.UNKNOWN
    assert "may still be going on" in outcome.sentence
    assert bench.executor.busy(SHOP)
    gate.set()
    bench.executor.running[SHOP].join(20)
    assert not bench.executor.busy(SHOP)
    assert tries(bench, held) == [(0, 1, False, "unknown")], "a late end changes nothing on the books"


def test_nothing_is_begun_on_a_target_while_a_given_up_action_goes_on(bench: Bench) -> None:
    gate = threading.Event()

    def hanging() -> Outcome:
        gate.wait(20)
        return DONE

    bench.set(SHOP, app_state="down", disk_state="full")
    bench.hands["clean"].script = [hanging]
    bench.hands["clean"].timeout = 0.05
    bench.tick(5)
    assert bench.acts() == {"clean": 1}
    verdict = bench.plans()[0].verdict
    assert verdict is not None
    assert verdict.reason == "locked"
    gate.set()
    bench.executor.running[SHOP].join(20)
    bench.tick(4)
    assert bench.acts() == {"clean": 1}, "late, but it helped"
    assert bench.plans()[0].state is RemediationState.RESOLVED


@pytest.mark.parametrize(
    ("raised", "result", "said"),
    [
        (ActionError("no right to it"), Result.PERMANENT, "no right to it"),
        (OSError("broken pipe"), Result.UNKNOWN, "failed half-way: OSError: broken pipe"),
        (SystemExit(1), Result.UNKNOWN, "failed half-way: SystemExit: 1"),
    ],
)
def test_what_an_action_raises_is_an_outcome(
    bench: Bench, held: Remediation, raised: BaseException, result: Result, said: str
) -> None:
    bench.hands["grow"].script = [raised]
    outcome = bench.executor.execute(held)
    assert outcome.result is result
    assert said in outcome.sentence


def test_the_kill_switch_stops_before_the_next_step_and_before_the_next_try(bench: Bench, held: Remediation) -> None:
    def pausing() -> Outcome:
        bench.approvals.pause(by="ann", why="")
        return AGAIN

    bench.hands["clean"].script = [pausing]
    outcome = bench.executor.execute(held)
    assert outcome.result is Result.UNKNOWN
    assert outcome.sentence == "stopped before clean: paused by ann"
    assert bench.acts() == {"grow": 1, "clean": 1}


def test_a_step_whose_preview_grew_or_that_is_not_ready_is_refused_untouched(bench: Bench, held: Remediation) -> None:
    bench.hands["clean"].touches += (Touch(kind="file", identity="/home", label="/home"),)
    assert bench.executor.execute(held) == Outcome(result=Result.PERMANENT, sentence="it would now touch file /home")
    bench.hands["clean"].touches = ()
    bench.hands["clean"].ready = "no right"
    assert bench.executor.execute(held).sentence == "no right"
    bench.hands["clean"].unseen = OSError("gone")
    assert "preview of clean failed" in bench.executor.execute(held).sentence
    assert bench.acts() == {"grow": 1}


def test_steps_are_taken_back_in_reverse_order_once(bench: Bench, held: Remediation) -> None:
    order: list[str] = []
    for hand in bench.hands.values():
        hand.watch = order.append
    bench.executor.execute(held)
    assert len(bench.executor.undo(held)) == 3
    assert order == ["run grow", "run clean", "run restart", "undo restart", "undo clean", "undo grow"]
    assert bench.executor.undo(held) == ()
    assert not bench.executor.torn(held)


def test_only_what_was_done_and_can_be_taken_back_is(bench: Bench, held: Remediation) -> None:
    bench.hands["grow"].reversible = False
    bench.hands["clean"].script = [replace(DONE, undo={})]
    bench.hands["restart"].script = [FAILED]
    bench.executor.execute(held)
    assert bench.executor.undo(held) == ()
    assert bench.acts() == {"grow": 1, "clean": 1, "restart": 1}


@pytest.mark.parametrize("outcome", [FAILED, LOST, AGAIN])
def test_taking_back_ends_at_the_first_step_that_cannot_be(bench: Bench, held: Remediation, outcome: Outcome) -> None:
    bench.executor.execute(held)
    bench.hands["clean"].undo_script = [outcome]
    assert [one.result for one in bench.executor.undo(held)] == [Result.DONE, outcome.result]
    assert bench.executor.torn(held)
    assert bench.executor.undo(held) == ()
    assert "undo grow" not in bench.acts()


def test_taking_back_waits_while_paused(bench: Bench, held: Remediation) -> None:
    bench.executor.execute(held)
    bench.hands["restart"].watch = lambda _: bench.approvals.pause(by="ann", why="")
    assert len(bench.executor.undo(held)) == 1
    bench.approvals.resume(by="ann")
    assert len(bench.executor.undo(held)) == 2
