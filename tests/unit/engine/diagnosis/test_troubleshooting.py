"""What comes next about one fault, against sums done by hand, against the cheapest policy of all, and by its laws."""

import math
from collections.abc import Mapping
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.diagnosis.troubleshooting import (
    Answer,
    Kind,
    NextStep,
    Question,
    Repair,
    RepairOrder,
    Trouble,
    after_answer,
    after_repair,
    best_order,
    next_step,
    saving,
)
from engine.errors import InternalError
from engine.model import CauseId
from tests.support.repairs import CHEAP, MIXED, SHARP, Ranges, cheapest_of_all, cost_of_following, random_trouble

A, B, REST = CauseId("a"), CauseId("b"), CauseId("none-of-these")
SEEDS = st.integers(0, 2**32)


def repair(name: str, cost: float, **fixes: float) -> Repair:
    return Repair(id=name, cost=cost, fixes={CauseId(cause): chance for cause, chance in fixes.items()})


def question(name: str, cost: float, **yes: float) -> Question:
    chances: dict[CauseId, float] = {REST: 0.5} | {CauseId(cause): chance for cause, chance in yes.items()}
    no = {cause: 1 - chance for cause, chance in chances.items()}
    return Question(id=name, cost=cost, answers=(Answer(id="no", chances=no), Answer(id="yes", chances=chances)))


def trouble(*things: Repair | Question, stop: float = 1000, **causes: float) -> Trouble:
    shares: dict[CauseId, float] = {CauseId(cause): share for cause, share in causes.items()}
    return Trouble(
        causes=shares | {REST: 1 - math.fsum(causes.values())},
        repairs=tuple(one for one in things if isinstance(one, Repair)),
        questions=tuple(one for one in things if isinstance(one, Question)),
        stop_cost=stop,
    )


FIX_A, FIX_B = repair("fix-a", 100, a=1), repair("fix-b", 100, b=1)
WHICH = question("which", 1, a=1, b=0)


@pytest.mark.parametrize(
    ("rule", "given_trouble", "kind", "name", "cost"),
    [
        ("nothing can be done: a person", trouble(a=0.5), Kind.STOP, "", 1000),
        ("a repair that is worth it", trouble(FIX_A, a=0.5), Kind.REPAIR, "fix-a", 100 + 0.5 * 1000),
        ("a repair that is dearer than what it saves", trouble(FIX_A, a=0.5, stop=150), Kind.STOP, "", 150),
        ("as dear as what it saves: a person", trouble(FIX_A, a=0.5, stop=200), Kind.STOP, "", 200),
        ("a repair that mends nothing", trouble(repair("r", 1, c=1), a=0.9), Kind.STOP, "", 1000),
        ("the more probable first", trouble(FIX_A, FIX_B, a=0.3, b=0.7), Kind.REPAIR, "fix-b", 100 + 0.3 * 100),
        (
            "the cheaper first",
            trouble(FIX_A, repair("fix-b", 10, b=1), a=0.5, b=0.5),
            Kind.REPAIR,
            "fix-b",
            10 + 0.5 * 100,
        ),
        (
            "one that mends both before two that mend one each",
            trouble(FIX_A, FIX_B, repair("both", 120, a=1, b=1), a=0.5, b=0.5),
            Kind.REPAIR,
            "both",
            120,
        ),
        ("equals by id", trouble(FIX_B, FIX_A, a=0.5, b=0.5), Kind.REPAIR, "fix-a", 100 + 0.5 * 100),
        ("a cheap question that tells", trouble(FIX_A, FIX_B, WHICH, a=0.5, b=0.5), Kind.ASK, "which", 1 + 100),
        (
            "a question that is dearer than what it saves",
            trouble(FIX_A, FIX_B, replace(WHICH, cost=60), a=0.5, b=0.5),
            Kind.REPAIR,
            "fix-a",
            150,
        ),
        (
            "a question that tells nothing",
            trouble(FIX_A, FIX_B, question("idle", 1, a=0.5, b=0.5), a=0.5, b=0.5),
            Kind.REPAIR,
            "fix-a",
            150,
        ),
        (
            "a question can wait for a cheap repair",
            trouble(
                FIX_A,
                FIX_B,
                repair("restart", 1, c=1),
                replace(WHICH, answers=question("", 1, a=1, b=0, c=0.5).answers),
                a=0.3,
                b=0.3,
                c=0.4,
            ),
            Kind.REPAIR,
            "restart",
            1 + 0.6 * (1 + 100),
        ),
        (
            "a question can save a useless repair",
            trouble(repair("fix-a", 250, a=1), question("is-it-a", 1, a=1), a=0.4, stop=500),
            Kind.ASK,
            "is-it-a",
            1 + 0.3 * 500 + 0.7 * 250 + 0.3 * 500,
        ),
    ],
)
def test_what_comes_next(rule: str, given_trouble: Trouble, kind: Kind, name: str, cost: float) -> None:
    step = next_step(given_trouble)
    assert (step.kind, step.id) == (kind, name), rule
    assert step.expected_cost == pytest.approx(cost), rule


def test_the_order_is_judged_anew_after_each_failure() -> None:
    both = trouble(repair("1", 10, a=0.9), repair("2", 10, a=0.8), repair("3", 10, b=0.5), a=0.6, b=0.4)
    assert best_order(both).repairs == ("1", "3", "2")


def test_what_is_not_worth_doing_is_left_out_of_the_order() -> None:
    assert best_order(trouble(FIX_A, repair("dear", 900, b=1), a=0.5, b=0.2)) == RepairOrder(
        repairs=("fix-a",), expected_cost=600
    )


def test_by_bayes_a_repair_that_failed_speaks_against_its_causes() -> None:
    left = after_repair(trouble(repair("r", 1, a=0.5), FIX_B, a=0.5, b=0.25), "r")
    assert left is not None
    assert left.causes == pytest.approx({A: 1 / 3, B: 1 / 3, REST: 1 / 3})
    assert left.repairs == (FIX_B,)


def test_by_bayes_an_answer_speaks_for_what_makes_it_likely() -> None:
    left = after_answer(trouble(question("q", 1, a=0.9, b=0.1), WHICH, a=0.5, b=0.5), "q", "yes")
    assert left is not None
    assert left.causes == pytest.approx({A: 0.9, B: 0.1, REST: 0})
    assert left.questions == (WHICH,)


def test_what_cannot_come_is_none() -> None:
    certain = trouble(FIX_A, WHICH, a=1)
    assert after_repair(certain, "fix-a") is None
    assert after_answer(certain, "which", "no") is None


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Trouble(causes={A: 0.5}, stop_cost=1),
        lambda: Trouble(causes={A: 1.5, B: -0.5}, stop_cost=1),
        lambda: Trouble(causes={}, stop_cost=1),
        lambda: trouble(a=1, stop=0),
        lambda: trouble(repair("r", 0, a=1), a=1),
        lambda: trouble(replace(WHICH, cost=math.nan), a=0.5, b=0.5),
        lambda: trouble(replace(WHICH, answers=WHICH.answers[:1]), a=0.5, b=0.5),
    ],
)
def test_what_is_no_trouble_is_refused(wrong: object) -> None:
    with pytest.raises(InternalError):
        wrong()  # type: ignore[operator]


# --- laws


@st.composite
def troubles(draw: st.DrawFn) -> Trouble:
    return random_trouble(Random(draw(SEEDS)), draw(st.sampled_from([MIXED, SHARP, CHEAP])))


def plain(seed: int) -> Trouble:
    """Without questions, and every repair for a cause of its own."""
    drawn = random_trouble(Random(seed))
    repairs = [
        replace(one, fixes={cause: next(iter(one.fixes.values()))})
        for one, cause in zip(drawn.repairs, sorted(drawn.causes), strict=False)
    ]
    return replace(drawn, repairs=tuple(repairs), questions=())


@given(SEEDS)
def test_without_questions_and_shared_repairs_the_order_is_p_by_c_and_no_policy_is_cheaper(seed: int) -> None:
    now = plain(seed)
    rate = {one.id: now.causes[cause] * chance / one.cost for one in now.repairs for cause, chance in one.fixes.items()}
    by_rate = sorted(rate, key=lambda one: -rate[one])
    found = best_order(now)
    assert list(found.repairs) == by_rate[: len(found.repairs)]
    assert found.expected_cost == pytest.approx(cheapest_of_all(now))
    assert next_step(now).id == (found.repairs[0] if found.repairs else "")


@given(troubles(), st.randoms(use_true_random=False))
def test_the_order_of_the_arguments_makes_no_difference(now: Trouble, random: Random) -> None:
    def mixed(things: Mapping[CauseId, float]) -> dict[CauseId, float]:
        return dict(random.sample(list(things.items()), len(things)))

    other = Trouble(
        causes=mixed(now.causes),
        repairs=tuple(replace(one, fixes=mixed(one.fixes)) for one in random.sample(now.repairs, len(now.repairs))),
        questions=tuple(
            replace(one, answers=tuple(random.sample(one.answers, len(one.answers))))
            for one in random.sample(now.questions, len(now.questions))
        ),
        stop_cost=now.stop_cost,
    )
    assert next_step(other) == next_step(now)
    assert best_order(other) == best_order(now)


@given(troubles(), st.floats(1e-2, 1e4))
def test_in_another_currency_the_choice_is_the_same(now: Trouble, rate: float) -> None:
    def dearer(step: Repair | Question) -> Repair | Question:
        return replace(step, cost=step.cost * rate)

    other = replace(
        now,
        repairs=tuple(map(dearer, now.repairs)),
        questions=tuple(map(dearer, now.questions)),
        stop_cost=now.stop_cost * rate,
    )
    here, there = next_step(now), next_step(other)
    assert (there.kind, there.id) == (here.kind, here.id)
    assert there.expected_cost == pytest.approx(here.expected_cost * rate)


@given(troubles())
def test_of_two_questions_that_tell_the_same_the_first_by_id_is_asked(now: Trouble) -> None:
    again = [
        replace(
            one,
            id=f"z-{one.id}",
            answers=tuple(replace(told, id=f"{9 - place}") for place, told in enumerate(one.answers)),
        )
        for one in now.questions
    ]
    assert not next_step(replace(now, questions=(*again, *now.questions))).id.startswith("z-")


@given(troubles(), st.floats(1, 10), st.floats(0.1, 0.99))
def test_what_is_dearer_and_helps_less_is_not_done_first(now: Trouble, dearer: float, helps: float) -> None:
    worse = [
        Repair(
            id=f"a-{one.id}",
            cost=one.cost * dearer,
            fixes={cause: chance * helps for cause, chance in one.fixes.items()},
        )
        for one in now.repairs
    ]
    assert not next_step(replace(now, repairs=(*now.repairs, *worse))).id.startswith("a-")


@given(troubles())
def test_followed_to_the_end_it_costs_no_more_than_it_said_and_no_more_than_handing_over_at_once(now: Trouble) -> None:
    said = next_step(now).expected_cost
    followed = cost_of_following(next_step, now)
    assert cheapest_of_all(now) <= followed * (1 + 1e-9)
    assert followed <= said * (1 + 1e-9)
    assert said <= min(now.stop_cost, best_order(now).expected_cost) * (1 + 1e-9)


@given(troubles())
def test_an_order_costs_what_following_it_costs(now: Trouble) -> None:
    order = best_order(now)

    def as_ordered(trouble: Trouble) -> NextStep:
        done = len(now.repairs) - len(trouble.repairs)
        if done == len(order.repairs):
            return NextStep(kind=Kind.STOP, expected_cost=trouble.stop_cost)
        return NextStep(kind=Kind.REPAIR, id=order.repairs[done], expected_cost=0)

    assert cost_of_following(as_ordered, now) == pytest.approx(order.expected_cost)


@given(troubles())
def test_what_an_answer_saves_is_the_value_of_information(now: Trouble) -> None:
    for asked in now.questions:
        turns = []
        for answer in asked.answers:
            chance = math.fsum(share * answer.chances[cause] for cause, share in now.causes.items())
            then = after_answer(now, asked.id, answer.id)
            if then:
                turns.append((chance, then))
        informed = math.fsum(chance * best_order(then).expected_cost for chance, then in turns)
        least = best_order(now).expected_cost - informed
        saved = saving(now, [(chance, then.causes) for chance, then in turns])
        assert saved >= least * (1 - 1e-9) - 1e-6
        if now.repairs and all(len(one.fixes) == 1 for one in now.repairs):
            assert saved == pytest.approx(least, abs=1e-6)


def test_below_what_is_treated_nothing_is_done() -> None:
    doubtful = replace(trouble(FIX_A, FIX_B, a=0.5, b=0.4), treated_from=0.5)
    assert best_order(doubtful).repairs == ("fix-a", "fix-b")
    assert best_order(replace(doubtful, treated_from=0.51)).repairs == ()
    assert next_step(replace(doubtful, treated_from=0.51)).kind is Kind.STOP


def test_a_failure_can_make_another_cause_probable_enough() -> None:
    doubtful = replace(trouble(FIX_A, FIX_B, a=0.6, b=0.25), treated_from=0.6)
    assert best_order(doubtful).repairs == ("fix-a", "fix-b")


def test_an_outcome_after_which_nothing_is_treated_is_no_saving_and_no_loss() -> None:
    now = replace(trouble(FIX_A, a=0.5), treated_from=0.5)
    assert saving(now, [(0.5, {A: 0.9, REST: 0.1}), (0.5, {A: 0.2, REST: 0.8})]) == 0


def test_what_changes_no_plan_saves_nothing() -> None:
    surer = {A: 0.9, B: 0.05, REST: 0.05}
    now = trouble(FIX_A, FIX_B, a=0.5, b=0.4)
    assert saving(now, [(1, surer)]) == 0
    assert saving(now, [(0.5, surer), (0.5, {A: 0.05, B: 0.9, REST: 0.05})]) == pytest.approx(0.5 * 0.85 * 100)


@pytest.mark.parametrize("ranges", [MIXED, SHARP, CHEAP], ids=lambda one: one.name)
def test_it_comes_within_one_in_a_hundred_of_the_cheapest_policy(ranges: Ranges) -> None:
    random = Random(3)
    drawn = [random_trouble(random, ranges) for _ in range(150)]
    ratios = [cost_of_following(next_step, one) / cheapest_of_all(one) for one in drawn]
    assert math.fsum(ratios) / len(ratios) <= 1.01


def test_the_cheapest_policy_sees_two_questions_that_tell_only_together() -> None:
    """Neither answer alone tells the causes apart, both do: one look ahead cannot see it, going through all does."""
    c, d = CauseId("c"), CauseId("d")
    chances: dict[CauseId, tuple[float, float]] = {A: (0, 0), B: (1, 1), c: (0, 1), d: (1, 0)}

    def bit(place: int) -> Question:
        yes = {cause: bits[place] for cause, bits in chances.items()}
        no = {cause: 1 - chance for cause, chance in yes.items()}
        return Question(id=f"q{place}", cost=1, answers=(Answer(id="no", chances=no), Answer(id="yes", chances=yes)))

    now = Trouble(
        causes=dict.fromkeys(chances, 0.25),
        repairs=(repair("ab", 100, a=1, b=1), repair("cd", 100, c=1, d=1)),
        questions=(bit(0), bit(1)),
        stop_cost=1000,
    )
    assert cheapest_of_all(now) == pytest.approx(102)
    assert cost_of_following(next_step, now) == pytest.approx(150)
