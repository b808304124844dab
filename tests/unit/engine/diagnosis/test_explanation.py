"""What an operator reads at three in the morning, word for word."""

from dataclasses import replace

import pytest

from engine.diagnosis.diagnosing import diagnose
from engine.diagnosis.explanation import Explanation, Kind, explain, lines, percent
from engine.knowledge import Above, Below, Detector, Literal, OneOf, Rule, Strength, Test
from engine.model import Diagnosis, Digest, FactName, Observation, Unknown
from tests.support.shop import (
    DOWN,
    NOON,
    SHOP,
    SILENT,
    TAKEN,
    TARGETS,
    cause,
    concluded,
    detector,
    evidence,
    observed,
    pack,
    problem,
    text,
)

SEEN = observed(
    http_answer="refused",
    port_owner=Unknown(because="no rights to see the process"),
    connect_accepts=False,
    disk_state="full",
)


def diagnoses() -> dict[str, Diagnosis]:
    conclusions = concluded(shop_silent=True, port_taken=None, db_accepts=False, disk_full=True)
    return {one.ref.problem: one for one in diagnose(pack(), TARGETS, conclusions, SEEN, NOON)}


def told(diagnosis: Diagnosis, language: str = "en") -> list[str]:
    return list(lines(explain(pack(), diagnosis, language)))


def test_a_consequence_in_english() -> None:
    assert told(diagnoses()["shop.down"]) == [
        "P0 The problem shop.down (shop.down@shop), 2027-01-15 12:00:00 UTC",
        "  A consequence of: The problem db.unreachable (db.unreachable@orders-db)",
        "  How it shows",
        "    It shows: shop.down",
        "      shop-down",
        "        Nobody answers",
        "          http.answer = refused at 12:00:00 UTC [asked: is refused for 5 s]",
        "  What causes it, most probable first",
        "    >99 % The cause db.unreachable (db.unreachable@orders-db) [proved]",
        "      for: It is so: db-unreachable [x1000]",
        "        connect.accepts = false at 12:00:00 UTC",
        "    <1 % The cause shop.port-taken",
        "      missing: It is so: port-taken",
        "        unknown: port.owner: no rights to see the process at 12:00:00 UTC",
        "    <1 % None of these",
        "  Knowledge: pack shop 1.2.0 (0123456789ab)",
    ]


def test_a_root_in_chinese() -> None:
    assert told(diagnoses()["db.unreachable"], "zh") == [
        "P0 The problem db.unreachable(zh) (db.unreachable@orders-db), 2027-01-15 12:00:00 UTC",
        "  表现",
        "    It shows: db.unreachable(zh)",
        "      db-unreachable",
        "        并非：The database accepts connections(zh)",
        "          connect.accepts = false at 12:00:00 UTC [条件: 为 true]",
        "  原因（按概率排序）",
        "    98 % The cause db.disk-full(zh)",
        "      支持: It is so: disk-full(zh) [x20]",
        "        disk.state = full at 12:00:00 UTC",
        "    2 % 以上都不是",
        "  由此引起的问题",
        "    The problem shop.down(zh) (shop.down@shop)",
        "      Nobody answers(zh) (位于 shop)",
        "        http.answer = refused at 12:00:00 UTC [条件: 为 refused，持续 5 秒]",
        "  此外还依据",
        "    port.owner: no rights to see the process at 12:00:00 UTC (位于 shop)",
        "  知识来源：规则包 shop 1.2.0（0123456789ab）",
    ]


def test_what_was_seen_false_is_told_as_not_so() -> None:
    known = pack(problem("shop.down", "app", DOWN, cause("taken", evidence(TAKEN, if_false=Strength.STRONG))))
    conclusions = concluded(shop_silent=True, port_taken=False)
    (found,) = diagnose(known, TARGETS, conclusions, observed(port_owner="self"), NOON)
    shown = list(lines(explain(known, found, "en")))
    assert "      against: not so: It is so: port-taken [/20]" in shown
    assert "        port.owner = self at 12:00:00 UTC" in shown


def test_what_did_not_count_says_why() -> None:
    known = pack(problem("shop.down", "app", DOWN, cause("taken", evidence(TAKEN))))
    (found,) = diagnose(known, TARGETS, concluded(shop_silent=True, port_taken=False), {}, NOON)
    english, chinese = (list(lines(explain(known, found, language))) for language in ("en", "zh"))
    assert "      not counted: not so: It is so: port-taken (seen so, it says nothing)" in english
    assert "      未计入: 并非：It is so: port-taken(zh) (此结果不说明问题)" in chinese


def test_what_was_never_observed_is_said_in_both_languages() -> None:
    (found,) = diagnose(pack(), TARGETS, concluded(shop_silent=True), {}, NOON)
    assert "        unknown: nothing was observed" in told(found)
    assert "        未知：没有任何观测" in told(found, "zh")


def test_for_stands_before_against_and_missing() -> None:
    items = (
        evidence(TAKEN, Strength.WEAK),
        replace(evidence(SILENT), sees="x", against=True),
        replace(evidence(SILENT), sees="y"),
    )
    known = pack(problem("shop.down", "app", DOWN, cause("c", *items)))
    (found,) = diagnose(known, TARGETS, concluded(shop_silent=True, port_taken=None), {}, NOON)
    explained = next(part for part in flat(explain(known, found, "en")) if part.kind is Kind.CAUSE and part.parts)
    assert [one.kind for one in explained.parts] == [Kind.FOR, Kind.AGAINST, Kind.MISSING]


def flat(explanation: Explanation) -> list[Explanation]:
    return [explanation, *(inner for part in explanation.parts for inner in flat(part))]


def test_what_no_line_had_room_for_is_named_at_the_end() -> None:
    names = ("a.one", "b.two", "c.three", "d.four", "e.five")
    seen = {(SHOP, name): Observation(target=SHOP, name=name, value="no", at=NOON) for name in names}
    many = Rule(
        id="many", kind="app", concludes=FactName("many"), when=tuple(Literal(fact=FactName(name)) for name in names)
    )
    known = pack(problem("shop.down", "app", DOWN, cause("c", evidence(FactName("many")))))
    known = replace(
        known,
        program=replace(known.program, levels=((many,),)),
        detectors=(*known.detectors, *(detector(FactName(name), "app", name, "yes") for name in names)),
    )
    (found,) = diagnose(known, TARGETS, concluded(shop_silent=True), seen, NOON)
    english, chinese = (list(lines(explain(known, found, language))) for language in ("en", "zh"))
    assert english[-4:-1] == [
        "  It also rests on",
        "    d.four = no at 12:00:00 UTC",
        "    e.five = no at 12:00:00 UTC",
    ]
    assert "  此外还依据" in chinese


def test_a_fact_is_told_once() -> None:
    known = pack()
    twice = replace(known.problems[0], symptoms=known.problems[0].symptoms * 2)
    known = replace(known, problems=(twice,))
    (found,) = diagnose(known, TARGETS, concluded(shop_silent=True), SEEN, NOON)
    shown = list(lines(explain(known, found, "en")))
    assert sum("http.answer" in line for line in shown) == 1


def test_an_older_diagnosis_is_explained_by_a_newer_pack_that_lost_its_problem() -> None:
    newer = replace(pack(problem("other", "app", DOWN)), digest=Digest("fedcba9876543210"), titles={})
    shown = list(lines(explain(newer, diagnoses()["shop.down"], "en")))
    assert shown[1] == "  A consequence of: db.unreachable@orders-db"
    assert "    It shows: shop.down" in shown
    assert shown[-1].startswith("  The pack has changed since")


@pytest.mark.parametrize(
    ("test", "hold", "english", "chinese"),
    [
        (OneOf(values=("a", "b")), 0, "one of a, b", "为 a, b 之一"),
        (OneOf(values=(True,)), 1.5, "is true for 1.5 s", "为 true，持续 1.5 秒"),
        (Above(bound=90, clear=80), 60, "above 90, clears at 80 for 60 s", "高于 90，恢复界限 80，持续 60 秒"),
        (Below(bound=0.25, clear=0.25), 0, "below 0.25", "低于 0.25"),
    ],
)
def test_conditions_are_told(test: Test, hold: float, english: str, chinese: str) -> None:
    asked = Detector(fact=SILENT, kind="app", observe="http.answer", test=test, hold=hold, expires=60)
    known = replace(pack(), detectors=(asked,))
    (found,) = diagnose(known, TARGETS, concluded(shop_silent=True), SEEN, NOON)
    assert any(f"[asked: {english}]" in line for line in lines(explain(known, found, "en")))
    assert any(f"[条件: {chinese}]" in line for line in lines(explain(known, found, "zh")))


def test_a_title_that_names_the_observation_needs_no_condition() -> None:
    known = replace(pack(), titles={SILENT: text("http.answer is refused for 5s")})
    (found,) = diagnose(known, TARGETS, concluded(shop_silent=True), SEEN, NOON)
    assert "          http.answer = refused at 12:00:00 UTC" in lines(explain(known, found, "en"))


@pytest.mark.parametrize(
    ("probability", "shown"),
    [(0.0, "<1 %"), (0.0099, "<1 %"), (0.01, "1 %"), (0.5, "50 %"), (0.99, "99 %"), (0.9901, ">99 %"), (1.0, ">99 %")],
)
def test_nothing_is_certain(probability: float, shown: str) -> None:
    assert percent(probability) == shown
