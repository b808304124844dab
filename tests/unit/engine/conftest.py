"""What the tests of the cycle share: a bench with a store of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A bench under the self-heal profile, closed at the end; everything on it is healthy."""
    made = Bench(tmp_path)
    with made.closing:
        yield made
