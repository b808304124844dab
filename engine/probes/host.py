"""The machine itself: how busy it is and how full."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import psutil
from pydantic import BaseModel, ConfigDict

from engine.lines import one_line
from engine.model import Observable, Reading, Seconds
from engine.probes.readings import unknown

_CPU_WINDOW: Seconds = 0.2
_GIB = 1 << 30


class HostSettings(BaseModel):
    """`path` is any path on the file system whose fullness counts."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    path: Path = Path("/")  #: any path on the file system in question


CPU = Observable(
    name="cpu", type=float, unit="%", about="Share of all processors in use, over 0.2 s.", least=0, most=100
)
MEMORY = Observable(
    name="memory", type=float, unit="%", about="Share of memory that is not available.", least=0, most=100
)
DISK = Observable(
    name="disk",
    type=float,
    unit="%",
    about="Share of the file system in use, as an ordinary user sees it.",
    least=0,
    most=100,
)
LOAD = Observable(
    name="load", type=float, about="Average number of processes that ran or waited in the last minute.", least=0
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostProbe:
    """Asks the kernel about processors, memory and one file system."""

    name: ClassVar[str] = "host"
    settings: ClassVar[type[HostSettings]] = HostSettings
    observables: ClassVar[tuple[Observable, ...]] = (CPU, MEMORY, DISK, LOAD)

    path: Path
    timeout: Seconds = 2.0

    @classmethod
    def bind(cls, settings: HostSettings) -> Self:
        """The probe of this machine and of the file system that `settings` name."""
        return cls(path=settings.path)

    def observe(self) -> tuple[Reading, ...]:
        """Read every observable now; one that cannot be read leaves the others as they are."""
        return (_read(CPU, _cpu), _read(MEMORY, _memory), _read(DISK, self._disk), _read(LOAD, _load))

    def _disk(self) -> tuple[float, str]:
        usage = psutil.disk_usage(str(self.path))
        free = f"{usage.free / _GIB:.1f} GiB free of {usage.total / _GIB:.1f} GiB"
        return usage.percent, f"{free} at {one_line(str(self.path), 100)}"


def _read(observable: Observable, read: Callable[[], tuple[float, str]]) -> Reading:
    try:
        value, detail = read()
    except (psutil.Error, OSError, RuntimeError, ValueError) as failure:
        return unknown(observable, f"the kernel does not tell: {one_line(str(failure))}")
    return Reading(name=observable.name, value=value, detail=detail)


def _cpu() -> tuple[float, str]:
    return psutil.cpu_percent(_CPU_WINDOW), f"{psutil.cpu_count() or '?'} processors"


def _memory() -> tuple[float, str]:
    memory = psutil.virtual_memory()
    return memory.percent, f"{memory.available / _GIB:.1f} GiB available of {memory.total / _GIB:.1f} GiB"


def _load() -> tuple[float, str]:
    one, five, fifteen = os.getloadavg()
    return one, f"{one:.2f} over 1 min, {five:.2f} over 5 min, {fifteen:.2f} over 15 min"
