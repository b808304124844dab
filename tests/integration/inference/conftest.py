"""A durable engine that tells what went wrong in its worker."""

from collections.abc import Iterator

import pytest

from engine.errors import InferenceError
from engine.inference.durable import DurableInference


@pytest.fixture
def reported() -> list[InferenceError]:
    return []


@pytest.fixture
def durable(reported: list[InferenceError]) -> Iterator[DurableInference]:
    inference = DurableInference(reported.append)
    yield inference
    inference.close()
