"""Forward chaining in plain Python: what the semantics say, and nothing else.

It is the reference of docs/explanation/semantics.md, answers when the worker of durable-rules cannot, and
serves alone on Python 3.13 and later. Linear in rules, targets and literals: each rule and target is looked at
once a run, then only when a fact that it waits for is concluded.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from engine.knowledge import Program, Rule
from engine.model import Conclusions, Fact, FactName, Firing, Target, TargetId, Truth

_Key: TypeAlias = tuple[TargetId, FactName]
_Condition: TypeAlias = tuple[_Key | None, bool]  # None: the fact of a role that the target does not have; negated
_Body: TypeAlias = tuple[Rule, _Key, list[_Condition]]


class NativeInference:
    """The plain Python engine; it keeps nothing between two inferences."""

    def infer(self, program: Program, targets: Sequence[Target], facts: Mapping[Fact, Truth]) -> Conclusions:
        """Everything that follows from `facts` by the rules of `program`, and why; raises nothing on purpose."""
        certain = {(fact.target, fact.name) for fact, truth in facts.items() if truth is Truth.TRUE}
        impossible = {(fact.target, fact.name) for fact, truth in facts.items() if truth is Truth.FALSE}
        levels = [_bodies(level, targets) for level in program.levels]
        derived = dict.fromkeys(key for level in levels for _, key, _ in level)
        declared = {(target.id, name) for target in targets for name in program.given.get(target.kind, ())}
        given = {(fact.target, fact.name) for fact in facts} | declared
        impossible.update(key for key in derived if key not in given)
        proof: list[Firing] = []
        for level in levels:
            lower = _run(level, lambda key, negated: key in (impossible if negated else certain))
            upper = _run(level, lambda key, negated: key not in (certain if negated else impossible))
            # Both runs read the levels below as they were, so neither may write before the other is done.
            fired, possible = list(lower), list(upper)
            certain.update(key for _, key, _ in fired)
            impossible.difference_update(key for _, key, _ in possible)
            proof.extend(_firing(*body) for body in fired)
        truths = {Fact(target=target, name=name): Truth.UNKNOWN for target, name in declared} | dict(facts)
        for key in derived:
            truth = Truth.TRUE if key in certain else Truth.FALSE if key in impossible else Truth.UNKNOWN
            truths[Fact(target=key[0], name=key[1])] = truth
        return Conclusions(truths=truths, proof=tuple(proof))


def _bodies(rules: Sequence[Rule], targets: Sequence[Target]) -> list[_Body]:
    """Each rule on each target that it applies to, with its literals as conditions on facts."""
    of_kind: dict[str, list[Target]] = defaultdict(list)
    for target in targets:
        of_kind[target.kind].append(target)
    present = {target.id for target in targets}

    def key(target: Target, role: str, name: FactName) -> _Key | None:
        whose = target.depends_on.get(role) if role else target.id
        return None if whose is None or whose not in present else (whose, name)

    return [
        (rule, (target.id, rule.concludes), [(key(target, one.of, one.fact), one.negated) for one in rule.when])
        for rule in rules
        for target in of_kind[rule.kind]
    ]


def _run(bodies: Sequence[_Body], holds: Callable[[_Key | None, bool], bool]) -> Iterator[_Body]:
    """The bodies that fire, each after those that conclude what it uses; a fact is concluded once."""
    waiting: dict[_Key | None, list[int]] = defaultdict(list)
    missing = [0] * len(bodies)
    ready: deque[int] = deque()
    for index, (_, _, conditions) in enumerate(bodies):
        unmet = [(key, negated) for key, negated in conditions if not holds(key, negated)]
        missing[index] = len(unmet)
        if not unmet:
            ready.append(index)
        elif not any(negated for _, negated in unmet):
            for key, _ in unmet:
                waiting[key].append(index)
    while ready:
        body = bodies[ready.popleft()]
        yield body
        for index in waiting.pop(body[1], ()):
            missing[index] -= 1
            if not missing[index]:
                ready.append(index)


def _firing(rule: Rule, concluded: _Key, conditions: Sequence[_Condition]) -> Firing:
    def those(negated: bool) -> tuple[Fact, ...]:  # noqa: FBT001 - it is the value asked for
        return tuple(
            Fact(target=key[0], name=key[1]) for key, is_negated in conditions if key and is_negated is negated
        )

    return Firing(
        rule=rule.id,
        concluded=Fact(target=concluded[0], name=concluded[1]),
        used=those(negated=False),
        absent=those(negated=True),
    )
