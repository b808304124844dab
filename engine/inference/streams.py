"""Keeps one name on one target in time: what was said of it last, whether that still stands, which holds run.

Only what cannot be said otherwise is kept: a test that has held for long, or does not hold, needs no time of its own.
It is asked with the time, and never asks for it.
"""

import math
from collections.abc import Iterator
from typing import Final, TypeAlias

from engine.inference.judging import NEVER, Judgement, Readers
from engine.model import Fact, Instant, Scalar, TargetId, Truth, Unknown

LONG_AGO: Final[Instant] = -math.inf
_Hold: TypeAlias = tuple[Instant, Instant]
"""Since when a test holds without a break, and until when it was last known not to."""
_HELD: Final[_Hold] = (LONG_AGO, LONG_AGO)


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
        known = before.after.get(value) if isinstance(value, (str, bool)) else None
        after = known or readers.judge(before, value)
        for index in readers.held:
            was, says = before.says[index], after.says[index]
            stale_at = self.seen_at + readers.expires[index]
            since, false_until = self.holds.get(index, _HELD) if self.holds else _HELD
            if was is False and says is not False:
                false_until = min(at, stale_at)
            if says and not (was and at <= stale_at):
                since = at
            if (since, false_until) != _HELD:
                self.holds = self.holds or {}
                self.holds[index] = (since, false_until)
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
            self.holds = {index: hold for index, hold in self.holds.items() if self._runs(index, hold, now)} or None
        return due

    def standing(self, now: Instant) -> tuple[tuple[Truth, ...], Instant]:
        """The truths at `now`, and the next moment at which time alone changes something."""
        judgement = self.judgement
        readers = judgement.readers
        truths = []
        due = NEVER
        for index, says in enumerate(judgement.says):
            truth, until = Truth.UNKNOWN, NEVER
            stale_at = self.seen_at + readers.expires[index]
            if says is not None and stale_at > now:
                since, false_until = self.holds.get(index, _HELD) if self.holds else _HELD
                held_at, forgiven_at = since + readers.holds[index], false_until + readers.holds[index]
                if not says or held_at <= now:
                    truth, until = Truth.of(says), stale_at
                elif now < forgiven_at:
                    truth, until = Truth.FALSE, min(stale_at, held_at, forgiven_at)
                else:
                    truth, until = Truth.UNKNOWN, min(stale_at, held_at)
            truths.append(truth)
            due = min(due, until)
        told = tuple(truths)
        shared = next((one for one in (judgement.truths, readers.cold.truths, self.truths) if one == told), told)
        return shared, due

    def waiting(self, now: Instant) -> Iterator[Fact]:
        """The facts that wait for the end of a hold."""
        says, readers = self.judgement.says, self.judgement.readers
        for index, (since, _) in (self.holds or {}).items():
            if says[index] and since + readers.holds[index] > now and self.seen_at + readers.expires[index] > now:
                yield Fact(target=self.target, name=readers.facts[index])

    def _runs(self, index: int, hold: _Hold, now: Instant) -> bool:
        """Whether a hold still has a say: it has not ended, or what it forbids is within its window."""
        since, false_until = hold
        match self.judgement.says[index]:
            case True:
                return since + self.judgement.readers.holds[index] > now
            case False:
                return False
            case None:
                return false_until + self.judgement.readers.holds[index] > now
