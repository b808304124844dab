"""What Medicus can do to a program under supervisord: start it, and start it anew."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from actions.approved import refusal
from engine.model import Effect, Outcome, Result, Risk, Scalar, Seconds, Text, Touch
from engine.params import parse
from engine.systems.processes import describe, identity
from engine.systems.supervisor import NoSuchProgramError, ProgramInfo, RefusedError, Supervisor, SupervisorError

ProgramName = Annotated[str, Field(pattern=r"^[^\s:*]+(:[^\s:*]+)?$")]
LOOK_EVERY: Seconds = 0.1
_COMING_UP = ("starting", "backoff")


class StartProcessParams(BaseModel):
    """Which program of which supervisord, and for how many seconds to wait until it runs.

    `keep_running` says that it shall run always, so that a stop by hand is not respected.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    supervisor: Path  #: supervisord's unix socket
    name: ProgramName  #: the program
    keep_running: bool = False  #: start it at low risk even when it was stopped by hand
    within: Annotated[float, Field(gt=0, le=60)] = 10.0  #: seconds to wait until it runs


class RestartProcessParams(BaseModel):
    """Which program of which supervisord, and how many seconds its stop and start may take together."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    supervisor: Path  #: supervisord's unix socket
    name: ProgramName  #: the program
    within: Annotated[float, Field(gt=0, le=120)] = 30.0  #: seconds for stop and start together


@dataclass(frozen=True, slots=True, kw_only=True)
class StartProcess:
    """Start a program through its supervisord and wait until supervisord counts it as running."""

    name: ClassVar[str] = "start-process"
    params: ClassVar[type[StartProcessParams]] = StartProcessParams
    risk: ClassVar[Risk] = Risk.LOW
    reversible: ClassVar[bool] = True
    idempotent: ClassVar[bool] = True
    timeout: ClassVar[Seconds] = 75.0
    rights: ClassVar[str] = "to use the supervisord's socket"

    def preview(self, params: Mapping[str, Scalar]) -> Effect:
        """Find out how the program stands, and whether it was stopped by hand."""
        asked = parse(self.params, params, self.name)
        try:
            return self._effect(asked, Supervisor(asked.supervisor).process(asked.name))
        except SupervisorError as error:
            return self._effect(asked, None, ready=str(error))

    def run(self, params: Mapping[str, Scalar], effect: Effect) -> Outcome:
        """Start the program unless it runs, and wait for it."""
        asked = parse(self.params, params, self.name)
        supervisor = Supervisor(asked.supervisor)
        ends = time.monotonic() + asked.within
        try:
            info = supervisor.process(asked.name)
        except SupervisorError as error:
            return _not_asked(error)
        if info.state == "running":
            return Outcome(result=Result.DONE, sentence=f"{asked.name} runs already{_pid(info)}")
        refused = refusal(effect, self._effect(asked, info))
        if refused:
            return refused
        return _start(supervisor, asked.name, ends)

    def undo(self, params: Mapping[str, Scalar], outcome: Outcome) -> Outcome:
        """Stop the program again, provided that this action started it and the same process still runs."""
        asked = parse(self.params, params, self.name)
        started = str(outcome.undo.get("process", ""))
        if not started:
            return Outcome(result=Result.PERMANENT, sentence=f"{asked.name} was not started by this action")
        supervisor = Supervisor(asked.supervisor)
        try:
            now = _process(supervisor.process(asked.name))
        except SupervisorError as error:
            return _not_asked(error)
        if not now:
            return Outcome(result=Result.DONE, sentence=f"{asked.name} does not run any more")
        if now != started:
            return Outcome(
                result=Result.PERMANENT,
                sentence=f"{asked.name} was started anew by somebody else (process {now}, not {started}): left alone",
            )
        return _stop(supervisor, asked.name, time.monotonic() + asked.within)

    def _effect(self, asked: StartProcessParams, info: ProgramInfo | None, ready: str = "") -> Effect:
        lines = [f"supervisord on {asked.supervisor}: start {asked.name}; up to {asked.within:g} s to run"]
        risk = self.risk
        if info and info.state == "running":
            lines = [f"{asked.name} runs already{_pid(info)}: nothing is done"]
        if info and info.state == "stopped" and not asked.keep_running:
            risk = Risk.MODERATE
            lines.append(f"{asked.name} was stopped by hand, or never started: somebody may want it so")
        if info and info.state == "stopping":
            ready = f"{asked.name} is being stopped right now; look again when it has"
        return Effect(
            summary=Text(en=f"Start {asked.name}", zh=f"启动 {asked.name}"),
            touches=(_program(asked.supervisor, asked.name),),
            risk=risk,
            lines=tuple(lines),
            ready=ready,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartProcess:
    """Stop a running program through its supervisord and start it again."""

    name: ClassVar[str] = "restart-process"
    params: ClassVar[type[RestartProcessParams]] = RestartProcessParams
    risk: ClassVar[Risk] = Risk.MODERATE
    reversible: ClassVar[bool] = False
    idempotent: ClassVar[bool] = False
    timeout: ClassVar[Seconds] = 135.0
    rights: ClassVar[str] = "to use the supervisord's socket"

    def preview(self, params: Mapping[str, Scalar]) -> Effect:
        """Find out which process would be ended."""
        asked = parse(self.params, params, self.name)
        try:
            return self._effect(asked, Supervisor(asked.supervisor).process(asked.name))
        except SupervisorError as error:
            return self._effect(asked, None, ready=str(error))

    def run(self, params: Mapping[str, Scalar], effect: Effect) -> Outcome:
        """Stop and start the program, provided that the approved process is the one that runs."""
        asked = parse(self.params, params, self.name)
        supervisor = Supervisor(asked.supervisor)
        ends = time.monotonic() + asked.within
        try:
            info = supervisor.process(asked.name)
        except SupervisorError as error:
            return _not_asked(error)
        refused = refusal(effect, self._effect(asked, info))
        if refused:
            return refused
        stopped = _stop(supervisor, asked.name, ends)
        if stopped.result is not Result.DONE:
            return stopped
        started = _start(supervisor, asked.name, ends)
        if started.result is Result.DONE:
            return Outcome(result=Result.DONE, sentence=f"{asked.name} was restarted: {started.sentence}")
        return Outcome(result=started.result, sentence=f"{asked.name} was stopped, but then: {started.sentence}")

    def undo(self, params: Mapping[str, Scalar], outcome: Outcome) -> Outcome:
        """A restart cannot be taken back."""
        del params, outcome
        return Outcome(result=Result.PERMANENT, sentence="a restart cannot be taken back")

    def _effect(self, asked: RestartProcessParams, info: ProgramInfo | None, ready: str = "") -> Effect:
        running = identity(info.pid) if info and info.pid and info.state in ("running", "starting") else None
        touches = [_program(asked.supervisor, asked.name)]
        lines = [f"supervisord on {asked.supervisor}: stop {asked.name}, then start it; up to {asked.within:g} s"]
        if running:
            touches.append(Touch(kind="process", identity=str(running), label=describe(running)))
            lines.append(f"ends {describe(running)}")
        elif info:
            ready = f"{asked.name} is not running (state {info.state}): there is nothing to restart"
        return Effect(
            summary=Text(en=f"Restart {asked.name}", zh=f"重启 {asked.name}"),
            touches=tuple(touches),
            risk=self.risk,
            lines=tuple(lines),
            cannot_undo=f"what {asked.name} is doing now is broken off",
            ready=ready,
        )


def _start(supervisor: Supervisor, name: str, ends: Seconds) -> Outcome:
    ours = False
    try:
        ours = supervisor.start(name)
    except (RefusedError, NoSuchProgramError) as error:
        return Outcome(result=Result.PERMANENT, sentence=str(error))
    except SupervisorError:
        pass  # the order may have arrived all the same: what supervisord says next tells
    try:
        info = _settled(supervisor, name, _COMING_UP, ends)
    except SupervisorError as error:
        return Outcome(result=Result.UNKNOWN, sentence=f"nobody can say whether {name} was started: {error}")
    if info.state == "running":
        started = _process(info)
        undo = {"process": started} if ours and started else {}
        return Outcome(result=Result.DONE, sentence=f"{name} runs{_pid(info)}", undo=undo)
    why = f": {info.spawn_error}" if info.spawn_error else ""
    if info.state in _COMING_UP:
        return Outcome(result=Result.RECOVERABLE, sentence=f"{name} does not run yet (state {info.state}{why})")
    if not ours:  # what ended was begun before the order, perhaps before what was in its way was mended
        sentence = f"{name} is {info.state} after a start that was not ordered here{why}"
        return Outcome(result=Result.RECOVERABLE, sentence=sentence)
    return Outcome(
        result=Result.PERMANENT, sentence=f"{name} is {info.state} after the order to start it{why}; read its log"
    )


def _stop(supervisor: Supervisor, name: str, ends: Seconds) -> Outcome:
    try:
        supervisor.stop(name)
        info = _settled(supervisor, name, ("running", "stopping"), ends)
    except SupervisorError as error:
        return Outcome(result=Result.UNKNOWN, sentence=f"nobody can say whether {name} was stopped: {error}")
    if info.pid is None:
        return Outcome(result=Result.DONE, sentence=f"{name} is stopped")
    return Outcome(
        result=Result.UNKNOWN,
        sentence=f"supervisord is still stopping {name}{_pid(info)}; nothing starts it again by itself",
    )


def _settled(supervisor: Supervisor, name: str, passing: tuple[str, ...], ends: Seconds) -> ProgramInfo:
    """How the program stands once it is in none of the `passing` states, or at the end of the time."""
    while True:
        info = supervisor.process(name)
        if info.state not in passing or time.monotonic() >= ends:
            return info
        time.sleep(LOOK_EVERY)


def _not_asked(error: SupervisorError) -> Outcome:
    result = Result.PERMANENT if isinstance(error, NoSuchProgramError) else Result.RECOVERABLE
    return Outcome(result=result, sentence=f"nothing was done: {error}")


def _program(supervisor: Path, name: str) -> Touch:
    return Touch(kind="program", identity=f"{supervisor} {name}")


def _process(info: ProgramInfo) -> str:
    running = identity(info.pid) if info.pid else None
    return str(running or "")


def _pid(info: ProgramInfo) -> str:
    return f" (pid {info.pid})" if info.pid else ""
