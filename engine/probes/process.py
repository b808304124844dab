"""A program under supervisord: whether it runs, since when, and how it ended."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field

from engine.model import Observable, Reading, Scalar, Seconds, Unknown
from engine.probes.readings import all_unknown
from engine.systems.processes import describe, identity
from engine.systems.supervisor import STATES, ProgramInfo, Supervisor, SupervisorError


class ProcessSettings(BaseModel):
    """Which program: `supervisor` is the path of supervisord's unix socket, `name` is NAME or GROUP:NAME."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    supervisor: Path  #: supervisord's unix socket
    name: Annotated[str, Field(pattern=r"^[^\s:*]+(:[^\s:*]+)?$")]  #: the program


STATE = Observable(name="state", type=str, values=STATES, about="What supervisord says of the program.")
PID = Observable(name="pid", type=int, about="The process that runs it now.", least=1)
STARTED = Observable(
    name="started", type=float, unit="s", about="When the present run began, since the epoch.", least=0
)
EXIT_STATUS = Observable(
    name="exit-status", type=int, about="How the last run ended; -1 for a signal. Not known of a run that never got up."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessProbe:
    """Asks supervisord about one program."""

    name: ClassVar[str] = "process"
    settings: ClassVar[type[ProcessSettings]] = ProcessSettings
    observables: ClassVar[tuple[Observable, ...]] = (STATE, PID, STARTED, EXIT_STATUS)

    supervisor: Supervisor
    program: str
    timeout: Seconds = 3.0

    @classmethod
    def bind(cls, settings: ProcessSettings) -> Self:
        """The probe of the program that `settings` name."""
        return cls(supervisor=Supervisor(settings.supervisor), program=settings.name)

    def observe(self) -> tuple[Reading, ...]:
        """Read every observable now."""
        try:
            info = self.supervisor.process(self.program)
        except SupervisorError as error:
            return all_unknown(self.observables, str(error))
        down = f"the process is not running (state {info.state})"
        return (
            Reading(name=STATE.name, value=_state(info), detail=_detail(info)),
            Reading(name=PID.name, value=_or_unknown(info.pid, down)),
            Reading(name=STARTED.name, value=_or_unknown(info.started, down), detail=_when(info.started)),
            Reading(name=EXIT_STATUS.name, value=_or_unknown(info.exit_status, _why_no_exit_status(info))),
        )


def _when(started: float | None) -> str:
    return f"{datetime.fromtimestamp(started, UTC):%Y-%m-%d %H:%M:%S} UTC" if started is not None else ""


def _or_unknown(value: float | None, because: str) -> Scalar | Unknown:
    return Unknown(because=because) if value is None else value


def _state(info: ProgramInfo) -> str | Unknown:
    if info.state in STATES:
        return info.state
    return Unknown(because="supervisord itself says that it does not know the state; see its log")


def _detail(info: ProgramInfo) -> str:
    if info.pid is None:
        return f"{info.state}: {info.spawn_error}" if info.spawn_error else info.state
    process = identity(info.pid)
    return f"{info.state}: {describe(process) if process else f'pid {info.pid}'}"


def _why_no_exit_status(info: ProgramInfo) -> str:
    if info.pid is not None:
        return f"the process has not ended (state {info.state})"
    if info.spawn_error:
        return f"supervisord keeps no exit status of a start that failed ({info.spawn_error})"
    return "the program has not run yet"
