"""The plainest evaluator there is: every way of filling in the unknowns, each judged in two values."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from engine.knowledge import Literal, Program, Rule
from engine.model import Fact, Target, Truth

Gap: TypeAlias = tuple[str, str, Literal]
"""A rule on a target with a literal whose role leads to nobody there."""


def derivable(program: Program, targets: Sequence[Target]) -> set[Fact]:
    """Every fact that a rule could conclude on these targets."""
    return {
        Fact(target=target.id, name=rule.concludes)
        for level in program.levels
        for rule in level
        for target in targets
        if target.kind == rule.kind
    }


def unknowns(program: Program, targets: Sequence[Target], facts: Mapping[Fact, Truth]) -> list[Fact | Gap]:
    """What nobody knows: facts that were not seen and that no rule concludes, and roles without target."""
    concluded = derivable(program, targets)
    declared = {Fact(target=one.id, name=name) for one in targets for name in program.given.get(one.kind, ())}
    found: dict[Fact | Gap, None] = {}
    for rule, target in _bodies(program, targets):
        for literal in rule.when:
            fact = _asked(literal, target, targets)
            if fact is None:
                found[rule.id, target.id, literal] = None
            elif facts.get(fact, Truth.UNKNOWN) is Truth.UNKNOWN and not (
                fact in concluded and fact not in facts and fact not in declared
            ):
                found[fact] = None
    found |= {fact: None for fact in concluded if facts.get(fact) is Truth.UNKNOWN}
    return list(found)


def every_filling(
    program: Program, targets: Sequence[Target], facts: Mapping[Fact, Truth]
) -> Iterator[Mapping[Fact, bool]]:
    """Whether each derivable fact holds, in each world that the known facts allow."""
    gaps = unknowns(program, targets, facts)
    for values in itertools.product((False, True), repeat=len(gaps)):
        world = dict(zip(gaps, values, strict=True))
        known = {fact for fact, truth in facts.items() if truth is Truth.TRUE}
        known |= {gap for gap, value in world.items() if value and isinstance(gap, Fact)}
        yield _judge(program, targets, known, world)


def _judge(
    program: Program, targets: Sequence[Target], known: set[Fact], world: Mapping[Fact | Gap, bool]
) -> Mapping[Fact, bool]:
    true = set(known)
    for level in program.levels:
        below = frozenset(true)
        before = -1
        while before != len(true):
            before = len(true)
            for rule, target in _bodies(Program(levels=(level,), given={}), targets):
                if all(
                    _holds(rule, target, one, targets=targets, true=true, below=below, world=world) for one in rule.when
                ):
                    true.add(Fact(target=target.id, name=rule.concludes))
    return {fact: fact in true for fact in derivable(program, targets)}


def _holds(
    rule: Rule,
    target: Target,
    literal: Literal,
    *,
    targets: Sequence[Target],
    true: set[Fact],
    below: frozenset[Fact],
    world: Mapping[Fact | Gap, bool],
) -> bool:
    fact = _asked(literal, target, targets)
    if fact is None:
        return world[rule.id, target.id, literal]
    return fact not in below if literal.negated else fact in true


def _asked(literal: Literal, target: Target, targets: Sequence[Target]) -> Fact | None:
    whose = target.depends_on.get(literal.of) if literal.of else target.id
    return Fact(target=whose, name=literal.fact) if whose in {one.id for one in targets} else None


def _bodies(program: Program, targets: Sequence[Target]) -> Iterator[tuple[Rule, Target]]:
    for level in program.levels:
        for rule in level:
            yield from ((rule, target) for target in targets if target.kind == rule.kind)
