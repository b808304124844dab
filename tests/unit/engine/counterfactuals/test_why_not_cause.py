"""WHY NOT a cause, case by case: which evidence would have to be different."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from engine.counterfactuals.situation import Situation
from engine.counterfactuals.why_not import Outcome
from engine.counterfactuals.why_not_cause import CauseAnswer, Hypothesis, why_not_cause
from engine.knowledge import Below, Cause, Detector, Evidence, Likelihood, OneOf, Program, Strength, Test
from engine.model import CauseId, FactName, Observable, Observation, ProblemId, ProblemRef, Scalar, Target, Unknown
from tests.support.shop import NOON, SHOP, cause, evidence, pack, problem

REF = ProblemRef(target=SHOP, problem=ProblemId("down"))
TESTS: dict[str, tuple[str, Test]] = {
    "silent": ("http.answer", OneOf(values=("none",))),
    "foreign": ("port.owner", OneOf(values=("other",))),
    "free": ("port.owner", OneOf(values=("nobody",))),
    "broken": ("config.state", OneOf(values=("broken",))),
    "fine": ("config.state", OneOf(values=("fine",))),
    "idle": ("host.load", Below(bound=10, clear=20)),
}
DETECTORS = tuple(
    Detector(fact=FactName(name), kind="app", observe=observe, test=test, hold=3, expires=30)
    for name, (observe, test) in TESTS.items()
)
OBSERVABLES = {
    ("app", "port.owner"): Observable(name="owner", type=str, values=("nobody", "self", "other")),
    ("app", "config.state"): Observable(name="state", type=str, values=("fine", "broken")),
    ("app", "host.load"): Observable(name="load", type=float),
}


def says(
    fact: str, strength: Strength = Strength.PROVES, if_false: Strength | None = None, *, against: bool = False
) -> Evidence:
    return replace(evidence(FactName(fact), strength, if_false=if_false), against=against)


def situation(causes: Sequence[Cause], **seen: Scalar | Unknown) -> Situation:
    known = replace(
        pack(problem("down", "app", FactName("silent"), *causes)),
        detectors=DETECTORS,
        program=Program(levels=(), given={"app": tuple(one.fact for one in DETECTORS)}),
    )
    observations = {}
    for name, value in {"http_answer": "none", **seen}.items():
        one = Observation(target=SHOP, name=name.replace("_", "."), value=value, at=NOON)
        observations[SHOP, one.name] = one
    targets = (Target(id=SHOP, kind="app", parts={}),)
    return Situation(packs=(known,), targets=targets, observations=observations, at=NOON, observables=OBSERVABLES)


def asked(world: Situation, name: str, at_least: float | None = None, bound: int = 1000) -> CauseAnswer:
    hypothesis = Hypothesis(ref=REF, cause=CauseId(name), at_least=at_least)
    return why_not_cause(world, world.packs[0], hypothesis, bound)


def changes(answer: CauseAnswer) -> list[tuple[str, Scalar | Unknown]]:
    return [(one.observe, one.witness) for one in answer.changes]


PORT, FILE = cause("port", says("foreign", if_false=Strength.STRONG)), cause("file", says("broken"))


def test_the_evidence_that_is_lacking_is_named() -> None:
    answer = asked(situation([PORT, FILE], port_owner="self", config_state="fine"), "port")
    assert changes(answer) == [("port.owner", "other")]
    assert answer.changes[0].hold == 3
    assert answer.now is not None
    assert [one.id for one in answer.now.causes] == ["file", "none-of-these", "port"]
    assert answer.then is not None
    assert answer.then.causes[0].id == "port"


def test_what_comes_first_already_needs_nothing() -> None:
    answer = asked(situation([PORT, FILE], port_owner="other"), "port")
    assert (answer.outcome, answer.changes, answer.now) == (Outcome.ALREADY, (), answer.then)


def test_a_probability_may_be_asked_for_instead_of_the_first_place() -> None:
    world = situation([PORT, FILE], port_owner="self", config_state="broken")
    both = asked(world, "port", at_least=0.9)
    assert changes(both) == [("port.owner", "other")], "two proved causes are two faults"
    assert asked(world, "port", at_least=0.999999).outcome is Outcome.IMPOSSIBLE


def test_the_problem_must_show_as_well() -> None:
    answer = asked(situation([PORT], http_answer="ok", port_owner="self"), "port")
    assert answer.now is None
    assert changes(answer) == [("http.answer", "none"), ("port.owner", "other")]


def test_rivals_are_put_back_where_that_takes_fewer_changes() -> None:
    weak = cause("weak", says("idle", Strength.WEAK))
    answer = asked(situation([weak, FILE], host_load=5.0, config_state="broken"), "weak")
    assert changes(answer) == [("config.state", "fine")]


def test_what_can_be_seen_is_preferred_to_seeing_nothing() -> None:
    """Not to see the file would do as well, and its name comes first; an owner of the port is something to look for."""
    rival = cause("rival", says("broken", Strength.WEAK))
    own = cause("own", says("foreign", Strength.STRONG), says("fine", Strength.WEAK, Strength.WEAK))
    answer = asked(situation([own, rival], config_state="broken", port_owner="self"), "own")
    assert changes(answer) == [("config.state", "fine")]


def test_where_only_seeing_nothing_helps_that_is_told() -> None:
    alone = cause("alone")
    either = cause("either", says("fine"), says("broken"))
    answer = asked(situation([alone, either], config_state="broken"), "alone")
    assert [isinstance(value, Unknown) for _, value in changes(answer)] == [True]


def test_a_witness_is_clear_of_the_band_when_there_is_one() -> None:
    busy = cause("busy", says("idle", Strength.STRONG, Strength.PROVES, against=True))
    answer = asked(situation([busy, PORT], host_load=5.0, port_owner="self"), "busy")
    assert changes(answer) == [("host.load", 20.0)]


def test_a_remedy_that_did_not_help_counts_against_its_cause() -> None:
    world = replace(situation([PORT, FILE], port_owner="other"), failed={REF: [(CauseId("port"), 0.9999)] * 2})
    assert asked(world, "port").outcome is Outcome.IMPOSSIBLE
    assert asked(world, "file").outcome is Outcome.ALREADY


def test_what_cannot_come_first_says_how_probable_it_could_be() -> None:
    rare = replace(cause("rare"), likelihood=Likelihood.RARE)
    answer = asked(situation([rare]), "rare")
    assert answer.outcome is Outcome.IMPOSSIBLE
    assert answer.best == pytest.approx(1 / 6)


def test_beyond_its_bound_it_claims_nothing() -> None:
    answer = asked(situation([PORT, FILE], port_owner="self", config_state="broken"), "port", bound=1)
    assert (answer.outcome, answer.changes, answer.then, answer.examined) == (Outcome.NOT_FOUND, (), None, 1)


@pytest.mark.parametrize(("problem_id", "name"), [("down", "strange"), ("strange", "port")])
def test_what_the_pack_does_not_know_is_an_error(problem_id: str, name: str) -> None:
    world = situation([PORT])
    ref = ProblemRef(target=SHOP, problem=ProblemId(problem_id))
    with pytest.raises(KeyError):
        why_not_cause(world, world.packs[0], Hypothesis(ref=ref, cause=CauseId(name)))
