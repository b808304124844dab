"""The store on an SQL database: cases, and the audit log about every change to them.

A commit is one transaction with exactly one audit entry in it. The entry is sealed inside the transaction, so several
processes may write; the anchor follows after it.
"""

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from engine import audit
from engine.audit import Head, Verification
from engine.casefile import Approval, Attempt, AuditEntry, AuditNote, Change, Incident, Pause, Remediation
from engine.errors import ConflictError, NotFoundError, StoreError
from engine.lifecycle import ALL_INCIDENTS, IncidentState
from engine.model import IncidentId, Instant, RemediationId
from engine.stores import reading, writing
from engine.stores.anchoring import AnchorFile
from engine.stores.dialect import WRITES, Violation, store_error, violation
from engine.stores.folder import Folder
from engine.stores.schema import AUDIT

T = TypeVar("T")
_PAGE = 1_000


class SqlStore:
    """What is kept, on disk. Threads and processes may share it; `open_store` makes it."""

    def __init__(self, folder: Folder, engine: Engine, key: bytes) -> None:
        self._folder = folder
        self._engine = engine
        self._key = key
        self._anchor = AnchorFile(folder, key)
        self._opened = folder.identity(folder.database)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    # --- Store

    def commit(self, note: AuditNote, *changes: Change) -> AuditEntry:
        """Carry out `changes` and append `note`, in one transaction that is on disk on return.

        ConflictError when an expected state is not so any more, NotFoundError when a row is missing, StoreError when
        it cannot be written or the log no longer fits its anchor; nothing has changed then.
        """
        with self._writing() as connection:
            self._must_fit(connection)
            for change in changes:
                writing.apply(connection, change)
            entry = self._append(connection, note)
        # on disk already: an anchor that stays behind is no reason to say otherwise (`writable` tells)
        with suppress(StoreError):
            self._anchor.follow(Head(number=entry.number, seal=entry.seal))
        return entry

    def writable(self) -> None:
        """Prove that a commit would succeed, by really writing to database and anchor; StoreError when not.

        A row is committed, not rolled back: what is rolled back never reaches a full disk.
        """
        with self._writing() as connection:
            self._must_fit(connection)
            writing.beat(connection)
        self._anchor.rewrite()

    def accept_log(self, note: AuditNote) -> AuditEntry:
        """Go on with an audit log that does not fit its anchor, as a person decided; `note` tells who and why.

        ConflictError when it fits.
        """
        with self._writing() as connection:
            if not self._misfit(connection):
                raise ConflictError("the audit log fits its anchor: there is nothing to accept")
            entry = self._append(connection, note)
        self._anchor.replace(Head(number=entry.number, seal=entry.seal))
        return entry

    # --- Casebook

    def incidents(self, *, among: AbstractSet[IncidentState] = ALL_INCIDENTS) -> Sequence[Incident]:
        """Incidents in one of the states `among`, newest first."""
        return self._read(lambda connection: reading.incidents(connection, among))

    def incident(self, incident: IncidentId) -> Incident:
        """One incident; NotFoundError when there is none of that id."""
        return self._read(lambda connection: reading.incident(connection, incident))

    def incident_id(self, at: Instant) -> IncidentId:
        """The id for the next incident of the UTC day of `at`: ALT-YYYY-MM-DD-NNN. It is not reserved."""
        prefix = f"ALT-{datetime.fromtimestamp(at, UTC):%Y-%m-%d}-"
        return IncidentId(f"{prefix}{self._read(lambda one: reading.last_number(one, prefix)) + 1:03d}")

    def remediations(self, incident: IncidentId) -> Sequence[Remediation]:
        """The remediations of an incident, oldest first."""
        return self._read(lambda connection: reading.remediations(connection, incident))

    def recent_remediations(self, since: Instant) -> Sequence[Remediation]:
        """Every remediation that changed at or after `since`, and every one that is live; oldest first."""
        return self._read(lambda connection: reading.recent_remediations(connection, since))

    def approvals(self, remediation: RemediationId) -> Sequence[Approval]:
        """The approvals given to a remediation, oldest first."""
        return self._read(lambda connection: reading.approvals(connection, remediation))

    def attempts(self, remediation: RemediationId) -> Sequence[Attempt]:
        """The attempts of a remediation, in the order in which they were begun."""
        return self._read(lambda connection: reading.attempts(connection, remediation))

    def pause(self) -> Pause:
        """The kill switch as it stands: paused while the stop file exists, even when the database does not answer."""
        return self._folder.stopped() or self._read(reading.pause)

    # --- AuditTrail

    def entries(self, *, after: int = 0, limit: int = 1000) -> Sequence[AuditEntry]:
        """Entries whose number is above `after`, in order, at most `limit`."""
        query = reading.log(after=after, limit=limit)
        return self._read(lambda connection: [reading.entry(row) for row in connection.execute(query)])

    def stamp(self) -> int:
        """A number that changes with every commit, for those who wait for news; costs one look at an index."""
        return self._read(lambda connection: connection.scalar(select(func.max(AUDIT.c.number))) or 0)

    def verify(self) -> Verification:
        """Check the whole audit log against its key and its anchor, while others may go on writing."""
        anchor = self._anchor.read()  # before the log: read after it, a newer anchor would look like a cut tail
        return self._read(lambda connection: audit.verify(_all(connection), self._key, anchor))

    # --- how

    def _append(self, connection: Connection, note: AuditNote) -> AuditEntry:
        entry = audit.sealed(note, reading.head(connection), self._key)
        writing.append(connection, entry)
        return entry

    def _misfit(self, connection: Connection) -> str:
        return self._anchor.misfit(lambda number: reading.head(connection, number))

    def _must_fit(self, connection: Connection) -> None:
        if what := self._misfit(connection):
            raise StoreError(
                f"{what}; nothing is done without an audit log that can be trusted: "
                "put back the backup of the whole folder, or go on with the log as it stands (`medicus log accept`)"
            )

    def _must_be_there(self) -> None:
        """StoreError when the database is not the file that was opened; the next call takes the one that is there.

        An open file outlives its name: what is written to it then is lost.
        """
        there = self._folder.identity(self._folder.database)
        if there is None or there != self._opened:
            self._engine.dispose()
            self._opened = there
            raise StoreError(
                f"{self._folder.database} was removed or replaced under Medicus: "
                f"put back a backup of {self._folder.path}"
            )

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """A connection in a transaction that no other writer can interleave; rolled back on any error."""
        self._must_be_there()
        try:
            with self._engine.connect().execution_options(**WRITES) as connection, connection.begin():
                yield connection
        except IntegrityError as error:
            match violation(error):
                case Violation.UNIQUE:
                    raise ConflictError(f"someone else did the same just now: {writing.LOOK_AGAIN}") from error
                case Violation.REFERENCE:
                    raise NotFoundError("the change refers to something that is not on the books") from error
                case Violation.RULE:
                    raise StoreError(f"{self._folder.database} refused the change ({error.orig})") from error
        except SQLAlchemyError as error:
            raise store_error(error, self._folder.database) from error

    def _read(self, query: Callable[[Connection], T]) -> T:
        self._must_be_there()
        try:
            with self._engine.connect() as connection:
                return query(connection)
        except SQLAlchemyError as error:
            raise store_error(error, self._folder.database) from error
        except (ValueError, TypeError) as error:
            raise StoreError(
                f"{self._folder.database} holds a row that makes no sense ({error}): put back a backup of the folder"
            ) from error


def _all(connection: Connection) -> Iterator[AuditEntry]:
    rows = connection.execution_options(yield_per=_PAGE).execute(reading.log())
    return (reading.entry(row) for row in rows)
