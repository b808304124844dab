"""Which remedy comes first, what a digest covers, and what counts as drift."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InternalError, RuleError
from engine.knowledge import Pack, Remedy
from engine.model import (
    CauseId,
    Conclusions,
    Diagnosis,
    Digest,
    Fact,
    FactName,
    Plan,
    ProblemId,
    ProblemRef,
    RankedCause,
    Risk,
    Severity,
    TargetId,
    Touch,
    Truth,
)
from engine.remediation.planner import Planner, drift, plan_digest, step_drift
from engine.world import World
from tests.support import bench
from tests.support.bench import SHOP, TARGETS, Hand, remedy, with_remedies
from tests.support.shop import text

TARGET = replace(TARGETS[0], parts={"port": {"number": 8080, "address": "::1", "strict": True, "grace": 2.5}})
NOTHING = World(at=0, observations={}, conclusions=Conclusions(truths={}, proof=()), diagnoses={})


def hands(**risks: Risk) -> dict[str, Hand]:
    return {name: Hand(name=name, risk=risk) for name, risk in risks.items()}


def diagnosed(*causes: tuple[str, float, bool]) -> Diagnosis:
    ranked = [
        RankedCause(id=CauseId(name), title=text(name), probability=p, proved=proved, evidence=())
        for name, p, proved in causes
    ]
    return Diagnosis(
        ref=ProblemRef(target=SHOP, problem=ProblemId("app.down")),
        at=0,
        severity=Severity.P1,
        title=text("down"),
        symptoms=(),
        causes=tuple(ranked),
        consequence_of=None,
        pack="bench",
        pack_version="1",
        pack_digest=Digest("feed"),
    )


def order(pack: Pack, diagnosis: Diagnosis, *tried: str, **risks: Risk) -> list[str]:
    planner = Planner(pack=pack, actions=hands(**risks))
    return [one.remedy.id for one in planner.candidates(diagnosis, TARGET, frozenset(tried))]


def knowing(**remedies: tuple[Remedy, ...]) -> Pack:
    made = bench.pack()
    for one in ("disk-full", "hung", "config-broken"):
        made = with_remedies(made, one, *remedies.get(one.replace("-", "_"), ()))
    return made


def test_a_proved_cause_comes_first_whatever_its_probability() -> None:
    pack = knowing(disk_full=(remedy("a", "x"),), hung=(remedy("b", "y"),))
    ranked = diagnosed(("hung", 0.9, False), ("disk-full", 0.6, True))
    assert order(pack, ranked, x=Risk.LOW, y=Risk.LOW) == ["a", "b"]


def test_what_medicus_can_do_comes_before_what_only_a_person_can() -> None:
    words = Remedy(id="words", title=text("w"), instruction=text("do it"), fixes=1.0, cost=1)
    pack = knowing(disk_full=(words, remedy("steps", "x", cost=1000)))
    assert order(pack, diagnosed(("disk-full", 0.9, False)), x=Risk.HIGH) == ["steps", "words"]


def test_less_risk_comes_before_a_better_chance_and_a_plan_is_as_risky_as_its_riskiest_step() -> None:
    pack = knowing(disk_full=(remedy("risky", "x", "y", cost=1), remedy("safe", "x", cost=500)))
    assert order(pack, diagnosed(("disk-full", 0.9, False)), x=Risk.LOW, y=Risk.HIGH) == ["safe", "risky"]


@given(st.lists(st.tuples(st.floats(0.1, 1), st.floats(0.1, 100)), min_size=2, max_size=2))
def test_within_one_risk_the_order_is_probability_times_fixes_by_cost(two: list[tuple[float, float]]) -> None:
    (p, cost), (q, dear) = two
    pack = knowing(disk_full=(remedy("a", "x", cost=cost),), hung=(remedy("b", "y", cost=dear),))
    first = order(pack, diagnosed(("disk-full", p, False), ("hung", q, False)), x=Risk.LOW, y=Risk.LOW)[0]
    worth = {"a": p * 0.9 / cost, "b": q * 0.9 / dear}
    assert worth[first] == max(worth.values())


def test_what_was_tried_and_what_the_target_cannot_fill_is_no_candidate() -> None:
    pack = knowing(disk_full=(remedy("a", "x"), remedy("b", "y"), remedy("c", "x", path="{backup.path}")))
    assert order(pack, diagnosed(("disk-full", 0.9, False)), "a", x=Risk.LOW, y=Risk.LOW) == ["b"]


def test_what_does_the_same_for_several_causes_is_one_candidate_that_counts_for_all_of_them() -> None:
    """0.4 and 0.3 for the shared one, 0.5 for the other, all at the same cost: the shared one has 0.7."""
    pack = knowing(
        disk_full=(remedy("a", "x"),),
        hung=(remedy("b", "x"), remedy("same-again", "x")),
        config_broken=(remedy("c", "y"),),
    )
    ranked = diagnosed(("config-broken", 0.5, False), ("disk-full", 0.4, False), ("hung", 0.3, False))
    planner = Planner(pack=pack, actions=hands(x=Risk.LOW, y=Risk.LOW))
    found = planner.candidates(ranked, TARGET)
    assert [(one.remedy.id, one.cause.id, one.probability) for one in found] == [
        ("a", "disk-full", 0.4),
        ("c", "config-broken", 0.5),
    ]
    weaker = diagnosed(("config-broken", 0.5, False), ("disk-full", 0.24, False), ("hung", 0.25, False))
    assert [(one.remedy.id, one.probability) for one in planner.candidates(weaker, TARGET)] == [("c", 0.5), ("b", 0.25)]


def test_a_shared_remedy_stands_for_the_cause_that_is_proved() -> None:
    pack = knowing(disk_full=(remedy("a", "x"),), hung=(remedy("b", "x"),))
    assert order(pack, diagnosed(("hung", 0.9, False), ("disk-full", 0.6, True)), x=Risk.LOW) == ["a"]


def test_what_costs_nothing_comes_first_but_not_before_what_is_safer() -> None:
    pack = knowing(disk_full=(remedy("free", "x", cost=0), remedy("dear", "x", n=1), remedy("safe", "y", cost=100)))
    assert order(pack, diagnosed(("disk-full", 0.9, False)), x=Risk.HIGH, y=Risk.LOW) == ["safe", "free", "dear"]


def test_other_parameters_make_another_repair() -> None:
    pack = knowing(disk_full=(remedy("a", "x", n=1),), hung=(remedy("b", "x", n=2),))
    assert order(pack, diagnosed(("hung", 0.5, False), ("disk-full", 0.4, False)), x=Risk.LOW) == ["b", "a"]


def test_what_did_not_help_against_one_cause_is_not_done_again_against_another() -> None:
    pack = knowing(disk_full=(remedy("a", "x"),), hung=(remedy("b", "x"), remedy("c", "y")))
    ranked = diagnosed(("hung", 0.9, False), ("disk-full", 0.1, False))
    assert order(pack, ranked, "a", x=Risk.LOW, y=Risk.LOW) == ["c"]


def planned(chosen: Remedy, hand: Hand | None = None, world: World = NOTHING) -> Plan:
    planner = Planner(pack=knowing(disk_full=(chosen,)), actions={"x": hand or Hand(name="x")})
    diagnosis = diagnosed(("disk-full", 0.9, True))
    candidate = replace(planner.candidates(diagnosis, TARGET)[0], remedy=chosen)
    return planner.plan(diagnosis, candidate, TARGET, world)


@pytest.mark.parametrize(
    ("written", "filled"),
    [
        ("{port.number}", 8080),
        ("{port.strict}", True),
        ("{port.grace}", 2.5),
        ("{port.address}", "::1"),
        ("on {port.address} {port.number}", "on ::1 8080"),
        ("{target.id}", "shop"),
        ("{target.keep_running}", False),
        ("{target.stoppable}", False),
        ("no placeholder", "no placeholder"),
        (7, 7),
    ],
)
def test_a_placeholder_is_filled_from_the_target_and_keeps_its_type(written: object, filled: object) -> None:
    value = planned(remedy("r", "x", value=written)).steps[0].params["value"]
    assert (value, type(value)) == (filled, type(filled))


def test_a_setting_that_is_missing_is_an_error_that_names_it() -> None:
    planner = Planner(pack=knowing(disk_full=(remedy("r", "x"),)), actions={"x": Hand(name="x")})
    diagnosis = diagnosed(("disk-full", 0.9, True))
    asking = replace(planner.candidates(diagnosis, TARGET)[0], remedy=remedy("r", "x", path="{backup.path}"))
    with pytest.raises(RuleError, match=r"\{backup\.path\}.*shop.*add `path` to its part `backup`"):
        planner.plan(diagnosis, asking, TARGET, NOTHING)


def test_a_preview_is_never_below_the_declared_risk_and_what_it_raises_is_named() -> None:
    assert planned(remedy("r", "x"), Hand(name="x", risk=Risk.HIGH, effect_risk=Risk.NONE)).risk is Risk.HIGH
    assert planned(remedy("r", "x"), Hand(name="x", risk=Risk.LOW, effect_risk=Risk.MODERATE)).risk is Risk.MODERATE
    with pytest.raises(InternalError, match="preview of x failed: OSError: gone"):
        planned(remedy("r", "x"), Hand(name="x", unseen=OSError("gone")))


@pytest.mark.parametrize(
    ("hand", "named"),
    [
        (Hand(name="x"), ()),
        (Hand(name="x", reversible=False), ("x",)),
        (Hand(name="x", cannot_undo="the queue is lost"), ("x",)),
    ],
)
def test_irreversible_is_what_has_no_undo_at_all_or_none_this_time(hand: Hand, named: tuple[str, ...]) -> None:
    planner = Planner(pack=bench.pack(), actions={"x": hand})
    assert planner.irreversible(planned(remedy("r", "x"), hand)) == named


# --- the digest

A, B = Touch(kind="process", identity="1@2", label="one"), Touch(kind="file", identity="/x")
FACT = Fact(target=SHOP, name=FactName("disk-full"))
PLAN = replace(
    planned(remedy("r", "x", port=1), Hand(name="x", touches=(A, B))),
    facts=((Fact(target=SHOP, name=FactName("a")), Truth.FALSE), (FACT, Truth.TRUE)),
    instruction=text("look"),
)


def effect(plan: Plan, **changes: object) -> Plan:
    (step,) = plan.steps
    return replace(plan, steps=(replace(step, effect=replace(step.effect, **changes)),))


SAME: tuple[Callable[[Plan], Plan], ...] = (
    lambda plan: replace(plan, probability=0.1),
    lambda plan: replace(plan, facts=plan.facts[::-1]),
    lambda plan: replace(plan, instruction=text("other words")),
    lambda plan: effect(plan, summary=text("other words")),
    lambda plan: effect(plan, lines=("kill 1",)),
    lambda plan: effect(plan, touches=(B, A)),
    lambda plan: effect(plan, touches=(replace(A, label="two"), B)),
    lambda plan: effect(plan, cannot_undo="words"),
)
OTHER: tuple[Callable[[Plan], Plan], ...] = (
    lambda plan: replace(plan, cause=CauseId("hung")),
    lambda plan: replace(plan, remedy="other"),
    lambda plan: replace(plan, rule_digest=Digest("beef")),
    lambda plan: replace(plan, ref=replace(plan.ref, target=TargetId("blog"))),
    lambda plan: replace(plan, ref=replace(plan.ref, problem=ProblemId("app.slow"))),
    lambda plan: replace(plan, facts=plan.facts[:1]),
    lambda plan: replace(plan, facts=(plan.facts[0], (FACT, Truth.UNKNOWN))),
    lambda plan: replace(plan, steps=plan.steps * 2),
    lambda plan: replace(plan, steps=()),
    lambda plan: replace(plan, steps=(replace(plan.steps[0], action="y"),)),
    lambda plan: replace(plan, steps=(replace(plan.steps[0], params={"port": 2}),)),
    lambda plan: replace(plan, steps=(replace(plan.steps[0], params={"port": True}),)),
    lambda plan: effect(plan, risk=Risk.MODERATE),
    lambda plan: effect(plan, touches=(A,)),
    lambda plan: effect(plan, touches=(replace(A, identity="1@3"), B)),
    lambda plan: effect(plan, touches=(replace(A, kind="file"), B)),
)


@given(st.lists(st.sampled_from(SAME), max_size=4))
def test_words_measurements_and_order_leave_the_digest_as_it_is(changes: list[Callable[[Plan], Plan]]) -> None:
    changed = PLAN
    for change in changes:
        changed = change(changed)
    assert plan_digest(changed) == plan_digest(PLAN)


@given(st.sampled_from(OTHER), st.sampled_from(SAME))
def test_anything_that_a_person_approves_changes_it(
    change: Callable[[Plan], Plan], noise: Callable[[Plan], Plan]
) -> None:
    assert plan_digest(change(noise(PLAN))) != plan_digest(PLAN)


def test_no_two_of_these_plans_share_a_digest() -> None:
    assert len({plan_digest(change(PLAN)) for change in OTHER}) == len(OTHER)


# --- drift

NO_DRIFT: tuple[Callable[[Plan], Plan], ...] = (
    *SAME[:1],
    *SAME[2:],
    lambda plan: effect(plan, touches=()),
    lambda plan: effect(plan, touches=(A,)),
    lambda plan: effect(plan, risk=Risk.NONE),
)
DRIFTS: tuple[tuple[Callable[[Plan], Plan], str], ...] = (
    (lambda plan: replace(plan, cause=CauseId("hung")), "the cause"),
    (lambda plan: replace(plan, rule_digest=Digest("beef")), "the rule"),
    (lambda plan: replace(plan, facts=(plan.facts[0], (FACT, Truth.FALSE))), "'disk-full' on shop was true"),
    (lambda plan: replace(plan, facts=(plan.facts[0], (FACT, Truth.UNKNOWN))), "is unknown now"),
    (lambda plan: effect(plan, risk=Risk.HIGH), "its risk rose from low to high"),
    (lambda plan: effect(plan, touches=(A, B, replace(B, identity="/y"))), "it would now touch file /y"),
    (lambda plan: effect(plan, touches=(replace(A, identity="1@3"), B)), "it would now touch process one"),
)


@given(st.sampled_from(NO_DRIFT))
def test_what_is_touched_may_shrink(change: Callable[[Plan], Plan]) -> None:
    assert drift(PLAN, change(PLAN)) == ""


@pytest.mark.parametrize(("change", "said"), DRIFTS)
def test_it_may_not_grow_nor_the_risk_rise_nor_a_fact_change(change: Callable[[Plan], Plan], said: str) -> None:
    assert said in drift(PLAN, change(PLAN))


def test_a_step_with_other_parameters_has_drifted() -> None:
    (step,) = PLAN.steps
    assert step_drift(step, replace(step, params={"port": 2})) == "its parameters have changed"


def test_previewing_again_keeps_remedy_and_parameters_and_takes_the_facts_of_now() -> None:
    hand = Hand(name="x", touches=(A,))
    planner = Planner(pack=knowing(disk_full=(remedy("r", "x", port=1),)), actions={"x": hand})
    now = replace(NOTHING, conclusions=Conclusions(truths={FACT: Truth.TRUE}, proof=()))
    again = planner.again(PLAN, now)
    assert dict(again.facts) == {FACT: Truth.TRUE, PLAN.facts[0][0]: Truth.UNKNOWN}
    assert again.steps[0].effect.touches == (A,)
    assert again.rule_digest == planner.pack.digest
