"""What a valid proof is, said once, without the engines' own code."""

from collections.abc import Mapping, Sequence

from engine.knowledge import Program
from engine.model import Conclusions, Fact, Target, Truth


def check_proof(
    program: Program, targets: Sequence[Target], facts: Mapping[Fact, Truth], conclusions: Conclusions
) -> None:
    """Assert that every step rests on what was given or concluded before it, and that nothing else is true."""
    rules = {rule.id: rule for level in program.levels for rule in level}
    there = {target.id: target for target in targets}
    true = {fact for fact, truth in facts.items() if truth is Truth.TRUE}
    steps: set[tuple[str, str]] = set()
    for firing in conclusions.proof:
        rule, target = rules[firing.rule], there[firing.concluded.target]
        assert rule.kind == target.kind
        assert firing.concluded.name == rule.concludes
        assert (rule.id, target.id) not in steps, "a rule fires once on a target"
        steps.add((rule.id, target.id))
        asked: dict[bool, list[Fact]] = {False: [], True: []}
        for literal in rule.when:
            whose = target.depends_on[literal.of] if literal.of else target.id
            assert whose in there
            asked[literal.negated].append(Fact(target=whose, name=literal.fact))
        assert list(firing.used) == asked[False]
        assert list(firing.absent) == asked[True]
        assert set(firing.used) <= true, "it rests on what was concluded before"
        assert all(conclusions.truth(fact) is Truth.FALSE for fact in firing.absent)
        true.add(firing.concluded)
    assert {fact for fact, truth in conclusions.truths.items() if truth is Truth.TRUE} == true
