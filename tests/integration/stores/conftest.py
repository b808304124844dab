from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.stores import SqlStore, open_store

KINDS: dict[str, Callable[[Path], SqlStore]] = {"sqlite": open_store}


@pytest.fixture(params=sorted(KINDS))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    """A store of every kind, new and empty; what a test promises holds for each."""
    with KINDS[request.param](tmp_path / "state") as opened:
        yield opened
