"""Keeps one name on one target in time: what was said of it last, whether that still stands, which holds run.

Only what cannot be said otherwise is kept: a test that has held for long, or does not hold, needs no time of its own.
It is asked with the time, and never asks for it.
"""

import math
from collections.abc import Iterator
from typing import Final, TypeAlias

from engine.inference.judging import NEVER, Judgement, Readers, Says
from engine.model import Fact, Instant, Scalar, TargetId, Truth, Unknown

LONG_AGO: Final[Instant] = -math.inf
_Hold: TypeAlias = tuple[Instant, Instant]
"""Since when a test holds without a break, and until when it was last known not to."""
_NONE: Final[_Hold] = (LONG_AGO, LONG_AGO)


class Stream:
    """The observations of one name on one target: when it was seen last, what was said of it, and what runs."""

    __slots__ = ("holds", "judgement", "seen_at", "target", "truths", "wake")

    def __init__(self, target: TargetId, readers: Readers) -> None:
        self.target = target
        self.judgement: Judgement = readers.cold
        self.truths: tuple[Truth, ...] = readers.cold.truths
        self.seen_at: Instant = LONG_AGO
        self.wake: Instant = NEVER
        self.holds: dict[int, _Hold] | None = None  # by reader; who is not in it has held for long, or never

    def take(self, value: Scalar | Unknown, at: Instant) -> None:
        """Judge a newer value; a value that expired before it leaves a gap, which breaks a hold."""
        before = self.judgement
        readers = before.readers
        after = readers.judge(before, value)
        if readers.held and (after.says is not before.says or at > self.seen_at + readers.span):
            self._move_holds(before.says, after.says, at)
        self.seen_at = at
        self.judgement = after

    def settle(self, now: Instant) -> Instant:
        """Bring the truths up to `now`; the next moment at which time alone changes something."""
        judgement = self.judgement
        stale_at = self.seen_at + judgement.span
        if self.holds is None and stale_at > now:
            self.truths = judgement.truths
            return stale_at if judgement.sees else NEVER
        self.truths, due = self.standing(now)
        if judgement.sees and self.seen_at + judgement.readers.span <= now:
            self.judgement = judgement.asleep
        if self.holds is not None:
            self._end_holds(now)
        return due

    def standing(self, now: Instant) -> tuple[tuple[Truth, ...], Instant]:
        """The truths at `now`, and the next moment at which time alone changes something."""
        judgement = self.judgement
        readers = judgement.readers
        truths = list(judgement.truths)
        due = NEVER
        for index, says in enumerate(judgement.says):
            until = self.seen_at + readers.expires[index]
            if says is None:
                continue
            if until <= now:
                truths[index] = Truth.UNKNOWN
                continue
            if says and self.holds and index in self.holds:
                since, false_until = self.holds[index]
                hold = readers.holds[index]
                if since + hold > now:
                    forgiven = false_until + hold <= now
                    truths[index] = Truth.UNKNOWN if forgiven else Truth.FALSE
                    until = min(until, since + hold if forgiven else false_until + hold)
            if until < due:  # noqa: PLR1730 - min() costs more
                due = until
        told = tuple(truths)
        shared = next((one for one in (judgement.truths, readers.cold.truths, self.truths) if one == told), told)
        return shared, due

    def _move_holds(self, before: Says, after: Says, at: Instant) -> None:
        """Note which tests begin to hold at `at`, and until when those that did not are known not to have."""
        readers = self.judgement.readers
        holds = self.holds or {}
        for index in readers.held:
            was, says = before[index], after[index]
            stale_at = self.seen_at + readers.expires[index]
            if says and not (was and at <= stale_at):
                false_until = min(at, stale_at) if was is False else holds.get(index, _NONE)[1]
                holds[index] = (at, false_until)
            elif says is None and was is False:
                holds[index] = (LONG_AGO, min(at, stale_at))
        self.holds = holds or None

    def _end_holds(self, now: Instant) -> None:
        """Drop what has no say any more: a hold has ended, or what it forbids is not within its window."""
        says, lengths = self.judgement.says, self.judgement.readers.holds
        self.holds = {
            index: (since, false_until)
            for index, (since, false_until) in (self.holds or {}).items()
            if says[index] is not False and (since if says[index] else false_until) + lengths[index] > now
        } or None

    def waiting(self, now: Instant) -> Iterator[Fact]:
        """The facts that wait for the end of a hold."""
        says, readers = self.judgement.says, self.judgement.readers
        for index, (since, _) in (self.holds or {}).items():
            if says[index] and since + readers.holds[index] > now and self.seen_at + readers.expires[index] > now:
                yield Fact(target=self.target, name=readers.facts[index])
