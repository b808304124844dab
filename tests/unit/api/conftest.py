"""What the tests of the doors share: a bench with a store of its own."""

from collections.abc import Iterator

import pytest

from tests.support.bench import Bench, open_bench


@pytest.fixture
def bench() -> Iterator[Bench]:
    """A bench under the self-heal profile, closed at the end; everything on it is healthy."""
    with open_bench() as made:
        yield made
