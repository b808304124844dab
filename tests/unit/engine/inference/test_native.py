"""What follows from what, as a table; "a?" is an unknown fact, "!a" a false one, "a" a true one."""

import pytest

from engine.inference.levels import stratify
from engine.inference.native import NativeInference
from engine.knowledge import Literal, Program, Rule
from engine.model import Conclusions, Fact, Target, Truth
from tests.support.proofs import check_proof

TARGETS = (
    Target(id="A", kind="app", parts={}, depends_on={"db": "D", "cache": "gone"}),
    Target(id="B", kind="app", parts={}),
    Target(id="D", kind="db", parts={}),
)


def rule(text: str) -> Rule:
    """`kind: conclusion <- literal, not literal, literal@role`."""
    head, _, body = text.partition("<-")
    kind, concludes = head.strip().split(": ")
    literals = []
    for word in filter(None, (part.strip() for part in body.split(","))):
        name, _, of = word.removeprefix("not ").partition("@")
        literals.append(Literal(fact=name, of=of, negated=word.startswith("not ")))
    return Rule(id=text, kind=kind, concludes=concludes, when=tuple(literals))


def facts(text: str) -> dict[Fact, Truth]:
    """`A.x !A.y A.z?`."""
    found = {}
    for word in text.split():
        target, name = word.strip("!?").split(".")
        truth = Truth.FALSE if word[0] == "!" else Truth.UNKNOWN if word[-1] == "?" else Truth.TRUE
        found[Fact(target=target, name=name)] = truth
    return found


def infer(rules: list[str], given: str) -> Conclusions:
    program = Program(levels=stratify(map(rule, rules)), given={"app": ("x", "y"), "db": ("x", "up")})
    conclusions = NativeInference().infer(program, TARGETS, facts(given))
    check_proof(program, TARGETS, facts(given), conclusions)
    return conclusions


@pytest.mark.parametrize(
    ("rules", "given", "expected"),
    [
        # one literal, three values
        (["app: d <- x"], "A.x", "A.d B.d?"),
        (["app: d <- x"], "!A.x !B.x", "!A.d !B.d"),
        (["app: d <- x"], "A.x?", "A.d? A.x? A.y?"),
        (["app: d <- not x"], "A.x !B.x", "!A.d B.d"),
        (["app: d <- not x"], "", "A.d?"),
        # conjunction: false wins over unknown
        (["app: d <- x, y"], "A.x A.y", "A.d"),
        (["app: d <- x, y"], "!A.x", "!A.d"),
        (["app: d <- x, y"], "A.x", "A.d?"),
        # several rules: true wins over unknown
        (["app: d <- x", "app: d <- y"], "A.x", "A.d"),
        (["app: d <- x", "app: d <- y"], "!A.x !A.y", "!A.d"),
        (["app: d <- x", "app: d <- y"], "!A.x", "A.d?"),
        # a fact that nothing concludes and nobody observes is unknown, not false
        (["app: d <- not never"], "", "A.d?"),
        (["app: d <- never"], "", "A.d?"),
        # a rule that asks for nothing always fires
        (["app: d"], "", "A.d B.d"),
        # negation of what is derived
        (["app: d <- x", "app: e <- not d"], "!A.x B.x", "A.e !B.e"),
        (["app: d <- x", "app: e <- not d"], "", "A.d? A.e?"),
        (["app: d <- x", "app: e <- not d", "app: f <- not e"], "A.x", "A.d !A.e A.f"),
        # roles: the one it depends on, nobody there, none such
        (["app: d <- up@db"], "D.up", "A.d B.d?"),
        (["app: d <- up@db"], "!D.up", "!A.d B.d?"),
        (["app: d <- not up@db"], "!D.up", "A.d B.d?"),
        (["app: d <- up@cache, x"], "gone.up A.x", "A.d?"),
        (["app: d <- up@cache, x"], "!A.x", "!A.d"),
        (["app: d <- x@db"], "A.x", "A.d?"),
        (["app: d <- down@db", "db: down <- not up"], "!D.up", "A.d D.down"),
        (["app: d <- x, x@db"], "A.x D.x", "A.d"),
        # a rule is about its own kind
        (["db: d <- x"], "A.x D.x", "D.d"),
        # positive recursion reaches the least fixpoint
        (["app: a <- b", "app: b <- a"], "", "!A.a !A.b"),
        (["app: a <- b", "app: b <- a", "app: a <- x"], "A.x", "A.a A.b B.a? B.b?"),
        (["app: a <- b", "app: b <- a", "app: a <- x"], "!A.x", "!A.a !A.b"),
        (["app: a <- a"], "", "!A.a"),
        # given and concluded: it holds when either says so
        (["app: x <- y"], "!A.x A.y", "A.x"),
        (["app: x <- y"], "A.x !A.y", "A.x"),
        (["app: x <- y"], "!A.x !A.y", "!A.x"),
        (["app: x <- y"], "!A.y", "A.x?"),
    ],
)
def test_what_follows(rules: list[str], given: str, expected: str) -> None:
    conclusions = infer(rules, given)
    assert {fact: conclusions.truths[fact] for fact in facts(expected)} == facts(expected)


def test_a_fact_of_another_kind_is_not_concluded_at_all() -> None:
    assert Fact(target="A", name="d") not in infer(["db: d <- x"], "A.x").truths


def test_a_proof_shows_every_rule_that_fired_with_what_it_rests_on() -> None:
    rules = ["app: d <- down@db, not x", "db: down <- not up", "app: d <- y"]
    proof = infer(rules, "!D.up !A.x A.y").proof
    assert [(step.rule, step.concluded.target) for step in proof] == [
        ("db: down <- not up", "D"),
        ("app: d <- y", "A"),
        ("app: d <- down@db, not x", "A"),
    ]
    assert proof[-1].used == (Fact(target="D", name="down"),)
    assert proof[-1].absent == (Fact(target="A", name="x"),)


def test_a_rule_that_only_might_fire_is_not_in_the_proof() -> None:
    assert infer(["app: d <- x"], "A.x?").proof == ()
