"""What an operator reads of WHY NOT and WHAT IF at three in the morning, word for word."""

from dataclasses import replace

import pytest

from engine.counterfactuals.obstacles import Always, Circle, Clash, Goal, NeverSeen, Obstacle, Opposed
from engine.counterfactuals.phrases import Phrases
from engine.counterfactuals.situation import Situation
from engine.counterfactuals.telling import tell, tell_cause
from engine.counterfactuals.telling_differences import tell_difference
from engine.counterfactuals.what_if import no_remedies, what_if
from engine.counterfactuals.why_not import Answer, Outcome, why_not
from engine.counterfactuals.why_not_cause import Hypothesis, why_not_cause
from engine.diagnosis.explanation import lines
from engine.knowledge import Above, Below, Detector, Literal, OneOf, Program, Rule, Strength, Test
from engine.model import CauseId, Fact, FactName, ProblemId, ProblemRef, Scalar, Unknown
from tests.support.shop import (
    DATABASE,
    DATABASE_FAULT,
    DISK_FULL,
    DOWN,
    NOON,
    SHOP,
    SILENT,
    TAKEN,
    TARGETS,
    UNREACHABLE,
    cause,
    evidence,
    observed,
    pack,
    problem,
)

PORT_TAKEN = cause("shop.port-taken", evidence(TAKEN, if_false=Strength.STRONG))
KNOWN = pack(
    problem("shop.down", "app", DOWN, PORT_TAKEN, DATABASE_FAULT),
    problem("db.unreachable", "database", UNREACHABLE, DISK_FULL),
)
SHOP_DOWN = ProblemRef(target=SHOP, problem=ProblemId("shop.down"))


def situation(**seen: Scalar | Unknown) -> Situation:
    return Situation(packs=(KNOWN,), targets=TARGETS, observations=observed(**seen), at=NOON)


def why(world: Situation, name: str, language: str = "en", *, true: bool = True) -> list[str]:
    known = world.packs[0]
    answer = why_not(world, known, [Goal(fact=Fact(target=SHOP, name=FactName(name)), true=true)])
    return list(lines(tell(world, known, answer, language)))


def why_cause(world: Situation, name: str, language: str = "en", at_least: float | None = None) -> list[str]:
    asked = Hypothesis(ref=SHOP_DOWN, cause=CauseId(name), at_least=at_least)
    return list(lines(tell_cause(world, KNOWN, why_not_cause(world, KNOWN, asked), language)))


def test_a_fact_in_english() -> None:
    assert why(situation(http_answer="ok"), DOWN) == [
        "Why not: shop-down",
        "  As it is",
        "    shop-down: false",
        "      Nobody answers: false",
        "        http.answer = ok at 12:00:00 UTC [is refused for 5 s]",
        "  The least that would have to be different: 1 observation(s)",
        "    http.answer would have to be refused for 5 s; it is ok now",
        "  Then",
        "    shop-down (by the rule shop-down)",
    ]


def test_a_fact_in_chinese() -> None:
    assert why(situation(http_answer=Unknown(because="no route")), DOWN, "zh") == [
        "为何没有：shop-down",
        "  现状",
        "    shop-down：未知",
        "      Nobody answers(zh)：未知",
        "        http.answer: no route at 12:00:00 UTC [为 refused，持续 5 秒]",
        "  最少需要 1 项观测不同",
        "    http.answer 须为 refused，持续 5 秒；当前未知：no route",
        "  于是",
        "    shop-down（按规则 shop-down）",
    ]


def test_what_is_so_and_what_would_end_it() -> None:
    assert why(situation(http_answer="refused"), DOWN, true=False) == [
        "Why: shop-down",
        "  As it is",
        "    shop-down: true",
        "      Nobody answers: true",
        "        http.answer = refused at 12:00:00 UTC [is refused for 5 s]",
        "  The least that would have to be different: 1 observation(s)",
        "    http.answer would have to be anything but refused; other would do; it is refused now",
    ]


def test_what_is_so_already() -> None:
    world = situation(http_answer="refused")
    assert "  It is so once what is seen has lasted 5 s" in why(world, DOWN)
    lasted = replace(world, lasted={Fact(target=SHOP, name=FactName("shop-silent"))})
    assert "  It is so already" in why(lasted, DOWN)


def test_what_cannot_be_so_and_why() -> None:
    rules = (
        Rule(
            id="both",
            kind="app",
            concludes=FactName("odd"),
            when=tuple(
                Literal(fact=FactName(name), of=of) for name, of in (("shop-silent", ""), ("db-accepts", "cache"))
            ),
        ),
        Rule(id="none", kind="app", concludes=FactName("odd"), when=(Literal(fact=FactName("strange")),)),
    )
    world = situation(http_answer="ok")
    known = replace(KNOWN, program=Program(levels=(rules,), given=KNOWN.program.given))
    world = replace(world, packs=(known,))
    assert why(world, "odd") == [
        "Why not: odd",
        "  As it is",
        "    odd: unknown",
        "      by the rule both",
        "        Nobody answers: false",
        "          http.answer = ok at 12:00:00 UTC [is refused for 5 s]",
        "        shop has no cache, about which the rule both asks",
        "      by the rule none",
        "        strange: unknown",
        "  It cannot be so, whatever is observed",
        "    shop has no cache, about which the rule both asks",
        "    nothing tells: strange",
    ]


def of(name: str, *, true: bool = True) -> Goal:
    return Goal(fact=Fact(target=SHOP, name=FactName(name)), true=true)


@pytest.mark.parametrize(
    ("obstacle", "english", "chinese"),
    [
        (
            NeverSeen(goal=of(SILENT, true=False), observe="http.answer"),
            "nothing that http.answer may be makes it false: Nobody answers",
            "http.answer 的任何取值都不会使其不成立：Nobody answers(zh)",
        ),
        (
            Clash(target=SHOP, observe="http.answer", goals=(of(SILENT), of(SILENT, true=False))),
            "http.answer cannot be at once refused and anything but refused",
            "http.answer 不能同时：为 refused，且不为 refused",
        ),
        (
            Circle(fact=of(DOWN).fact, rule="r"),
            "the rule r would rest on its own conclusion: shop-down",
            "规则 r 须依赖它自己的结论：shop-down",
        ),
        (
            Opposed(fact=of(DOWN).fact),
            "it would have to be true and false at once: shop-down",
            "须同时成立又不成立：shop-down",
        ),
        (
            Always(fact=Fact(target=DATABASE, name=UNREACHABLE), rule="r"),
            "the rule r asks for nothing, so it is always so: db-unreachable (on orders-db)",
            "规则 r 没有条件，所以总是成立：db-unreachable（位于 orders-db）",
        ),
    ],
)
def test_obstacles(obstacle: Obstacle, english: str, chinese: str) -> None:
    answer = Answer(goals=(of(DOWN),), outcome=Outcome.IMPOSSIBLE, obstacles=(obstacle,))
    world = situation(http_answer="ok")
    assert lines(tell(world, KNOWN, answer, "en"))[-1] == f"    {english}"
    assert lines(tell(world, KNOWN, answer, "zh"))[-1] == f"    {chinese}"


@pytest.mark.parametrize(
    ("test", "true", "english", "chinese"),
    [
        (OneOf(values=("a",)), True, "a", "为 a"),
        (OneOf(values=("a",)), False, "anything but a", "不为 a"),
        (OneOf(values=(True,)), False, "false", "为 false"),
        (OneOf(values=("a", "b")), True, "one of a, b", "为 a, b 之一"),
        (OneOf(values=("a", "b")), False, "none of a, b", "不为 a, b 中的任何一个"),
        (Above(bound=90, clear=80), True, "above 90", "高于 90"),
        (Above(bound=90, clear=80), False, "at most 80", "不高于 80"),
        (Below(bound=5, clear=7.5), True, "below 5", "低于 5"),
        (Below(bound=5, clear=7.5), False, "at least 7.5", "不低于 7.5"),
    ],
)
def test_what_an_observation_must_be(test: Test, english: str, chinese: str, *, true: bool) -> None:
    asked = Detector(fact=SILENT, kind="app", observe="http.answer", test=test, hold=5, expires=60)
    for language, expected in (("en", english), ("zh", chinese)):
        assert Phrases(situation(), KNOWN, SHOP, language).wanted(asked, true=true) == expected


def test_a_cause_in_english() -> None:
    world = situation(http_answer="refused", port_owner="self", connect_accepts=False)
    assert why_cause(world, "shop.port-taken") == [
        "Why is this not the first cause of “The problem shop.down”: The cause shop.port-taken (shop.port-taken)",
        "  As it is",
        "    place 3 of 3: <1 % The cause shop.port-taken",
        "      against: not so: It is so: port-taken [/20]",
        "        port.owner = self at 12:00:00 UTC",
        "    first is: >99 % The cause db.unreachable (db.unreachable@orders-db) [proved]",
        "      for: It is so: db-unreachable [x1000]",
        "        connect.accepts = false at 12:00:00 UTC",
        "  The least that would have to be different: 2 observation(s)",
        "    connect.accepts (on orders-db) would have to be true; it is false now",
        "    port.owner would have to be other; it is self now",
        "  Then",
        "    >99 % The cause shop.port-taken",
        "    <1 % The cause db.unreachable",
        "    <1 % None of these",
    ]


def test_a_cause_of_a_problem_that_does_not_show() -> None:
    world = situation(http_answer="ok", port_owner="other")
    assert why_cause(world, "shop.port-taken", "zh") == [
        "“The problem shop.down(zh)”的首要原因为何不是：The cause shop.port-taken(zh) (shop.port-taken)",
        "  现状",
        "    目前没有出现该问题",
        "    shop-down：不成立",
        "      Nobody answers(zh)：不成立",
        "        http.answer = ok at 12:00:00 UTC [为 refused，持续 5 秒]",
        "  最少需要 1 项观测不同",
        "    http.answer 须为 refused，持续 5 秒；当前为 ok",
        "  于是",
        "    >99 % The cause shop.port-taken(zh)",
        "    <1 % The cause db.unreachable(zh)",
        "    <1 % 以上都不是",
    ]


def test_a_cause_that_cannot_be_so_probable_says_how_probable_it_could_be() -> None:
    world = situation(http_answer="refused", port_owner="self")
    assert why_cause(world, "db.unreachable", at_least=0.9999)[-2:] == [
        "  It cannot be so, whatever is observed",
        "    At best it would have >99 %",
    ]


def test_what_is_found_in_no_time_is_not_called_impossible() -> None:
    world = situation(http_answer="ok", port_owner="self")
    asked = Hypothesis(ref=SHOP_DOWN, cause=CauseId("shop.port-taken"))
    told = list(lines(tell_cause(world, KNOWN, why_not_cause(world, KNOWN, asked, bound=1), "en")))
    assert told[-2:] == [
        "  Nothing was found among the first 1 possibilities, which does not mean that there is nothing",
        "    At best it would have >99 %",
    ]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            [
                "What if",
                "  connect.accepts were false [it is true now]",
                "  Problems",
                "    appears: The problem db.unreachable (db.unreachable@orders-db)",
                "      67 % The cause db.disk-full",
                "      33 % None of these",
                "    stays: The problem shop.down (shop.down@shop)",
                "      a consequence of: none -> db.unreachable@orders-db",
                "      The cause db.unreachable: 40 % -> >99 %",
                "      The cause shop.port-taken: 40 % -> <1 %",
                "      None of these: 20 % -> <1 %",
                "  Facts",
                "    The database accepts connections: true -> false",
                "    db-unreachable: false -> true",
            ],
        ),
        (
            "zh",
            [
                "假如",
                "  connect.accepts 为 false [当前为 true]",
                "  问题",
                "    出现：The problem db.unreachable(zh) (db.unreachable@orders-db)",
                "      67 % The cause db.disk-full(zh)",
                "      33 % 以上都不是",
                "    仍在：The problem shop.down(zh) (shop.down@shop)",
                "      起因：无 -> db.unreachable@orders-db",
                "      The cause db.unreachable(zh)：40 % -> >99 %",
                "      The cause shop.port-taken(zh)：40 % -> <1 %",
                "      以上都不是：20 % -> <1 %",
                "  事实",
                "    The database accepts connections(zh)：成立 -> 不成立",
                "    db-unreachable：不成立 -> 成立",
            ],
        ),
    ],
)
def test_what_if(language: str, expected: list[str]) -> None:
    world = situation(http_answer="refused", connect_accepts=True)
    difference = what_if(world, {(DATABASE, "connect.accepts"): False}, no_remedies)
    assert list(lines(tell_difference(world, difference, language))) == expected


def test_what_makes_no_difference() -> None:
    world = situation(http_answer="refused")
    difference = what_if(world, {(SHOP, "http.answer"): "refused"})
    assert list(lines(tell_difference(world, difference, "en"))) == [
        "What if",
        "  http.answer were refused [it is refused now]",
        "  Nothing would be different",
    ]
