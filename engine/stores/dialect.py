"""All that differs between databases: how a connection is set up, how a write begins, triggers, and error codes.

SQLite runs in WAL with synchronous=FULL: what was committed survives a power cut, and readers never block the writer.
Everything else in this package is SQL that PostgreSQL runs too.
"""

import sqlite3
from enum import Enum, auto
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from engine.errors import StoreError
from engine.model import Seconds

WRITES = {"medicus_writes": True}
_WAL_LIMIT = 64 * 1024 * 1024


class Violation(Enum):
    """Which kind of constraint an insert or update ran into."""

    UNIQUE = auto()
    REFERENCE = auto()
    RULE = auto()


def sqlite_engine(path: Path, wait: Seconds) -> Engine:
    """An engine for a SQLite file; a writer waits up to `wait` seconds for another one to finish."""
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(path)),
        connect_args={"timeout": wait, "isolation_level": None},  # the begin event below says BEGIN, not the driver
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def audit_triggers(dialect: str) -> tuple[str, ...]:
    """The statements that make the database refuse any change of the audit table but an append."""
    if dialect != "sqlite":
        raise StoreError(f"there are no audit triggers for {dialect} yet: use SQLite")
    refuse = "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
    out_of_order = "NEW.number <> (SELECT COALESCE(MAX(number), 0) + 1 FROM audit)"
    return (
        f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit {refuse}",
        f"CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit {refuse}",
        # INSERT OR REPLACE deletes without firing the trigger above, so a number may be given only once, and in order
        f"CREATE TRIGGER audit_in_order BEFORE INSERT ON audit WHEN {out_of_order} {refuse}",
    )


def violation(error: DBAPIError) -> Violation:
    """The kind of constraint behind an IntegrityError."""
    code = getattr(error.orig, "sqlite_errorcode", None) or getattr(error.orig, "sqlstate", None)
    return _VIOLATIONS.get(code, Violation.RULE)


def store_error(error: Exception, where: Path) -> StoreError:
    """What a database error means for the operator: what happened, to which file, what to do next."""
    cause = getattr(error, "orig", None) or error
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
    what, hint = _MEANINGS.get(code, (f"the database failed ({cause})", "see the log of this machine"))
    return StoreError(f"{where}: {what}; {hint}")


_VIOLATIONS: dict[int | str | None, Violation] = {
    sqlite3.SQLITE_CONSTRAINT_UNIQUE: Violation.UNIQUE,
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY: Violation.UNIQUE,
    sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY: Violation.REFERENCE,
    "23505": Violation.UNIQUE,
    "23503": Violation.REFERENCE,
}

_MEANINGS = {
    sqlite3.SQLITE_BUSY: (
        "another process has held the database for too long",
        "find it with `fuser` on that file, and end it or wait",
    ),
    sqlite3.SQLITE_FULL: ("the disk is full", "free some space; nothing was written"),
    sqlite3.SQLITE_IOERR: (
        "reading or writing the disk failed",
        "look at the free space and at the disk's health; nothing was written",
    ),
    sqlite3.SQLITE_READONLY: (
        "the database may not be written",
        "look at who owns the file and its folder, and whether the disk is mounted read-only",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "the database cannot be opened",
        "look at whether its folder exists, who owns it, and whether the disk is mounted read-only",
    ),
    sqlite3.SQLITE_PERM: ("the database may not be opened", "look at who owns the file and its folder"),
    sqlite3.SQLITE_CORRUPT: (
        "the database is damaged",
        "keep a copy of the folder, then put back a backup of it",
    ),
    sqlite3.SQLITE_NOTADB: (
        "this is no database, or its first page is damaged",
        "keep a copy of the folder, then put back a backup of it",
    ),
}


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    for pragma in (
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",
        "PRAGMA foreign_keys=ON",
        "PRAGMA trusted_schema=OFF",
        f"PRAGMA journal_size_limit={_WAL_LIMIT}",
    ):
        connection.execute(pragma).close()


def _begin(connection: Connection) -> None:
    options: dict[str, Any] = dict(connection.get_execution_options())
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("medicus_writes") else "BEGIN")
