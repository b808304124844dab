"""A replay comes to what was diagnosed, or says in what it does not; two packs are compared all along."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given

from engine.casefile import Incident
from engine.errors import ActionError, NotFoundError
from engine.knowledge import ActionCall, Likelihood, Pack, Remedy
from engine.lifecycle import IncidentState
from engine.model import (
    CauseId,
    Diagnosis,
    IncidentId,
    Instant,
    Observation,
    ProblemId,
    ProblemRef,
    Risk,
    Severity,
    Target,
    TargetId,
)
from engine.rehearsing.comparison import Aspect, Disagreement
from engine.rehearsing.exporting import incident_recording
from engine.rehearsing.header import Header, PackName
from engine.rehearsing.recorded import reading
from engine.rehearsing.recording import write
from engine.rehearsing.replaying import Replay, described
from engine.rehearsing.stage import Change, Stage, play
from tests.support.bench import Hand
from tests.support.shop import DATABASE, NOON, TARGETS, pack, text
from tests.support.stretches import stretches


@contextmanager
def replayed(
    path: Path, packs: Sequence[Pack], against: Sequence[Pack] | None = None, *, hands: Sequence[str] = ()
) -> Iterator[tuple[Replay, list[Change]]]:
    with reading(path, {}) as recording:
        made = Replay(recording, packs, against, {name: Hand(name=name, risk=Risk.LOW) for name in hands})
        yield made, [one for moment in made.moments() for one in moment.changes[0]]


def recorded(folder: Path, observations: Sequence[Observation], targets: Sequence[Target] = TARGETS) -> Path:
    path = folder / "stretch.jsonl"
    write(path, Header(packs=(PackName.of(pack()),), targets=tuple(targets)), observations)
    return path


def seen(at: float, name: str, value: object) -> Observation:
    target = DATABASE if name.startswith(("connect", "disk")) else TARGETS[0].id
    return Observation(target=target, name=name, value=value, at=NOON + at)


def changed(one: Pack, change: Callable[[Pack], Pack]) -> Pack:
    return replace(change(one), version="2.0.0")


def with_hold(hold: float) -> Callable[[Pack], Pack]:
    return lambda one: replace(
        one, detectors=tuple(replace(each, hold=hold if each.hold else 0.0) for each in one.detectors)
    )


# --- two packs


STORY = [
    seen(0, "http.answer", "ok"),
    seen(10, "http.answer", "refused"),
    seen(17, "port.owner", "other"),
    seen(30, "http.answer", "ok"),
]


def test_a_pack_agrees_with_itself(tmp_path: Path) -> None:
    with replayed(recorded(tmp_path, STORY), [pack()], [pack()]) as (made, changes):
        assert made.disagreements() == ()
        assert len(changes) == 3
        assert (made.count, made.since, made.until) == (4, NOON, NOON + 30)


def test_two_packs_differ_for_as_long_as_they_do(tmp_path: Path) -> None:
    slow = changed(pack(), with_hold(9))
    with replayed(recorded(tmp_path, STORY), [pack()], [slow]) as (made, _):
        found = made.disagreements()
    assert [(one.since - NOON, one.until and one.until - NOON) for one in found] == [(15, 17), (17, 19)]
    assert {(one.aspect, one.theirs) for one in found} == {(Aspect.PROBLEM, "no such problem")}
    assert [one.ours for one in found] == ["P0 db.unreachable at 0.400", "P0 shop.port-taken at 0.999"]


def test_a_problem_that_one_pack_alone_sees_at_the_end_differs_to_the_end(tmp_path: Path) -> None:
    slow = changed(pack(), with_hold(100))
    with replayed(recorded(tmp_path, STORY[:3]), [slow], [pack()]) as (made, changes):
        assert changes == []
        before, after = made.disagreements()
    assert (before.ours, before.theirs, before.until) == ("no such problem", "P0 db.unreachable at 0.400", NOON + 17)
    assert (after.theirs, after.since, after.until) == ("P0 shop.port-taken at 0.999", NOON + 17, None)


def other_likelihood(one: Pack) -> Pack:
    first, *rest = one.problems
    causes = tuple(replace(each, likelihood=Likelihood.RARE) for each in first.causes[:1])
    return replace(one, problems=(replace(first, causes=(*causes, *first.causes[1:])), *rest))


def test_other_probabilities_and_another_severity_are_told_apart(tmp_path: Path) -> None:
    with replayed(recorded(tmp_path, [*STORY[:2], seen(16, "disk.state", "full")]), [pack()]) as (_, changes):
        assert len(changes) == 1
    other = changed(pack(), other_likelihood)
    with replayed(tmp_path / "stretch.jsonl", [pack()], [other]) as (made, _):
        (found,) = made.disagreements()
    assert found.aspect is Aspect.PROBABILITY
    assert found.ours == "db.unreachable at 0.400, shop.port-taken at 0.400, none-of-these at 0.200"
    assert found.theirs == "db.unreachable at 0.625, shop.port-taken at 0.062, none-of-these at 0.312"


def with_remedies(*names: str) -> Pack:
    """The shop's pack with these remedies, each one step, for a taken port."""
    remedies = tuple(
        Remedy(id=name, title=text(name), steps=(ActionCall(action=name, params={"who": "{target.id}"}),))
        for name in names
    )
    one = pack()
    first, *rest = one.problems
    causes = (replace(first.causes[0], remedies=remedies), *first.causes[1:])
    return replace(one, problems=(replace(first, causes=causes), *rest))


def test_another_first_remedy_is_told_with_its_parameters_filled_in(tmp_path: Path) -> None:
    path, hands = recorded(tmp_path, STORY[:3]), ("clean", "restart")
    with replayed(path, [with_remedies("clean")], [with_remedies("restart")], hands=hands) as (made, _):
        (found,) = made.disagreements()
        assert (found.aspect, found.ours, found.theirs) == (
            Aspect.REMEDY,
            "clean: clean who=shop",
            "restart: restart who=shop",
        )
        assert [described(one) for one in made.treatments()] == ["clean: clean who=shop"]


def test_a_replay_previews_nothing_and_runs_nothing(tmp_path: Path) -> None:
    def never(_: str) -> None:
        raise AssertionError("a replay touched a hand")

    hand = Hand(name="clean", watch=never, unseen=AssertionError("a replay previewed a step"))
    with reading(recorded(tmp_path, STORY[:3]), {}) as recording:
        made = Replay(recording, [with_remedies("clean")], [with_remedies("clean")], {"clean": hand})
        assert list(made.moments())
        assert made.treatments()
    assert hand.ran == []


def test_a_recording_of_targets_that_no_pack_knows_is_refused(tmp_path: Path) -> None:
    path = recorded(tmp_path, [], [Target(id=TargetId("x"), kind="stranger", parts={})])
    wrong = pytest.raises(ActionError, match=r"no pack knows a target of the recording \(its kinds: stranger\)")
    with wrong, replayed(path, [pack()]):
        pass


# --- an incident


def incident(diagnosis: Diagnosis | None) -> Incident:
    return Incident(
        id=IncidentId("ALT-2027-01-15-001"),
        ref=ProblemRef(target=TARGETS[0].id, problem=ProblemId("shop.down")) if diagnosis is None else diagnosis.ref,
        state=IncidentState.DIAGNOSED,
        severity=Severity.P1,
        title=text("it"),
        opened_at=NOON,
        changed_at=NOON,
        diagnosis=diagnosis,
    )


def judged(
    diagnosis: Diagnosis, packs: Sequence[Pack], failed: Sequence[tuple[CauseId, float]] = ()
) -> tuple[Disagreement, ...]:
    """What the packs say of an exported incident, against what was diagnosed."""
    export = incident_recording(incident(diagnosis), TARGETS, failed)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "incident.jsonl"
        write(path, export.header, export.observations)
        with replayed(path, packs) as (made, _):
            assert made.until == diagnosis.at
            return made.disagreements()


@given(stretches())
def test_the_same_pack_comes_to_the_same_diagnosis_of_every_incident(stretch: list[Observation]) -> None:
    stage, at = Stage([pack()], TARGETS), NOON
    for moment in play([stage], stretch, NOON + 2000):
        at = moment.at
        for diagnosis in stage.world(at).diagnoses.values():
            assert judged(diagnosis, [pack()]) == ()


def diagnosed(until: Instant, *observations: Observation) -> Diagnosis:
    stage = Stage([pack()], TARGETS)
    for _ in play([stage], observations, NOON + until):
        pass
    (diagnosis,) = stage.world(NOON + until).diagnoses.values()
    return diagnosis


def test_a_pack_that_would_not_see_the_problem_any_more_differs() -> None:
    diagnosis = diagnosed(6, seen(0, "http.answer", "refused"), seen(6, "port.owner", "other"))
    deaf = replace(pack(), detectors=pack().detectors[1:])
    (found,) = judged(diagnosis, [deaf])
    assert (found.aspect, found.ours, found.theirs) == (
        Aspect.PROBLEM,
        "no such problem",
        "P0 shop.port-taken at 0.999",
    )


def test_a_pack_with_a_longer_hold_still_comes_to_it_because_the_moment_had_lasted() -> None:
    diagnosis = diagnosed(6, seen(0, "http.answer", "refused"), seen(6, "port.owner", "other"))
    assert judged(diagnosis, [changed(pack(), with_hold(300))]) == ()


def test_another_first_cause_differs() -> None:
    diagnosis = diagnosed(6, seen(0, "http.answer", "refused"), seen(6, "port.owner", "self"))
    blind = replace(pack(), detectors=tuple(one for one in pack().detectors if one.observe != "port.owner"))
    found = judged(diagnosis, [blind])
    assert [one.aspect for one in found] == [Aspect.PROBABILITY]


def test_what_cannot_be_exported_is_told() -> None:
    with pytest.raises(NotFoundError, match="has no diagnosis yet"):
        incident_recording(incident(None), TARGETS)
    diagnosis = diagnosed(6, seen(0, "http.answer", "refused"), seen(6, "port.owner", "other"))
    with pytest.raises(NotFoundError, match="which is no target any more"):
        incident_recording(incident(diagnosis), TARGETS[1:])


def test_a_remedy_that_had_failed_is_part_of_the_recording() -> None:
    ref, failed = ProblemRef(target=TARGETS[0].id, problem=ProblemId("shop.down")), ((CauseId("shop.port-taken"), 1.0),)
    stage = Stage([pack()], TARGETS, failed={ref: failed})
    for _ in play([stage], [seen(0, "http.answer", "refused"), seen(6, "port.owner", "other")], NOON + 6):
        pass
    diagnosis = stage.world(NOON + 6).diagnoses[ref]
    assert judged(diagnosis, [pack()], failed) == ()
    (found,) = judged(diagnosis, [pack()])
    assert (found.aspect, found.ours) == (
        Aspect.PROBABILITY,
        "shop.port-taken at 0.999, db.unreachable at 0.001, none-of-these at 0.000",
    )


CHAINED = [seen(0, "http.answer", "refused"), seen(0, "connect.accepts", value=False)]


def test_an_exported_consequence_says_what_it_follows_from() -> None:
    stage = Stage([pack()], TARGETS)
    for _ in play([stage], CHAINED, NOON + 6):
        pass
    root, consequence = stage.world(NOON + 6).diagnoses.values()
    assert [incident_recording(incident(one), TARGETS).header.told[0].follows for one in (root, consequence)] == [
        None,
        root.ref,
    ]
    deaf = replace(pack(), detectors=tuple(one for one in pack().detectors if one.observe != "connect.accepts"))
    assert Aspect.ROOT in {one.aspect for one in judged(consequence, [deaf])}


def test_a_consequence_gets_no_remedy_of_its_own(tmp_path: Path) -> None:
    one = pack()
    first, *rest = one.problems
    remedy = Remedy(id="wait", title=text("wait"), instruction=text("wait"))
    causes = tuple(replace(cause, remedies=(remedy,)) if cause.problem else cause for cause in first.causes)
    healer = replace(one, problems=(replace(first, causes=causes), *rest))
    path = recorded(tmp_path, [*CHAINED, seen(6, "http.answer", "refused")])
    with replayed(path, [healer]) as (made, _):
        assert made.diagnoses()[first_ref()].consequence_of is not None
        assert made.treatments() == ()


def first_ref() -> ProblemRef:
    return ProblemRef(target=TARGETS[0].id, problem=ProblemId("shop.down"))
