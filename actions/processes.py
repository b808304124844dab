"""What Medicus can do to processes that no supervisor looks after: ask one to give its port back."""

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from actions.approved import refusal
from engine.model import Effect, Outcome, Result, Risk, Scalar, Seconds, Text, Touch
from engine.params import parse
from engine.systems.processes import (
    NotTerminatedError,
    ProcessIdentity,
    describe,
    family,
    is_alive,
    listeners,
    terminate,
)
from engine.systems.supervisor import Supervisor, SupervisorError


def _an_address(text: str) -> str:
    ip_address(text.partition("%")[0])
    return text


class StopListenerParams(BaseModel):
    """Which port of which address, whose it should be (a program of a supervisord), how many seconds to wait."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    address: Annotated[str, AfterValidator(_an_address)] = "127.0.0.1"  #: the IP address of the port
    port: Annotated[int, Field(ge=1, le=65535)]  #: the TCP port
    supervisor: Path  #: supervisord's unix socket
    name: Annotated[str, Field(pattern=r"^[^\s:*]+(:[^\s:*]+)?$")]  #: the program whose port it is: it is never stopped
    grace: Annotated[float, Field(ge=0, le=60)] = 5.0  #: seconds to wait for all of them to end


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """Who listens besides the program itself, and why they must be left alone (empty: they need not)."""

    foreign: tuple[ProcessIdentity, ...]
    in_the_way: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopListener:
    """Send SIGTERM to the processes that hold the port of a program without being part of it.

    Nothing is killed by force, and what a supervisor would only start again is not stopped.
    """

    name: ClassVar[str] = "stop-listener"
    params: ClassVar[type[StopListenerParams]] = StopListenerParams
    risk: ClassVar[Risk] = Risk.HIGH
    reversible: ClassVar[bool] = False
    idempotent: ClassVar[bool] = True
    timeout: ClassVar[Seconds] = 75.0
    rights: ClassVar[str] = "to see and signal the process that listens (its user, or root)"

    def preview(self, params: Mapping[str, Scalar]) -> Effect:
        """Find out which processes would get the signal."""
        asked = parse(self.params, params, self.name)
        try:
            return self._effect(asked, _find(asked))
        except SupervisorError as error:
            return self._effect(asked, _Found(foreign=(), in_the_way=str(error)))

    def run(self, params: Mapping[str, Scalar], effect: Effect) -> Outcome:
        """Ask exactly the approved processes to end, and look whether the port is free then."""
        asked = parse(self.params, params, self.name)
        try:
            found = _find(asked)
        except SupervisorError as error:
            return Outcome(result=Result.RECOVERABLE, sentence=f"nothing was done: {error}")
        if not found.foreign and not found.in_the_way:
            return Outcome(result=Result.DONE, sentence=f"{_port(asked)} is held by no foreign process any more")
        refused = refusal(effect, self._effect(asked, found))
        return refused or _stop(asked, found.foreign)

    def undo(self, params: Mapping[str, Scalar], outcome: Outcome) -> Outcome:
        """A process that has ended cannot be brought back."""
        del params, outcome
        return Outcome(result=Result.PERMANENT, sentence="a process that has ended cannot be brought back")

    def _effect(self, asked: StopListenerParams, found: _Found) -> Effect:
        who = tuple(describe(one) for one in found.foreign)
        nobody = f"no foreign process listens on {_port(asked)}: nothing to do"
        return Effect(
            summary=Text(
                en=f"Stop what holds {_port(asked)} in the place of {asked.name}",
                zh=f"停止占用 {_port(asked)} 的进程({asked.name} 的端口)",
            ),
            touches=tuple(
                Touch(kind="process", identity=str(one), label=label)
                for one, label in zip(found.foreign, who, strict=True)
            ),
            risk=self.risk,
            lines=tuple(f"SIGTERM to {label}, which holds {_port(asked)}" for label in who) or (nobody,),
            cannot_undo=f"nobody starts this again: {'; '.join(who)}" if who else "",
            ready=found.in_the_way,
        )


def _find(asked: StopListenerParams) -> _Found:
    there = listeners(asked.address, asked.port)
    supervisor = Supervisor(asked.supervisor)
    own = supervisor.process(asked.name).pid
    foreign = tuple(sorted(set(there.pids) - (family(own) if own else frozenset())))
    if there.hidden:
        why = f"a process that Medicus may not see listens on {_port(asked)}; run Medicus as root"
        return _Found(foreign=foreign, in_the_way=why)
    programs = supervisor.running() if foreign else {}
    reasons = (_in_the_way(one, supervisor, programs) for one in foreign)
    return _Found(foreign=foreign, in_the_way=next(filter(None, reasons), ""))


def _in_the_way(one: ProcessIdentity, supervisor: Supervisor, programs: Mapping[str, int]) -> str:
    if one.pid <= 1 or _is_in(os.getpid(), family(one.pid)):
        return f"{describe(one)} is not stopped: Medicus runs under it, or is it"
    if one.pid == supervisor.pid():
        return f"{describe(one)} is not stopped: it is the supervisord itself"
    for name, pid in programs.items():
        if one in family(pid):
            return (
                f"{describe(one)} is not stopped: it belongs to {name} of the same supervisord, "
                f"which might only start it again; use `supervisorctl stop {name}`"
            )
    try:
        os.kill(one.pid, 0)
    except PermissionError:
        return f"{describe(one)} cannot be stopped: no right to; run Medicus as that user or as root"
    except ProcessLookupError:
        return ""
    return ""


def _stop(asked: StopListenerParams, approved: Iterable[ProcessIdentity]) -> Outcome:
    ends = time.monotonic() + asked.grace
    ended: list[str] = []
    for one in approved:
        label = describe(one)
        try:
            gone = terminate(one, max(0.0, ends - time.monotonic()))
        except NotTerminatedError as error:
            return Outcome(result=Result.PERMANENT, sentence=f"{error}; ended before: {', '.join(ended) or 'none'}")
        if gone:
            ended.append(label)
    left = [describe(one) for one in approved if is_alive(one)]
    if left:
        return Outcome(
            result=Result.PERMANENT,
            sentence=f"{'; '.join(left)} did not end within {asked.grace:g} s; not killed by force",
        )
    return _looked_again(asked, "; ".join(ended))


def _looked_again(asked: StopListenerParams, ended: str) -> Outcome:
    try:
        now = _find(asked)
    except SupervisorError as error:
        return Outcome(result=Result.UNKNOWN, sentence=f"ended: {ended}; who holds {_port(asked)} now: {error}")
    if now.foreign:
        others = "; ".join(describe(one) for one in now.foreign)
        return Outcome(
            result=Result.PERMANENT,
            sentence=f"ended: {ended}; but {_port(asked)} was taken again by {others}: find out what starts it",
        )
    if now.in_the_way:
        return Outcome(result=Result.UNKNOWN, sentence=f"ended: {ended}; but {now.in_the_way}")
    return Outcome(result=Result.DONE, sentence=f"ended: {ended}; {_port(asked)} is free of foreign processes")


def _is_in(pid: int, members: Iterable[ProcessIdentity]) -> bool:
    return any(member.pid == pid for member in members)


def _port(asked: StopListenerParams) -> str:
    return f"[{asked.address}]:{asked.port}" if ":" in asked.address else f"{asked.address}:{asked.port}"
