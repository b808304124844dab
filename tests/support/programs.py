"""Random programs with targets and facts, from a seed: joins by role, recursion, negation, unknowns, odd names."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.inference.levels import MAX_CONDITIONS_OF_RULE, conditions_of, problems_of, stratify
from engine.knowledge import Literal, Program, Rule
from engine.model import Fact, FactName, Target, TargetId, Truth

ODD = (
    *("数据库", "été", "a b", '"', "\\", "'", "{}", "1", "01", "true", "null", "$s", "sid", "id", "\u202e", "😀"),
    "x" * 300,
)
KINDS = ("app", "db", "网关")
ROLES = ("database", "cache", "上游")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A program and one inference over it."""

    seed: int
    program: Program
    targets: Sequence[Target]
    facts: Mapping[Fact, Truth]


def random_case(seed: int, *, rules: int = 60, names: int = 0, targets: int = 6) -> Case:
    """A stratified program of at most `rules` rules, with at most `targets` targets."""
    dice = random.Random(seed)
    count = dice.randint(1, rules)
    pool = _names(dice, dice.randint(4, names or max(6, count)))
    split = dice.randint(1, len(pool) - 1)
    observed, concluded = pool[:split], pool[split:]
    kinds = KINDS[: dice.randint(1, 3)]
    steps = dice.randint(1, 6)
    written: list[Rule] = []
    for number in range(count):
        rule = _rule(dice, f"r.{number}", kinds=kinds, observed=observed, concluded=concluded, steps=steps)
        if conditions_of(rule) <= MAX_CONDITIONS_OF_RULE:
            written.append(rule)
    while problems_of(written):  # too many rules in one cycle
        written = written[: len(written) * 3 // 4]
    given = {kind: tuple(dice.sample(observed, dice.randint(0, len(observed)))) for kind in kinds}
    there = _targets(dice, kinds, dice.randint(1, targets))
    return Case(
        seed=seed,
        program=Program(levels=stratify(written), given=given),
        targets=there,
        facts=_facts(dice, there, given, concluded),
    )


def _names(dice: random.Random, count: int) -> list[FactName]:
    plain = [f"{dice.choice(('unit', 'port', '磁盘'))}.{number}" for number in range(count)]
    plain[: min(len(ODD), count // 3)] = dice.sample(ODD, min(len(ODD), count // 3))
    dice.shuffle(plain)
    return [FactName(name) for name in plain]


def _rule(
    dice: random.Random,
    rule: str,
    *,
    kinds: Sequence[str],
    observed: Sequence[FactName],
    concluded: Sequence[FactName],
    steps: int,
) -> Rule:
    """Positive literals ask for anything up to the rule's own step, negated ones below it: always in levels."""
    place = dice.randrange(len(concluded))
    step = place * steps // len(concluded)
    below = [name for index, name in enumerate(concluded) if index * steps // len(concluded) < step]
    same = [name for index, name in enumerate(concluded) if index * steps // len(concluded) <= step]
    if dice.random() < 0.6:  # else most rules would be in one cycle
        same = list(concluded[:place])
    literals: dict[tuple[FactName, str], Literal] = {}
    for _ in range(dice.choice((0, 1, 1, 2, 2, 2, 3, 3, 4, 6, 12))):
        negated = dice.random() < 0.35
        source = observed if dice.random() < 0.5 else below if negated else same
        if source:
            of = dice.choice(("", "", *ROLES))
            name = dice.choice(source)
            literals[name, of] = Literal(fact=name, of=of, negated=negated)
    return Rule(id=rule, kind=dice.choice(kinds), concludes=concluded[place], when=tuple(literals.values()))


def _targets(dice: random.Random, kinds: Sequence[str], count: int) -> tuple[Target, ...]:
    ids = [TargetId(f"{dice.choice(('主机', 'host', ' '))}-{number}") for number in range(count)]
    everyone = (*ids, TargetId("elsewhere"))
    return tuple(
        Target(
            id=one,
            kind=dice.choice(kinds),
            parts={},
            depends_on={role: dice.choice(everyone) for role in ROLES if dice.random() < 0.6},
        )
        for one in ids
    )


def _facts(
    dice: random.Random,
    targets: Sequence[Target],
    given: Mapping[str, Sequence[FactName]],
    concluded: Sequence[FactName],
) -> dict[Fact, Truth]:
    facts: dict[Fact, Truth] = {}
    for target in targets:
        for name in given[target.kind]:
            if dice.random() < 0.85:
                facts[Fact(target=target.id, name=name)] = dice.choice((*Truth, Truth.TRUE, Truth.FALSE))
        if dice.random() < 0.1:  # a rule may also conclude what is given
            facts[Fact(target=target.id, name=dice.choice(concluded))] = dice.choice(tuple(Truth))
    if dice.random() < 0.1:
        facts[Fact(target=TargetId("elsewhere"), name=dice.choice(concluded))] = Truth.TRUE
    return facts
