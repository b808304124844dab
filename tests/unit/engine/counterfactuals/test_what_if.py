"""WHAT IF, case by case: problems that come and go, causes that shift, remedies that change."""

from collections.abc import Sequence

import pytest

from engine.counterfactuals.situation import Situation
from engine.counterfactuals.telling_differences import tell_difference
from engine.counterfactuals.what_if import Difference, what_if
from engine.diagnosis.explanation import lines
from engine.model import CauseId, Diagnosis, Fact, ProblemId, ProblemRef, Scalar, Truth, Unknown
from tests.support.shop import DATABASE, NOON, SHOP, SILENT, TARGETS, observed, pack

SHOP_DOWN = ProblemRef(target=SHOP, problem=ProblemId("shop.down"))
DB_DOWN = ProblemRef(target=DATABASE, problem=ProblemId("db.unreachable"))


def situation(**seen: Scalar | Unknown) -> Situation:
    return Situation(packs=(pack(),), targets=TARGETS, observations=observed(**seen), at=NOON)


def remedies(diagnosis: Diagnosis) -> Sequence[str]:
    """What would be tried first against each cause."""
    return [f"against {diagnosis.causes[0].id}", "and then another"]


def supposed(world: Situation, target: str, name: str, value: Scalar | Unknown) -> Difference:
    return what_if(world, {(target, name): value}, remedies)


def test_a_problem_appears_with_its_first_remedy() -> None:
    said = supposed(situation(http_answer="ok", port_owner="other"), SHOP, "http.answer", "refused")
    (one,) = said.problems
    assert (one.ref, one.before, one.remedy_before, one.remedy_after) == (
        SHOP_DOWN,
        None,
        "",
        "against shop.port-taken",
    )
    assert one.after is not None
    assert one.is_different
    assert said.hold == 5


def test_a_problem_vanishes_when_nobody_can_see_it() -> None:
    said = supposed(situation(http_answer="refused"), SHOP, "http.answer", Unknown(because="night"))
    (one,) = said.problems
    assert (one.before is not None, one.after) == (True, None)
    assert {(change.fact.name, change.after) for change in said.facts} == {
        (SILENT, Truth.UNKNOWN),
        ("shop-down", Truth.UNKNOWN),
    }
    assert said.hold == 0, "what ends, ends at once"


def test_a_consequence_has_no_remedy_of_its_own() -> None:
    world = situation(http_answer="refused", connect_accepts=True)
    said = {one.ref: one for one in supposed(world, DATABASE, "connect.accepts", value=False).problems}
    shop = said[SHOP_DOWN]
    assert shop.after is not None
    assert (shop.after.consequence_of, shop.remedy_before, shop.remedy_after) == (
        DB_DOWN,
        "against db.unreachable",
        "",
    )
    assert said[DB_DOWN].remedy_after == "against db.disk-full"


def test_causes_are_told_with_both_probabilities() -> None:
    world = situation(http_answer="refused", port_owner="self")
    said = supposed(world, SHOP, "port.owner", "other")
    (one,) = said.problems
    assert [(cause.id, round(cause.before, 3), round(cause.after, 3)) for cause in one.causes] == [
        (CauseId("shop.port-taken"), 0.001, 0.999),
        (CauseId("db.unreachable"), 0.666, 0.001),
        (CauseId("none-of-these"), 0.333, 0.0),
    ]


def test_a_problem_that_stays_as_it_is_is_not_different() -> None:
    said = supposed(situation(http_answer="refused"), DATABASE, "disk.state", "full")
    assert [one.is_different for one in said.problems] == [False]
    assert [(one.fact, one.observed) for one in said.facts] == [(Fact(target=DATABASE, name="disk-full"), True)]
    assert not said.is_none


def test_what_follows_is_told_apart_from_what_is_seen() -> None:
    said = supposed(situation(http_answer="ok"), SHOP, "http.answer", "refused")
    assert {one.fact.name: one.observed for one in said.facts} == {SILENT: True, "shop-down": False}


def test_what_was_never_observed_has_no_before() -> None:
    (one,) = supposed(situation(), SHOP, "http.answer", "refused").supposed
    assert (one.before, one.after.value, one.after.at) == (None, "refused", NOON)


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        ({}, "  http.answer were refused [it was never observed]"),
        ({"http_answer": "ok"}, "  http.answer were refused [it is ok now]"),
        ({"http_answer": Unknown(because="no route")}, "  http.answer were refused [it is unknown now: no route]"),
    ],
)
def test_what_is_supposed_is_told_beside_what_is_seen(seen: dict[str, Scalar | Unknown], told: str) -> None:
    world = situation(**seen)
    difference = supposed(world, SHOP, "http.answer", "refused")
    shown = lines(tell_difference(world, difference, "en"))
    assert shown[1] == told
    assert "      first remedy: against db.unreachable" in shown
