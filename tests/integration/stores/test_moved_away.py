"""An open file outlives its name: a store whose database is moved away must not go on writing into it."""

from pathlib import Path

import pytest

from engine.errors import StoreError
from engine.stores import open_store
from tests.support.cases import note


def test_a_database_that_was_moved_away_is_neither_read_nor_written_nor_made_anew(tmp_path: Path) -> None:
    with open_store(tmp_path / "state") as store:
        store.commit(note("before"))
        database = tmp_path / "state/medicus.db"
        database.rename(tmp_path / "aside.db")
        for use in (lambda: store.commit(note()), store.writable, store.entries, store.incidents, store.pause):
            with pytest.raises(StoreError, match=r"medicus\.db was removed or replaced under Medicus"):
                use()
        assert not database.exists()


def test_a_database_that_is_back_is_taken_up_again(tmp_path: Path) -> None:
    with open_store(tmp_path / "state") as store:
        store.commit(note("before"))
        files = list((tmp_path / "state").glob("medicus.db*"))
        for file in files:
            file.rename(tmp_path / file.name)
        with pytest.raises(StoreError):
            store.writable()
        for file in files:
            (tmp_path / file.name).rename(file)
        with pytest.raises(StoreError):
            store.writable()
        assert store.commit(note("after")).number == 2
        assert store.verify().ok
