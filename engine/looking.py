"""One look at the world: observe, detect, infer, rank, and look closer where causes are not told apart. Read only.

`medicus diagnose` and the cycle look in the same way; the cycle also acts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from engine.checking import Checking, Failed
from engine.diagnosis.diagnosing import diagnose
from engine.inference.detectors import Detectors
from engine.inference.scope import ScopedInference
from engine.knowledge import Pack
from engine.model import (
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
)
from engine.observing import Observer
from engine.protocols import Clock
from engine.world import CheckMade, World

PAUSE: Seconds = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Looker:
    """Everything between the probes and a diagnosis; `seen` keeps the last observation of everything."""

    packs: Sequence[Pack]
    targets: Sequence[Target]
    observer: Observer
    detectors: Detectors
    inferences: Sequence[ScopedInference]
    clock: Clock
    checking: Checking
    seen: dict[tuple[TargetId, str], Observation] = field(default_factory=dict)

    def settle(self, within: Seconds, sleep: Callable[[Seconds], None]) -> World:
        """Look again and again until no `for` is running and no check is worth making, at most `within` seconds.

        The world that is returned names the checks of all these looks.
        """
        started = self.clock.now()
        checks: list[CheckMade] = []
        while True:
            world = self.look()
            checks += world.checks
            moving = bool(world.checks) or bool(self.detectors.waiting())
            if not moving or world.at - started >= within:
                return replace(world, checks=tuple(checks))
            if not world.checks:
                sleep(PAUSE)

    def look(self, failed: Failed | None = None) -> World:
        """Look at everything once, and then at what is worth a closer look now.

        `failed` are remedies that did not help, as evidence against their causes.
        """
        world = self._reason(self.observer.observe(), failed or {})
        checks = self.checking.choose(world, failed or {})
        if not checks:
            return world
        answers = self.observer.observe(frozenset((one.target, one.part) for one in checks))
        return replace(self._reason(answers, failed or {}), checks=checks)

    def _reason(self, observations: Sequence[Observation], failed: Failed) -> World:
        """How everything looks after these observations, with the last ones of all else."""
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
            found = diagnose(pack, self.targets, concluded, self.seen, now, failed)
            diagnoses.update({one.ref: one for one in found})
        return World(
            at=now,
            observations=dict(self.seen),
            conclusions=Conclusions(truths=truths, proof=tuple(proof)),
            diagnoses=diagnoses,
        )
