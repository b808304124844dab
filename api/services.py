"""What the doors have in common: the joined parts that the command line and HTTP serve."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

from engine.knowledge import Problem
from engine.model import Instant, ProblemId, Seconds
from engine.protocols import Casebook, Clock
from engine.remediation.approvals import Approvals
from engine.stores.sql import SqlStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """How the running engine is: when it last went around, how long it took, and what is wrong (empty: nothing)."""

    at: Instant
    took: Seconds
    ticks: int
    trouble: str = ""


class Pulse:
    """The engine's heartbeat: written by the cycle's thread, read by the doors' threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._last: Beat | None = None

    def beat(self, at: Instant, took: Seconds, trouble: str = "") -> None:
        """Note that the engine went around once."""
        with self._lock:
            ticks = self._last.ticks + 1 if self._last else 1
            self._last = Beat(at=at, took=took, ticks=ticks, trouble=trouble)

    @property
    def last(self) -> Beat | None:
        """The last time around; None before the first."""
        with self._lock:
            return self._last


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What a door needs to serve operators; `interval` is the cycle's, in seconds."""

    store: SqlStore
    approvals: Approvals
    problems: Mapping[ProblemId, Problem]
    clock: Clock
    interval: Seconds
    inference: str
    pulse: Pulse = field(default_factory=Pulse)

    @property
    def casebook(self) -> Casebook:
        """What is kept, for reading."""
        return self.store
