"""Forward chaining in plain Python: what the semantics say, and nothing else.

It is the reference of docs/explanation/semantics.md, answers when the worker of durable-rules cannot, and
serves alone on Python 3.13 and later. Linear in rules, targets and literals: each rule and target is looked at
once a run, then only when a fact that it waits for is concluded.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence

from engine.inference.ground import Body, Ground, Key, standing_before
from engine.knowledge import Program
from engine.model import Conclusions, Fact, Target, Truth


class NativeInference:
    """The plain Python engine; it keeps nothing between two inferences."""

    def infer(self, program: Program, targets: Sequence[Target], facts: Mapping[Fact, Truth]) -> Conclusions:
        """Everything that follows from `facts` by the rules of `program`, and why; raises nothing on purpose."""
        ground = Ground(targets)
        declared, derived = ground.declared(program), ground.derived(program)
        standing = standing_before(facts, declared, derived)
        certain, impossible = standing.certain, standing.impossible
        proof: list[Body] = []
        for level in program.levels:
            bodies = ground.bodies(level)
            # Both runs read the levels below as they stood, so neither writes before the other is done.
            lower = _run(bodies, lambda key, negated: key in (impossible if negated else certain))
            upper = _run(bodies, lambda key, negated: key not in (certain if negated else impossible))
            certain.update(body.concluded for body in lower)
            impossible.difference_update(body.concluded for body in upper)
            proof.extend(lower)
        return standing.conclusions(facts, declared, derived, proof)


def _run(bodies: Sequence[Body], holds: Callable[[Key | None, bool], bool]) -> list[Body]:
    """The bodies that fire, each after those that conclude what it uses."""
    waiting: dict[Key | None, list[int]] = defaultdict(list)
    missing = [0] * len(bodies)
    ready: deque[int] = deque()
    fired: list[Body] = []
    for index, body in enumerate(bodies):
        unmet = [key for key, negated in body.conditions if not holds(key, negated)]
        missing[index] = len(unmet)
        if not unmet:
            ready.append(index)
        for key in unmet:  # what is negated is never concluded on this level, so it stays unmet
            waiting[key].append(index)
    while ready:
        body = bodies[ready.popleft()]
        fired.append(body)
        for index in waiting.pop(body.concluded, ()):
            missing[index] -= 1
            if not missing[index]:
                ready.append(index)
    return fired
