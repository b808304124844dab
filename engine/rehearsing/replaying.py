"""Plays a recording through packs, and through a second set of packs beside them when there is one.

The same recording and the same packs give the same moments, always: no clock, no machine and no order of a set comes
into it.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice

from engine.diagnosis.seen import shown
from engine.errors import ActionError
from engine.knowledge import Pack
from engine.model import Diagnosis, Instant, Observation, ProblemRef, Scalar
from engine.protocols import Action
from engine.rehearsing.comparison import Comparison, Disagreement, View, disagreements, views
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
        self._actions = actions
        self._targets = recording.header.targets
        all_packs = (*packs, *(against or ()))
        kinds = {kind for pack in all_packs for kind in (*pack.parts, *(one.kind for one in pack.problems))}
        if not any(target.kind in kinds for target in self._targets):
            names = ", ".join(sorted({target.kind for target in self._targets}))
            raise ActionError(f"no pack knows a target of the recording (its kinds: {names}): name one with --pack")
        failed = recording.header.failed
        self._stages = [Stage(one, self._targets, failed=failed) for one in (packs, against) if one is not None]
        self._comparison = Comparison() if against is not None else None

    def moments(self) -> Iterator[Moment]:
        """Every moment at which something was diagnosed anew; the changes of the first packs, then of the second."""
        for moment in play(self._stages, self._played(), self.recording.header.until):
            if self._comparison is not None:
                ours, theirs = map(self._views, self._stages)
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
        return self._stages[0].world(self.until).diagnoses

    def treatments(self) -> tuple[Treatment, ...]:
        """What would be proposed at the end, by the first packs."""
        return self._treated(self._stages[0])

    def disagreements(self) -> tuple[Disagreement, ...]:
        """In what the packs differ; without a second set, in what they differ from what was told then.

        `ours` is what the first packs say now.
        """
        if self._comparison is not None:
            return self._comparison.found()
        then = {one.ref: View(told=one) for one in self.recording.header.told}
        now = {ref: one for ref, one in views(self._stages[0].diagnoses(), {}).items() if ref in then}
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
        return iter(standing(moment, [pack for stage in self._stages for pack in stage.packs]))

    def _treated(self, stage: Stage) -> tuple[Treatment, ...]:
        return treatments(stage.packs, self._targets, self._actions, stage.diagnoses().values())

    def _views(self, stage: Stage) -> Mapping[ProblemRef, View]:
        first: dict[ProblemRef, str] = {}
        for one in self._treated(stage):
            first.setdefault(one.ref, described(one))
        return views(stage.diagnoses(), first)


def described(treatment: Treatment) -> str:
    """A remedy and what its steps would be called with, on one line: "free-the-port: stop-listener port=8080"."""
    steps = [
        " ".join([step.action, *(f"{name}={_shown(value)}" for name, value in step.params.items())])
        for step in treatment.remedy.steps
    ]
    return f"{treatment.remedy.id}: {'; '.join(steps) or 'by hand'}"


def _shown(value: Scalar) -> str:
    return shown(value) if not isinstance(value, str) or (value and " " not in value) else f'"{shown(value)}"'
