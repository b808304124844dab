"""A durable engine that tells what went wrong in its worker."""

from collections.abc import Iterator

import pytest

from engine.errors import InferenceError
from engine.inference.durable import DurableInference
from tests.support.durable import Clock


@pytest.fixture
def reported() -> list[InferenceError]:
    return []


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def durable(reported: list[InferenceError], clock: Clock) -> Iterator[DurableInference]:
    inference = DurableInference(reported.append, monotonic=clock)
    yield inference
    inference.close()
