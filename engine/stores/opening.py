"""Opening a state folder: what is missing is made, what is old is migrated, what is not ours is left alone."""

import secrets
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import Connection, Engine, column, inspect, select, table
from sqlalchemy.exc import SQLAlchemyError

from engine.audit import KEY_BYTES, Head
from engine.errors import StoreError
from engine.model import Seconds
from engine.stores import reading
from engine.stores.anchoring import AnchorFile
from engine.stores.dialect import WRITES, sqlite_engine, store_error
from engine.stores.folder import Folder
from engine.stores.schema import AUDIT, HEAD, VERSION_TABLE
from engine.stores.sql import SqlStore


def open_store(path: Path, *, create: bool = True, wait: Seconds = 10.0) -> SqlStore:
    """The store in a state folder, migrated to this release's schema.

    With `create`, folder (0700), database, key and anchor (0600) are made when missing. A process waits up to `wait`
    seconds for another that is writing. StoreError says what is wrong with the folder and what to do.
    """
    folder = Folder(path.absolute())
    if create:
        folder.make()
    elif not folder.database.exists():
        raise StoreError(f"there is no store in {folder.path}: start `medicus run` first, or name the right folder")
    with ExitStack() as undo:
        engine = sqlite_engine(folder.database, wait)
        undo.callback(engine.dispose)
        try:
            with folder.held(wait) as held:
                if not held:
                    raise StoreError(f"{folder.path} is held by another process: wait for it, or end it")
                key = _prepare(folder, engine)
        except SQLAlchemyError as error:
            raise store_error(error, folder.database) from error
        except OSError as error:
            raise folder.cannot("open the store", folder.path, error) from error
        undo.pop_all()
        return SqlStore(folder, engine, key)


def _prepare(folder: Folder, engine: Engine) -> bytes:
    """Make or migrate what needs it, and return the key."""
    if not folder.database.exists():
        with folder.create(folder.database):
            pass
    with engine.connect() as connection:
        old = _is_old(connection, folder)
        has_entries = not old and reading.head(connection).number > 0
    if old:
        with engine.connect().execution_options(**WRITES) as connection, connection.begin():
            _migrate(connection)
            has_entries = reading.head(connection).number > 0
    return _key(folder, has_entries=has_entries)


def _is_old(connection: Connection, folder: Folder) -> bool:
    """Whether the database needs a migration; StoreError when it is not ours, or newer than this release."""
    tables = set(inspect(connection).get_table_names())
    if not tables:
        return True
    if VERSION_TABLE not in tables:
        raise StoreError(f"{folder.database} is a database of something else: name another state folder")
    version = connection.scalar(select(column("version_num")).select_from(table(VERSION_TABLE)))
    if version == HEAD:
        if AUDIT.name not in tables:
            raise StoreError(f"{folder.database} has lost its tables: put back a backup of {folder.path}")
        return False
    if version is None or version > HEAD:
        raise StoreError(
            f"{folder.database} has schema {version}, this release knows up to {HEAD}: "
            "run the newer release again, or name another state folder"
        )
    return True


def _migrate(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - takes a fifth of a second that only a migration needs
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)


def _key(folder: Folder, *, has_entries: bool) -> bytes:
    """The key of the audit log; made, with the anchor of an empty log, only while there is nothing that it sealed."""
    key = folder.read(folder.key)
    if key is None:
        if has_entries:
            raise StoreError(
                f"{folder.key} is missing, and the audit log was sealed with it: put it back from a backup; "
                "without it the log can be neither checked nor continued"
            )
        key = secrets.token_bytes(KEY_BYTES)
        folder.write(folder.key, key)
    if len(key) != KEY_BYTES:
        raise StoreError(f"{folder.key} has {len(key)} bytes instead of {KEY_BYTES}: put it back from a backup")
    anchor = AnchorFile(folder, key)
    if not has_entries and anchor.read() is None:
        anchor.set(Head())
    return key
