"""Shows the truth of every fact where it stands, and remembers which changed lately.

There may be a million facts and most of them stay as they are. So they are not copied for those who ask, and who
asks again is told what has changed since. It remembers so much and no more; who was away for longer compares all.
"""

from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain

from engine.inference.judging import Readers
from engine.inference.streams import Stream
from engine.knowledge import Detector
from engine.model import Fact, FactName, TargetId, Truth

_MOST_REMEMBERED = 10_000  # changes


class Kind:
    """What is read on targets of one kind, by name, and where each of their facts comes from."""

    __slots__ = ("places", "readers")

    def __init__(self, detectors: Sequence[Detector]) -> None:
        by_name: dict[str, dict[FactName, Detector]] = {}
        self.places: dict[FactName, tuple[str, int]] = {}
        for one in detectors:
            if one.fact not in self.places:
                same = by_name.setdefault(one.observe, {})
                self.places[one.fact] = (one.observe, len(same))
                same[one.fact] = one
        self.readers = {name: Readers(tuple(same.values())) for name, same in by_name.items()}


class Facts(Mapping[Fact, Truth]):
    """The truth of every fact, now: what is read from it changes with every update of its detectors.

    `revision` counts the updates that changed something.
    """

    __slots__ = ("_forgotten", "_kinds", "_lately", "_remembered", "_streams", "revision")

    def __init__(self, kinds: Mapping[TargetId, Kind], streams: Mapping[TargetId, Mapping[str, Stream]]) -> None:
        self._kinds = kinds
        self._streams = streams
        self.revision = 0
        self._lately: deque[tuple[int, Collection[Fact]]] = deque()
        self._remembered = 0
        self._forgotten = 0  # the last revision of which nothing is remembered

    def __getitem__(self, fact: Fact) -> Truth:
        name, index = self._kinds[fact.target].places[fact.name]
        stream = self._streams[fact.target].get(name)
        return Truth.UNKNOWN if stream is None else stream.truths[index]

    def __iter__(self) -> Iterator[Fact]:
        for target, kind in self._kinds.items():
            for name in kind.places:
                yield Fact(target=target, name=name)

    def __len__(self) -> int:
        return sum(len(kind.places) for kind in self._kinds.values())

    def changed_since(self, revision: int) -> Collection[Fact] | None:
        """The facts that changed after `revision`; None when that is too long ago to be remembered."""
        if revision < self._forgotten:
            return None
        recent: list[Collection[Fact]] = []
        for number, facts in reversed(self._lately):
            if number <= revision:
                break
            recent.append(facts)
        return set(chain.from_iterable(recent))

    def note(self, changed: Collection[Fact]) -> None:
        """Remember what an update changed."""
        self.revision += 1
        self._lately.append((self.revision, changed))
        self._remembered += len(changed)
        while self._remembered > _MOST_REMEMBERED:
            self._forgotten, facts = self._lately.popleft()
            self._remembered -= len(facts)
