"""Plays a recording through packs, and through a second set of packs beside them when there is one.

The same recording and the same packs give the same moments, always: no clock, no machine and no order of a set comes
into it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice

from engine.diagnosis.seen import shown
from engine.errors import ActionError
from engine.knowledge import ActionCall, Pack
from engine.model import Diagnosis, Instant, Observation, ProblemRef, Scalar, Target
from engine.protocols import Action
from engine.rehearsing.comparison import Comparison, Disagreement, View, disagreements
from engine.rehearsing.header import told
from engine.rehearsing.recorded import Recording
from engine.rehearsing.stage import Moment, Stage, play
from engine.rehearsing.standing import standing
from engine.rehearsing.treatments import Treatment, treatments

MOST_STILL = 10_000


class Replay:
    """One replay: `moments` once, and afterwards what it came to; `since` is the time of the first observation."""

    def __init__(
        self,
        recording: Recording,
        packs: Sequence[Pack],
        against: Sequence[Pack] | None,
        actions: Mapping[str, Action],
    ) -> None:
        self.recording = recording
        self.since: Instant = 0.0
        targets = recording.header.targets
        all_packs = (*packs, *(against or ()))
        kinds = {kind for pack in all_packs for kind in (*pack.parts, *(one.kind for one in pack.problems))}
        if not any(target.kind in kinds for target in targets):
            names = ", ".join(sorted({target.kind for target in targets}))
            raise ActionError(f"no pack knows a target of the recording (its kinds: {names}): name one with --pack")
        failed = recording.header.failed
        self._sides = [
            _Side(Stage(one, targets, failed=failed), targets, actions) for one in (packs, against) if one is not None
        ]
        self._comparison = Comparison() if against is not None else None

    def moments(self) -> Iterator[Moment]:
        """Every moment at which something was diagnosed anew; the changes of the first packs, then of the second."""
        for moment in play([one.stage for one in self._sides], self._played(), self.recording.header.until):
            if self._comparison is not None:
                ours, theirs = (one.views() for one in self._sides)
                self._comparison.at(moment.at, ours, theirs)
            yield moment

    @property
    def count(self) -> int:
        """The number of observations that were read."""
        return self.recording.count

    @property
    def until(self) -> Instant:
        """The time at which it ended."""
        return max(self.recording.until, self.recording.header.until or 0.0)

    @property
    def compares(self) -> bool:
        """Whether there is a second set of packs."""
        return self._comparison is not None

    def diagnoses(self) -> Mapping[ProblemRef, Diagnosis]:
        """What is wrong at the end, by the first packs."""
        return self._sides[0].stage.world(self.until).diagnoses

    def treatments(self) -> tuple[Treatment, ...]:
        """What would be proposed at the end, by the first packs."""
        return self._sides[0].treatments()

    def disagreements(self) -> tuple[Disagreement, ...]:
        """In what the packs differ; without a second set, in what they differ from what was told then.

        `ours` is what the first packs say now.
        """
        if self._comparison is not None:
            return self._comparison.found()
        then = {one.ref: View(told=one) for one in self.recording.header.told}
        now = {ref: View(told=told(one)) for ref, one in self._sides[0].stage.diagnoses().items() if ref in then}
        return disagreements(self.until, now, then)

    def _played(self) -> Iterator[Observation]:
        ahead = self.recording.observations()
        first = tuple(islice(ahead, 1))
        self.since = first[0].at if first else 0.0
        observations = chain(first, ahead)
        if not self.recording.header.still:
            return observations
        moment = tuple(islice(observations, MOST_STILL + 1))
        if len(moment) > MOST_STILL:
            raise ActionError(f"a recording of one moment has at most {MOST_STILL} observations, and this one has more")
        return iter(standing(moment, [pack for one in self._sides for pack in one.stage.packs]))


def described(treatment: Treatment) -> str:
    """A remedy and what its steps would be called with, on one line: "free-the-port: stop-listener port=8080"."""
    return f"{treatment.remedy.id}: {'; '.join(map(called, treatment.remedy.steps)) or 'by hand'}"


def called(call: ActionCall) -> str:
    """An action with its parameters, on one line: "stop-listener port=8080"."""
    return " ".join([call.action, *(f"{name}={_shown(value)}" for name, value in call.params.items())])


def _shown(value: Scalar) -> str:
    return shown(value) if not isinstance(value, str) or (value and " " not in value) else f'"{shown(value)}"'


class _Side:
    """A stage, and what it says of each problem, kept for as long as the diagnosis stays."""

    def __init__(self, stage: Stage, targets: Sequence[Target], actions: Mapping[str, Action]) -> None:
        self.stage = stage
        self._targets = targets
        self._actions = actions
        self._known: dict[ProblemRef, tuple[Diagnosis, View]] = {}

    def treatments(self) -> tuple[Treatment, ...]:
        return self._treated(self.stage.diagnoses().values())

    def views(self) -> Mapping[ProblemRef, View]:
        diagnoses = self.stage.diagnoses()
        fresh = {ref: one for ref, one in diagnoses.items() if self._of(ref) is not one}
        first: dict[ProblemRef, str] = {}
        for treatment in self._treated(fresh.values()):
            first.setdefault(treatment.ref, described(treatment))
        views = {ref: View(told=told(one), remedy=first.get(ref, "")) for ref, one in fresh.items()}
        self._known = {
            ref: (one, views[ref] if ref in views else self._known[ref][1]) for ref, one in diagnoses.items()
        }
        return {ref: view for ref, (_, view) in self._known.items()}

    def _of(self, ref: ProblemRef) -> Diagnosis | None:
        return self._known[ref][0] if ref in self._known else None

    def _treated(self, diagnoses: Iterable[Diagnosis]) -> tuple[Treatment, ...]:
        return treatments(self.stage.packs, self._targets, self._actions, diagnoses)
