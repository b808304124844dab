"""What fails is left alone for longer each time, and what has served for a minute is forgiven."""

import pytest

from engine.inference.backoff import BackOff


@pytest.mark.parametrize(
    ("rule", "failures", "waits"),
    [
        ("the first failure costs a second", [0], [1]),
        ("each further one doubles it", [0, 1, 3, 7], [1, 2, 4, 8]),
        ("a minute is the longest", [0, 1, 3, 7, 15, 31, 63, 123], [1, 2, 4, 8, 16, 32, 60, 60]),
        ("what failed again within a minute is not forgiven", [0, 60.9], [1, 2]),
        ("what has served for a minute is", [0, 1, 3, 67], [1, 2, 4, 1]),
        ("forgiven, it doubles anew", [0, 1, 100, 101], [1, 2, 1, 2]),
    ],
)
def test_waits(rule: str, failures: list[float], waits: list[float]) -> None:
    back_off = BackOff()
    told = []
    for now in failures:
        assert back_off.over(now)
        back_off = back_off.after_failure(now)
        assert not back_off.over(now)
        assert back_off.over(now + back_off.wait)
        told.append(back_off.wait)
    assert told == waits, rule
