"""What both engines share: which facts there are, what is settled from the start, and what is said in the end.

A key names a fact of a target. Two sets carry three truth values: a key in `certain` is true, one in
`impossible` is false, one in neither is unknown. A run only ever adds to `certain` or takes from `impossible`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from engine.knowledge import Program, Rule
from engine.model import Conclusions, Fact, FactName, Firing, Target, TargetId, Truth

Key: TypeAlias = tuple[TargetId, FactName]
Condition: TypeAlias = tuple[Key | None, bool]
"""The fact that a literal asks for, and whether it is negated; None stands for a fact of a role without target."""


@dataclass(frozen=True, slots=True)
class Body:
    """One rule on one target, its literals resolved to facts."""

    rule: Rule
    concluded: Key
    conditions: Sequence[Condition]

    def firing(self) -> Firing:
        """This body as a step of a proof."""
        return Firing(
            rule=self.rule.id,
            concluded=_fact(self.concluded),
            used=tuple(_fact(key) for key, negated in self.conditions if key and not negated),
            absent=tuple(_fact(key) for key, negated in self.conditions if key and negated),
        )


class Ground:
    """The targets of one inference: who is there, of what kind, in whose role."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self._targets = {target.id: target for target in targets}
        self._of_kind: dict[str, list[Target]] = defaultdict(list)
        for target in targets:
            self._of_kind[target.kind].append(target)

    def of_kind(self, kind: str) -> Sequence[Target]:
        """The targets of one kind, in the order given."""
        return self._of_kind.get(kind, ())

    def whose(self, target: Target, role: str) -> TargetId | None:
        """Who is in that role of the target ("" is the target itself); None when nobody is, or is not there."""
        if not role:
            return target.id
        other = target.depends_on.get(role)
        return other if other in self._targets else None

    def body(self, rule: Rule, target: Target) -> Body:
        """A rule on a target."""
        conditions: list[Condition] = []
        for literal in rule.when:
            whose = self.whose(target, literal.of)
            conditions.append((None if whose is None else (whose, literal.fact), literal.negated))
        return Body(rule, (target.id, rule.concludes), conditions)

    def bodies(self, rules: Iterable[Rule]) -> list[Body]:
        """Every rule on every target that it applies to."""
        return [self.body(rule, target) for rule in rules for target in self.of_kind(rule.kind)]

    def declared(self, program: Program) -> set[Key]:
        """The facts that detectors give on these targets, seen yet or not."""
        return {(id_, name) for id_, target in self._targets.items() for name in program.given.get(target.kind, ())}

    def derived(self, program: Program) -> dict[Key, None]:
        """The facts that rules conclude on these targets, in the order of the rules."""
        concluded = dict.fromkeys((rule.kind, rule.concludes) for level in program.levels for rule in level)
        return {(target.id, name): None for kind, name in concluded for target in self.of_kind(kind)}


@dataclass(frozen=True, slots=True)
class Standing:
    """What is settled so far; the engines change the two sets as their runs go up the levels."""

    certain: set[Key]
    impossible: set[Key]

    def conclusions(
        self, facts: Mapping[Fact, Truth], declared: Iterable[Key], derived: Iterable[Key], proof: Iterable[Body]
    ) -> Conclusions:
        """The truth of every fact that was given, declared or derived."""
        truths = dict.fromkeys(map(_fact, declared), Truth.UNKNOWN)
        truths.update(facts)
        for key in derived:
            truths[_fact(key)] = (
                Truth.TRUE if key in self.certain else Truth.FALSE if key in self.impossible else Truth.UNKNOWN
            )
        return Conclusions(truths=truths, proof=tuple(body.firing() for body in proof))


def standing_before(facts: Mapping[Fact, Truth], declared: set[Key], derived: Iterable[Key]) -> Standing:
    """What is settled before any rule is asked: what was seen; and what only rules conclude is impossible so far."""
    seen = {(fact.target, fact.name): truth for fact, truth in facts.items()}
    impossible = {key for key, truth in seen.items() if truth is Truth.FALSE}
    impossible.update(key for key in derived if key not in seen and key not in declared)
    return Standing({key for key, truth in seen.items() if truth is Truth.TRUE}, impossible)


def _fact(key: Key) -> Fact:
    return Fact(target=key[0], name=key[1])
