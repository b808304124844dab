"""What a check may find: the chances follow from the pack's words, the causes then are what the ranking will say."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.diagnosis.foreseeing import (
    MOST_FACTS,
    MOST_OUTCOMES,
    Foreseen,
    Suspect,
    foresee,
    information,
    shares,
)
from engine.diagnosis.ranking import NONE_OF_THESE, RATIO, Contender, probabilities, weigh
from engine.knowledge import Detector, Likelihood, Literal, OneOf, Strength
from engine.model import CauseId, FactName, Truth
from tests.support.suspects import DETECTORS, detector, evidence, suspect, suspects

PROVES, STRONG, MODERATE, WEAK = Strength.PROVES, Strength.STRONG, Strength.MODERATE, Strength.WEAK
YES, NO, MAYBE = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN
COMMON, RARE = Likelihood.COMMON, Likelihood.RARE
A, B = CauseId("a"), CauseId("b")
ALL = {Literal(fact=one.fact): one for one in DETECTORS}


def settles(*facts: str, of: str = "") -> dict[Literal, Detector]:
    """Facts each from an observable of its own."""
    made = [detector(f"part.{fact}", OneOf(values=(True,)), fact) for fact in facts]
    return {Literal(fact=one.fact, of=of): one for one in made}


def true_in(outcomes: tuple[Foreseen, ...], fact: str, cause: str) -> float:
    """P(fact is true | cause)."""
    return math.fsum(one.chances[CauseId(cause)] for one in outcomes if one.facts[Literal(fact=FactName(fact))] is YES)


@pytest.mark.parametrize("strength", Strength)
@pytest.mark.parametrize("if_false", Strength)
def test_the_chances_stand_in_the_ratios_that_the_words_say(strength: Strength, if_false: Strength) -> None:
    found = foresee([suspect("a", (evidence("f", strength, if_false), MAYBE)), suspect("b")], settles("f"))
    own, other = true_in(found, "f", A), true_in(found, "f", B)
    assert own / other == pytest.approx(RATIO[strength])
    assert (1 - own) / (1 - other) == pytest.approx(1 / RATIO[if_false])
    assert true_in(found, "f", NONE_OF_THESE) == pytest.approx(other)


@pytest.mark.parametrize(
    ("rule", "item", "own", "other"),
    [
        ("strong, and moderate when false", evidence("f", STRONG, MODERATE), 80 / 99, 4 / 99),
        ("negated: the fact is the opposite", evidence("f", STRONG, MODERATE, negated=True), 19 / 99, 95 / 99),
        ("against: mirrored", evidence("f", STRONG, MODERATE, against=True), 4 / 99, 80 / 99),
        ("against and negated", evidence("f", STRONG, MODERATE, against=True, negated=True), 95 / 99, 19 / 99),
    ],
)
def test_by_hand(rule: str, item: object, own: float, other: float) -> None:
    found = foresee([suspect("a", (item, MAYBE)), suspect("b")], settles("f"))  # type: ignore[arg-type]
    assert (true_in(found, "f", A), true_in(found, "f", B)) == pytest.approx((own, other)), rule


@pytest.mark.parametrize("strength", Strength)
def test_where_being_false_says_nothing_the_fact_is_foreseen_in_a_fifth_to_two_fifths(strength: Strength) -> None:
    found = foresee([suspect("a", (evidence("f", strength, None), MAYBE)), suspect("b")], settles("f"))
    assert 0.2 < true_in(found, "f", A) < 0.4
    assert 0 < true_in(found, "f", B) < true_in(found, "f", A)


@pytest.mark.parametrize("strength", Strength)
@pytest.mark.parametrize("if_false", Strength)
def test_where_one_cause_has_a_word_the_outcomes_average_to_what_is_believed(
    strength: Strength, if_false: Strength
) -> None:
    known = [suspect("a", (evidence("f", strength, if_false), MAYBE)), suspect("b")]
    found = foresee(known, settles("f"))
    for cause, share in shares(known).items():
        assert math.fsum(one.chance * one.causes[cause] for one in found) == pytest.approx(share)


def test_where_causes_disagree_the_more_probable_one_has_the_greater_say() -> None:
    """One says that elsewhere the fact is true in a thousandth of the cases, the other in half of them."""

    def elsewhere(rarely: Likelihood, often: Likelihood) -> float:
        one = suspect("a", (evidence("f", PROVES, PROVES), MAYBE), likelihood=rarely)
        other = suspect("b", (evidence("f", WEAK, PROVES), MAYBE), likelihood=often)
        return true_in(foresee([one, other], settles("f")), "f", NONE_OF_THESE)

    assert 0.001 < elsewhere(COMMON, RARE) < elsewhere(COMMON, COMMON) < elsewhere(RARE, COMMON) < 0.5


def test_a_state_that_two_facts_see_counts_once() -> None:
    twice = [evidence("f", STRONG, STRONG, sees="s"), evidence("g", STRONG, STRONG, sees="s")]
    known = [suspect("a", *((one, MAYBE) for one in twice)), suspect("b")]
    both = next(one for one in foresee(known, settles("f", "g")) if set(one.facts.values()) == {YES})
    assert both.causes[A] / both.causes[B] == pytest.approx(RATIO[STRONG])


def test_a_fact_of_another_target_is_told_from_that_of_ones_own() -> None:
    known = [suspect("a", (evidence("f", of="db"), MAYBE))]
    assert foresee(known, settles("f")) == ()
    assert len(foresee(known, settles("f", of="db"))) == 2


@pytest.mark.parametrize(
    ("rule", "known"),
    [
        ("nobody is in question", []),
        ("it is no evidence", [suspect("a", (evidence("g"), MAYBE))]),
        ("it is known", [suspect("a", (evidence("f"), NO))]),
    ],
)
def test_a_check_that_can_tell_nothing_has_no_outcomes(rule: str, known: list[Suspect]) -> None:
    assert foresee(known, settles("f")) == (), rule


def test_of_many_facts_those_that_weigh_most_are_looked_at() -> None:
    facts = [f"f{number}" for number in range(8)]
    items = [(evidence(fact, WEAK if number < 2 else PROVES), MAYBE) for number, fact in enumerate(facts)]
    found = foresee([suspect("a", *items)], settles(*facts))
    assert {str(fact.fact) for one in found for fact in one.facts} == set(facts[2:])
    assert len(found) == MOST_OUTCOMES


# --- laws


@given(suspects())
def test_the_causes_after_an_outcome_are_what_the_ranking_says_of_those_facts(known: tuple[Suspect, ...]) -> None:
    for outcome in foresee(known, ALL):
        contenders = []
        for one in known:
            truths = []
            for item, truth in zip(one.cause.evidence, one.truths, strict=True):
                seen = outcome.facts.get(Literal(fact=item.literal.fact), MAYBE)
                truths.append(truth if truth is not MAYBE else seen.negated() if item.literal.negated else seen)
            items = weigh(zip(one.cause.evidence, truths, strict=True))
            contenders.append(
                Contender(id=one.cause.id, likelihood=one.cause.likelihood, evidence=items, failed=one.failed)
            )
        if sum(one.proved for one in contenders) < 2:
            assert outcome.causes == pytest.approx(probabilities(contenders), abs=1e-12)
        assert math.fsum(outcome.causes.values()) == pytest.approx(1)


@given(suspects())
def test_chances_add_up_to_one_in_all_and_under_each_cause(known: tuple[Suspect, ...]) -> None:
    found = foresee(known, ALL)
    if found:
        assert math.fsum(one.chance for one in found) == pytest.approx(1)
        for cause in shares(known):
            assert math.fsum(one.chances[cause] for one in found) == pytest.approx(1)
    assert len(found) <= MOST_OUTCOMES
    assert all(len(one.facts) <= MOST_FACTS for one in found)


@given(suspects())
def test_no_outcome_has_two_values_of_one_observable(known: tuple[Suspect, ...]) -> None:
    for outcome in foresee(known, ALL):
        held = {str(fact.fact) for fact, truth in outcome.facts.items() if truth is YES}
        assert not held >= {"parses", "does-not-parse"}
        assert not held >= {"foreign", "nobody"}
        assert "overloaded" not in held or "busy" in held or Literal(fact=FactName("busy")) not in outcome.facts


@given(suspects())
def test_information_is_between_none_and_what_there_is_to_know(known: tuple[Suspect, ...]) -> None:
    now = shares(known)
    doubt = -math.fsum(share * math.log2(share) for share in now.values() if share > 0)
    assert 0 <= information(now, foresee(known, ALL)) <= doubt + 1e-9


@given(suspects(), st.randoms(use_true_random=False))
def test_the_order_of_the_arguments_makes_no_difference(known: tuple[Suspect, ...], random: object) -> None:
    mixed = random.sample(known, len(known))  # type: ignore[attr-defined]
    other = dict(random.sample(list(ALL.items()), len(ALL)))  # type: ignore[attr-defined]
    assert foresee(mixed, other) == foresee(known, ALL)
