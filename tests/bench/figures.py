"""What a bench says: figures with their bars, and the few ways in which they are measured.

Machines differ, so a figure counts by its ratio to a baseline of the same run where there is one.
"""

import gc
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import psutil

T = TypeVar("T")


class Size(StrEnum):
    """How much is measured: for a page, for a look, or only to see that it runs."""

    FULL = "full"
    QUICK = "quick"
    SMALLEST = "smallest"

    def of(self, full: T, quick: T, smallest: T) -> T:
        """The value for this size."""
        return {Size.FULL: full, Size.QUICK: quick, Size.SMALLEST: smallest}[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """What a figure should be: at least, or at most, `limit`."""

    limit: float
    at_most: bool = False

    def met(self, value: float) -> bool:
        return value <= self.limit if self.at_most else value >= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One thing that was measured: the median of several rounds, and the lowest and highest of them.

    `ratio` is to a baseline that `note` names.
    """

    name: str
    value: float
    unit: str
    low: float | None = None
    high: float | None = None
    bar: Bar | None = None
    ratio: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the bar is met; None without one."""
        return self.bar.met(self.value) if self.bar else None


@contextmanager
def stopwatch(times: list[float]) -> Iterator[None]:
    """Append the seconds that the block took."""
    began = time.perf_counter()
    yield
    times.append(time.perf_counter() - began)


def rate(
    name: str,
    count: int,
    times: Sequence[float],
    *,
    bar: Bar | None = None,
    baseline: Sequence[float] = (),
    note: str = "",
) -> Figure:
    """Things per second, when each round of `count` took one of `times`, and one of `baseline` by the baseline."""
    rates = sorted(count / seconds for seconds in times)
    median = statistics.median(rates)
    return Figure(
        name=name,
        value=median,
        unit="/s",
        low=rates[0],
        high=rates[-1],
        bar=bar,
        ratio=ratio(baseline, times),
        note=note,
    )


def ratio(some: Sequence[float], others: Sequence[float]) -> float | None:
    """The median ratio of two series that were measured in turns; None without one of them."""
    return statistics.median(one / other for one, other in zip(some, others, strict=True)) if some and others else None


def latency(
    name: str,
    times: Sequence[float],
    *,
    share: float,
    bar: Bar | None = None,
    ratio_to: Figure | None = None,
    note: str = "",
) -> Figure:
    """The milliseconds within which `share` (0..1) of the times lie, with the fastest and the slowest of all."""
    ordered = sorted(times)
    value = 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]
    return Figure(
        name=name,
        value=value,
        unit="ms",
        low=1000 * ordered[0],
        high=1000 * ordered[-1],
        bar=bar,
        ratio=value / ratio_to.value if ratio_to else None,
        note=note,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What the process holds: blocks of Python's allocator, and bytes in RAM."""

    blocks: int
    resident: int


def memory() -> Memory:
    """The memory of this process after everything that can be collected was."""
    gc.collect()
    return Memory(blocks=sys.getallocatedblocks(), resident=psutil.Process().memory_info().rss)


def share_of_a_core(seconds: float) -> Figure:
    """How much of a core this process gets when it wants all of it: less than all when others are at work."""
    began, used = time.perf_counter(), time.process_time()
    while time.perf_counter() - began < seconds:
        pass
    share = (time.process_time() - used) / (time.perf_counter() - began)
    return Figure(
        name="share of a core to be had just before",
        value=100 * share,
        unit="%",
        bar=Bar(limit=95),
        note="when others are at work, what follows looks slower than it is, and latencies most of all",
    )
