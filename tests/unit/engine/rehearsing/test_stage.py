"""A stage finds what the real thing would find, at the moments at which it would."""

from collections.abc import Iterable, Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st

from engine.checking import Checking
from engine.diagnosis.next_check import Stakes
from engine.inference.detectors import Detectors
from engine.inference.native import NativeInference
from engine.inference.scope import ScopedInference
from engine.knowledge import Program
from engine.looking import Looker
from engine.model import Conclusions, Fact, Observation, ProblemId, ProblemRef, Scalar, Target, Truth, Unknown
from engine.rehearsing.stage import AT_ONCE, Change, Stage, What, play
from tests.support.bench import Clock
from tests.support.shop import DATABASE, NOON, SHOP, TARGETS, pack
from tests.support.stretches import stretches

SHOP_DOWN = ProblemRef(target=SHOP, problem=ProblemId("shop.down"))
NO_DATABASE = ProblemRef(target=DATABASE, problem=ProblemId("db.unreachable"))


def stage() -> Stage:
    return Stage([pack()], TARGETS)


def seen(at: float, name: str, value: Scalar | Unknown) -> Observation:
    target = DATABASE if name.startswith(("connect", "disk")) else SHOP
    return Observation(target=target, name=name, value=value, at=NOON + at)


def changes(observations: Iterable[Observation], until: float | None = None) -> list[Change]:
    moments = play([stage()], observations, None if until is None else NOON + until)
    return [one for moment in moments for one in moment.changes[0]]


def told(found: Sequence[Change]) -> list[tuple[float, What, ProblemRef]]:
    return [(one.at - NOON, one.what, one.ref) for one in found]


def test_a_problem_appears_when_its_hold_has_elapsed_and_not_when_somebody_looks_next() -> None:
    found = changes([seen(0, "http.answer", "refused"), seen(30, "http.answer", "refused")])
    assert told(found) == [(5, What.APPEARED, SHOP_DOWN)]


def test_it_is_over_with_the_look_that_says_so() -> None:
    found = changes([seen(0, "http.answer", "refused"), seen(20, "http.answer", "ok")])
    assert told(found) == [(5, What.APPEARED, SHOP_DOWN), (20, What.OVER, SHOP_DOWN)]
    assert found[1].before == found[0].after
    assert found[1].after is None


def test_what_is_not_seen_any_more_is_out_of_sight_and_not_over() -> None:
    blind = changes([seen(0, "connect.accepts", value=False), seen(9, "connect.accepts", Unknown(because="no route"))])
    assert told(blind)[-1] == (9, What.OUT_OF_SIGHT, NO_DATABASE)
    expired = changes([seen(0, "connect.accepts", value=False)], until=100)
    assert told(expired)[-1] == (60, What.OUT_OF_SIGHT, NO_DATABASE)


def test_another_first_cause_is_a_change_and_another_probability_is_none() -> None:
    found = changes(
        [
            seen(0, "http.answer", "refused"),
            seen(6, "port.owner", "self"),
            seen(7, "port.owner", "other"),
            seen(8, "connect.accepts", value=True),
        ]
    )
    assert [(at, what) for at, what, _ in told(found)] == [(5, What.APPEARED), (7, What.CHANGED)]
    assert [one.after.causes[0].id for one in found if one.after] == ["db.unreachable", "shop.port-taken"]


def test_a_problem_that_becomes_a_consequence_is_a_change() -> None:
    found = changes([seen(0, "http.answer", "refused"), seen(9, "connect.accepts", value=False)])
    assert told(found) == [
        (5, What.APPEARED, SHOP_DOWN),
        (9, What.APPEARED, NO_DATABASE),
        (9, What.CHANGED, SHOP_DOWN),
    ]
    assert found[-1].after
    assert found[-1].after.consequence_of == NO_DATABASE


def test_time_passes_to_the_end_that_was_asked_for_and_no_further() -> None:
    assert changes([seen(0, "http.answer", "refused")]) == []
    assert changes([seen(0, "http.answer", "refused")], until=4.9) == []
    assert told(changes([seen(0, "http.answer", "refused")], until=5)) == [(5, What.APPEARED, SHOP_DOWN)]


def test_a_fact_that_expires_and_comes_back_in_one_moment_did_not_change() -> None:
    looks = [
        seen(at, name, value=value)
        for at in (0, 60)
        for name, value in (("disk.state", "fine"), ("connect.accepts", False))
    ]
    assert [one.at - NOON for one in play([stage()], looks, at_once=1)] == [0]


class Counting:
    """Native inference that counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def infer(self, program: Program, targets: Sequence[Target], facts: Mapping[Fact, Truth]) -> Conclusions:
        self.asked += 1
        return NativeInference().infer(program, targets, facts)


def test_nothing_is_inferred_while_no_fact_changes() -> None:
    inference = Counting()
    steady = [seen(second, "http.answer", "ok") for second in range(500)]
    moments = list(play([Stage([pack()], TARGETS, inference)], steady))
    assert (inference.asked, len(moments)) == (1, 1)


def test_only_the_group_whose_fact_changed_is_inferred() -> None:
    inference = Counting()
    lone = tuple(Target(id=f"lone-{number}", kind="app", parts={}) for number in range(10))
    made = Stage([pack()], lone, inference)
    looks = [
        Observation(target=one.id, name="port.owner", value="self", at=NOON + second)
        for second in (0, 1)
        for one in lone
    ]
    taken = Observation(target=lone[3].id, name="port.owner", value="other", at=NOON + 2)
    for _ in play([made], [*looks, taken]):
        pass
    assert inference.asked == len(lone) + 1


def test_a_moment_larger_than_a_portion_is_still_one_moment() -> None:
    many = tuple(Target(id=f"t{number}", kind="app", parts={}) for number in range(AT_ONCE + 10))
    looks = [
        Observation(target=one.id, name="http.answer", value=value, at=NOON + at)
        for at, value in ((0, "ok"), (1, "refused"))
        for one in many
    ]
    moments = list(play([Stage([pack()], many)], looks, NOON + 7))
    assert [(moment.at - NOON, len(moment.changes[0])) for moment in moments if moment.changes[0]] == [(6, len(many))]


@given(stretches(), st.integers(1, 9))
def test_however_the_observations_are_cut_into_portions_the_changes_are_the_same(
    stretch: list[Observation], at_once: int
) -> None:
    cut = play([stage()], iter(stretch), NOON + 2000, at_once=at_once)
    assert [one for moment in cut for one in moment.changes[0]] == changes(stretch, until=2000)


@given(stretches(), st.lists(st.floats(0, 2000), max_size=6))
def test_looking_at_the_clock_in_between_changes_nothing(stretch: list[Observation], pauses: list[float]) -> None:
    made, found = stage(), list[Change]()
    end, since = NOON + 2000, min((one.at for one in stretch), default=NOON)
    for at in sorted({*(one.at for one in stretch), *(NOON + pause for pause in pauses if NOON + pause > since), end}):
        while (soonest := made.next(since)) is not None and soonest < at:
            found += made.settle(soonest) or ()
            since = soonest
        made.take([one for one in stretch if one.at == at], at)
        found += made.settle(at) or ()
        since = at
    assert found == changes(stretch, until=2000)


class Script:
    """An observer that reads a stretch look by look."""

    def __init__(self, stretch: Sequence[Observation], clock: Clock) -> None:
        self.stretch, self.clock = stretch, clock

    def observe(self) -> tuple[Observation, ...]:
        return tuple(one for one in self.stretch if one.at == self.clock.now())


@given(stretches())
def test_it_agrees_with_the_looker_at_every_look(stretch: list[Observation]) -> None:
    clock, one = Clock(NOON), pack()
    looker = Looker(
        packs=[one],
        targets=TARGETS,
        observer=Script(stretch, clock),
        detectors=Detectors(one.detectors, TARGETS),
        inferences=[ScopedInference(program=one.program, targets=TARGETS, inference=NativeInference())],
        clock=clock,
        checking=Checking(packs=[one], targets={}, stakes=Stakes(certain=0.9, treated_from=0.5)),
    )
    made = stage()
    for at in sorted({one.at for one in stretch}):
        clock.at = at
        looked = looker.look()
        for _ in play([made], [one for one in stretch if one.at == at]):
            pass
        assert made.world(at) == looked
        assert list(made.world(at).diagnoses) == list(looked.diagnoses)


@given(stretches())
def test_two_stages_side_by_side_do_not_know_of_each_other(stretch: list[Observation]) -> None:
    slow = pack()
    hasty = Stage([slow], TARGETS[:1])
    both = list(play([stage(), hasty], stretch, NOON + 2000))
    assert [one for moment in both for one in moment.changes[0]] == changes(stretch, until=2000)
    alone = play([Stage([slow], TARGETS[:1])], [one for one in stretch if one.target == SHOP], NOON + 2000)
    mine = [one for moment in both for one in moment.changes[1]]
    assert told(mine) == [(one.at - NOON, one.what, one.ref) for moment in alone for one in moment.changes[0]]
