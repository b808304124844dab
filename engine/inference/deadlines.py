"""Wakes sleepers at their time: a heap for what comes soon, lists by the second for what comes later.

Most deadlines here are expiries that the next observation puts off. So a sleeper may ask to be woken too early, and
then asks again: nothing has to be done when its deadline moves back, and one that lies in a list costs eight bytes and
never enters the heap. A sleeper that asks for an earlier time leaves an entry behind that is nobody's any more;
entries are swept out before they outnumber the sleepers.
"""

import heapq
import math
from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar

from engine.model import Instant

_SLACK = 64


class Sleeper(Protocol):
    """Who can be woken; `wake` is when it will be, and infinity while it has not asked."""

    wake: Instant


S = TypeVar("S", bound=Sleeper)


class Deadlines(Generic[S]):
    """Who is to be woken when; `soonest` is a moment before which nobody is."""

    def __init__(self) -> None:
        self.soonest: Instant = math.inf
        self._heap: list[tuple[Instant, int, S]] = []
        self._later: dict[int, list[S]] = {}
        self._seconds: list[int] = []  # a heap of the keys of `_later`
        self._reached = -math.inf  # up to this second everything is in the heap
        self._entries = 0
        self._asked = 0
        self._enough = _SLACK

    def __len__(self) -> int:
        return self._entries

    def ask(self, sleeper: S, moment: Instant) -> None:
        """See that it is woken at `moment` or before; infinity asks for nothing."""
        if moment < sleeper.wake:
            sleeper.wake = moment
            self._put(sleeper)
            if self._entries > self._enough:
                self._sweep()

    def due(self, now: Instant) -> Iterator[S]:
        """Those whose time has come, and some whose time comes within a second; none of them is asked for any more.

        Whoever is woken too early has to ask again, before the next is taken from the iterator or after the last.
        """
        while self.soonest <= now:
            if self._seconds and self._seconds[0] <= now:
                second = heapq.heappop(self._seconds)
                self._reached = max(self._reached, second)
                woken = self._take_list(second)
            else:
                woken = self._take_top(now)
            self._look_ahead()
            yield from woken

    def first(self, real: Callable[[S], Instant]) -> Instant:
        """The earliest moment at which someone is really due; `real` says when that is for one."""
        while self._heap:
            moment, _, sleeper = self._heap[0]
            if moment == sleeper.wake == real(sleeper):
                break
            self._pop()
            if moment == sleeper.wake:
                self._put_off(sleeper, real)
        earliest = self._heap[0][0] if self._heap else math.inf
        while self._seconds and self._seconds[0] < earliest:
            second = heapq.heappop(self._seconds)
            listed = self._take_list(second)
            for sleeper in listed:
                self._put_off(sleeper, real)
            soonest = min((one.wake for one in listed), default=math.inf)
            if soonest < second + 1:
                earliest = min(earliest, soonest)
                break
        self._look_ahead()
        return earliest

    def _put_off(self, sleeper: S, real: Callable[[S], Instant]) -> None:
        sleeper.wake = math.inf
        self.ask(sleeper, real(sleeper))

    def _put(self, sleeper: S) -> None:
        moment = sleeper.wake
        self._entries += 1
        self.soonest = min(self.soonest, moment)
        if moment < self._reached + 1:
            self._asked += 1
            heapq.heappush(self._heap, (moment, self._asked, sleeper))
            return
        second = math.floor(moment)
        if second not in self._later:
            self._later[second] = []
            heapq.heappush(self._seconds, second)
        self._later[second].append(sleeper)

    def _take_list(self, second: int) -> list[S]:
        """Everyone who is to be woken within that second, once."""
        listed = self._later.pop(second)
        self._entries -= len(listed)
        woken = []
        for sleeper in listed:
            if second <= sleeper.wake < second + 1:
                sleeper.wake = math.inf
                woken.append(sleeper)
        return woken

    def _take_top(self, now: Instant) -> list[S]:
        woken = []
        while self._heap and self._heap[0][0] <= now:
            moment, sleeper = self._pop()
            if moment == sleeper.wake:
                sleeper.wake = math.inf
                woken.append(sleeper)
        return woken

    def _pop(self) -> tuple[Instant, S]:
        moment, _, sleeper = heapq.heappop(self._heap)
        self._entries -= 1
        return moment, sleeper

    def _look_ahead(self) -> None:
        self.soonest = min(
            self._heap[0][0] if self._heap else math.inf, self._seconds[0] if self._seconds else math.inf
        )

    def _sweep(self) -> None:
        """Keep one entry for everyone who has asked; what is left is at most half before it is swept again."""
        everyone = [sleeper for _, _, sleeper in self._heap]
        for listed in self._later.values():
            everyone.extend(listed)
        self._heap, self._later, self._seconds, self._entries = [], {}, [], 0
        for sleeper in dict.fromkeys(everyone):
            if sleeper.wake < math.inf:
                self._put(sleeper)
        self._look_ahead()
        self._enough = 2 * self._entries + _SLACK
