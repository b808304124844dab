"""A store in trouble: tampering, a full disk, a read-only place, another process in the way, the stop file."""

import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.casefile import OpenIncident, Pause, SetPause
from engine.errors import AlreadyRunningError, StoreError
from engine.stores import RunnerLock, SqlStore, open_store
from engine.stores.folder import Folder
from tests.support.cases import incident, note
from tests.support.unprivileged import as_nobody


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A closed store with three audit entries."""
    with open_store(tmp_path / "state") as store:
        for event in ("a", "b", "c"):
            store.commit(note(event))
    return tmp_path / "state"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'eve' WHERE number = 2",
        "UPDATE audit SET number = 9 WHERE number = 3",
        "DELETE FROM audit WHERE number = 3",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit SELECT number, at, 'eve', event, incident, body, previous, seal FROM audit",
        "REPLACE INTO audit VALUES (2, 0.0, '', '', '', '', '', '')",
        "INSERT INTO audit VALUES (0, 0.0, '', '', '', '', 'x', '')",
        "INSERT INTO audit VALUES (5, 0.0, '', '', '', '', 'x', '')",
        "UPDATE audit SET actor = 'eve' WHERE number = 2 RETURNING number",
        "INSERT INTO audit SELECT * FROM audit WHERE true ON CONFLICT (number) DO UPDATE SET actor = 'eve'",
    ],
)
def test_the_database_refuses_all_but_an_append_to_the_audit_log(state: Path, statement: str) -> None:
    connection = sqlite3.connect(state / "medicus.db")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    connection.close()
    with open_store(state) as store:
        assert store.verify().ok


def test_a_row_that_makes_no_sense_is_a_store_error(state: Path) -> None:
    with open_store(state) as store:
        store.commit(note(), OpenIncident(incident=incident(whole=True)))
        connection = sqlite3.connect(state / "medicus.db", isolation_level=None)
        for harm in ("state = 'dancing'", "title = 'no json'", "diagnosis = '{}'", "severity = 7", "title = x'ff'"):
            connection.execute(f"UPDATE incident SET {harm}")
            with pytest.raises(StoreError, match=r"medicus\.db.*put back a backup|medicus\.db: the database failed"):
                store.incidents()
        connection.close()


# --- places that cannot be written

FILL = """
import resource, sys
from pathlib import Path
from engine.errors import StoreError
from engine.stores import open_store
from tests.support.cases import incident, note, ref
from engine.casefile import OpenIncident

with open_store(Path(sys.argv[1])) as store:
    store.commit(note())
    size = (Path(sys.argv[1]) / "medicus.db-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10_000, resource.RLIM_INFINITY))
    refused, kept = 0, store.stamp()
    for number in range(1, 30):
        try:
            store.commit(note(), OpenIncident(incident=incident(number, ref(f"t{number}"), whole=True)))
            kept += 1
        except StoreError as error:
            assert "nothing was written" in str(error), error
            refused += 1
            try:
                store.writable()
            except StoreError as error:
                assert "nothing was written" in str(error), error
            else:
                raise SystemExit("writable() did not see that nothing can be written")
    assert refused > 0
    assert (store.stamp(), len(store.incidents())) == (kept, kept - 4), "what was refused left nothing"
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    store.writable()
    store.commit(note())
    assert store.verify().ok, store.verify()
"""


def test_when_the_disk_takes_no_more_nothing_is_committed_and_writable_says_so(state: Path) -> None:
    """A limit on the size of files stands for a full disk: the writes fail at the same place."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", FILL, str(state)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_when_only_the_anchor_cannot_be_written_a_commit_holds_but_writable_refuses(state: Path) -> None:
    with open_store(state) as store:
        (state / "audit.anchor.new").mkdir()
        store.commit(note())
        assert (store.stamp(), store.verify().ok) == (4, True)
        with pytest.raises(StoreError, match="cannot write the anchor"):
            store.writable()
        (state / "audit.anchor.new").rmdir()
        store.writable()
        store.commit(note())
        assert (state / "audit.anchor").read_text().startswith("5 ")


def test_a_folder_that_may_only_be_read_refuses_every_write() -> None:
    """As nobody, since root may write whatever the mode says."""
    with tempfile.TemporaryDirectory() as place:
        state = Path(place) / "state"
        open_store(state).close()
        Path(place).chmod(0o755)
        nobody_owns(state)
        assert as_nobody(lambda: refusals(state)) == (
            "the database may not be written; look at who owns the file and its folder, "
            "and whether the disk is mounted read-only"
        )


def test_what_root_writes_in_a_folder_of_the_service_does_not_lock_the_service_out() -> None:
    with tempfile.TemporaryDirectory() as place:
        state = Path(place) / "state"
        state.mkdir(mode=0o700)
        Path(place).chmod(0o755)
        os.chown(state, 65534, 65534)
        with RunnerLock(state), open_store(state) as store:
            store.commit(note())
            assert {file.stat().st_uid for file in state.iterdir()} == {65534}
            assert as_nobody(lambda: stamp_after_commit(state)) == 2
            store.commit(note())
            assert store.verify().ok
        assert as_nobody(lambda: runs(state))


def stamp_after_commit(state: Path) -> int:
    with open_store(state) as store:
        store.commit(note())
        assert store.verify().ok
        return store.stamp()


def runs(state: Path) -> bool:
    with RunnerLock(state), open_store(state) as store:
        return store.stamp() == 3


def nobody_owns(state: Path) -> None:
    for file in state.iterdir():
        os.chown(file, 65534, 65534)
        file.chmod(0o400)
    os.chown(state, 65534, 65534)
    state.chmod(0o500)


def opened_and(state: Path, write: Callable[[SqlStore], object]) -> None:
    with open_store(state) as store:
        write(store)


def refusals(state: Path) -> str:
    """What is said of a write, whichever way it is tried."""
    writes: tuple[Callable[[SqlStore], object], ...] = (SqlStore.writable, lambda store: store.commit(note()))
    said = set()
    for write in writes:
        with pytest.raises(StoreError) as caught:
            opened_and(state, write)
        said.add(str(caught.value).split(": ", 1)[1])
    (one,) = said
    return one


def test_a_database_that_another_process_holds_is_a_store_error_that_says_so(state: Path) -> None:
    with open_store(state, wait=0.2) as store:
        other = sqlite3.connect(state / "medicus.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(
            StoreError, match="another process has held the database for too long; find it with `fuser`"
        ):
            store.writable()
        assert len(store.entries()) == 3, "readers are not in the way of a writer, nor it in theirs"
        other.rollback()
        other.close()
        store.writable()


def test_a_folder_that_another_process_holds_is_waited_for_so_long_and_no_longer(state: Path) -> None:
    with Folder(state).held(1.0) as held:
        assert held
        with pytest.raises(StoreError, match="is held by another process"):
            open_store(state, wait=0.1)


# --- the stop file


def test_the_stop_file_pauses_whatever_the_store_says(state: Path) -> None:
    with open_store(state) as store:
        (state / "STOP").touch()
        assert store.pause() == Pause(
            paused=True, by="stop file", why=f"{state}/STOP exists", at=(state / "STOP").stat().st_mtime
        )
        (state / "STOP").write_text("deploying until 4\x1b[31m\nsecond line\n")
        assert store.pause().why == "deploying until 4[31m"
        store.commit(note(), SetPause(pause=Pause(paused=False, by="bob", at=1.0)))
        assert store.pause().paused
        (state / "STOP").unlink()
        assert store.pause() == Pause(paused=False, by="bob", at=1.0)


def test_a_stop_file_that_is_a_dangling_link_a_folder_or_unreadable_stops_too(state: Path) -> None:
    stop = state / "STOP"
    with open_store(state) as store:
        stop.symlink_to("/nowhere")
        assert store.pause().paused
        stop.unlink()
        stop.mkdir()
        assert store.pause().paused
        stop.rmdir()


def test_the_stop_file_works_when_the_database_does_not(state: Path) -> None:
    with open_store(state) as store:
        (state / "STOP").touch()
        store.close()
        (state / "medicus.db").write_bytes(b"garbage" * 1000)
        for leftover in state.glob("medicus.db-*"):
            leftover.unlink()
        assert store.pause().by == "stop file"
        with pytest.raises(StoreError):
            store.entries()


# --- one runner

HOLD = """
import sys, time
from pathlib import Path
from engine.stores import RunnerLock
with RunnerLock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_second_runner_is_told_who_runs_and_a_killed_one_is_forgotten(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        said = rf"is held by PID {holder.pid}, running since \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d UTC: stop that one first"
        with pytest.raises(AlreadyRunningError, match=said), RunnerLock(tmp_path):
            pass
        holder.kill()
    with RunnerLock(tmp_path):
        assert f"PID {os.getpid()}" in (tmp_path / "run.lock").read_text()
        with pytest.raises(AlreadyRunningError), RunnerLock(tmp_path):
            pass
    with RunnerLock(tmp_path):
        pass


def test_threads_share_a_store(state: Path) -> None:
    with open_store(state) as store:
        threads = [threading.Thread(target=commits, args=(store, 20)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (store.stamp(), store.verify().ok) == (83, True)


def commits(store: SqlStore, number: int) -> None:
    for _ in range(number):
        store.commit(note())
