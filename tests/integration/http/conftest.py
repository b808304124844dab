from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.doors import Door, open_door


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    """A real server on an ephemeral port, over a real store that is empty."""
    with open_door(tmp_path / "state") as opened:
        yield opened
