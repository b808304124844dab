"""From conclusions to diagnoses: what is a problem, what caused it, what is only a consequence."""

from dataclasses import replace
from itertools import permutations

import pytest

from engine.diagnosis.diagnosing import diagnose
from engine.knowledge import Literal, Rule, Strength, Symptom
from engine.model import (
    Bearing,
    CauseId,
    Conclusions,
    Diagnosis,
    Fact,
    FactName,
    ProblemId,
    ProblemRef,
    Severity,
    Truth,
    Unknown,
)
from tests.support.shop import (
    CONNECTS,
    DATABASE,
    DATABASE_FAULT,
    DOWN,
    FULL,
    NOON,
    PORT_TAKEN,
    SHOP,
    SILENT,
    TAKEN,
    TARGETS,
    UNREACHABLE,
    cause,
    concluded,
    evidence,
    observed,
    pack,
    problem,
    text,
)

SHOP_DOWN = ProblemRef(target=SHOP, problem=ProblemId("shop.down"))
DB_DOWN = ProblemRef(target=DATABASE, problem=ProblemId("db.unreachable"))


def refs(found: tuple[Diagnosis, ...]) -> list[ProblemRef]:
    return [one.ref for one in found]


@pytest.mark.parametrize(
    ("rule", "conclusions", "expected"),
    [
        ("what holds is a problem", concluded(shop_silent=True), [SHOP_DOWN]),
        ("what does not hold is none", concluded(shop_silent=False), []),
        ("unknown is no problem", concluded(shop_silent=None), []),
        ("nothing concluded is no problem", Conclusions(truths={}, proof=()), []),
        (
            "roots come before worse consequences",
            concluded(shop_silent=True, db_accepts=False),
            [DB_DOWN, SHOP_DOWN],
        ),
    ],
)
def test_which_problems(rule: str, conclusions: Conclusions, expected: list[ProblemRef]) -> None:
    assert refs(diagnose(pack(), TARGETS, conclusions, {}, NOON)) == expected, rule


def test_among_roots_the_worst_comes_first() -> None:
    conclusions = concluded(shop_silent=True, port_taken=True, db_accepts=False)
    separate = pack(
        problem("db.unreachable", "database", UNREACHABLE, severity=Severity.P2),
        problem("shop.down", "app", DOWN, PORT_TAKEN, severity=Severity.P1),
    )
    assert refs(diagnose(separate, TARGETS, conclusions, {}, NOON)) == [SHOP_DOWN, DB_DOWN]


def test_of_two_causes_proved_alike_the_other_problem_comes_first() -> None:
    conclusions = concluded(shop_silent=True, port_taken=True, db_accepts=False)
    own = cause("a.port-taken", evidence(TAKEN))
    known = pack(
        problem("shop.down", "app", DOWN, own, DATABASE_FAULT), problem("db.unreachable", "database", UNREACHABLE)
    )
    found = {one.ref: one for one in diagnose(known, TARGETS, conclusions, {}, NOON)}
    assert [one.proved for one in found[SHOP_DOWN].causes] == [True, True, False]
    assert found[SHOP_DOWN].consequence_of == DB_DOWN


def test_a_problem_is_looked_for_only_on_targets_of_its_kind() -> None:
    fact = Fact(target=DATABASE, name=DOWN)
    assert diagnose(pack(), TARGETS, Conclusions(truths={fact: Truth.TRUE}, proof=()), {}, NOON) == ()


def test_the_order_of_what_comes_in_makes_no_difference() -> None:
    conclusions = concluded(shop_silent=True, db_accepts=False, disk_full=True)
    known = pack()
    results = {
        diagnose(replace(known, problems=problems), targets, conclusions, {}, NOON)
        for problems in permutations(known.problems)
        for targets in permutations(TARGETS)
    }
    assert len(results) == 1


def test_causes_come_most_probable_first_with_the_rest_named() -> None:
    (found,) = diagnose(pack(), TARGETS, concluded(shop_silent=True, port_taken=True), {}, NOON)
    assert [one.id for one in found.causes] == ["shop.port-taken", "db.unreachable", "none-of-these"]
    assert found.causes[0].proved
    assert found.causes[0].probability > 0.98
    assert found.severity is Severity.P0


def test_what_nobody_can_explain_is_none_of_these() -> None:
    conclusions = concluded(shop_silent=True, port_taken=False)
    only = pack(problem("shop.down", "app", DOWN, PORT_TAKEN))
    (found,) = diagnose(only, TARGETS, conclusions, {}, NOON)
    assert found.causes[0].id == "none-of-these"
    assert found.causes[0].title.zh == "以上都不是"


def test_evidence_says_what_was_seen_and_when() -> None:
    conclusions = concluded(shop_silent=True, port_taken=True)
    seen = observed(port_owner="other", http_answer="refused")
    (found,) = diagnose(pack(), TARGETS, conclusions, seen, NOON)
    (item,) = found.causes[0].evidence
    assert (item.seen, item.bearing, item.ratio) == ("port.owner = other at 12:00:00 UTC", Bearing.FOR, 1000)
    assert item.truth is Truth.TRUE


def test_unknown_evidence_is_missing_and_says_why() -> None:
    conclusions = concluded(shop_silent=True, port_taken=None)
    seen = observed(port_owner=Unknown(because="no rights to see the process"))
    (found,) = diagnose(pack(), TARGETS, conclusions, seen, NOON)
    (item,) = next(one for one in found.causes if one.id == "shop.port-taken").evidence
    assert item.seen == "unknown: port.owner: no rights to see the process at 12:00:00 UTC"
    assert (item.bearing, item.ratio, item.note) == (Bearing.MISSING, 1, "unknown")


def test_evidence_that_was_never_observed_says_so() -> None:
    (found,) = diagnose(pack(), TARGETS, concluded(shop_silent=True), {}, NOON)
    assert {item.seen for one in found.causes for item in one.evidence} == {"unknown: nothing was observed"}


def test_evidence_in_a_role_that_nobody_has_is_missing() -> None:
    alone = (replace(TARGETS[0], depends_on={}),)
    (found,) = diagnose(pack(), alone, concluded(shop_silent=True), {}, NOON)
    other = next(one for one in found.causes if one.id == "db.unreachable")
    assert other.problem is None
    assert [item.seen for item in other.evidence] == ["unknown: shop depends on no database"]


def test_derived_evidence_names_the_observations_under_it() -> None:
    conclusions = concluded(shop_silent=True, db_accepts=False)
    seen = observed(http_answer="refused", connect_accepts=False)
    found = {one.ref: one for one in diagnose(pack(), TARGETS, conclusions, seen, NOON)}
    (item,) = found[SHOP_DOWN].causes[0].evidence
    assert item.fact == Fact(target=DATABASE, name=UNREACHABLE)
    assert item.seen == "connect.accepts = false at 12:00:00 UTC"


@pytest.mark.parametrize(
    ("accepts", "bearing"), [(False, Bearing.FOR), (True, Bearing.AGAINST), (None, Bearing.MISSING)]
)
def test_negated_evidence_holds_only_when_its_fact_is_false(accepts: bool | None, bearing: Bearing) -> None:  # noqa: FBT001 - a column
    refuses = replace(evidence(CONNECTS, if_false=Strength.STRONG), literal=Literal(fact=CONNECTS, negated=True))
    known = pack(problem("db.unreachable", "database", FULL, cause("refuses", refuses)))
    (found,) = diagnose(known, TARGETS, concluded(disk_full=True, db_accepts=accepts), {}, NOON)
    assert [item.bearing for one in found.causes for item in one.evidence] == [bearing]


def test_only_symptoms_that_hold_are_named() -> None:
    known = problem("shop.down", "app", DOWN)
    symptoms = tuple(Symptom(id=fact, title=text(fact), fact=fact) for fact in (DOWN, SILENT, TAKEN, FULL))
    conclusions = concluded(shop_silent=True, port_taken=False)
    (found,) = diagnose(pack(replace(known, symptoms=symptoms)), TARGETS, conclusions, {}, NOON)
    assert [one.en for one in found.symptoms] == [DOWN, SILENT]


def test_of_unknown_evidence_only_what_could_not_be_seen_is_told() -> None:
    literals = (Literal(fact=SILENT), Literal(fact=TAKEN))
    both = Rule(id="both", kind="app", concludes=FactName("both"), when=literals)
    known = pack(problem("shop.down", "app", DOWN, cause("c", evidence(FactName("both")))))
    known = replace(known, program=replace(known.program, levels=((both,),)))
    seen = observed(http_answer="refused", port_owner=Unknown(because="no rights"))
    (found,) = diagnose(known, TARGETS, concluded(shop_silent=True), seen, NOON)
    assert found.causes[0].evidence[0].seen == "unknown: port.owner: no rights at 12:00:00 UTC"


def test_what_follows_from_another_problem_points_to_it() -> None:
    found = {one.ref: one for one in diagnose(pack(), TARGETS, concluded(shop_silent=True, db_accepts=False), {}, NOON)}
    assert found[SHOP_DOWN].consequence_of == DB_DOWN
    assert found[SHOP_DOWN].causes[0].problem == DB_DOWN
    assert found[DB_DOWN].consequence_of is None


def test_a_problem_that_does_not_show_explains_nothing() -> None:
    conclusions = concluded(shop_silent=True, db_unreachable=False)
    (found,) = diagnose(pack(problem("shop.down", "app", DOWN, DATABASE_FAULT)), TARGETS, conclusions, {}, NOON)
    assert found.consequence_of is None


def chain(*links: tuple[str, str]) -> dict[str, ProblemRef | None]:
    """Diagnoses of problems on the shop that all show, each with another problem as its proved cause."""
    problems = [
        problem(name, "app", DOWN, *([cause("other", evidence(DOWN), problem=other)] if other else []))
        for name, other in links
    ]
    found = diagnose(pack(*problems), TARGETS, concluded(shop_silent=True), {}, NOON)
    return {one.ref.problem: one.consequence_of for one in found}


def on_shop(name: str) -> ProblemRef:
    return ProblemRef(target=SHOP, problem=ProblemId(name))


@pytest.mark.parametrize(
    ("rule", "links", "roots"),
    [
        (
            "a chain is followed to its end",
            [("a", "b"), ("b", "c"), ("c", "")],
            {"a": on_shop("c"), "b": on_shop("c"), "c": None},
        ),
        ("a problem that explains itself is a root", [("a", "a")], {"a": None}),
        ("a circle has no consequences in it", [("a", "b"), ("b", "a")], {"a": None, "b": None}),
        (
            "what leads into a circle follows from where it enters",
            [("a", "b"), ("b", "c"), ("c", "b")],
            {"a": on_shop("b"), "b": None, "c": None},
        ),
    ],
)
def test_chains(rule: str, links: list[tuple[str, str]], roots: dict[str, ProblemRef | None]) -> None:
    assert chain(*links) == roots, rule


def test_a_failed_remedy_brings_the_next_cause_forward() -> None:
    strong = cause("likely", evidence(TAKEN, Strength.STRONG))
    known = pack(problem("shop.down", "app", DOWN, strong, cause("other")))
    conclusions = concluded(shop_silent=True, port_taken=True)
    (before,) = diagnose(known, TARGETS, conclusions, {}, NOON)
    tried = {SHOP_DOWN: [(CauseId("likely"), 0.9), (CauseId("likely"), 0.9)], DB_DOWN: [(CauseId("other"), 0.9)]}
    (after,) = diagnose(known, TARGETS, conclusions, {}, NOON, tried)
    assert (before.causes[0].id, after.causes[0].id) == ("likely", "other")


def test_a_diagnosis_carries_only_what_it_rests_on() -> None:
    conclusions = concluded(shop_silent=True, db_accepts=False, disk_full=True)
    seen = observed(
        http_answer="refused", http_duration=0.1, connect_accepts=False, disk_state="full", port_owner="self"
    )
    found = {one.ref: one for one in diagnose(pack(), TARGETS, conclusions, seen, NOON)}
    assert [one.rule for one in found[DB_DOWN].proof] == ["db", "shop-down"], "with those of its consequence"
    assert {one.name for one in found[DB_DOWN].observations} == {
        "connect.accepts",
        "disk.state",
        "http.answer",
        "port.owner",
    }
    assert [one.rule for one in found[SHOP_DOWN].proof] == ["shop-down", "db"]
    assert [(one.target, one.name) for one in found[SHOP_DOWN].observations] == [
        (DATABASE, "connect.accepts"),
        (SHOP, "http.answer"),
        (SHOP, "port.owner"),
    ]


def test_a_diagnosis_names_its_knowledge() -> None:
    (found,) = diagnose(pack(), TARGETS, concluded(shop_silent=True), {}, NOON)
    assert (found.pack, found.pack_version, found.pack_digest, found.at) == ("shop", "1.2.0", "0123456789abcdef", NOON)


def test_what_was_seen_is_shown_on_one_safe_line() -> None:
    conclusions = concluded(shop_silent=True, port_taken=True)
    seen = observed(port_owner="other")
    hostile = {key: replace(one, detail="pid 1\x1b[2J\n(evil)") for key, one in seen.items()}
    (found,) = diagnose(pack(), TARGETS, conclusions, hostile, NOON)
    (item,) = found.causes[0].evidence
    assert item.seen == "port.owner = other (pid 1 (evil)) at 12:00:00 UTC"


def test_facts_that_hold_without_observation_say_how_they_stand() -> None:
    (found,) = diagnose(pack(), TARGETS, concluded(shop_silent=True, port_taken=True), {}, NOON)
    assert found.causes[0].evidence[0].seen == "port-taken = true"
    assert CONNECTS not in {one.name for one in found.observations}
