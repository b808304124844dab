"""Asks all probes at once and makes observations of what they read.

The edges are not trusted: a probe may hang, raise, or answer nonsense. Each gets a thread of its own and its own time
limit; whatever is not a proper answer becomes "unknown" with the reason. A thread cannot be stopped from outside, so
a probe that hangs is left alone until it ends, and never asked twice at a time.
"""

import math
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from itertools import islice
from typing import TypeAlias

from engine.errors import InternalError
from engine.lines import one_line
from engine.model import Instant, Observable, Observation, Reading, Scalar, TargetId, Unknown
from engine.protocols import Clock, Probe

_READ_AT_MOST = 1000
_LONGEST_REASON = 300
_LONGEST_TEXT = 1000
_WIDEST_NUMBER = 2**63

Place: TypeAlias = tuple[TargetId, str]


class Observer:
    """Looks through every probe; `probes` maps a target and the name of one of its parts to the probe of that part.

    Parts that are `on_demand` are left out of an ordinary look.
    """

    def __init__(
        self, probes: Mapping[Place, Probe], clock: Clock, on_demand: AbstractSet[Place] = frozenset()
    ) -> None:
        self._posts = {place: _Post(place, probes[place]) for place in sorted(probes)}
        self._ordinary = tuple(place for place in self._posts if place not in on_demand)
        self._clock = clock
        self._one_at_a_time = threading.Lock()
        self._closed = False

    def observe(self, only: AbstractSet[Place] | None = None) -> tuple[Observation, ...]:
        """One observation of each observable, all of the moment when the look began, ordered by target and part.

        With `only`, of these parts, whether on demand or not. Takes at most as long as the longest time limit of a
        probe. Looks do not overlap: a second caller waits.
        """
        with self._one_at_a_time:
            if self._closed:
                raise InternalError("the observer is closed; make a new one")
            now = self._clock.now()
            places = self._ordinary if only is None else [place for place in self._posts if place in only]
            posts = [self._posts[place] for place in places]
            for post in posts:
                post.ask(now)
            return tuple(observation for post in posts for observation in post.observations(now))

    def close(self) -> None:
        """Ask no more; a probe that still hangs is left to end by itself and does not hold up the process."""
        with self._one_at_a_time:
            self._closed = True


class _Asking:
    """One question to one probe: whether it was answered, and with what."""

    def __init__(self, probe: Probe, asked_at: Instant) -> None:
        self.asked_at = asked_at
        self.late = False
        self.readings: Sequence[Reading] = ()
        self._probe = probe
        self._until = time.monotonic() + probe.timeout
        self._ended = threading.Event()
        self._ended_at = math.inf

    def start(self) -> None:
        try:
            threading.Thread(target=self._run, name=f"probe {self._probe.name}", daemon=True).start()
        except RuntimeError as failure:
            self._fail(failure)
            self._end()

    def is_over(self) -> bool:
        return self._ended.is_set()

    def is_in_time(self) -> bool:
        return self._ended.wait(max(0.0, self._until - time.monotonic())) and self._ended_at <= self._until

    def _run(self) -> None:
        try:
            self.readings = checked(self._probe.observables, self._probe.observe())
        except BaseException as failure:  # noqa: BLE001 - whatever a probe raises must not end the observer
            self._fail(failure)
        finally:
            self._end()

    def _end(self) -> None:
        self._ended_at = time.monotonic()
        self._ended.set()

    def _fail(self, failure: BaseException) -> None:
        self.readings = _all_unknown(self._probe.observables, f"the probe failed: {_words(failure)}")


class _Post:
    """One probe at its place, and the question that it has not answered yet."""

    def __init__(self, place: Place, probe: Probe) -> None:
        self._target, self._part = place
        self._probe = probe
        self._asking: _Asking | None = None

    def ask(self, now: Instant) -> None:
        if self._asking is None or self._asking.is_over():
            self._asking = _Asking(self._probe, now)
            self._asking.start()

    def observations(self, now: Instant) -> Iterator[Observation]:
        for reading in self._readings(now):
            yield Observation(
                target=self._target,
                name=f"{self._part}.{reading.name}",
                value=reading.value,
                at=now,
                detail=reading.detail,
            )

    def _readings(self, now: Instant) -> Sequence[Reading]:
        asking = self._asking
        if asking is None:
            raise InternalError("a probe was not asked before its answer was wanted")
        if asking.late:
            waited = max(0.0, now - asking.asked_at)
            because = f"still no answer after {waited:.0f} s (asked once; not asked again until it ends)"
            return _all_unknown(self._probe.observables, because)
        if asking.is_in_time():
            return asking.readings
        asking.late = True
        return _all_unknown(self._probe.observables, f"no answer within {self._probe.timeout:.1f} s")


def checked(observables: Sequence[Observable], given: Iterable[object]) -> tuple[Reading, ...]:
    """One proper reading of each observable, in their order; then an unknown one for each that was not declared.

    What is missing, given twice, of the wrong type, outside its closed set or no finite number is unknown, because
    "the probe gave ...". Details and reasons become single safe lines.
    """
    readings = list(islice(given, _READ_AT_MOST))
    strangers = [one for one in readings if not isinstance(one, Reading)]
    if strangers:
        return _all_unknown(observables, f"the probe gave a {type(strangers[0]).__name__} instead of a reading")
    by_name: dict[str, list[Reading]] = {}
    for reading in readings:
        if isinstance(reading, Reading):
            by_name.setdefault(reading.name, []).append(reading)
    proper = [_checked_one(observable, by_name.pop(observable.name, [])) for observable in observables]
    return (*proper, *(_undeclared(name) for name in by_name))


def _checked_one(observable: Observable, given: Sequence[Reading]) -> Reading:
    if len(given) != 1:
        because = f"the probe gave {'no value' if not given else f'{len(given)} values'}"
        return Reading(name=observable.name, value=Unknown(because=because))
    (reading,) = given
    return replace(reading, value=_checked_value(observable, reading.value), detail=one_line(reading.detail))


def _checked_value(observable: Observable, value: Scalar | Unknown) -> Scalar | Unknown:
    if isinstance(value, Unknown):
        return Unknown(because=one_line(value.because, _LONGEST_REASON) or "the probe gave no reason")
    proper: Scalar | None = None
    if observable.type is bool:
        proper = value if isinstance(value, bool) else None
    elif observable.type is str:
        proper = _proper_text(observable, value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        proper = _proper_number(observable, value)
    if proper is None:
        return Unknown(because=f"the probe gave {one_line(repr(value), 60)}, which is no {_wanted(observable)}")
    return proper


def _proper_text(observable: Observable, value: Scalar) -> str | None:
    if not isinstance(value, str):
        return None
    if observable.values:
        return str(value) if value in observable.values else None
    return str(value) if len(value) <= _LONGEST_TEXT and value.isprintable() else None


def _proper_number(observable: Observable, value: float) -> float | None:
    if abs(value) >= _WIDEST_NUMBER or math.isnan(value):
        return None
    if observable.type is float:
        return float(value)
    return value if isinstance(value, int) else None


def _wanted(observable: Observable) -> str:
    if observable.values:
        return f"one of {', '.join(observable.values)}"
    return {bool: "truth value", int: "whole number", float: "finite number", str: "short plain text"}[observable.type]


def _undeclared(name: str) -> Reading:
    # As a literal, so that it can never be taken for a declared one.
    return Reading(
        name=one_line(repr(name), 60),
        value=Unknown(because="the probe gave a reading that it does not declare"),
    )


def _all_unknown(observables: Sequence[Observable], because: str) -> tuple[Reading, ...]:
    return tuple(Reading(name=observable.name, value=Unknown(because=because)) for observable in observables)


def _words(failure: BaseException) -> str:
    try:
        return one_line(f"{type(failure).__name__}: {failure}", _LONGEST_REASON)
    except Exception:  # noqa: BLE001 - even its text may fail
        return type(failure).__name__
