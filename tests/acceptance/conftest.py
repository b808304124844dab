from collections.abc import Iterator

import pytest

from tests.support.stage import Stage, open_stage


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A stage with nothing started on it yet, at self-heal, with the quick pack."""
    with open_stage() as made:
        yield made
