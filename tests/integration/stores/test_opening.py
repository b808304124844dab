"""Opening a state folder: what is made, what is migrated, and what is refused with a way out."""

import os
import shutil
import sqlite3
import stat
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from engine.errors import ConflictError, StoreError
from engine.stores import SqlStore, dialect, open_store, opening, schema
from tests.support.cases import note

FILES = ("medicus.db", "audit.key", "audit.anchor")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A closed store with three audit entries."""
    with open_store(tmp_path / "state") as store:
        for event in ("a", "b", "c"):
            store.commit(note(event))
    return tmp_path / "state"


def sql(state: Path, *statements: str) -> None:
    connection = sqlite3.connect(state / "medicus.db")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_the_folder_and_its_files_are_for_their_owner_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with open_store(tmp_path / "a" / "b %20" / "state") as store:
            store.commit(note())
            folder = tmp_path / "a" / "b %20" / "state"
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    finally:
        os.umask(before)
    assert set(modes.values()) == {0o600}
    assert set(FILES) <= set(modes)


def test_opening_again_changes_nothing(state: Path) -> None:
    before = {name: (state / name).read_bytes() for name in FILES}
    for _ in range(2):
        with open_store(state) as store:
            assert (store.stamp(), store.verify().ok) == (3, True)
    assert {name: (state / name).read_bytes() for name in FILES} == before


def test_the_migrations_make_the_very_tables_of_the_schema(state: Path) -> None:
    engine = dialect.sqlite_engine(state / "medicus.db", 1.0)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": schema.VERSION_TABLE})
        assert compare_metadata(context, schema.METADATA) == []
    engine.dispose()

    def shape(database: sqlite3.Connection) -> set[str]:
        rows = database.execute("SELECT sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL")
        kept = (row[0] for row in rows if schema.VERSION_TABLE not in row[0])
        return {line.strip().rstrip(",") for text in kept for line in text.splitlines() if line.strip()}

    made = sqlite3.connect(state / "medicus.db")
    (state / "other").mkdir()
    plain = dialect.sqlite_engine(state / "other" / "x.db", 1.0)
    schema.METADATA.create_all(plain)
    plain.dispose()
    described = sqlite3.connect(state / "other" / "x.db")
    assert shape(made) == shape(described)
    made.close()
    described.close()


def test_the_head_of_the_schema_is_the_head_of_the_migrations() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(opening.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_heads() == [schema.HEAD]


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialect, "audit_triggers", lambda _: ("CREATE TRIGGER nonsense",))
    with pytest.raises(StoreError, match=r"medicus\.db: "):
        open_store(tmp_path / "state")
    connection = sqlite3.connect(tmp_path / "state" / "medicus.db")
    assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    connection.close()
    monkeypatch.undo()
    with open_store(tmp_path / "state") as store:
        store.commit(note())


# --- refused


def test_a_newer_schema_is_refused(state: Path) -> None:
    sql(state, "UPDATE medicus_version SET version_num = '0002'")
    with pytest.raises(StoreError, match="has schema 0002, this release knows up to 0001: run the newer release"):
        open_store(state)


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    sql(tmp_path, "CREATE TABLE customers (id)")
    before = (tmp_path / "medicus.db").read_bytes()[100:]
    with pytest.raises(StoreError, match=r"is a database of something else: name another state folder"):
        open_store(tmp_path)
    assert (tmp_path / "medicus.db").read_bytes()[100:] == before
    assert not (tmp_path / "audit.key").exists()


def test_a_missing_store_is_not_made_when_only_looking(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"there is no store in .*nowhere: start `medicus run` first"):
        open_store(tmp_path / "nowhere", create=False)
    assert not (tmp_path / "nowhere").exists()


def test_a_path_that_cannot_be_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "file", tmp_path / "file" / "state"):
        with pytest.raises(StoreError, match="cannot make the state folder"):
            open_store(path)


def test_lost_tables_are_refused(state: Path) -> None:
    sql(state, "DROP TRIGGER audit_no_delete", "DROP TABLE audit")
    with pytest.raises(StoreError, match="has lost its tables: put back a backup"):
        open_store(state)


def test_a_lost_or_damaged_key_is_never_replaced(state: Path) -> None:
    key = (state / "audit.key").read_bytes()
    (state / "audit.key").write_bytes(key[:16])
    with pytest.raises(StoreError, match="has 16 bytes instead of 32"):
        open_store(state)
    (state / "audit.key").unlink()
    with pytest.raises(StoreError, match=r"audit\.key is missing, and the audit log was sealed with it"):
        open_store(state)
    assert not (state / "audit.key").exists()
    (state / "audit.key").write_bytes(key)
    with open_store(state) as store:
        store.commit(note())


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda state: (state / "audit.key").write_bytes(bytes(32)), "audit.anchor was changed, or audit.key was"),
        (lambda state: (state / "audit.anchor").unlink(), "audit.anchor is missing"),
        (lambda state: (state / "audit.anchor").write_bytes(b""), "audit.anchor was changed"),
        (lambda state: (state / "audit.anchor").write_bytes(b"\xff 9 9\n"), "audit.anchor was changed"),
        (lambda state: (state / "audit.anchor").write_bytes(b"9" * 9000), "audit.anchor was changed"),
        (
            lambda state: sql(state, "DROP TRIGGER audit_no_delete", "DELETE FROM audit WHERE number = 3"),
            "medicus.db has lost audit entry 3",
        ),
        (lambda state: (state / "medicus.db").unlink(), "medicus.db has lost audit entry 3"),
    ],
    ids=["other key", "no anchor", "empty anchor", "garbage", "long anchor", "cut tail", "new database"],
)
def test_a_log_that_does_not_fit_its_anchor_is_not_continued_until_a_person_accepts_it(
    state: Path,
    harm: object,
    said: str,
) -> None:
    assert callable(harm)
    harm(state)
    with open_store(state) as store:
        assert not store.verify().ok
        stamp = store.stamp()
        for write in (store.writable, lambda: store.commit(note())):
            with pytest.raises(StoreError, match=said):
                write()
        assert store.stamp() == stamp
        store.accept_log(note("audit.accepted"))
        store.writable()
        store.commit(note())
        with pytest.raises(ConflictError, match="nothing to accept"):
            store.accept_log(note())
        assert store.verify().ok is (said != "audit.anchor was changed, or audit.key was")


def outcome(state: Path) -> tuple[str, int]:
    """What comes of a damaged folder: refused, found broken, or as good as it was, with the number of entries."""
    try:
        with open_store(state) as store:
            entries = store.entries()
            found = store.verify()
            use(store)
            return ("whole" if found.ok else "broken"), len(entries)
    except StoreError as error:
        return ("refused" if str(state) in str(error) else str(error)), 0


def use(store: SqlStore) -> None:
    """Read all and write once."""
    store.incidents()
    store.recent_remediations(0.0)
    store.pause()
    store.commit(note())


def test_a_torn_or_corrupt_database_is_a_store_error_or_found_or_harmless(state: Path, tmp_path: Path) -> None:
    whole = (state / "medicus.db").read_bytes()
    seen = set()
    for number, size in enumerate(
        [1, 16, 99, 100, 512, 4095, 4096, 4097, len(whole) // 2, len(whole) - 4096, len(whole) - 1]
    ):
        shutil.copytree(state, torn := tmp_path / f"torn{number}")
        (torn / "medicus.db").write_bytes(whole[:size])
        seen.add(outcome(torn))
    for number, at in enumerate(range(0, len(whole), 2_027)):
        shutil.copytree(state, bad := tmp_path / f"bad{number}")
        (bad / "medicus.db").write_bytes(whole[:at] + b"\xa5" * 700 + whole[at + 700 :])
        seen.add(outcome(bad))
    assert seen <= {("refused", 0), ("whole", 3)} | {("broken", n) for n in range(4)}
    assert ("refused", 0) in seen
