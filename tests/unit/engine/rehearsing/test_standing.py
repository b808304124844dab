"""A moment that stands still is judged as one that has lasted, whatever the packs ask for."""

from dataclasses import replace

import pytest

from engine.inference.detectors import Detectors
from engine.knowledge import Detector, OneOf
from engine.model import Fact, FactName, Observation, Target, TargetId, Truth
from engine.rehearsing.standing import standing
from tests.support.shop import NOON, pack

TARGET = Target(id=TargetId("shop"), kind="app", parts={})


def detector(name: str, value: str, hold: float, expires: float) -> Detector:
    return Detector(
        fact=FactName(name), kind="app", observe="a.b", test=OneOf(values=(value,)), hold=hold, expires=expires
    )


@pytest.mark.parametrize("hold", [0.0, 0.5, 1.0, 59.0, 61.0, 3600.0])
@pytest.mark.parametrize("expires", [0.2, 1.0, 30.0, 86_400.0])
def test_every_fact_is_settled_at_the_end_and_never_expired_before(hold: float, expires: float) -> None:
    one = replace(pack(), detectors=(detector("is", "up", hold, expires), detector("is not", "down", hold, expires)))
    seen = standing([Observation(target=TARGET.id, name="a.b", value="up", at=NOON)], [one])
    detectors = Detectors(one.detectors, [TARGET])
    changes = [(fact.name, truth) for look in seen for fact, truth in detectors.update([look], look.at).items()]
    assert detectors.waiting() == frozenset()
    assert [truth for name, truth in changes if name == "is"] == [Truth.TRUE]
    assert detectors.facts()[Fact(target=TARGET.id, name=FactName("is not"))] is Truth.FALSE
    assert seen[-1].at == NOON
    assert [one.at for one in seen] == sorted(one.at for one in seen)


def test_each_observation_keeps_its_own_time() -> None:
    old, new = (Observation(target=TARGET.id, name=name, value="up", at=NOON + at) for name, at in (("a", 0), ("b", 2)))
    seen = standing([new, old], [pack()])
    assert [one for one in seen if one.at >= NOON + 2] == [new]
    assert max(one.at for one in seen if one.name == "a") == NOON
    assert [one.at for one in seen] == sorted(one.at for one in seen)


def test_nothing_stands_for_nothing() -> None:
    assert standing([], [pack()]) == ()
