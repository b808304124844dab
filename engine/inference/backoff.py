"""How long to do without what has failed: a second, then twice as long each time, at most a minute.

Starting what fails at once costs more than it gives, and whoever reads the log wants to hear of it once. It refuses
to forget too soon: only what has served for a minute begins with a second again.
"""

import math
from dataclasses import dataclass
from typing import Final

from engine.model import Instant, Seconds

FIRST: Final[Seconds] = 1.0
LONGEST: Final[Seconds] = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BackOff:
    """Until when nothing is tried, and how long that wait is in all; times are those of a monotonic clock."""

    until: Instant = -math.inf
    wait: Seconds = 0.0

    def over(self, now: Instant) -> bool:
        """Whether it may be tried again."""
        return now >= self.until

    def after_failure(self, now: Instant) -> "BackOff":
        """The wait that begins with a failure at `now`."""
        soon = now < self.until + LONGEST
        wait = min(2 * self.wait, LONGEST) if soon else FIRST
        return BackOff(until=now + wait, wait=wait)
