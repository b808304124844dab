"""What the core asks of the edges: senses, hands, memory, reasoning and time."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, ClassVar, Protocol

from engine.casefile import (
    Approval,
    Attempt,
    AuditEntry,
    AuditNote,
    Change,
    Incident,
    Pause,
    Remediation,
)
from engine.knowledge import Program
from engine.lifecycle import ALL_INCIDENTS, IncidentState
from engine.model import (
    Conclusions,
    Effect,
    Fact,
    IncidentId,
    Instant,
    Observable,
    Outcome,
    Reading,
    RemediationId,
    Risk,
    Scalar,
    Seconds,
    Target,
    Truth,
)


class Clock(Protocol):
    """Tells the time, so that the core never has to ask the machine."""

    def now(self) -> Instant:
        """Seconds since the epoch (UTC)."""
        ...


class Probe(Protocol):
    """One sense, bound to one part of one target; it only looks.

    `timeout` is the longest that `observe` may take; the caller abandons it then.
    """

    name: ClassVar[str]
    settings: ClassVar[type[Any]]
    observables: ClassVar[tuple[Observable, ...]]

    @property
    def timeout(self) -> Seconds:
        """Seconds that one look may take."""
        ...

    @classmethod
    def bind(cls, settings: Any) -> "Probe":
        """The probe for one part, from its settings as `cls.settings` checked them."""
        ...

    def observe(self) -> Sequence[Reading]:
        """Read every observable now; what cannot be read is `Unknown`, with the reason. Raises nothing on purpose."""
        ...


class Action(Protocol):
    """One thing that Medicus can do to the world.

    `params` is the pydantic model of its parameters. `rights` says in one line what it needs. An action that is
    not `idempotent` is never run again after a crash in the middle of it.
    """

    name: ClassVar[str]
    params: ClassVar[type[Any]]
    risk: ClassVar[Risk]
    reversible: ClassVar[bool]
    idempotent: ClassVar[bool]
    timeout: ClassVar[Seconds]
    rights: ClassVar[str]

    def preview(self, params: Mapping[str, Scalar]) -> Effect:
        """Find out what `run` would do, touching nothing."""
        ...

    def run(self, params: Mapping[str, Scalar], effect: Effect) -> Outcome:
        """Try once, and touch nothing that is not in `effect.touches`."""
        ...

    def undo(self, params: Mapping[str, Scalar], outcome: Outcome) -> Outcome:
        """Take back what `run` did, from `outcome.undo`; permanent failure when there is no way back."""
        ...


class Inference(Protocol):
    """Forward chaining over one connected component of targets, three-valued (see docs/explanation/semantics.md)."""

    def infer(self, program: Program, targets: Sequence[Target], facts: Mapping[Fact, Truth]) -> Conclusions:
        """Everything that follows from `facts`; a given fact that is not in `facts` is unknown.

        Raises InferenceError when no answer can be had.
        """
        ...


class Store(Protocol):
    """Changes what is kept: all changes and the audit entry about them, or nothing."""

    def commit(self, note: AuditNote, *changes: Change) -> AuditEntry:
        """Carry out `changes` and append `note`, in one transaction that is on disk on return.

        Raises ConflictError when an expected state is not so any more, StoreError when it cannot be written.
        """
        ...

    def writable(self) -> None:
        """Prove, by really writing, that a commit would succeed now; StoreError when it would not."""
        ...


class Casebook(Protocol):
    """Reads what is kept; every method raises StoreError when it cannot."""

    def incidents(self, *, among: AbstractSet[IncidentState] = ALL_INCIDENTS) -> Sequence[Incident]:
        """Incidents in one of the states `among`, newest first."""
        ...

    def incident(self, incident: IncidentId) -> Incident:
        """One incident; NotFoundError when there is none of that id."""
        ...

    def incident_id(self, at: Instant) -> IncidentId:
        """The id for the next incident of the UTC day of `at`: ALT-YYYY-MM-DD-NNN. It is not reserved."""
        ...

    def remediations(self, incident: IncidentId) -> Sequence[Remediation]:
        """The remediations of an incident, oldest first."""
        ...

    def recent_remediations(self, since: Instant) -> Sequence[Remediation]:
        """Every remediation that changed at or after `since`, and every one that is live; oldest first."""
        ...

    def approvals(self, remediation: RemediationId) -> Sequence[Approval]:
        """The approvals given to a remediation, oldest first."""
        ...

    def attempts(self, remediation: RemediationId) -> Sequence[Attempt]:
        """The attempts of a remediation, in the order in which they were begun."""
        ...

    def pause(self) -> Pause:
        """The kill switch as it stands."""
        ...


class AuditTrail(Protocol):
    """Reads the audit log."""

    def entries(self, *, after: int = 0, limit: int = 1000) -> Sequence[AuditEntry]:
        """Entries whose number is above `after`, in order, at most `limit`."""
        ...

    def stamp(self) -> int:
        """A number that changes with every commit, for those who wait for news; cheap."""
        ...
