"""Detectors agree with a plain reading of the whole history, whatever comes in and however it is cut into batches."""

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.inference.detectors import Detectors
from engine.knowledge import Above, Below, Detector, OneOf, Test
from engine.model import Fact, FactName, Observation, Scalar, Target, TargetId, Truth, Unknown

TARGETS = [Target(id=TargetId(name), kind="service", parts={}) for name in ("a", "b")]
NAMES = ("port.load", "port.state", "port.owner")
TESTS: tuple[Test, ...] = (
    OneOf(values=("up", 3)),
    OneOf(values=("up", "down")),
    OneOf(values=(2, 5, 6)),
    OneOf(values=(True,)),
    Above(bound=5, clear=3),
    Above(bound=6, clear=1),
    Above(bound=4, clear=4),
    Below(bound=2, clear=4),
    Below(bound=3, clear=7),
)
VALUES: st.SearchStrategy[Scalar | Unknown] = st.one_of(
    st.integers(0, 8), st.sampled_from(["up", "down", "gone", True, False, 3.5, Unknown(because="no answer")])
)
DETECTORS = st.lists(
    st.builds(
        lambda observe, test, hold, expires: (observe, test, hold, expires),
        st.sampled_from(NAMES),
        st.sampled_from(TESTS),
        st.sampled_from([0, 1, 3, 7]),
        st.sampled_from([2, 5, 20]),
    ),
    min_size=1,
    max_size=9,
)
# A step: how much time passes, and what is observed then (the age of an observation may put it out of order).
# Time that goes back is as if nothing had ever been seen.
STEPS = st.lists(
    st.tuples(
        st.sampled_from([0, 0.25, 1, 2, 3, 4, 5, 6, -1]),
        st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(NAMES), VALUES, st.integers(-1, 3)), max_size=6),
    ),
    max_size=25,
)


def verdict_on(test: Test, value: Scalar | Unknown, *, latched: bool) -> bool | None:
    number = float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
    match test:
        case OneOf(values=values):
            alike = [one for one in values if type(one) is type(value) or (number is not None and type(one) is int)]
            return value in alike if alike else None
        case Above(bound=bound, clear=clear):
            return None if number is None else number > (clear if latched else bound)
        case Below(bound=bound, clear=clear):
            return None if number is None else number < (clear if latched else bound)


def pieces_of(
    detector: Detector, history: list[tuple[float, Scalar | Unknown]]
) -> list[tuple[float, float, bool | None]]:
    """From when to when the test said what."""
    pieces: list[tuple[float, float, bool | None]] = []
    latched = False
    for index, (at, value) in enumerate(history):
        verdict = verdict_on(detector.test, value, latched=latched)
        latched = latched if verdict is None else verdict
        until = history[index + 1][0] if index + 1 < len(history) else float("inf")
        pieces.append((at, min(until, at + detector.expires), verdict))
    return pieces


def holds_now(detector: Detector, history: list[tuple[float, Scalar | Unknown]], now: float) -> bool:
    return any(verdict is True and start <= now < end for start, end, verdict in pieces_of(detector, history))


def by_history(detector: Detector, history: list[tuple[float, Scalar | Unknown]], now: float) -> Truth:
    """The definition, read off the history and the window before now."""
    pieces = pieces_of(detector, history)
    current = [verdict for start, end, verdict in pieces if start <= now < end]
    if current in ([], [None]):
        return Truth.UNKNOWN
    if current == [False]:
        return Truth.FALSE
    opening = now - detector.hold
    if any(verdict is False and end > opening and start < now for start, end, verdict in pieces):
        return Truth.FALSE
    held = sum(min(end, now) - max(start, opening) for start, end, verdict in pieces if verdict and end > opening)
    return Truth.TRUE if held >= detector.hold else Truth.UNKNOWN


@settings(max_examples=400, deadline=None)
@given(DETECTORS, STEPS)
def test_any_story_in_any_batches(
    drawn: list[tuple[str, Test, int, int]], steps: list[tuple[float, list[tuple[str, str, Scalar | Unknown, int]]]]
) -> None:
    known = [
        Detector(fact=FactName(f"f{i}"), kind="service", observe=observe, test=test, hold=hold, expires=expires)
        for i, (observe, test, hold, expires) in enumerate(drawn)
    ]
    detectors = Detectors(known, TARGETS)
    history: dict[tuple[str, str], list[tuple[float, Scalar | Unknown]]] = {}
    told = dict(detectors.facts())
    now = 0.0
    for passed, batch in steps:
        pending = detectors.pending(now)
        now += passed
        if passed < 0:
            history.clear()
        before = dict(told)
        told |= changes if (changes := detectors.update(observations(batch, now, history), now)) else {}
        assert all(before[fact] is not truth for fact, truth in changes.items())
        expected = {
            Fact(target=target.id, name=one.fact): by_history(one, history.get((target.id, one.observe), []), now)
            for one in known
            for target in TARGETS
        }
        assert dict(detectors.facts()) == expected
        assert told == expected
        assert detectors.waiting() == {
            Fact(target=target.id, name=one.fact)
            for one in known
            for target in TARGETS
            if holds_now(one, history.get((target.id, one.observe), []), now)
            and expected[Fact(target=target.id, name=one.fact)] is not Truth.TRUE
        }
        if not batch and changes and passed >= 0:
            assert pending is not None
            assert pending <= now


def observations(
    batch: list[tuple[str, str, Scalar | Unknown, int]],
    now: float,
    history: dict[tuple[str, str], list[tuple[float, Scalar | Unknown]]],
) -> list[Observation]:
    """The batch as observations; the history gets what is newer than its last, as of now at the latest."""
    made = []
    for target, name, value, age in batch:
        made.append(Observation(target=TargetId(target), name=name, value=value, at=now - age))
        kept = history.setdefault((target, name), [])
        at = min(now, now - age)
        if not kept or at > kept[-1][0]:
            kept.append((at, value))
    return made
