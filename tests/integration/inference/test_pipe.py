"""A child answers one line with one line, or it is an error in bounded time and memory."""

import os
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from engine.errors import InferenceError
from engine.inference.pipe import Pipe

Start = Callable[[str], Pipe]


@pytest.fixture
def start() -> Iterator[Start]:
    pipes: list[Pipe] = []

    def child(code: str) -> Pipe:
        pipes.append(Pipe([sys.executable, "-c", code], os.environ))
        return pipes[-1]

    yield child
    for pipe in pipes:
        pipe.close()


def test_lines_of_any_size_go_there_and_back(start: Start) -> None:
    pipe = start("import sys\nfor line in sys.stdin: print(line[::-1].strip(), flush=True)")
    for size in (0, 1, 65_535, 65_536, 3_000_000):
        line = b"a" * size + b"b"
        assert pipe.ask(line, 10) == line[::-1]


def test_a_child_that_floods_its_stderr_still_answers(start: Start) -> None:
    pipe = start(
        "import sys\nsys.stderr.write('x' * 5_000_000); sys.stderr.flush(); print(input(), flush=True); input()"
    )
    assert pipe.ask(b"there?", 10) == b"there?"


def test_the_last_words_of_a_child_are_in_the_error_but_not_all_it_ever_said(start: Start) -> None:
    pipe = start("import sys; input(); sys.stderr.write('x' * 5_000_000 + '\\nout of luck\\n'); sys.exit(7)")
    with pytest.raises(InferenceError, match=r"gone .exit status 7.; it said: x.*out of luck") as caught:
        pipe.ask(b"", 10)
    assert len(str(caught.value)) < 5000


def test_silence_is_an_error_at_the_deadline_also_while_it_talks_on_stderr(start: Start) -> None:
    pipe = start("import sys\nwhile True: sys.stderr.write('busy\\n'); sys.stderr.flush()")
    began = time.monotonic()
    with pytest.raises(InferenceError, match=r"silent for 0\.4 s"):
        pipe.ask(b"", 0.4)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("code", ["print('a\\nb', flush=True); input(); input()", "print(flush=True); input()"])
def test_an_answer_to_another_question_is_an_error(code: str, start: Start) -> None:
    pipe = start(code)
    with pytest.raises(InferenceError, match="what it was not asked"):
        pipe.ask(b"x" * 1_000_000, 10)


def test_a_child_that_does_not_stop_answering_is_an_error(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.inference.pipe._LONGEST_ANSWER", 1_000_000)
    pipe = start("import sys\nwhile True: sys.stdout.write('x' * 65536)")
    with pytest.raises(InferenceError, match="does not stop answering"):
        pipe.ask(b"", 10)
