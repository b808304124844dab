"""What rules say of problems: inhibited, escalated, more severe; and how severe a root is."""

from dataclasses import replace

from engine.diagnosis.diagnosing import diagnose
from engine.knowledge import Pack, Ruling
from engine.model import Conclusions, Diagnosis, Fact, FactName, ProblemId, Severity, TargetId, Truth
from tests.support.shop import NOON, SHOP, TARGETS, concluded, pack, text

DEPLOYING = FactName("shop.deploying")
SHOP_DOWN = ProblemId("shop.down")


def with_rulings(*rulings: Ruling) -> Pack:
    return replace(pack(), rulings=rulings)


def ruling(**says: object) -> Ruling:
    return Ruling(**{"fact": DEPLOYING, "kind": "app", "title": text("a deployment"), **says})  # type: ignore[arg-type]


def found(known: Pack, deploying: Truth, target: TargetId = SHOP) -> Diagnosis:
    conclusions = concluded(shop_silent=True, port_taken=True)
    fact = Fact(target=target, name=DEPLOYING)
    told = Conclusions(truths={**conclusions.truths, fact: deploying}, proof=conclusions.proof)
    return next(one for one in diagnose(known, TARGETS, told, {}, NOON) if one.ref.problem == SHOP_DOWN)


def test_a_rule_that_holds_inhibits_escalates_and_raises() -> None:
    known = with_rulings(
        ruling(inhibits=(SHOP_DOWN,), escalates=(SHOP_DOWN,), severities={SHOP_DOWN: Severity.P0}),
    )
    shown = found(known, Truth.TRUE)
    assert (shown.inhibited, shown.escalated, shown.severity) == (
        (text("a deployment"),),
        (text("a deployment"),),
        Severity.P0,
    )


def test_a_rule_that_does_not_hold_or_is_unknown_says_nothing() -> None:
    known = with_rulings(ruling(inhibits=(SHOP_DOWN,), severities={SHOP_DOWN: Severity.P0}))
    for truth in (Truth.FALSE, Truth.UNKNOWN):
        shown = found(known, truth)
        assert (shown.inhibited, shown.severity) == ((), found(pack(), truth).severity)


def test_a_rule_about_another_problem_or_kind_or_target_says_nothing() -> None:
    other = with_rulings(
        ruling(inhibits=(ProblemId("db.unreachable"),)),
        ruling(kind="database", inhibits=(SHOP_DOWN,)),
    )
    assert found(other, Truth.TRUE).inhibited == ()
    assert found(with_rulings(ruling(inhibits=(SHOP_DOWN,))), Truth.TRUE, TargetId("elsewhere")).inhibited == ()


def test_no_rule_makes_a_problem_less_severe_than_it_is() -> None:
    known = with_rulings(ruling(severities={SHOP_DOWN: Severity.P3}))
    assert found(known, Truth.TRUE).severity is found(pack(), Truth.TRUE).severity


def test_a_root_is_as_severe_as_the_worst_of_its_consequences() -> None:
    known = with_rulings(ruling(severities={SHOP_DOWN: Severity.P0}))
    conclusions = concluded(shop_silent=True, db_accepts=False)
    truths = {**conclusions.truths, Fact(target=SHOP, name=DEPLOYING): Truth.TRUE}
    root, consequence = diagnose(known, TARGETS, Conclusions(truths=truths, proof=conclusions.proof), {}, NOON)
    assert consequence.consequence_of == root.ref
    assert (root.severity, consequence.severity) == (Severity.P0, Severity.P0)
