"""Turns observations into three-valued facts, and tells only what changed.

A fact with a hold of H seconds says "the test held all through the last H seconds", judged by Kleene's conjunction
over that window: false once the test is known to have been false within it, unknown while a part of it is not known
(before the start, or a gap), true otherwise. A value stands until the next observation or until it expires. So a
cold start and a gap need no rules of their own, and nothing is ever guessed.

An observation costs the detectors that read its name on its target, whatever the number of others; a heap of
deadlines ends holds and expiries when nothing arrives. It is not safe for several threads.
"""

import heapq
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import starmap
from typing import TypeAlias, TypeGuard

from engine.knowledge import Above, Below, Detector, OneOf, Test
from engine.model import Fact, Instant, Observation, Scalar, Seconds, Target, TargetId, Truth, Unknown

NEVER: Instant = math.inf
_SLACK = 64
Judge: TypeAlias = Callable[[Scalar | Unknown, bool], bool | None]


class Detectors:
    """Every detector of a pack on every target of its kind, from cold: each fact is unknown until it is seen.

    An observation that is not newer than the last one of its name is ignored; one from the future counts as of now.
    When the clock goes back, ages mean nothing any more and everything is forgotten.
    """

    def __init__(self, detectors: Sequence[Detector], targets: Sequence[Target]) -> None:
        pairs = [(one, target) for one in detectors for target in targets if one.kind == target.kind]
        self._cells = tuple(starmap(_Cell, pairs))
        self._readers: dict[tuple[TargetId, str], list[int]] = {}
        for index, (detector, target) in enumerate(pairs):
            self._readers.setdefault((target.id, detector.observe), []).append(index)
        self._facts: dict[Fact, Truth] = {cell.fact: Truth.UNKNOWN for cell in self._cells}
        self._waiting: set[Fact] = set()
        self._deadlines: list[tuple[Instant, int]] = []
        self._now: Instant = -math.inf

    def update(self, observations: Sequence[Observation], now: Instant) -> Mapping[Fact, Truth]:
        """Take in `observations` and the passing of time up to `now`; only the facts that changed."""
        touched: list[int] = []
        if now < self._now:
            for cell in self._cells:
                cell.forget()
            touched.extend(range(len(self._cells)))
        self._now = now
        for observation in observations:
            at = min(observation.at, now)
            for index in self._readers.get((observation.target, observation.name), ()):
                cell = self._cells[index]
                if at > cell.seen_at:
                    cell.take(observation.value, at)
                    touched.append(index)
        touched.extend(self._due(now))
        return self._settle(touched, now)

    def facts(self) -> Mapping[Fact, Truth]:
        """All facts as they stand."""
        return dict(self._facts)

    def pending(self, now: Instant) -> Instant | None:
        """The next moment, not before `now`, at which time alone changes something; None when it never does."""
        while self._deadlines:
            moment, index = self._deadlines[0]
            if moment == self._cells[index].due:
                return max(moment, now)
            self._unschedule()
            self._schedule(index)
        return None

    def waiting(self) -> frozenset[Fact]:
        """Facts whose test holds, but has not held for long enough (or is not known to have)."""
        return frozenset(self._waiting)

    def _due(self, now: Instant) -> Iterable[int]:
        """The cells whose deadline has come; one that stood in the heap too early is put back at its right place."""
        while self._deadlines and self._deadlines[0][0] <= now:
            index = self._unschedule()
            if self._cells[index].due <= now:
                yield index
            else:
                self._schedule(index)

    def _settle(self, touched: Iterable[int], now: Instant) -> Mapping[Fact, Truth]:
        changes: dict[Fact, Truth] = {}
        for index in touched:
            cell = self._cells[index]
            if cell.settle(now):
                self._facts[cell.fact] = changes[cell.fact] = cell.truth
            if cell.waits != cell.waited:
                cell.waited = cell.waits
                (self._waiting.add if cell.waits else self._waiting.discard)(cell.fact)
            self._schedule(index)
        return changes

    def _unschedule(self) -> int:
        """Take the earliest entry off the heap; an entry that an earlier one replaced is nobody's any more."""
        moment, index = heapq.heappop(self._deadlines)
        cell = self._cells[index]
        if cell.scheduled == moment:
            cell.scheduled = NEVER
        return index

    def _schedule(self, index: int) -> None:
        """See that the heap wakes this cell at its deadline or before; later deadlines wait for an early waking."""
        cell = self._cells[index]
        if cell.due < cell.scheduled:
            cell.scheduled = cell.due
            heapq.heappush(self._deadlines, (cell.due, index))
            if len(self._deadlines) > 2 * len(self._cells) + _SLACK:
                self._deadlines = [(one.scheduled, i) for i, one in enumerate(self._cells) if one.scheduled < NEVER]
                heapq.heapify(self._deadlines)


class _Cell:
    """One detector on one target: what its test said last, since when, and when that changes by itself."""

    __slots__ = (
        "due",
        "expires",
        "fact",
        "false_until",
        "hold",
        "holds",
        "judge",
        "latched",
        "scheduled",
        "seen_at",
        "since",
        "truth",
        "waited",
        "waits",
    )

    def __init__(self, detector: Detector, target: Target) -> None:
        self.fact = Fact(target=target.id, name=detector.fact)
        self.judge = judge_of(detector.test)
        self.hold: Seconds = detector.hold
        self.expires: Seconds = detector.expires
        self.truth = Truth.UNKNOWN
        self.waits = self.waited = False
        self.scheduled: Instant = NEVER
        self.forget()

    def forget(self) -> None:
        """Become cold; the truth follows when it is settled."""
        self.holds: bool | None = None
        self.latched = False
        self.seen_at: Instant = -math.inf
        self.since: Instant = NEVER
        self.false_until: Instant = -math.inf
        self.due: Instant = NEVER

    def take(self, value: Scalar | Unknown, at: Instant) -> None:
        """Judge a newer value; a value that expired before it leaves a gap, which breaks a hold."""
        stale_at = self.seen_at + self.expires
        if self.holds is False:
            self.false_until = min(at, stale_at)
        unbroken = self.holds is True and at <= stale_at
        self.seen_at = at
        self.holds = self.judge(value, self.latched)
        if self.holds is None:
            return
        self.latched = self.holds
        if self.holds and not unbroken:
            self.since = at

    def settle(self, now: Instant) -> bool:
        """Bring truth and deadline up to `now`; whether the truth changed."""
        before = self.truth
        stale_at = self.seen_at + self.expires
        held_at = self.since + self.hold
        self.waits = False
        if self.holds is None or stale_at <= now:
            self.truth, self.due = Truth.UNKNOWN, NEVER
        elif not self.holds:
            self.truth, self.due = Truth.FALSE, stale_at
        elif held_at <= now:
            self.truth, self.due = Truth.TRUE, stale_at
        else:
            self.waits = True
            forgiven_at = self.false_until + self.hold
            self.truth = Truth.FALSE if now < forgiven_at else Truth.UNKNOWN
            self.due = min(stale_at, held_at, forgiven_at if now < forgiven_at else NEVER)
        return self.truth is not before


def judge_of(test: Test) -> Judge:
    """The test as a function of a value and of what it said last; None for a value of the wrong type."""
    match test:
        case OneOf(values=values):
            return _among(values)
        case Above(bound=bound, clear=clear):
            return lambda value, latched: value > (clear if latched else bound) if _is_number(value) else None
        case Below(bound=bound, clear=clear):
            return lambda value, latched: value < (clear if latched else bound) if _is_number(value) else None


def _among(values: Sequence[Scalar]) -> Judge:
    """Membership that never takes True for 1; numbers are one type, whether written 1 or 1.0."""
    accepted = frozenset((_sort(value), value) for value in values)
    sorts = frozenset(sort for sort, _ in accepted)

    def judge(value: Scalar | Unknown, _: bool) -> bool | None:  # noqa: FBT001 - one shape for all judges
        sort = _sort(value)
        return (sort, value) in accepted if sort in sorts else None

    return judge


def _sort(value: Scalar | Unknown) -> type:
    """What a value can be compared with: bool, float (any number) or str; Unknown and "not a number" with nothing."""
    if isinstance(value, (bool, str)):
        return type(value)
    return float if _is_number(value) else Unknown


def _is_number(value: Scalar | Unknown) -> TypeGuard[int | float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and not math.isnan(value)
