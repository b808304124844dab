"""How evidence weighs, as tables: each row is a rule of the ranking."""

import pytest

from engine.diagnosis.ranking import (
    NONE_OF_THESE,
    NONE_OF_THESE_PRIOR,
    PRIOR,
    RATIO,
    Contender,
    Note,
    probabilities,
    weigh,
)
from engine.knowledge import Evidence, Likelihood, Literal, Strength
from engine.model import Bearing, CauseId, FactName, Text, Truth

YES, NO, MAYBE = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN
PROVES, STRONG, MODERATE, WEAK = Strength.PROVES, Strength.STRONG, Strength.MODERATE, Strength.WEAK
COMMON, OCCASIONAL, RARE = Likelihood.COMMON, Likelihood.OCCASIONAL, Likelihood.RARE


def evidence(
    strength: Strength, *, sees: str = "port", against: bool = False, if_false: Strength | None = None, fact: str = "f"
) -> Evidence:
    return Evidence(
        literal=Literal(fact=FactName(fact)),
        title=Text(en=fact, zh=fact),
        sees=sees,
        against=against,
        strength=strength,
        if_false=if_false,
    )


def contender(
    name: str, likelihood: Likelihood, *items: tuple[Evidence, Truth], failed: tuple[float, ...] = ()
) -> Contender:
    return Contender(id=CauseId(name), likelihood=likelihood, evidence=weigh(items), failed=failed)


def ranked(*contenders: Contender) -> dict[str, float]:
    return dict(probabilities(contenders).items())


@pytest.mark.parametrize(
    ("rule", "item", "truth", "expected"),
    [
        ("seen true, it speaks for", evidence(STRONG), YES, (Bearing.FOR, 20, None)),
        ("seen false, it says nothing by itself", evidence(STRONG), NO, (Bearing.AGAINST, 1, Note.SAYS_NOTHING)),
        (
            "seen false, it speaks against as it says",
            evidence(STRONG, if_false=WEAK),
            NO,
            (Bearing.AGAINST, 1 / 2, None),
        ),
        ("unknown, it is missing", evidence(PROVES, if_false=PROVES), MAYBE, (Bearing.MISSING, 1, Note.UNKNOWN)),
        ("against: true speaks against", evidence(PROVES, against=True), YES, (Bearing.AGAINST, 1 / 1000, None)),
        (
            "against: false speaks for as it says",
            evidence(PROVES, against=True, if_false=MODERATE),
            NO,
            (Bearing.FOR, 5, None),
        ),
        ("against: false says nothing", evidence(WEAK, against=True), NO, (Bearing.FOR, 1, Note.SAYS_NOTHING)),
    ],
)
def test_one_piece(rule: str, item: Evidence, truth: Truth, expected: tuple[Bearing, float, Note | None]) -> None:
    (weighed,) = weigh([(item, truth)])
    assert (weighed.bearing, weighed.ratio, weighed.note) == expected, rule


@pytest.mark.parametrize(
    ("rule", "items", "ratios", "notes"),
    [
        (
            "two states count both",
            [(evidence(STRONG, sees="a"), YES), (evidence(WEAK, sees="b"), YES)],
            [20, 2],
            [None, None],
        ),
        (
            "one state counts once, by its strongest",
            [(evidence(WEAK), YES), (evidence(STRONG), YES)],
            [1, 20],
            [Note.COUNTED_ALREADY, None],
        ),
        (
            "of equals one counts",
            [(evidence(WEAK, fact="b"), YES), (evidence(WEAK, fact="a"), YES)],
            [1, 2],
            [Note.COUNTED_ALREADY, None],
        ),
        (
            "what contradicts itself counts nothing",
            [(evidence(PROVES), YES), (evidence(WEAK, against=True), YES)],
            [1, 1],
            [Note.CONTRADICTED, Note.CONTRADICTED],
        ),
        (
            "what says nothing contradicts nothing",
            [(evidence(STRONG), YES), (evidence(STRONG), NO)],
            [20, 1],
            [None, Note.SAYS_NOTHING],
        ),
        (
            "what is unknown contradicts nothing",
            [(evidence(STRONG), YES), (evidence(PROVES, against=True), MAYBE)],
            [20, 1],
            [None, Note.UNKNOWN],
        ),
    ],
)
def test_states(rule: str, items: list[tuple[Evidence, Truth]], ratios: list[float], notes: list[Note | None]) -> None:
    weighed = weigh(items)
    assert ([one.ratio for one in weighed], [one.note for one in weighed]) == (ratios, notes), rule


@pytest.mark.parametrize(
    ("rule", "items", "proved"),
    [
        ("proof seen true proves", [(evidence(PROVES), YES)], True),
        ("proof not seen proves nothing", [(evidence(PROVES), MAYBE)], False),
        ("strong evidence is no proof", [(evidence(STRONG), YES)], False),
        ("two strong ones are no proof", [(evidence(STRONG, sees="a"), YES), (evidence(STRONG, sees="b"), YES)], False),
        (
            "a refutation undoes a proof",
            [(evidence(PROVES, sees="a"), YES), (evidence(PROVES, sees="b", against=True), YES)],
            False,
        ),
        (
            "a refutation by absence undoes a proof",
            [(evidence(PROVES, sees="a"), YES), (evidence(WEAK, sees="b", if_false=PROVES), NO)],
            False,
        ),
        (
            "a weaker doubt does not",
            [(evidence(PROVES, sees="a"), YES), (evidence(STRONG, sees="b", against=True), YES)],
            True,
        ),
        ("a contradicted proof is none", [(evidence(PROVES), YES), (evidence(WEAK, against=True), YES)], False),
        ("the absence of the opposite can prove", [(evidence(WEAK, against=True, if_false=PROVES), NO)], True),
    ],
)
def test_proof(rule: str, items: list[tuple[Evidence, Truth]], proved: bool) -> None:  # noqa: FBT001 - a column
    assert contender("c", COMMON, *items).proved is proved, rule


def test_without_evidence_the_priors_stand() -> None:
    shares = ranked(contender("a", COMMON), contender("b", RARE))
    whole = PRIOR[COMMON] + PRIOR[RARE] + NONE_OF_THESE_PRIOR
    assert shares["a"] == pytest.approx(PRIOR[COMMON] / whole)
    assert shares[NONE_OF_THESE] == pytest.approx(NONE_OF_THESE_PRIOR / whole)


def test_a_lone_cause_about_which_nothing_is_known_is_not_believed() -> None:
    assert ranked(contender("a", COMMON))["a"] < 0.7


def test_a_proof_lifts_even_a_rare_cause_above_a_crowd_of_common_ones() -> None:
    crowd = [contender(f"c{i}", COMMON) for i in range(5)]
    assert ranked(*crowd, contender("a", RARE, (evidence(PROVES), YES)))["a"] > 0.9


def test_when_every_cause_is_refuted_none_of_these_is_left() -> None:
    refuted = (evidence(PROVES, against=True), YES)
    shares = ranked(contender("a", COMMON, refuted), contender("b", OCCASIONAL, refuted))
    assert shares[NONE_OF_THESE] > 0.99


def test_two_proved_causes_are_two_faults_and_do_not_compete() -> None:
    proof = (evidence(PROVES), YES)
    shares = ranked(contender("a", COMMON, proof), contender("b", RARE, proof), contender("c", COMMON))
    assert shares["a"] > 0.98
    assert shares["b"] > 0.98
    assert shares["c"] < 0.01


@pytest.mark.parametrize(("fixes", "odds_left"), [(0.9, 0.1), (0.5, 0.5), (0.0, 1.0), (1.0, 0.001)])
def test_a_remedy_that_did_not_help_lowers_the_odds_of_its_cause(fixes: float, odds_left: float) -> None:
    shares = ranked(contender("a", COMMON, failed=(fixes,)))
    odds = shares["a"] / shares[NONE_OF_THESE]
    assert odds == pytest.approx(PRIOR[COMMON] / NONE_OF_THESE_PRIOR * odds_left)


def test_two_remedies_that_did_not_help_count_both() -> None:
    once, twice = (ranked(contender("a", COMMON, failed=(0.9,) * n))["a"] for n in (1, 2))
    assert twice < once


def test_a_heap_of_evidence_does_not_overflow() -> None:
    lots = [(evidence(PROVES, sees=str(i)), YES) for i in range(500)]
    less = [(evidence(PROVES, sees=str(i), against=True), YES) for i in range(500)]
    shares = ranked(contender("a", COMMON, *lots), contender("b", RARE, *lots), contender("c", RARE, *less))
    assert (shares["a"], shares["b"]) == (1, 1)
    assert 0 <= shares["c"] < 1e-300


def test_stronger_words_weigh_more_and_nothing_more_than_a_thousand() -> None:
    assert list(RATIO) == list(Strength)
    assert sorted(RATIO.values(), reverse=True) == list(RATIO.values())
    assert max(RATIO.values()) <= 1000
    assert sorted(PRIOR.values(), reverse=True) == [PRIOR[one] for one in Likelihood]
