from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.doors import Door, open_door


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    """A real server on an ephemeral port, over a real store that is empty."""
    with open_door(tmp_path / "state") as opened:
        yield opened


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """A door for all tests of a module that change nothing on the books."""
    with open_door(tmp_path_factory.mktemp("shared") / "state") as opened:
        yield opened


@pytest.fixture
def starting(tmp_path: Path) -> Iterator[Door]:
    """A door whose engine has not gone around yet."""
    with open_door(tmp_path / "starting", beating=False) as opened:
        yield opened
