"""Sorts rules into levels, so that what a rule negates is settled before the rule is asked.

Fact names are sorted, whatever the kind of target and the role they are read through: negation through a role
counts too. That refuses a few programs that could be sorted by kind, and in return no inventory can make a
sorted program cyclic. What durable-rules cannot take is found here as well, so that it is an error at load
under either engine and never a rule that silently does not fire.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from engine.errors import RuleError
from engine.knowledge import Literal, Rule
from engine.model import FactName

MAX_CONDITIONS_OF_RULE = 16
"""durable-rules keeps at most 16 facts in the frame of one firing; a 17th is refused at run time."""

MAX_CONDITIONS_OF_RULESET = 400
"""durable-rules does not come back from a ruleset of 513 tests; this leaves room."""

MAX_RULES_OF_CONDITION = 60
"""durable-rules refuses a fact that more than 64 rules of one ruleset join; this leaves room."""

_Condition: TypeAlias = tuple[str, Literal | str]


class CycleError(RuleError):
    """Rules depend on their own negation, so no order can settle them; `rules` are the ids on the cycle."""

    def __init__(self, rules: tuple[str, ...]) -> None:
        self.rules = rules
        path = " -> ".join((*rules, rules[0]))
        super().__init__(
            f"a cycle through a negation: {path} (each needs what the next concludes); "
            "take out one `not` on this path or ask for an observed fact instead"
        )


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class RuleDefect:
    """A rule that must not be loaded: what is wrong with it, and a way out."""

    rule: str
    message: str
    hint: str


def stratify(rules: Iterable[Rule]) -> tuple[tuple[Rule, ...], ...]:
    """The rules in levels, each in the order given: a rule reads its own level and lower, negates lower only.

    Raises CycleError when a fact depends on its own negation.
    """
    rules = tuple(rules)
    concluding = _by_conclusion(rules)
    level: dict[FactName, int] = {}
    for component in _components(concluding):
        within = set(component)
        height = 0
        for rule in (rule for name in component for rule in concluding[name]):
            for literal in rule.when:
                if literal.fact not in within:
                    height = max(height, level.get(literal.fact, -1) + literal.negated)
                elif literal.negated:
                    raise CycleError(_cycle(rule, literal.fact, concluding))
        level.update(dict.fromkeys(component, height))
    levels: dict[int, list[Rule]] = defaultdict(list)
    for rule in rules:
        levels[level[rule.concludes]].append(rule)
    return tuple(tuple(levels[height]) for height in sorted(levels))


def rulesets(level: Iterable[Rule]) -> tuple[tuple[Rule, ...], ...]:
    """One level cut into rulesets that durable-rules can take, in the order to run them.

    Rules that feed each other stay together, even above the limits: `problems_of` reports those.
    """
    cut: list[list[Rule]] = []
    uses: Counter[_Condition] = Counter()
    for together in _inseparable(level):
        uses.update(_uses(together))
        if not cut or _is_too_large(uses):
            cut.append([])
            uses = _uses(together)
        cut[-1].extend(together)
    return tuple(map(tuple, cut))


def conditions_of(rule: Rule) -> int:
    """How many conditions the rule has in durable-rules: its literals, and one link for each role they name."""
    return len(_conditions(rule))


def problems_of(rules: Iterable[Rule]) -> tuple[RuleDefect, ...]:
    """Every rule that an engine could not apply as it is written, in the order of the rules."""
    rules = tuple(rules)
    return tuple(defect for rule in rules for defect in _defects(rule)) + tuple(_too_entangled(rules))


def _defects(rule: Rule) -> Iterator[RuleDefect]:
    conditions = conditions_of(rule)
    if conditions > MAX_CONDITIONS_OF_RULE:
        yield RuleDefect(
            rule=rule.id,
            message=f"{conditions} conditions (each role that is named counts as one); "
            f"at most {MAX_CONDITIONS_OF_RULE} are possible",
            hint="conclude a fact from some of them in a rule of its own and ask for that fact",
        )
    for literal in dict.fromkeys(rule.when):
        if rule.when.count(literal) > 1:
            yield RuleDefect(rule=rule.id, message=f"asks twice for {_words(literal)}", hint="ask for it once")
        opposite = Literal(fact=literal.fact, of=literal.of, negated=True)
        if not literal.negated and opposite in rule.when:
            yield RuleDefect(
                rule=rule.id,
                message=f"asks for {_words(literal)} and for its opposite, so it never fires",
                hint="take one of them out",
            )


def _too_entangled(rules: Sequence[Rule]) -> Iterator[RuleDefect]:
    for together in _inseparable(rules):
        uses = _uses(together)
        if _is_too_large(uses):
            yield RuleDefect(
                rule=together[0].id,
                message=f"{len(together)} rules feed each other in a cycle over {together[0].concludes}, "
                f"with {uses.total()} conditions, one of them used {max(uses.values())} times; "
                f"at most {MAX_CONDITIONS_OF_RULESET} are possible, each {MAX_RULES_OF_CONDITION} times",
                hint="break the cycle, or conclude facts of their own from some of the rules",
            )


def _inseparable(rules: Iterable[Rule]) -> Iterator[Sequence[Rule]]:
    """Rules that only reach their fixpoint together, each set after those that it reads; mostly one rule each."""
    concluding = _by_conclusion(rules)
    for component in _components(concluding):
        together = [rule for name in component for rule in concluding[name]]
        if any(literal.fact in component for rule in together for literal in rule.when):
            yield together
        else:
            yield from ([rule] for rule in together)


def _conditions(rule: Rule) -> set[_Condition]:
    """The conditions as durable-rules has them; what two rules share is the same condition."""
    own = {(rule.kind if not literal.of else "", literal) for literal in rule.when}
    links = {(rule.kind, literal.of) for literal in rule.when if literal.of}
    return own | links or {(rule.kind, "")}


def _uses(rules: Iterable[Rule]) -> Counter[_Condition]:
    return Counter(condition for rule in rules for condition in _conditions(rule))


def _is_too_large(uses: Counter[_Condition]) -> bool:
    return uses.total() > MAX_CONDITIONS_OF_RULESET or max(uses.values(), default=0) > MAX_RULES_OF_CONDITION


def _words(literal: Literal) -> str:
    return f"{'not ' if literal.negated else ''}{literal.fact}{f' of {literal.of}' if literal.of else ''}"


def _by_conclusion(rules: Iterable[Rule]) -> Mapping[FactName, Sequence[Rule]]:
    concluding: dict[FactName, list[Rule]] = defaultdict(list)
    for rule in rules:
        concluding[rule.concludes].append(rule)
    return dict(concluding)


def _components(concluding: Mapping[FactName, Sequence[Rule]]) -> Iterator[tuple[FactName, ...]]:
    """Names that depend on each other, each set after those that it reads (Tarjan 1972, without recursion)."""
    found: dict[FactName, int] = {}
    lowest: dict[FactName, int] = {}
    stack: list[FactName] = []
    open_names: set[FactName] = set()
    for root in concluding:
        if root in found:
            continue
        path = [(root, _reads(root, concluding))]
        while path:
            name, reads = path[-1]
            if name not in found:
                found[name] = lowest[name] = len(found)
                stack.append(name)
                open_names.add(name)
            following = next((read for read in reads if read not in found or read in open_names), None)
            if following is None:
                path.pop()
                if path:
                    lowest[path[-1][0]] = min(lowest[path[-1][0]], lowest[name])
                if lowest[name] == found[name]:
                    start = stack.index(name)
                    component = tuple(stack[start:])
                    del stack[start:]
                    open_names.difference_update(component)
                    yield component
            elif following in found:
                lowest[name] = min(lowest[name], found[following])
            else:
                path.append((following, _reads(following, concluding)))


def _reads(name: FactName, concluding: Mapping[FactName, Sequence[Rule]]) -> Iterator[FactName]:
    return (literal.fact for rule in concluding[name] for literal in rule.when if literal.fact in concluding)


def _cycle(rule: Rule, negated: FactName, concluding: Mapping[FactName, Sequence[Rule]]) -> tuple[str, ...]:
    """The rules on the shortest way from `rule` over the fact that it negates back to what it concludes."""
    ways = deque([(rule,)] if negated == rule.concludes else [(rule, next_rule) for next_rule in concluding[negated]])
    seen = set[str]()
    while True:
        way = ways.popleft()
        if len(way) == 1 or any(literal.fact == rule.concludes for literal in way[-1].when):
            return tuple(dict.fromkeys(one.id for one in way))
        for literal in way[-1].when:
            for one in concluding.get(literal.fact, ()):
                if one.id not in seen:
                    seen.add(one.id)
                    ways.append((*way, one))
