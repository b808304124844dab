"""Turns observations into three-valued facts, and tells only what changed.

A fact with a hold of H seconds says "the test held all through the last H seconds", judged by Kleene's conjunction
over that window: false once the test is known to have been false within it, unknown while a part of it is not known
(before the start, or a gap), true otherwise. A value stands until the next observation or until it expires. So a
cold start and a gap need no rules of their own, and nothing is ever guessed.

All detectors that read one name on one target share a stream, which comes into being with the first observation.
Most observations change nothing: they only move the time at which their stream was seen, and its deadline is looked
at again when it comes. What a target or a name costs does not depend on how many others there are. It is not safe
for several threads.
"""

from collections.abc import Iterator, Mapping, Sequence

from engine.inference.deadlines import Deadlines
from engine.inference.facts import Facts, Kind
from engine.inference.judging import NEVER
from engine.inference.streams import LONG_AGO, Stream
from engine.knowledge import Detector
from engine.model import Fact, Instant, Observation, Target, TargetId, Truth, Unknown


class Detectors:
    """Every detector of a pack on every target of its kind, from cold: each fact is unknown until it is seen.

    Of several detectors that give one fact on one kind, the first counts. An observation that is not newer than the
    last one of its name is ignored; one from the future counts as of now. When the clock goes back, ages mean nothing
    any more and everything is forgotten.
    """

    def __init__(self, detectors: Sequence[Detector], targets: Sequence[Target]) -> None:
        kinds = {kind: Kind([one for one in detectors if one.kind == kind]) for kind in {one.kind for one in targets}}
        self._kinds = {target.id: kinds[target.kind] for target in targets}
        self._streams: dict[TargetId, dict[str, Stream]] = {target.id: {} for target in targets}
        self._deadlines: Deadlines[Stream] = Deadlines()
        self._holding: set[Stream] = set()
        self._facts = Facts(self._kinds, self._streams)
        self._now: Instant = LONG_AGO

    def update(self, observations: Sequence[Observation], now: Instant) -> Mapping[Fact, Truth]:
        """Take in `observations` and the passing of time up to `now`; only the facts that changed."""
        if now < self._now:
            return self._start_anew(observations, now)
        self._now = now
        touched = self._take(observations, now)
        if self._deadlines.soonest <= now:
            touched.extend(self._due(now))
        return self._settle(touched, now) if touched else {}

    def facts(self) -> Facts:
        """All facts as they stand: always the same view, which costs nothing and changes with the next update."""
        return self._facts

    def pending(self, now: Instant) -> Instant | None:
        """The next moment, not before `now`, at which time alone changes something; None when it never does."""
        moment = self._deadlines.first(lambda stream: stream.standing(self._now)[1])
        return None if moment == NEVER else max(moment, now)

    def waiting(self) -> frozenset[Fact]:
        """Facts whose test holds, but has not held for long enough (or is not known to have)."""
        return frozenset(fact for stream in self._holding for fact in stream.waiting(self._now))

    def latched(self) -> frozenset[Fact]:
        """Facts whose test held when it last said anything: from there hysteresis goes on."""
        return frozenset(
            Fact(target=target, name=name)
            for target, streams in self._streams.items()
            for stream in streams.values()
            for name, held in zip(stream.judgement.readers.facts, stream.judgement.latched, strict=True)
            if held
        )

    def _take(self, observations: Sequence[Observation], now: Instant) -> list[Stream]:
        """Take in what is newer than what was seen; the streams on which more than the time changed."""
        streams = self._streams
        touched: list[Stream] = []
        for observation in observations:
            try:
                stream = streams[observation.target][observation.name]
            except KeyError:
                begun = self._begun(observation)
                if begun is None:
                    continue
                stream = begun
            at = observation.at
            if at > now:  # noqa: PLR1730 - min() costs more than all that follows
                at = now
            judgement = stream.judgement
            value = observation.value
            kind = type(value)
            if (
                judgement.low < value < judgement.high  # type: ignore[operator]
                if kind is float or kind is int
                else judgement.after.get(value) is judgement  # type: ignore[arg-type]
                if kind is str or kind is bool
                else kind is Unknown and not judgement.sees
            ) and stream.seen_at < at <= stream.seen_at + judgement.span:
                stream.seen_at = at
            elif stream.seen_at < at:
                stream.take(value, at)
                touched.append(stream)
        return touched

    def _begun(self, observation: Observation) -> Stream | None:
        """The stream that begins with an observation; None when no detector reads it."""
        kind = self._kinds.get(observation.target)
        readers = kind.readers.get(observation.name) if kind else None
        if readers is None:
            return None
        stream = Stream(observation.target, readers)
        self._streams[observation.target][observation.name] = stream
        return stream

    def _due(self, now: Instant) -> Iterator[Stream]:
        """The streams whose deadline has come; one whose observation was repeated in time only asks again."""
        for stream in self._deadlines.due(now):
            stale_at = stream.seen_at + stream.judgement.span
            if stream.holds is None and stale_at > now:
                self._deadlines.ask(stream, stale_at)
            else:
                yield stream

    def _settle(self, touched: Sequence[Stream], now: Instant) -> dict[Fact, Truth]:
        changes: dict[Fact, Truth] = {}
        for stream in touched:
            before = stream.truths
            due = stream.settle(now)
            if stream.truths is not before:
                for name, was, truth in zip(stream.judgement.readers.facts, before, stream.truths, strict=True):
                    if truth is not was:
                        changes[Fact(target=stream.target, name=name)] = truth
            if stream.holds is not None:
                self._holding.add(stream)
            elif stream in self._holding:
                self._holding.remove(stream)
            self._deadlines.ask(stream, due)
        if changes:
            self._facts.note(changes.keys())
        return changes

    def _start_anew(self, observations: Sequence[Observation], now: Instant) -> Mapping[Fact, Truth]:
        """Become cold and take in `observations`; the facts that are not what they were before."""
        known = {fact: truth for fact, truth in self._facts.items() if truth is not Truth.UNKNOWN}
        for streams in self._streams.values():
            streams.clear()
        self._deadlines = Deadlines()
        self._holding.clear()
        self._now = LONG_AGO
        told = {**dict.fromkeys(known, Truth.UNKNOWN), **self.update(observations, now)}
        self._facts.note(known.keys())
        return {fact: truth for fact, truth in told.items() if known.get(fact, Truth.UNKNOWN) is not truth}
