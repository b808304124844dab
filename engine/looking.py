"""One look at the world: observe, detect, infer, rank. It changes nothing.

`medicus diagnose` and the cycle look in the same way; the cycle also acts.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.diagnosis.diagnosing import diagnose
from engine.inference.detectors import Detectors
from engine.inference.scope import ScopedInference
from engine.knowledge import Pack
from engine.model import (
    CauseId,
    Conclusions,
    Diagnosis,
    Fact,
    Firing,
    Observation,
    ProblemRef,
    Seconds,
    Target,
    TargetId,
    Truth,
    World,
)
from engine.observing import Observer
from engine.protocols import Clock

PAUSE: Seconds = 0.25
Failed = Mapping[ProblemRef, Sequence[tuple[CauseId, float]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looker:
    """Everything between the probes and a diagnosis; `seen` keeps the last observation of everything."""

    packs: Sequence[Pack]
    targets: Sequence[Target]
    observer: Observer
    detectors: Detectors
    inferences: Sequence[ScopedInference]
    clock: Clock
    seen: dict[tuple[TargetId, str], Observation] = field(default_factory=dict)

    def settle(self, within: Seconds, sleep: Callable[[Seconds], None]) -> World:
        """Look again and again until no `for` is running any more, at most `within` seconds; the last look."""
        started = self.clock.now()
        while True:
            world = self.look()
            if not self.detectors.waiting() or world.at - started >= within:
                return world
            sleep(PAUSE)

    def look(self, failed: Failed | None = None) -> World:
        """Look at everything once; `failed` are remedies that did not help, as evidence against their causes."""
        observations = self.observer.observe()
        now = self.clock.now()
        self.seen.update({(one.target, one.name): one for one in observations})
        self.detectors.update(observations, now)
        facts = self.detectors.facts()
        truths: dict[Fact, Truth] = {}
        proof: list[Firing] = []
        diagnoses: dict[ProblemRef, Diagnosis] = {}
        for pack, inference in zip(self.packs, self.inferences, strict=True):
            concluded = inference.infer(facts)
            truths.update(concluded.truths)
            proof.extend(concluded.proof)
            found = diagnose(pack, self.targets, concluded, self.seen, now, failed or {})
            diagnoses.update({one.ref: one for one in found})
        return World(
            at=now,
            observations=dict(self.seen),
            conclusions=Conclusions(truths=truths, proof=tuple(proof)),
            diagnoses=diagnoses,
        )
