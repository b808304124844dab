"""Lets one moment stand still until every `for` of the packs has run, so that it can be judged at all.

An example of a pack and the diagnosis of an incident tell how things looked at one moment, not since when. They are
played as if it had been so for long enough.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from engine.knowledge import Pack
from engine.model import Observation, Seconds

LONGEST_STEP: Seconds = 60.0
SHORTEST_STEP: Seconds = 0.05


def standing(observations: Sequence[Observation], packs: Iterable[Pack]) -> tuple[Observation, ...]:
    """Each observation again and again before its own time, longer than the longest `for`, in the order of times.

    The looks are close enough together that none expires before the next, and are about a second apart when the
    longest `for` is under a minute.
    """
    detectors = [one for pack in packs for one in pack.detectors]
    longest = max((one.hold for one in detectors), default=0.0)
    expires = min((one.expires for one in detectors), default=LONGEST_STEP)
    step = max(SHORTEST_STEP, min(expires / 2, max(1.0, longest / LONGEST_STEP)))
    looks = math.ceil(longest / step) + 1
    found = [replace(one, at=one.at - number * step) for number in range(looks, -1, -1) for one in observations]
    return tuple(sorted(found, key=lambda one: one.at))
