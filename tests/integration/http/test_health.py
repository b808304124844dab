"""What supervisors are told."""

from pathlib import Path

import pytest

from tests.support.doors import Door, open_door


def test_an_engine_that_goes_around_is_alive_and_ready(door: Door) -> None:
    assert door.get("/livez") == {"status": "alive"}
    assert door.get("/readyz") == {"status": "ready"}


@pytest.mark.parametrize(
    ("interval", "silent", "status"), [(2.0, 30, 200), (2.0, 31, 503), (60.0, 300, 200), (60.0, 301, 503)]
)
def test_an_engine_that_is_silent_for_five_cycles_and_30_s_is_dead(
    tmp_path: Path, interval: float, silent: float, status: int
) -> None:
    with open_door(tmp_path / "state", interval=interval) as door:
        door.clock.at += silent
        assert door.ask("GET", "/livez").status == status
        assert door.ask("GET", "/readyz").status == status


def test_a_dead_engine_lives_again_when_it_goes_around(door: Door) -> None:
    door.clock.at += 100
    answer = door.ask("GET", "/livez")
    assert (answer.status, answer.json["detail"]) == (503, "the engine has not gone around for 100 s: start it anew")
    door.services.pulse.beat(door.clock.now(), 0.1)
    assert door.ask("GET", "/livez").status == 200


def test_a_clock_that_was_set_back_does_not_keep_a_hanging_engine_alive(door: Door) -> None:
    door.clock.at -= 3600
    assert door.ask("GET", "/livez").status == 503


def test_an_engine_that_starts_is_alive_but_not_ready(starting: Door) -> None:
    assert starting.ask("GET", "/livez").status == 200
    answer = starting.ask("GET", "/readyz")
    assert (answer.status, answer.json["reasons"]) == (503, ["the engine has not gone around yet"])
    starting.clock.at += 31
    assert starting.ask("GET", "/livez").status == 503


def test_trouble_makes_it_not_ready_and_tells_no_particulars_to_strangers(door: Door) -> None:
    door.services.pulse.beat(door.clock.now(), 0.1, trouble="cannot read /secret/place")
    answer = door.ask("GET", "/readyz", token=None)
    assert (answer.status, answer.json["reasons"]) == (503, ["the engine is in trouble: its log says which"])
    assert door.ask("GET", "/livez").status == 200
    door.services.pulse.beat(door.clock.now(), 0.1)
    assert door.ask("GET", "/readyz").status == 200
