"""Whatever happens to the worker, the inference is answered, the failure told once, and the next worker is new."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from engine.errors import InferenceError
from engine.inference.durable import DurableInference
from engine.inference.native import NativeInference
from engine.knowledge import Literal, Program, Rule
from engine.model import Conclusions, Fact, Target, Truth
from tests.support.durable import SCRIBBLE, Clock, needs_durable

pytestmark = needs_durable

ROOT = Path(__file__).parents[3]
PROGRAM = Program(
    levels=(
        (
            Rule(id="down", kind="app", concludes="down", when=(Literal(fact="up", negated=True),)),
            Rule(id="lost", kind="app", concludes="lost", when=(Literal(fact="up", of="db", negated=True),)),
        ),
        (Rule(id="fine", kind="app", concludes="fine", when=(Literal(fact="down", negated=True),)),),
    ),
    given={"app": ("up",), "db": ("up",)},
)
TARGETS = (
    Target(id="A", kind="app", parts={}, depends_on={"db": "D"}),
    Target(id="D", kind="db", parts={}),
)
FACTS = {Fact(target="A", name="up"): Truth.FALSE, Fact(target="D", name="up"): Truth.TRUE}
EXPECTED = NativeInference().infer(PROGRAM, TARGETS, FACTS)


def infer(durable: DurableInference) -> Conclusions:
    return durable.infer(PROGRAM, TARGETS, FACTS)


def working(durable: DurableInference) -> int:
    """The process id of its worker, after it has answered once."""
    assert infer(durable) == EXPECTED
    assert durable.worker_pid is not None
    return durable.worker_pid


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_a_worker_that_died_between_two_inferences(
    how: signal.Signals, durable: DurableInference, reported: list[InferenceError], clock: Clock
) -> None:
    worker = working(durable)
    os.kill(worker, how)
    assert infer(durable) == EXPECTED
    (error,) = reported
    assert f"killed by {how.name}" in str(error)
    assert not psutil.pid_exists(worker), "no zombie is left"
    clock.now += 1
    assert working(durable) != worker
    assert len(reported) == 1


def test_a_worker_that_dies_during_an_inference(
    durable: DurableInference, reported: list[InferenceError], clock: Clock
) -> None:
    worker = working(durable)
    os.kill(worker, signal.SIGSTOP)
    answers: list[Conclusions] = []
    asking = threading.Thread(target=lambda: answers.append(infer(durable)))
    asking.start()
    asking.join(0.1)
    assert asking.is_alive()
    os.kill(worker, signal.SIGKILL)
    asking.join(10)
    assert answers == [EXPECTED]
    assert "killed by SIGKILL" in str(reported[0])
    assert not psutil.pid_exists(worker)
    clock.now += 1
    assert working(durable) != worker


def test_a_worker_that_is_silent(reported: list[InferenceError], clock: Clock) -> None:
    durable = DurableInference(reported.append, within=0.3, monotonic=clock)
    worker = working(durable)
    os.kill(worker, signal.SIGSTOP)
    start = time.monotonic()
    assert infer(durable) == EXPECTED
    assert 0.3 <= time.monotonic() - start < 5
    assert "silent for 0.3 s" in str(reported[0])
    assert not psutil.pid_exists(worker)
    clock.now += 1
    assert working(durable) != worker
    durable.close()


def test_a_silent_worker_does_not_block_a_request_that_is_larger_than_the_pipe(reported: list[InferenceError]) -> None:
    durable = DurableInference(reported.append, within=0.3)
    working(durable)
    assert durable.worker_pid
    os.kill(durable.worker_pid, signal.SIGSTOP)
    many = [Target(id=f"A{number}", kind="app", parts={}) for number in range(20_000)]
    assert len(durable.infer(PROGRAM, many, {}).truths) == 4 * len(many)
    assert "silent for 0.3 s" in str(reported[0])
    durable.close()


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        ("what?", "nonsense"),
        ("[]", "nonsense"),
        ('{"number": 1, "lower": []}', "nonsense"),
        ('{"number": 0, "lower": [], "upper": []}', "an earlier question"),
        ('{"number": 1, "lower": [[0]], "upper": []}', "nonsense"),
        ('{"number": 1, "lower": [[99, 0]], "upper": []}', "nonsense"),
        ('{"number": 1, "lower": [[0, -1]], "upper": []}', "nonsense"),
        ('{"number": 1, "lower": [[true, 0]], "upper": []}', "nonsense"),
        ('{"number": 1, "lower": [[0, 1]], "upper": []}', "nonsense"),
        ('{"number": 1, "lower": [[0, 0]], "upper": []}', "certain, not possible"),
        ('{"number": 1, "lower": [[1, 0]], "upper": []}', "fired lost on A without cause"),
        ('{"number": 1, "lower": [[0, 0], [0, 0]], "upper": [[0, 0]]}', "twice"),
    ],
)
def test_a_worker_that_says_what_cannot_be(
    answer: str, complaint: str, reported: list[InferenceError], monkeypatch: pytest.MonkeyPatch
) -> None:
    lie = f"input(); print('{{\"ready\":2}}', flush=True); input(); print({answer!r}, flush=True); input()"
    monkeypatch.setattr("engine.inference.durable._WORKER", (sys.executable, "-c", lie))
    durable = DurableInference(reported.append)
    assert infer(durable) == EXPECTED
    assert durable.worker_pid is None
    assert complaint in str(reported[0])


def test_an_answer_that_was_left_in_the_pipe_is_not_taken_for_the_next_one(
    durable: DurableInference, reported: list[InferenceError]
) -> None:
    """As after an interrupt in the middle of an inference."""
    working(durable)
    assert durable._worker
    stale = {"number": 1, "kinds": [], "links": [], "certain": [], "impossible": []}
    os.write(durable._worker[0]._stdin, json.dumps(stale).encode() + b"\n")
    assert infer(durable) == EXPECTED
    assert len(reported) == 1


@pytest.mark.parametrize(
    ("argv", "complaint"),
    [
        (("/nonexistent/python",), "did not start"),
        ((sys.executable, "-c", "raise SystemExit('no licence today')"), "exit status 1"),
        ((sys.executable, "-c", "print('hello', flush=True); input()"), "did not take the program"),
    ],
)
def test_a_worker_that_does_not_start(
    argv: tuple[str, ...], complaint: str, reported: list[InferenceError], monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr("engine.inference.durable._WORKER", argv)
    durable = DurableInference(reported.append, monotonic=clock)
    assert infer(durable) == EXPECTED
    assert complaint in str(reported[0])
    clock.now += 1
    assert infer(durable) == EXPECTED
    assert len(reported) == 2


def test_workers_that_keep_failing_are_started_ever_more_rarely_and_each_failure_is_told_once(
    reported: list[InferenceError], monkeypatch: pytest.MonkeyPatch, clock: Clock, tmp_path: Path
) -> None:
    started = tmp_path / "started"
    fail = f"open({str(started)!r}, 'a').write('x'); raise SystemExit(1)"
    monkeypatch.setattr("engine.inference.durable._WORKER", (sys.executable, "-c", fail))
    durable = DurableInference(reported.append, monotonic=clock)
    began, starts = clock.now, []
    while clock.now < began + 200:
        assert infer(durable) == EXPECTED
        assert durable.worker_pid is None
        if len(started.read_text()) > len(starts):
            starts.append(clock.now - began)
        assert len(reported) == len(starts)
        clock.now += 0.5
    assert starts == [0, 1, 3, 7, 15, 31, 63, 123, 183]


def test_while_it_waits_the_native_engine_answers_and_a_worker_that_serves_again_is_kept(
    durable: DurableInference, reported: list[InferenceError], clock: Clock
) -> None:
    os.kill(working(durable), signal.SIGKILL)
    assert infer(durable) == EXPECTED
    clock.now += 0.9
    assert infer(durable) == EXPECTED
    assert durable.worker_pid is None
    clock.now += 0.1
    worker = working(durable)
    clock.now += 1000
    assert working(durable) == worker
    assert len(reported) == 1


def test_the_worker_has_its_own_session_so_that_an_interrupt_from_the_terminal_does_not_reach_it(
    durable: DurableInference,
) -> None:
    worker = working(durable)
    assert os.getsid(worker) == worker


def test_closing_ends_the_worker_and_may_be_done_twice(durable: DurableInference) -> None:
    worker = working(durable)
    durable.close()
    durable.close()
    assert not psutil.pid_exists(worker)
    assert working(durable) != worker


def test_the_worker_ends_when_its_parent_is_killed() -> None:
    code = """
import sys
from engine.inference.durable import DurableInference
from engine.knowledge import Program
durable = DurableInference(print)
durable.infer(Program(levels=(), given={}), [], {})
print(durable.worker_pid, flush=True)
sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as parent:
        assert parent.stdout
        worker = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    wait_for(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE, "the worker outlived it")


def test_a_worker_that_hangs_ends_by_itself_when_nobody_is_left_to_kill_it() -> None:
    """513 rules in one ruleset never come back (see the defects); the engine never sends so many."""
    rulesets = [[[number, 0, 0, [[number, -1, 0]]] for number in range(513)]]
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "engine.inference.worker", "1"],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as worker:
        assert worker.stdin
        worker.stdin.write(json.dumps({"rulesets": rulesets}).encode() + b"\n")
        worker.stdin.close()
        assert worker.wait(30) == -signal.SIGALRM


def test_a_folder_named_engine_where_it_is_started_is_not_taken_for_the_engine(
    tmp_path: Path, durable: DurableInference, reported: list[InferenceError], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "__init__.py").write_text("raise SystemExit('a trap')")
    monkeypatch.chdir(tmp_path)
    working(durable)
    assert reported == []


def test_threads_take_turns(durable: DurableInference, reported: list[InferenceError]) -> None:
    answers: list[Conclusions] = []
    threads = [threading.Thread(target=lambda: answers.extend(infer(durable) for _ in range(20))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert answers == [EXPECTED] * 80
    assert reported == []


def test_twenty_workers_live_and_die_without_a_crash_when_fresh_memory_is_filled_with_rubbish(
    reported: list[InferenceError],
) -> None:
    """Without the rule that warms a ruleset up, each of them crashes (see the defects)."""
    for _ in range(20):
        durable = DurableInference(reported.append, environment={**os.environ, **SCRIBBLE})
        for truth in Truth:
            asked = (PROGRAM, TARGETS, {Fact(target="A", name="up"): truth})
            assert durable.infer(*asked) == NativeInference().infer(*asked)
        nothing_fires = dict.fromkeys(FACTS, Truth.TRUE)
        assert durable.infer(PROGRAM, TARGETS, nothing_fires).truth(Fact(target="A", name="lost")) is Truth.FALSE
        durable.close()
    assert reported == []
