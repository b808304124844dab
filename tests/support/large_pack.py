"""A made-up pack of realistic size: 100 rules in four levels over 60 facts, 26 causes, applications and databases.

Half of the observations are states, half are numbers. Rules join an application with its database, and negate what
lower levels conclude. Which facts a rule asks for is drawn from a fixed seed, so it is the same pack every time.
"""

import random
from collections.abc import Sequence

from engine.inference.levels import stratify
from engine.knowledge import (
    Above,
    Cause,
    Detector,
    Evidence,
    FaultClass,
    Likelihood,
    Literal,
    OneOf,
    Pack,
    Problem,
    Program,
    Recovery,
    Rule,
    Strength,
    Symptom,
)
from engine.model import (
    CauseId,
    Digest,
    FactName,
    ProblemId,
    Severity,
    Target,
    TargetId,
    Text,
)

KINDS = ("app", "database")
RULES_OF_A_LEVEL = 25
LEVELS = 4
CAUSES = 26
PROBLEMS = 4
_FACTS_OF_A_KIND = 30


def observed_facts(kind: str) -> tuple[FactName, ...]:
    """The facts that detectors give on a kind: the even ones are states, the odd ones numbers."""
    return tuple(FactName(f"{kind}-fact-{number}") for number in range(_FACTS_OF_A_KIND))


def large_pack() -> Pack:
    """The pack."""
    dice = random.Random(26)
    rules = _rules(dice)
    return Pack(
        id="large",
        version="1.0.0",
        digest=Digest("26"),
        title=_text("Large"),
        parts={},
        detectors=tuple(_detector(kind, number) for kind in KINDS for number in range(_FACTS_OF_A_KIND)),
        program=Program(levels=stratify(rules), given={kind: observed_facts(kind) for kind in KINDS}),
        problems=tuple(_problem(dice, number, rules) for number in range(PROBLEMS)),
        examples=(),
    )


def pairs(count: int) -> tuple[Target, ...]:
    """Applications, each with a database of its own."""
    found: list[Target] = []
    for number in range(count):
        database = TargetId(f"database-{number}")
        found.append(Target(id=TargetId(f"app-{number}"), kind="app", parts={}, depends_on={"database": database}))
        found.append(Target(id=database, kind="database", parts={}))
    return tuple(found)


def _detector(kind: str, number: int) -> Detector:
    test = OneOf(values=("ill",)) if number % 2 == 0 else Above(bound=90, clear=80)
    fact = observed_facts(kind)[number]
    return Detector(fact=fact, kind=kind, observe=f"{kind}.{number}", test=test, hold=0.0, expires=1e6)


def _rules(dice: random.Random) -> list[Rule]:
    rules: list[Rule] = []
    for level in range(LEVELS):
        below = {kind: [rule.concludes for rule in rules if rule.kind == kind] for kind in KINDS}
        for number in range(RULES_OF_A_LEVEL):
            kind = KINDS[number % 5 == 4]
            literals = {name: Literal(fact=name) for name in dice.sample(observed_facts(kind), 2)}
            if level:
                lower, denied = dice.sample(below[kind], 2)
                literals[lower] = Literal(fact=lower)
                literals[denied] = Literal(fact=denied, negated=True)
            if kind == "app" and number % 2 == 0:
                joined = dice.choice([*observed_facts("database"), *below["database"]])
                literals[joined] = Literal(fact=joined, of="database")
            concludes = FactName(f"{kind}-level-{level}-{number // 2}")  # two rules conclude the same
            rules.append(
                Rule(id=f"rule-{level}-{number}", kind=kind, concludes=concludes, when=tuple(literals.values()))
            )
    return rules


def _problem(dice: random.Random, number: int, rules: Sequence[Rule]) -> Problem:
    """A problem of applications that shows when its observed fact does; it shares the causes with the others."""
    fact = observed_facts("app")[number]
    share = range(number, CAUSES, PROBLEMS)
    concluded = [rule.concludes for rule in rules if rule.kind == "app"]
    return Problem(
        id=ProblemId(f"large.problem-{number}"),
        kind="app",
        title=_text(f"Problem {number}"),
        severity=Severity.P1,
        fault=FaultClass(type="service", kind="down"),
        fact=fact,
        symptoms=(Symptom(id=f"large.symptom-{number}", title=_text("It shows"), fact=fact),),
        causes=tuple(_cause(dice, cause, concluded) for cause in share),
        recovery=Recovery(fact=fact),
    )


def _cause(dice: random.Random, number: int, concluded: Sequence[FactName]) -> Cause:
    own = [Literal(fact=name) for name in (*dice.sample(observed_facts("app"), 2), dice.choice(concluded))]
    joined = Literal(fact=dice.choice(observed_facts("database")), of="database")
    return Cause(
        id=CauseId(f"large.cause-{number}"),
        title=_text(f"Cause {number}"),
        likelihood=dice.choice(list(Likelihood)),
        evidence=tuple(
            Evidence(literal=literal, title=_text(f"It is so: {literal.fact}"), sees=literal.fact, strength=strength)
            for literal, strength in zip((*own, joined), Strength, strict=True)
        ),
        because=_text("because"),
    )


def _text(en: str) -> Text:
    return Text(en=en, zh=f"{en}(zh)")
