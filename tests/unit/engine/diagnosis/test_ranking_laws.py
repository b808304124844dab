"""Laws of the ranking, for any causes and any evidence."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.diagnosis.ranking import NONE_OF_THESE, Contender, probabilities, weigh
from engine.knowledge import Evidence, Likelihood, Literal, Strength
from engine.model import CauseId, FactName, Text, Truth

STRENGTHS = st.sampled_from(Strength)
ITEMS = st.tuples(
    st.builds(
        lambda fact, sees, against, strength, if_false: Evidence(
            literal=Literal(fact=FactName(fact)),
            title=Text(en=fact, zh=fact),
            sees=sees,
            against=against,
            strength=strength,
            if_false=if_false,
        ),
        st.sampled_from("fgh"),
        st.sampled_from("xyz"),
        st.booleans(),
        STRENGTHS,
        st.none() | STRENGTHS,
    ),
    st.sampled_from(Truth),
)
Drawn = list[tuple[Likelihood, list[tuple[Evidence, Truth]], list[float]]]
CAUSES = st.lists(
    st.tuples(st.sampled_from(Likelihood), st.lists(ITEMS, max_size=5), st.lists(st.floats(0, 1), max_size=2)),
    min_size=1,
    max_size=5,
)


def contenders(drawn: Drawn) -> list[Contender]:
    return [
        Contender(id=CauseId(f"c{i}"), likelihood=likelihood, evidence=weigh(items), failed=tuple(failed))
        for i, (likelihood, items, failed) in enumerate(drawn)
    ]


@given(CAUSES)
def test_probabilities_stay_between_zero_and_one(drawn: Drawn) -> None:
    assert all(0 <= share <= 1 for share in probabilities(contenders(drawn)).values())


@given(CAUSES)
def test_they_add_up_to_one_unless_there_are_several_faults(drawn: Drawn) -> None:
    field = contenders(drawn)
    faults = sum(one.proved for one in field)
    total = sum(probabilities(field).values())
    assert total == pytest.approx(1) if faults <= 1 else total >= 1 - 1e-9


@given(CAUSES, st.randoms(use_true_random=False))
def test_the_order_makes_no_difference_to_the_last_bit(drawn: Drawn, random: Random) -> None:
    shuffled = [(likelihood, shuffle(items, random), failed[::-1]) for likelihood, items, failed in drawn]
    assert probabilities(contenders(drawn)) == probabilities(contenders(shuffled)[::-1])


def shuffle(items: list[tuple[Evidence, Truth]], random: Random) -> list[tuple[Evidence, Truth]]:
    copy = list(items)
    random.shuffle(copy)
    return copy


@given(CAUSES, ITEMS)
def test_evidence_that_supports_never_lowers_and_evidence_against_never_raises(
    drawn: Drawn, item: tuple[Evidence, Truth]
) -> None:
    likelihood, items, failed = drawn[0]
    before = probabilities(contenders(drawn))[CauseId("c0")]
    after = probabilities(contenders([(likelihood, [*items, item], failed), *drawn[1:]]))[CauseId("c0")]
    (alone,) = weigh([item])
    if alone.ratio > 1:
        assert after >= before - 1e-12
    elif alone.ratio < 1:
        assert after <= before + 1e-12
    else:
        assert after == before


@given(CAUSES, st.integers(0, 4), st.integers(0, 4))
def test_what_becomes_known_in_favour_never_lowers(drawn: Drawn, which: int, cause: int) -> None:
    likelihood, items, failed = drawn[cause % len(drawn)]
    if not items:
        return
    item, _ = items[which % len(items)]
    supports = replace(item, against=False)
    position = which % len(items)

    def share(truth: Truth) -> float:
        changed = [*items[:position], (supports, truth), *items[position + 1 :]]
        every = list(drawn)
        every[cause % len(drawn)] = (likelihood, changed, failed)
        return probabilities(contenders(every))[CauseId(f"c{cause % len(drawn)}")]

    assert share(Truth.TRUE) >= share(Truth.UNKNOWN) - 1e-12
    assert share(Truth.FALSE) <= share(Truth.UNKNOWN) + 1e-12


@given(CAUSES, st.floats(0, 1))
def test_a_failed_remedy_never_raises_its_cause_nor_lowers_the_rest(drawn: Drawn, fixes: float) -> None:
    likelihood, items, failed = drawn[0]
    before = probabilities(contenders(drawn))
    after = probabilities(contenders([(likelihood, items, [*failed, fixes]), *drawn[1:]]))
    assert after[CauseId("c0")] <= before[CauseId("c0")] + 1e-12
    assert after[NONE_OF_THESE] >= before[NONE_OF_THESE] - 1e-12
