"""Rules are sorted so that what is negated is settled first; what cannot be run is refused by name."""

import random

import pytest

from engine.inference.levels import (
    MAX_CONDITIONS_OF_RULE,
    MAX_CONDITIONS_OF_RULESET,
    CycleError,
    conditions_of,
    problems_of,
    rulesets,
    stratify,
)
from engine.knowledge import Literal, Rule


def rule(id_: str, concludes: str, *when: str, kind: str = "app") -> Rule:
    """A rule from words: "x", "not x", "x@role", "not x@role"."""
    literals = []
    for word in when:
        name, _, of = word.removeprefix("not ").partition("@")
        literals.append(Literal(fact=name, of=of, negated=word.startswith("not ")))
    return Rule(id=id_, kind=kind, concludes=concludes, when=tuple(literals))


def ids(levels: tuple[tuple[Rule, ...], ...]) -> list[list[str]]:
    return [[one.id for one in level] for level in levels]


@pytest.mark.parametrize(
    ("rules", "levels"),
    [
        ([], []),
        ([rule("a", "x", "given")], [["a"]]),
        ([rule("a", "x", "not given")], [["a"]]),
        ([rule("a", "y", "x"), rule("b", "x", "given")], [["a", "b"]]),
        ([rule("a", "y", "not x"), rule("b", "x", "given")], [["b"], ["a"]]),
        ([rule("a", "x", "y"), rule("b", "y", "x")], [["a", "b"]]),
        ([rule("a", "x", "x")], [["a"]]),
        ([rule("a", "y", "not x"), rule("b", "x", "y2"), rule("c", "z", "not y")], [["b"], ["a"], ["c"]]),
        ([rule("a", "y", "not x@db"), rule("b", "x", "given", kind="db")], [["b"], ["a"]]),
        # every rule of a fact waits for the slowest of them
        ([rule("a", "y", "not x"), rule("b", "x", "g"), rule("c", "y", "g")], [["b"], ["a", "c"]]),
    ],
)
def test_a_rule_reads_its_own_level_and_lower_and_negates_lower_only(
    rules: list[Rule], levels: list[list[str]]
) -> None:
    assert ids(stratify(rules)) == levels


@pytest.mark.parametrize(
    ("rules", "cycle"),
    [
        ([rule("a", "x", "not x")], ("a",)),
        ([rule("a", "x", "not y"), rule("b", "y", "x")], ("a", "b")),
        ([rule("a", "x", "y"), rule("b", "y", "z"), rule("c", "z", "not x"), rule("far", "w", "x")], ("c", "a", "b")),
        # kinds and roles do not matter: names are sorted
        ([rule("a", "x", "not x@db")], ("a",)),
        # the shortest way round is the one that is shown
        (
            [rule("a", "x", "not y"), rule("long", "y", "p"), rule("p", "p", "x"), rule("short", "y", "x")],
            ("a", "short"),
        ),
    ],
)
def test_a_cycle_through_a_negation_is_an_error_that_names_its_rules(rules: list[Rule], cycle: tuple[str, ...]) -> None:
    with pytest.raises(CycleError) as caught:
        stratify(rules)
    assert caught.value.rules == cycle
    assert all(one in str(caught.value) for one in cycle)


def test_a_long_chain_needs_no_deep_stack() -> None:
    chain = [rule(f"r{number}", f"x{number}", f"not x{number + 1}") for number in range(5000)]
    assert [len(level) for level in stratify(chain)] == [1] * 5000
    with pytest.raises(CycleError) as caught:
        stratify([*chain, rule("back", "x5000", "x0")])
    assert len(caught.value.rules) == 5001


def test_random_rules_are_sorted_rightly_or_refused_with_a_true_cycle() -> None:
    dice = random.Random(7)
    sorted_ = 0
    for _ in range(500):
        names = [f"x{number}" for number in range(dice.randint(2, 8))]
        rules = [
            rule(f"r{number}", dice.choice(names), *(dice.choice(("", "", "not ")) + dice.choice(names) for _ in "ab"))
            for number in range(dice.randint(1, 10))
        ]
        by_id = {one.id: one for one in rules}
        try:
            levels = stratify(rules)
        except CycleError as error:
            way = [by_id[one] for one in error.rules]
            steps = list(zip(way, [*way[1:], way[0]], strict=True))
            assert all(any(one.fact == after.concludes for one in before.when) for before, after in steps)
            assert any(one.negated and one.fact == steps[0][1].concludes for one in steps[0][0].when)
            continue
        sorted_ += 1
        height = {one.concludes: number for number, level in enumerate(levels) for one in level}
        assert sorted(one.id for level in levels for one in level) == sorted(by_id)
        for number, level in enumerate(levels):
            for one in level:
                assert height[one.concludes] == number
                assert all(height.get(asked.fact, -1) + asked.negated <= number for asked in one.when)
    assert sorted_ > 50


@pytest.mark.parametrize(
    ("literals", "message"),
    [
        ([f"x{number}" for number in range(MAX_CONDITIONS_OF_RULE)], ""),
        ([f"x{number}" for number in range(MAX_CONDITIONS_OF_RULE + 1)], "17 conditions"),
        ([f"x{number}@db" for number in range(MAX_CONDITIONS_OF_RULE)], "17 conditions"),
        (["x", "x@db", "x@cache"], ""),
        (["x", "y", "x"], "asks twice for x"),
        (["not x@db", "not x@db"], "asks twice for not x of db"),
        (["x", "not x"], "asks for x and for its opposite"),
        (["x", "not x@db"], ""),
    ],
)
def test_a_rule_that_could_not_be_applied_as_written_is_reported(literals: list[str], message: str) -> None:
    defects = problems_of([rule("fine", "z", "x"), rule("r", "y", *literals)])
    assert [one.rule for one in defects] == (["r"] if message else [])
    assert all(message in one.message and one.hint for one in defects)


def test_a_level_is_cut_into_rulesets_in_the_order_in_which_they_feed_each_other() -> None:
    chain = [rule(f"r{number}", f"x{number}", f"x{number + 1}", f"g{number}", "h") for number in range(500)]
    cut = rulesets(chain)
    assert sum(map(len, cut)) == 500
    assert all(sum(map(conditions_of, part)) <= MAX_CONDITIONS_OF_RULESET for part in cut)
    assert [int(one.id[1:]) for part in cut for one in part] == list(range(499, -1, -1))
    assert problems_of(chain) == ()


@pytest.mark.parametrize("asked", ["h", "h@db", "not h"])
def test_no_ruleset_asks_for_one_fact_in_too_many_rules(asked: str) -> None:
    rules = [rule(f"r{number}", "x", asked, f"g{number}") for number in range(150)]
    assert [len(part) for part in rulesets(rules)] == [60, 60, 30]
    assert problems_of(rules) == ()


def test_rules_in_one_cycle_stay_together_and_are_refused_when_they_are_too_many() -> None:
    ring = [rule(f"r{number}", f"x{number}", f"x{(number + 1) % 210}", f"g{number}") for number in range(210)]
    assert len(rulesets(ring)) == 1
    (defect,) = problems_of(ring)
    assert "210 rules" in defect.message
    assert "420 conditions" in defect.message
    assert problems_of(ring[:-1]) == ()


def test_rules_in_one_cycle_that_all_ask_for_one_fact_are_refused_when_they_are_too_many() -> None:
    ring = [rule(f"r{number}", f"x{number}", f"x{(number + 1) % 61}", "g") for number in range(61)]
    (defect,) = problems_of(ring)
    assert "used 61 times" in defect.message
    assert problems_of(ring[:-1]) == ()
