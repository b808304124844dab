"""Which check is worth doing, against sums done by hand, and by its laws."""

import math
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.diagnosis.foreseeing import Suspect, foresee, shares
from engine.diagnosis.next_check import Available, Stakes, next_check, settled_by, shared_repairs, weighed
from engine.diagnosis.ranking import NONE_OF_THESE
from engine.diagnosis.troubleshooting import Trouble, best_order
from engine.knowledge import Check, OneOf, Strength
from engine.model import Truth
from tests.support.repairs import cheapest_of_all
from tests.support.stories import Habit, as_trouble, cost_of_habit, random_story
from tests.support.suspects import DETECTORS, detector, evidence, remedy, suspect, suspects, text

NO, MAYBE = Truth.FALSE, Truth.UNKNOWN
STAKES = Stakes(certain=0.95, treated_from=0.5)
PARTS = ("config", "port")


def check(part: str, cost: float = 5) -> Check:
    return Check(kind="app", part=part, cost=cost, title=text(part))


def available(*facts: str, cost: float = 5, of: str = "") -> Available:
    """A check that settles facts of observables of their own."""
    made = tuple(detector(f"{fact}.seen", OneOf(values=(True,)), fact) for fact in facts)
    return Available(check=check("+".join(facts), cost), detectors=made, of=of)


ALL = [Available(check=check(part), detectors=settled_by(check(part), DETECTORS)) for part in PARTS]
DISK = suspect("disk-full", (evidence("full"), MAYBE), remedies=(remedy("clean", "x"),))
MORE = evidence("more", Strength.MODERATE, Strength.MODERATE)
TWO_PROVED = [
    suspect("a", (evidence("a"), Truth.TRUE), (MORE, MAYBE), remedies=(remedy("a", "x"),)),
    suspect("b", (evidence("b"), Truth.TRUE), remedies=(remedy("b", "y"),)),
]
HUNG = suspect("hung", remedies=(remedy("restart", "y"),))


def test_a_check_is_worth_the_trouble_that_its_outcomes_save() -> None:
    """Each cause stands at 10 of 25, so nothing is treated and it all costs 1800 s; a look leaves one above half."""
    full, not_full = 10_000 / 10_015, 10 / 15.01
    cost = [10 + (1 - 0.9 * share) * 1800 for share in (full, not_full)]
    chosen = next_check([DISK, HUNG], [available("full")], STAKES)
    assert chosen is not None
    assert chosen.saving == pytest.approx(1800 - 0.4 * cost[0] - 0.6 * cost[1], rel=1e-3)
    assert chosen.net == pytest.approx(chosen.saving - 5)
    assert chosen.bits == pytest.approx(-0.4 * math.log2(0.4) - 0.6 * math.log2(0.6), abs=0.02)


def test_it_says_which_causes_it_would_tell_apart_and_how_far() -> None:
    chosen = next_check([DISK, HUNG], [available("full")], STAKES)
    assert chosen is not None
    assert [one.cause for one in chosen.tells_apart] == ["disk-full", "hung", NONE_OF_THESE]
    assert chosen.tells_apart[0].title == text("The cause disk-full")
    assert (chosen.tells_apart[0].now, chosen.tells_apart[1].most) == pytest.approx((0.4, 2 / 3), abs=1e-3)
    assert (chosen.tells_apart[0].least, chosen.tells_apart[0].most) == pytest.approx((0, 1), abs=1e-2)


@pytest.mark.parametrize(
    ("rule", "known", "offers", "stakes"),
    [
        ("there is no check", [DISK, HUNG], [], STAKES),
        ("nobody is in question", [], [available("full")], STAKES),
        ("it tells nothing", [DISK, HUNG], [available("other")], STAKES),
        ("what it tells is known", [replace(DISK, truths=(NO,)), HUNG], [available("full")], STAKES),
        ("it costs more than it saves", [DISK, HUNG], [available("full", cost=2000)], STAKES),
        ("it is certain enough", [DISK, HUNG], [available("full")], replace(STAKES, certain=0.4)),
        (
            "two causes are proved, and so certain",
            TWO_PROVED,
            [available("more")],
            STAKES,
        ),
        (
            "whatever comes out, the same is done",
            [replace(DISK, cause=replace(DISK.cause, remedies=HUNG.cause.remedies)), HUNG],
            [available("full")],
            replace(STAKES, treated_from=0),
        ),
        ("all was tried", [DISK, HUNG], [available("full")], replace(STAKES, tried=frozenset({"clean", "restart"}))),
    ],
)
def test_no_check_is_worth_it_when(rule: str, known: list[Suspect], offers: list[Available], stakes: Stakes) -> None:
    assert next_check(known, offers, stakes) is None, rule


@pytest.mark.parametrize(
    ("rule", "offers", "first"),
    [
        ("the cheaper of equals", [available("full", cost=9), available("full", "x", cost=8)], "full+x"),
        ("what tells more, for a little more", [available("full", cost=9), available("trace", cost=8)], "full"),
        ("what tells less, for far less", [available("full", cost=900), available("trace", cost=1)], "trace"),
        ("equals by name", [available("full", "b"), available("full", "a")], "full+a"),
    ],
)
def test_of_several_the_one_that_saves_most_beyond_its_cost(rule: str, offers: list[Available], first: str) -> None:
    items = [(evidence("full"), MAYBE), (evidence("trace", Strength.MODERATE, Strength.MODERATE), MAYBE)]
    disk = suspect("disk-full", *items, remedies=DISK.cause.remedies)
    chosen = next_check([disk, HUNG], offers, STAKES)
    assert chosen is not None
    assert chosen.check.part == first, rule


def test_two_checks_may_be_worth_it_where_neither_is_alone() -> None:
    """Either look leaves the disk below half, both together lift it above; nothing else can be treated."""
    weak = [evidence(fact, Strength.WEAK, Strength.WEAK) for fact in ("slow", "warm")]
    disk = suspect("disk-full", *((one, MAYBE) for one in weak), remedies=DISK.cause.remedies)
    others = [suspect("other"), suspect("another")]
    offers = [available("slow"), available("warm", cost=4)]
    assert [one.saving for one in weighed([disk, *others], offers, STAKES)] == [0, 0]
    chosen = next_check([disk, *others], offers, STAKES)
    assert chosen is not None
    assert (chosen.check.part, chosen.followed_by) == ("warm", offers[0].check)
    assert chosen.net == pytest.approx(chosen.saving - 9)
    assert (
        next_check([disk, *others], [replace(one, check=check(one.check.part, 900)) for one in offers], STAKES) is None
    )


def test_a_check_looks_at_its_part_of_its_kind() -> None:
    assert {str(one.fact) for one in settled_by(check("port"), DETECTORS)} == {
        "foreign",
        "nobody",
        "busy",
        "overloaded",
    }
    assert settled_by(replace(check("port"), kind="db"), DETECTORS) == ()


def test_a_check_of_another_target_tells_of_that_one() -> None:
    remote = suspect("db-full", (evidence("full", of="db"), MAYBE), remedies=(remedy("clean", "x"),))
    assert next_check([remote, HUNG], [available("full")], STAKES) is None
    chosen = next_check([remote, HUNG], [available("full", of="db")], STAKES)
    assert chosen is not None
    assert chosen.of == "db"


@pytest.mark.parametrize("treated_from", [0.0, 0.5])
def test_checks_that_are_worth_it_come_near_the_cheapest_policy_and_beat_doing_none_or_all(treated_from: float) -> None:
    random = Random(4)
    stories = [random_story(random) for _ in range(25)]
    bounds = [cheapest_of_all(replace(as_trouble(one), treated_from=treated_from)) for one in stories]

    def mean(checks: str) -> float:
        habit = Habit(stakes=replace(STAKES, treated_from=treated_from), checks=checks)
        costs = [cost_of_habit(one, habit) / bound for one, bound in zip(stories, bounds, strict=True)]
        return math.fsum(costs) / len(costs)

    assert mean("worth it") < min(mean("none"), mean("all"), 1.05)


# --- shared repairs


def test_remedies_that_do_the_same_are_one_repair_that_mends_several_causes() -> None:
    known = [
        suspect("a", remedies=(remedy("m", "stop", "start", fixes=0.5, cost=10),)),
        suspect("b", remedies=(remedy("l", "stop", "start", fixes=0.9, cost=20), remedy("o", "start"))),
    ]
    shared, own = sorted(shared_repairs(known), key=lambda one: one.id)
    assert (shared.id, shared.cost, dict(shared.fixes)) == ("l", 20, {"a": 0.5, "b": 0.9})
    assert (own.id, dict(own.fixes)) == ("o", {"b": 0.9})


def test_offered_twice_for_one_cause_a_repair_helps_as_much_as_the_better_offer_says() -> None:
    twice = suspect("a", remedies=(remedy("m", "x", fixes=0.9), remedy("n", "x", fixes=0.5)))
    assert [dict(one.fixes) for one in shared_repairs([twice])] == [{"a": 0.9}]


def test_what_does_the_same_as_what_was_tried_is_not_tried_again() -> None:
    known = [suspect("a", remedies=(remedy("m", "x"),)), suspect("b", remedies=(remedy("l", "x"), remedy("o", "y")))]
    assert [one.id for one in shared_repairs(known, {"m"})] == ["o"]


def test_instructions_are_the_same_when_they_say_the_same() -> None:
    words = [replace(remedy(name), instruction=text(said)) for name, said in (("m", "do"), ("n", "do"), ("o", "don't"))]
    known = [suspect("a", remedies=tuple(words[:1])), suspect("b", remedies=tuple(words[1:]))]
    assert sorted(one.id for one in shared_repairs(known)) == ["m", "o"]


# --- laws


@given(suspects(), st.randoms(use_true_random=False))
def test_the_order_of_the_arguments_makes_no_difference(known: tuple[Suspect, ...], random: Random) -> None:
    other = [
        replace(one, detectors=tuple(random.sample(one.detectors, len(one.detectors))))
        for one in random.sample(ALL, len(ALL))
    ]
    mixed = random.sample(known, len(known))
    assert next_check(mixed, other, STAKES) == next_check(known, ALL, STAKES)
    assert weighed(mixed, other, STAKES) == weighed(known, ALL, STAKES)


@given(suspects(), st.floats(0, 1), st.floats(0, 1))
def test_what_is_chosen_is_worth_it_and_nobody_is_certain(
    known: tuple[Suspect, ...], certain: float, treated_from: float
) -> None:
    stakes = replace(STAKES, certain=certain, treated_from=treated_from)
    chosen = next_check(known, ALL, stakes)
    if chosen is not None:
        assert chosen.net > 0
        assert chosen.saving <= stakes.hand_over
        assert max(share for cause, share in shares(known).items() if cause != NONE_OF_THESE) < certain
        assert all(one.net <= chosen.net for one in weighed(known, ALL, stakes))


@given(suspects(), st.sampled_from(Strength), st.sampled_from(Strength))
def test_where_one_cause_has_a_word_a_check_saves_what_the_best_order_becomes_cheaper_by(
    drawn: tuple[Suspect, ...], strength: Strength, if_false: Strength
) -> None:
    """That is the value of information; each cause has one repair here, so that no order is cheaper than the best."""
    others = [
        suspect(str(one.cause.id), remedies=(remedy(str(one.cause.id), str(one.cause.id), cost=own.cost),))
        for one in drawn
        for own in one.cause.remedies[:1]
    ]
    known = [*others, suspect("told", (evidence("full", strength, if_false), MAYBE), remedies=DISK.cause.remedies)]
    offer = available("full")
    (only,) = weighed(known, [offer], replace(STAKES, treated_from=0))
    trouble = Trouble(causes=shares(known), repairs=shared_repairs(known), stop_cost=STAKES.hand_over)
    after = [
        one.chance * best_order(replace(trouble, causes=one.causes)).expected_cost
        for one in foresee(known, offer.settles)
    ]
    assert only.saving == pytest.approx(best_order(trouble).expected_cost - math.fsum(after), abs=1e-6)
