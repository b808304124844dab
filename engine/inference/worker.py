"""The worker process: durable-rules behind a pipe, the only place that imports it.

It reads one JSON value a line and answers each with one: first the rules of a program, once, then one inference
a line. Every name is a small integer by then, so the traps of durable-rules (values that compare equal across
types, texts and ids that compare by a 32-bit hash) have nothing to bite on. Each inference asserts its facts
into a fresh session, runs it to quiescence and deletes it; nothing is ever retracted.

The lower and the upper run (docs/explanation/semantics.md) share a session: they are two worlds, kept apart by
the number of the target.

Usage: python -m engine.inference.worker SECONDS. No request may take longer than that: the kernel then ends the
process, also when it hangs in C and whoever asked is gone.
"""

import faulthandler
import json
import signal
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import durable_rules_engine as durable

_SESSION = "1"  # always the same one: delete_state is only safe in a slot where a rule has fired
_WARM = 0  # the symbol of the fact that warms a ruleset up
_LOWER, _UPPER = 0, 1
_SELF = -1
_MOST_FACTS = 400_000  # in one session; the texts of the ids below have no two equal 32-bit hashes

_Key: TypeAlias = tuple[int, int]  # target, name
_Symbol: TypeAlias = tuple[str, int, int, int]  # what it is, a kind or a role, a name, negated
_Wire: TypeAlias = list[Any]


@dataclass(frozen=True, slots=True)
class _Scene:
    """The targets of one inference and what is settled of them (see engine.inference.ground)."""

    kinds: list[int]
    targets: dict[int, list[int]]  # by kind
    links: dict[_Key, int]
    certain: set[_Key]
    impossible: set[_Key]

    def of_kind(self, kind: int) -> list[int]:
        return self.targets.get(kind, [])

    def linked(self, target: int, role: int) -> int:
        """Who is in that role; a role without target leads to nobody, of whom everything is unknown."""
        return self.links.get((target, role), len(self.kinds))

    def holds(self, key: _Key, negated: int, world: int) -> bool:
        if world == _LOWER:
            return key in (self.impossible if negated else self.certain)
        return key not in (self.certain if negated else self.impossible)

    def conclude(self, key: _Key, world: int) -> bool:
        """Whether that was new."""
        new = not self.holds(key, 0, world)
        if world == _LOWER:
            self.certain.add(key)
        else:
            self.impossible.discard(key)
        return new


class _Ruleset:
    """Some rules of one level in durable-rules, warmed up; every condition of them is an equality."""

    def __init__(self, name: str, rules: _Wire) -> None:
        self._symbols: dict[_Symbol, int] = {}
        self._rules = {f"r{rule}": (rule, concludes) for rule, _, concludes, _ in rules}
        definition = {f"r{rule}": {"all": self._conditions(kind, when)} for rule, kind, _, when in rules}
        definition["$warm"] = {"all": [{"warm": {"f": _WARM}}]}
        self._readers: dict[int, list[tuple[str, int, int]]] = defaultdict(list)
        for (sort, of, fact, negated), symbol in self._symbols.items():
            if sort in ("own", "of") and not negated:
                self._readers[fact].append((sort, of, symbol))
        self._handle = durable.create_ruleset(name, json.dumps(definition))
        self._session([{"f": _WARM}], lambda _rule, _target: [])

    def run(self, scene: _Scene) -> tuple[list[_Key], list[_Key]]:
        """What fired in the lower and in the upper world, as (rule, target), each after what it uses."""
        fired: tuple[list[_Key], list[_Key]] = ([], [])

        def conclude(rule_name: str, number: int) -> list[dict[str, int]]:
            rule, name = self._rules[rule_name]
            target, world = divmod(number, 2)
            fired[world].append((rule, target))
            return self._copies(scene, target, name, number) if scene.conclude((target, name), world) else []

        self._session(list(self._present(scene)), conclude)
        return fired

    def _conditions(self, kind: int, when: _Wire) -> _Wire:
        """One condition for each literal and each role; all are joined to the first, which is about the target."""
        roles = dict.fromkeys(role for _, role, _ in when if role != _SELF)
        conditions: list[tuple[str, int, str, str]] = []  # its alias, its symbol, the alias and field it joins
        anchor = "l0" if roles else "c0"
        for index, role in enumerate(roles):
            conditions.append((f"l{index}", self._symbol("link", kind, role), anchor, "t"))
        for index, (fact, role, negated) in enumerate(when):
            if role == _SELF:
                conditions.append((f"c{index}", self._symbol("own", kind, fact, negated), anchor, "t"))
            else:
                link = f"l{list(roles).index(role)}"
                conditions.append((f"c{index}", self._symbol("of", role, fact, negated), link, "o"))
        if not conditions:
            conditions.append((anchor, self._symbol("always", kind), anchor, "t"))
        return [
            {alias: {"f": symbol} if alias == anchor else {"$and": [{"f": symbol}, {"t": {joined: field}}]}}
            for alias, symbol, joined, field in conditions
        ]

    def _symbol(self, sort: str, of: int, fact: int = 0, negated: int = 0) -> int:
        """A number for a condition: one for each role a fact is read through, so no fact meets two conditions."""
        return self._symbols.setdefault((sort, of, fact, negated), _WARM + 1 + len(self._symbols))

    def _present(self, scene: _Scene) -> Iterator[dict[str, int]]:
        """The facts of both worlds that the rules can ask for."""
        in_role: dict[int, set[int]] = defaultdict(set)
        for sort, kind, role, _ in self._symbols:
            if sort == "link":
                in_role[role].update(scene.linked(target, role) for target in scene.of_kind(kind))
        for (sort, of, fact, negated), symbol in self._symbols.items():
            for target in in_role[of] if sort == "of" else scene.of_kind(of):
                for world in (_LOWER, _UPPER):
                    number = 2 * target + world
                    if sort == "link":
                        yield {"f": symbol, "t": number, "o": 2 * scene.linked(target, fact) + world}
                    elif sort == "always" or scene.holds((target, fact), negated, world):
                        yield {"f": symbol, "t": number}

    def _copies(self, scene: _Scene, target: int, name: int, number: int) -> list[dict[str, int]]:
        """A fact concluded just now, as the rules of the same level read it."""
        return [
            {"f": symbol, "t": number}
            for sort, of, symbol in self._readers[name]
            if sort == "of" or scene.kinds[target] == of
        ]

    def _session(self, facts: list[dict[str, int]], conclude: Callable[[str, int], list[dict[str, int]]]) -> None:
        """Assert facts, give each firing to `conclude` and assert what it returns, until nothing fires."""
        if not facts:
            return
        asserted = 0

        def say(some: list[dict[str, int]]) -> int:
            nonlocal asserted
            wire = [{"id": asserted + index, "sid": _SESSION, **fact} for index, fact in enumerate(some)]
            asserted += len(some)
            if asserted > _MOST_FACTS:
                raise OverflowError(f"more than {_MOST_FACTS} facts in one session")
            code, state = durable.assert_facts(self._handle, json.dumps(wire))
            if code:
                raise RuntimeError(f"a fact was not taken (code {code})")
            return int(state)

        # Nothing is cleaned up after an error: it ends the process.
        state = say(facts)
        started = durable.start_action_for_state(self._handle, state)
        message = started and started[1]
        while message:
            ((rule, frame),) = json.loads(message).items()
            anchor = frame.get("l0") or frame.get("c0")
            if anchor and (following := conclude(rule, anchor["t"])):
                say(following)
            message = durable.complete_and_start_action(self._handle, state)
        durable.delete_state(self._handle, _SESSION)


def _infer(rulesets: list[_Ruleset], request: dict[str, Any]) -> dict[str, list[_Key]]:
    targets: dict[int, list[int]] = defaultdict(list)
    for target, kind in enumerate(request["kinds"]):
        targets[kind].append(target)
    scene = _Scene(
        kinds=request["kinds"],
        targets=targets,
        links={(target, role): other for target, role, other in request["links"]},
        certain={(target, name) for target, name in request["certain"]},
        impossible={(target, name) for target, name in request["impossible"]},
    )
    lower: list[_Key] = []
    upper: list[_Key] = []
    for ruleset in rulesets:
        certainly, possibly = ruleset.run(scene)
        lower += certainly
        upper += possibly
    return {"lower": lower, "upper": upper}


def main() -> None:
    """Serve one program until the pipe is closed."""
    faulthandler.enable()
    longest = int(sys.argv[1])
    rulesets: list[_Ruleset] = []
    for line in sys.stdin:
        signal.alarm(longest)
        request = json.loads(line)
        if "rulesets" in request:
            rulesets = [_Ruleset(f"s{index}", rules) for index, rules in enumerate(request["rulesets"])]
            answer: dict[str, Any] = {"ready": len(rulesets)}
        else:
            answer = {"number": request["number"], **_infer(rulesets, request)}
        sys.stdout.write(json.dumps(answer, separators=(",", ":")) + "\n")
        sys.stdout.flush()
        signal.alarm(0)


if __name__ == "__main__":
    main()
