"""Forward chaining by durable-rules, at arm's length: its C library lives in a worker process with a deadline.

The worker gets a program once and answers one inference a line. When it dies, is silent, or says what cannot
be, that is reported once, and the native engine answers until a new worker is started: after a second, or longer
when workers keep failing.
"""

import importlib.util
import json
import math
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.errors import InferenceError, SettingsError
from engine.inference.backoff import BackOff
from engine.inference.ground import Body, Ground, Key, Standing, standing_before
from engine.inference.levels import rulesets
from engine.inference.native import NativeInference
from engine.inference.pipe import Pipe
from engine.knowledge import Program, Rule
from engine.model import Conclusions, Fact, Instant, Seconds, Target, TargetId, Truth

_LIBRARY = "durable_rules_engine"
_FIRST_WITHOUT = (3, 13)
_WORKER = (sys.executable, "-P", "-m", "engine.inference.worker")
_ROOT = Path(__file__).resolve().parents[2]
_KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": "268435456", "MALLOC_TRIM_THRESHOLD_": "268435456"}
"""glibc then keeps the megabytes of a session for the next; asking the kernel for them each time doubles the work."""
_SELF = -1  # the role of a rule's own target, as the worker reads it


def available() -> bool:
    """Whether durable-rules can serve here: it is installed, and Python is older than 3.13."""
    return sys.version_info < _FIRST_WITHOUT and importlib.util.find_spec(_LIBRARY) is not None


class DurableInference:
    """Inference by a worker process; safe to share between threads, which then take turns.

    `report` is told of every failure that the native engine made good. `within` is the longest an inference may
    take, `start_within` the longest that starting a worker and compiling a program may take, both in seconds.
    `monotonic` is the clock by which it waits before it starts a worker after one that failed.
    """

    def __init__(
        self,
        report: Callable[[InferenceError], None],
        *,
        within: Seconds = 2.0,
        start_within: Seconds = 15.0,
        environment: Mapping[str, str] | None = None,
        monotonic: Callable[[], Instant] = time.monotonic,
    ) -> None:
        if not available():
            raise SettingsError(
                "durable-rules cannot serve here: it needs Python before 3.13 and the package durable-rules; "
                "set `inference: native`, which concludes the same"
            )
        self._report = report
        self._within = within
        self._start_within = start_within
        self._environment = environment
        self._monotonic = monotonic
        self._back_off = BackOff()
        self._native = NativeInference()
        self._lock = threading.Lock()
        self._worker: tuple[Pipe, _Code] | None = None
        self._asked = 0

    @property
    def worker_pid(self) -> int | None:
        """The process id of the worker; None while there is none."""
        return self._worker[0].pid if self._worker else None

    def infer(self, program: Program, targets: Sequence[Target], facts: Mapping[Fact, Truth]) -> Conclusions:
        """Everything that follows from `facts`; answered by the native engine while the worker fails."""
        with self._lock:
            if self._back_off.over(self._monotonic()):
                try:
                    return self._infer(program, targets, facts)
                except InferenceError as error:
                    self._end_worker()
                    self._back_off = self._back_off.after_failure(self._monotonic())
                    self._report(error)
        return self._native.infer(program, targets, facts)

    def close(self) -> None:
        """End the worker; a later inference would start a new one."""
        with self._lock:
            self._end_worker()

    def _infer(self, program: Program, targets: Sequence[Target], facts: Mapping[Fact, Truth]) -> Conclusions:
        pipe, code = self._serving(program)
        ground = Ground(targets)
        declared, derived = ground.declared(program), ground.derived(program)
        standing = standing_before(facts, declared, derived)
        self._asked += 1
        request = {"number": self._asked, **code.request(ground, targets, standing)}
        answer = pipe.ask(json.dumps(request, separators=(",", ":")).encode(), self._within)
        try:
            lower, upper = code.answer(answer, self._asked, ground, targets)
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise InferenceError(f"the inference worker answered nonsense ({error}): {answer[:200]!r}") from error
        standing.impossible.difference_update(body.concluded for body in upper)
        _check(lower, standing)
        return standing.conclusions(facts, declared, derived, lower)

    def _serving(self, program: Program) -> tuple[Pipe, "_Code"]:
        """The worker that holds this program; one that holds another is replaced, for it cannot forget."""
        if self._worker:
            if self._worker[1].program is program or self._worker[1].program == program:
                return self._worker
            self._end_worker()
        code = _Code(program)
        environment = os.environ if self._environment is None else self._environment
        # With -P the path decides: never a folder `engine` that happens to lie where Medicus is started.
        longest = math.ceil(max(self._within, self._start_within)) + 1
        pipe = Pipe((*_WORKER, str(longest)), {**_KEEP_MEMORY, **environment, "PYTHONPATH": str(_ROOT)})
        self._worker = (pipe, code)
        answer = pipe.ask(json.dumps({"rulesets": code.rulesets}).encode(), self._start_within)
        if answer != b'{"ready":%d}' % len(code.rulesets):
            raise InferenceError(f"the inference worker did not take the program: {answer[:200]!r}")
        return self._worker

    def _end_worker(self) -> None:
        if self._worker:
            self._worker[0].close()
            self._worker = None


class _Code:
    """A program in small integers, both ways."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._rules: list[Rule] = []
        self._numbers: dict[tuple[str, str], int] = {}
        self.rulesets = [
            [self._wire(rule) for rule in ruleset] for level in program.levels for ruleset in rulesets(level)
        ]

    def request(self, ground: Ground, targets: Sequence[Target], standing: Standing) -> dict[str, Any]:
        """One inference as the worker reads it; facts that no rule names are left out."""
        index = {target.id: number for number, target in enumerate(targets)}
        names = {name: number for (sort, name), number in self._numbers.items() if sort == "fact"}

        def keys(some: set[Key]) -> list[tuple[int, int]]:
            return [(index[target], names[name]) for target, name in some if target in index and name in names]

        return {
            "kinds": [self._numbers.get(("kind", target.kind), _SELF) for target in targets],
            "links": list(self._links(ground, targets, index)),
            "certain": keys(standing.certain),
            "impossible": keys(standing.impossible),
        }

    def answer(
        self, line: bytes, number: int, ground: Ground, targets: Sequence[Target]
    ) -> tuple[list[Body], list[Body]]:
        """What the worker says fired in the lower and in the upper run of the inference of that number."""
        answer = json.loads(line)
        if answer["number"] != number:
            raise ValueError("this answers an earlier question")
        lower, upper = (
            [self._body(rule, target, ground, targets) for rule, target in answer[run]] for run in ("lower", "upper")
        )
        return lower, upper

    def _body(self, rule: Any, target: Any, ground: Ground, targets: Sequence[Target]) -> Body:
        body = ground.body(self._rules[_natural(rule)], targets[_natural(target)])
        if body.rule.kind != targets[target].kind:
            raise ValueError(f"{body.rule.id} is not about {targets[target].kind}")
        return body

    def _links(
        self, ground: Ground, targets: Sequence[Target], index: Mapping[TargetId, int]
    ) -> Iterator[tuple[int, int, int]]:
        for target in targets:
            for role in target.depends_on:
                number = self._numbers.get(("role", role))
                whose = ground.whose(target, role)
                if role and number is not None and whose is not None:
                    yield index[target.id], number, index[whose]

    def _wire(self, rule: Rule) -> list[Any]:
        self._rules.append(rule)
        when = [
            (
                self._number("fact", literal.fact),
                self._number("role", literal.of) if literal.of else _SELF,
                int(literal.negated),
            )
            for literal in rule.when
        ]
        return [len(self._rules) - 1, self._number("kind", rule.kind), self._number("fact", rule.concludes), when]

    def _number(self, sort: str, name: str) -> int:
        return self._numbers.setdefault((sort, name), len(self._numbers))


def _natural(number: Any) -> int:
    if type(number) is not int or number < 0:
        raise ValueError(f"{number!r} is no index")
    return number


def _check(lower: Sequence[Body], standing: Standing) -> None:
    """Follow the proof step by step and settle what it concludes; InferenceError where it does not hold."""
    if len({(body.rule.id, body.concluded) for body in lower}) < len(lower):
        raise InferenceError("the inference worker fired a rule twice on one target")
    for body in lower:
        for key, negated in body.conditions:
            if key not in (standing.impossible if negated else standing.certain):
                raise InferenceError(f"the inference worker fired {body.rule.id} on {body.concluded[0]} without cause")
        if body.concluded in standing.impossible:
            raise InferenceError(
                f"the inference worker found {body.rule.id} on {body.concluded[0]} certain, not possible"
            )
        standing.certain.add(body.concluded)
