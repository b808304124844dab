"""WHY NOT a fact, case by case: what it takes, and what stands in the way."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from engine.counterfactuals.obstacles import Always, Circle, Clash, Goal, NeverSeen, Nobody, Obstacle, Opposed, Untold
from engine.counterfactuals.situation import TOO_OLD, Situation
from engine.counterfactuals.why_not import Answer, Outcome, why_not
from engine.inference.levels import stratify
from engine.knowledge import Above, Below, Detector, Literal, OneOf, Program, Rule, Test
from engine.model import Fact, FactName, Observable, Observation, Scalar, Target, TargetId, Unknown
from tests.support.shop import NOON, pack

APP, DB = TargetId("shop"), TargetId("orders-db")
TARGETS = (
    Target(id=APP, kind="app", parts={}, depends_on={"database": DB}),
    Target(id=DB, kind="database", parts={}),
)
OBSERVABLES = {
    ("app", "process.state"): Observable(name="state", type=str, values=("running", "stopped", "fatal")),
    ("app", "process.load"): Observable(name="load", type=float, unit="%"),
    ("database", "port.listening"): Observable(name="listening", type=bool),
}
TESTS: Mapping[str, tuple[str, str, Test, float]] = {
    "runs": ("app", "process.state", OneOf(values=("running",)), 0),
    "failed": ("app", "process.state", OneOf(values=("fatal", "stopped")), 5),
    "busy": ("app", "process.load", Above(bound=90, clear=80), 60),
    "calm": ("app", "process.load", Below(bound=50, clear=60), 0),
    "lost": ("app", "process.state", OneOf(values=("lost",)), 0),
    "accepts": ("database", "port.listening", OneOf(values=(True,)), 0),
}
DETECTORS = tuple(
    Detector(fact=FactName(fact), kind=kind, observe=observe, test=test, hold=hold, expires=30)
    for fact, (kind, observe, test, hold) in TESTS.items()
)


def rule(name: str, concludes: str, *when: str, kind: str = "app") -> Rule:
    """A rule whose literals are written as "not role.fact"."""
    literals = []
    for one in when:
        place = one.removeprefix("not ")
        of, _, fact = place.rpartition(".")
        literals.append(Literal(fact=FactName(fact), of=of, negated=place != one))
    return Rule(id=name, kind=kind, concludes=FactName(concludes), when=tuple(literals))


def situation(
    rules: Sequence[Rule], latched: Sequence[str] = (), lasted: Sequence[str] = (), **seen: Scalar | Unknown
) -> Situation:
    given = {kind: tuple(one.fact for one in DETECTORS if one.kind == kind) for kind in ("app", "database")}
    known = replace(pack(), detectors=DETECTORS, program=Program(levels=stratify(rules), given=given))
    observations = {}
    for name, value in seen.items():
        target = DB if name.startswith("port") else APP
        one = Observation(target=target, name=name.replace("_", "."), value=value, at=NOON)
        observations[target, one.name] = one
    return Situation(
        packs=(known,),
        targets=TARGETS,
        observations=observations,
        at=NOON,
        observables=OBSERVABLES,
        latched={fact(name) for name in latched},
        lasted={fact(name) for name in lasted},
    )


def fact(name: str) -> Fact:
    return Fact(target=APP, name=FactName(name))


def asked(world: Situation, wanted: str, *, bound: int = 1000) -> Answer:
    """WHY NOT "fact", or "not fact"."""
    name = wanted.removeprefix("not ")
    return why_not(world, world.packs[0], [Goal(fact=fact(name), true=name == wanted)], bound)


def changes(answer: Answer) -> list[tuple[str, str, Scalar | Unknown, float]]:
    return [(one.target, one.observe, one.witness, one.hold) for one in answer.changes]


DOWN = (rule("r1", "down", "failed"), rule("r2", "down", "not database.accepts", "not runs"))


def test_the_fewest_changes_are_found_and_the_rule_that_would_fire() -> None:
    answer = asked(situation(DOWN, process_state="running", port_listening=True), "down")
    assert answer.outcome is Outcome.CHANGES
    assert changes(answer) == [(APP, "process.state", "stopped", 5)]
    assert [(one.rule, one.concluded) for one in answer.firings] == [("r1", fact("down"))]


def test_of_equally_few_changes_the_first_by_name_is_taken() -> None:
    rules = (rule("r1", "odd", "busy"), rule("r2", "odd", "database.accepts"))
    answer = asked(situation(rules, process_load=10.0, port_listening=False), "odd")
    assert changes(answer) == [(DB, "port.listening", True, 0)]


def test_what_two_rules_conclude_is_false_only_when_both_fail() -> None:
    answer = asked(situation(DOWN, process_state="fatal", port_listening=False), "not down")
    assert changes(answer) == [(APP, "process.state", "running", 0)]
    assert answer.firings == ()


def test_it_is_so_already_once_what_is_seen_has_lasted() -> None:
    waiting = asked(situation(DOWN, process_state="fatal"), "down")
    assert (waiting.outcome, waiting.hold) == (Outcome.ALREADY, 5)
    lasted = asked(situation(DOWN, process_state="fatal", lasted=["failed"]), "down")
    assert (lasted.outcome, lasted.hold) == (Outcome.ALREADY, 0)


def test_unknown_is_changed_like_any_other_value() -> None:
    world = situation(DOWN, process_state=Unknown(because="no answer"))
    answer = asked(world, "not down")
    assert changes(answer) == [(APP, "process.state", "running", 0)]
    assert answer.changes[0].present == Unknown(because="no answer")


@pytest.mark.parametrize(
    ("why", "latched", "wanted", "witnesses"),
    [
        ("from cold the band is not busy", [], "not busy", []),
        ("once busy it stays so in the band", ["busy"], "busy", []),
        ("to be over it must be clear of the band", ["busy"], "not busy", [25.0]),
        ("to begin it must be above the bound", [], "busy", [95.0]),
    ],
)
def test_hysteresis(why: str, latched: list[str], wanted: str, witnesses: list[float]) -> None:
    answer = asked(situation((), latched=latched, process_load=85.0), wanted)
    assert answer.outcome is (Outcome.CHANGES if witnesses else Outcome.ALREADY), why
    assert [one.witness for one in answer.changes] == witnesses, why


def test_a_value_that_would_do_is_clear_of_the_band_when_there_is_one() -> None:
    """At 55 the load is not calm from cold, but it would stay so if it had been; at 60 it is not calm either way."""
    answer = asked(situation((), process_load=10.0), "not calm")
    assert [(one.witness, one.needs[0].sticky) for one in answer.changes] == [(60.0, False)]


def test_what_is_declared_but_given_by_no_detector_is_never_false() -> None:
    world = situation((rule("r", "odd", "runs"),), process_state="fatal")
    (known,) = world.packs
    given = {"app": (*known.program.given["app"], FactName("odd"))}
    declared = replace(world, packs=(replace(known, program=replace(known.program, given=given)),))
    assert asked(world, "not odd").outcome is Outcome.ALREADY
    assert asked(declared, "not odd").outcome is Outcome.IMPOSSIBLE
    assert [one.witness for one in asked(declared, "odd").changes] == ["running"]


def test_several_facts_of_one_observation_are_met_by_one_value() -> None:
    rules = (rule("r", "odd", "not busy", "not calm"),)
    answer = asked(situation(rules, process_load=10.0), "odd")
    assert changes(answer) == [(APP, "process.load", 60.0, 0)]
    assert [(one.detector.fact, one.true) for one in answer.changes[0].needs] == [("busy", False), ("calm", False)]


def test_a_need_that_follows_from_another_is_not_told() -> None:
    rules = (rule("r", "odd", "runs", "not failed"),)
    answer = asked(situation(rules, process_state="fatal"), "odd")
    assert [(one.detector.fact, one.true) for one in answer.changes[0].needs] == [("runs", True)]


IMPOSSIBLE: list[tuple[str, list[Rule], str, list[Obstacle]]] = [
    (
        "one value cannot be two",
        [rule("r", "odd", "runs", "failed")],
        "odd",
        [Clash(target=APP, observe="process.state", goals=(Goal(fact=fact("failed")), Goal(fact=fact("runs"))))],
    ),
    (
        "a value that no probe gives",
        [],
        "lost",
        [NeverSeen(goal=Goal(fact=fact("lost")), observe="process.state")],
    ),
    ("nobody in the role", [rule("r", "odd", "cache.runs")], "odd", [Nobody(target=APP, role="cache", rule="r")]),
    (
        "nobody in the role, so the rule does not fail either",
        [rule("r", "odd", "not cache.runs")],
        "not odd",
        [Nobody(target=APP, role="cache", rule="r")],
    ),
    ("nothing tells it", [rule("r", "odd", "strange")], "odd", [Untold(fact=fact("strange"))]),
    ("it is unknown, so not false", [rule("r", "odd", "strange")], "not odd", [Untold(fact=fact("strange"))]),
    (
        "two facts that only prop each other up",
        [rule("ab", "a", "b"), rule("ba", "b", "a")],
        "a",
        [Circle(fact=fact("b"), rule="ba")],
    ),
    (
        "a fact and its opposite by a detour",
        [rule("r", "odd", "up", "even"), rule("u", "up", "runs"), rule("e", "even", "not up")],
        "odd",
        [Opposed(fact=fact("up"))],
    ),
    ("a rule without conditions", [rule("r", "odd")], "not odd", [Always(fact=fact("odd"), rule="r")]),
]


@pytest.mark.parametrize(("why", "rules", "wanted", "obstacles"), IMPOSSIBLE, ids=[one[0] for one in IMPOSSIBLE])
def test_what_cannot_be_so_says_why(why: str, rules: list[Rule], wanted: str, obstacles: list[Obstacle]) -> None:
    answer = asked(situation(rules, process_state="running"), wanted)
    assert answer.outcome is Outcome.IMPOSSIBLE, why
    assert list(answer.obstacles) == obstacles, why


def test_what_only_feeds_itself_can_be_false() -> None:
    loop = (rule("ab", "a", "b"), rule("ba", "b", "a"), rule("s", "a", "runs"))
    assert changes(asked(situation(loop, process_state="running"), "not b")) == [(APP, "process.state", "stopped", 0)]


def test_what_one_observation_does_for_several_facts_counts_once() -> None:
    either = [rule(f"{name}/{number}", name, one) for name in "pqs" for number, one in enumerate(("busy", "lost"))]
    rules = (rule("one", "odd", "p", "q", "s"), rule("two", "odd", "failed", "not database.accepts"), *either)
    answer = asked(situation(rules, process_load=10.0, process_state="running", port_listening=True), "odd")
    assert changes(answer) == [(APP, "process.load", 95.0, 60)]


def many(value: str, *more: Rule) -> Situation:
    """Fourteen ends with three ways to each, some five million answers; `all` needs every end, `any` is one by one."""
    names = [[f"o{number:02}{way}" for way in "abc"] for number in range(14)]
    detectors = tuple(
        Detector(fact=FactName(name), kind="app", observe=name, test=OneOf(values=("bad",)), hold=0, expires=30)
        for ends in names
        for name in ends
    )
    rules = [rule(f"g{name}", f"g{number}", name) for number, ends in enumerate(names) for name in ends]
    rules.append(rule("all", "all", *(f"g{number}" for number in range(14))))
    rules += [rule(f"any{number}", "any", *ends) for number, ends in enumerate(names)]
    given = {"app": tuple(one.fact for one in detectors)}
    known = replace(pack(), detectors=detectors, program=Program(levels=stratify([*rules, *more]), given=given))
    seen = {(APP, one.observe): Observation(target=APP, name=one.observe, value=value, at=NOON) for one in detectors}
    return Situation(packs=(known,), targets=TARGETS, observations=seen, at=NOON)


@pytest.mark.parametrize(("wanted", "value"), [("all", "good"), ("not any", "bad")])
def test_many_changes_among_many_ways_are_found_soon(wanted: str, value: str) -> None:
    answer = asked(many(value), wanted, bound=5000)
    assert [one.observe for one in answer.changes] == [f"o{number:02}a" for number in range(14)]


def test_what_is_in_the_way_of_many_is_found_soon() -> None:
    never = (rule("n1", "never", "strange"), rule("n2", "never", "cache.o00a"))
    answer = asked(many("good", *never, rule("odd", "odd", "all", "never")), "odd", bound=5000)
    assert answer.outcome is Outcome.IMPOSSIBLE
    assert set(answer.obstacles) == {Untold(fact=fact("strange")), Nobody(target=APP, role="cache", rule="n2")}


def test_several_goals_are_met_together() -> None:
    world = situation(DOWN, process_state="running", port_listening=True)
    goals = [Goal(fact=fact("down")), Goal(fact=Fact(target=DB, name=FactName("accepts")), true=False)]
    answer = why_not(world, world.packs[0], goals)
    assert [one.key for one in answer.changes] == [(DB, "port.listening"), (APP, "process.state")]


def test_beyond_its_bound_it_claims_nothing() -> None:
    answer = asked(situation(DOWN, process_state="running", port_listening=True), "down", bound=1)
    assert (answer.outcome, answer.examined, answer.changes) == (Outcome.NOT_FOUND, 1, ())


def test_what_is_too_old_is_unknown() -> None:
    world = situation(DOWN, process_state="fatal")
    assert asked(replace(world, at=NOON + 29), "down").outcome is Outcome.ALREADY
    stale = asked(replace(world, at=NOON + 30), "down")
    assert [one.present for one in stale.changes] == [TOO_OLD]


def test_a_target_that_is_not_there_is_an_error() -> None:
    world = situation(DOWN)
    with pytest.raises(KeyError):
        why_not(world, world.packs[0], [Goal(fact=Fact(target=TargetId("nobody"), name=FactName("down")))])
