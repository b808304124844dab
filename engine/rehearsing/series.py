"""The values of one observation over virtual time, as a scenario writes them.

    running                          the same all along
    running x5, fatal x10, unknown   one value a look; the last one stays to the end
    [nothing x3, running]            the same as a list; here nobody looks for three looks

`unknown` is a look that sees no value, `nothing` is no look at all. A value that is such a word itself, or that comes
with a detail, is written as a list of `{at: 10s, value: ...}`, each of which stands until the next.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from engine.model import Scalar, Seconds, Unknown
from engine.rulebase.yaml_text import scalar

UNKNOWN = "unknown"
NOTHING = "nothing"
NOT_GIVEN = Unknown(because="the scenario says unknown")
MOST_LOOKS = 100_000
_ITEM = re.compile(r"(?P<word>.*?)(?:\s+x(?P<times>[0-9]{1,7}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What is seen from one time on, in seconds since the beginning; a `value` of None is no look at all."""

    at: Seconds
    value: Scalar | Unknown | None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What is seen of one observation, in the order of time; before the first sample nobody looks."""

    samples: tuple[Sample, ...]

    def at(self, since: Seconds) -> Sample | None:
        """What a look sees at `since` seconds from the beginning; None when nobody looks."""
        place = bisect_right(self.samples, since + _SLACK, key=lambda one: one.at)
        found = self.samples[place - 1] if place else None
        return found if found is not None and found.value is not None else None


_SLACK: Seconds = 1e-6
"""Durations are whole milliseconds; the third look of 100 ms must not come before 300 ms because of a rounding."""


def in_short(items: Sequence[Scalar | None], interval: Seconds) -> Series:
    """The series of these values, one a look or "VALUE xTIMES"; ValueError says what is wrong with it."""
    samples: list[Sample] = []
    look = 0
    for item in items:
        word, times = _item(item.strip()) if isinstance(item, str) else (item, 1)
        samples.append(Sample(at=look * interval, value=_value(word)))
        look += times
        if look > MOST_LOOKS:
            raise ValueError(f"is longer than {MOST_LOOKS} looks")
    return Series(samples=tuple(samples))


def _item(item: str) -> tuple[str, int]:
    found = _ITEM.fullmatch(item)
    if not found or not found["word"]:
        raise ValueError(
            f"should be values such as 'running x5, fatal', with one between two commas, not {item[:60]!r}"
        )
    times = int(found["times"]) if found["times"] else 1
    if not times:
        raise ValueError(f"'{item}' is no time at all: leave it out")
    return found["word"], times


def _value(word: Scalar | None) -> Scalar | Unknown | None:
    if word == NOTHING:
        return None
    value = scalar(word) if isinstance(word, str) else word
    return NOT_GIVEN if word == UNKNOWN or value is None else value
