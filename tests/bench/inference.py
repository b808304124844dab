"""How long one inference takes in either engine, and how long it is from one changed observation to a diagnosis."""

import gc
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from api.bootstrap import pack_at
from engine.diagnosis.diagnosing import diagnose
from engine.errors import InferenceError
from engine.inference import durable
from engine.inference.detectors import Detectors
from engine.inference.durable import DurableInference
from engine.inference.native import NativeInference
from engine.inference.scope import ScopedInference
from engine.knowledge import Detector, OneOf, Pack
from engine.model import Fact, Observation, Target, TargetId, Truth
from engine.protocols import Inference
from tests.bench.figures import Bar, Figure, Size, latency, stopwatch
from tests.support.large_pack import large_pack, observed_facts, pairs
from tests.support.tree import ROOT

SERVICE_PACK = ROOT / "rules" / "service" / "pack.yaml"
LIMITS = {"native": 1.0, "durable": 5.0}
WITHIN = Bar(limit=20.0, at_most=True)
NOW = 1_800_000_000.0


def figures(size: Size) -> Sequence[Figure]:
    """All figures about inference and what leads to and from it."""
    found: list[Figure] = []
    for name in names():
        with engine(name) as inference:
            found.extend(one_component(size, name, inference, found))
            for few in size.of((2, 20, 100), (2, 20), (2,)):
                found.append(to_diagnosis(size, f"26 causes, {name}", World(large_pack(), pairs(few // 2), inference)))
                found.append(to_diagnosis(size, f"pack `service`, {name}", World(*service(few), inference)))
    return found


def names() -> tuple[str, ...]:
    """The engines that can serve here."""
    return ("native", "durable") if durable.available() else ("native",)


@contextmanager
def engine(name: str) -> Iterator[Inference]:
    """One of the engines; an inference that the worker does not answer ends the bench."""
    if name == "native":
        yield NativeInference()
        return
    inference = DurableInference(_refuse)
    try:
        yield inference
    finally:
        inference.close()


def _refuse(error: InferenceError) -> None:
    raise error


def one_component(size: Size, name: str, inference: Inference, before: Sequence[Figure]) -> Sequence[Figure]:
    """An application and its database: 60 facts, other ones each time, through 100 rules in four levels."""
    dice = random.Random(60)
    program, targets = large_pack().program, pairs(1)
    times: list[float] = []
    warm_up = size.of(200, 50, 2)
    for turn in range(warm_up + size.of(2000, 300, 5)):
        facts = {
            Fact(target=target.id, name=fact): dice.choice(tuple(Truth))
            for target in targets
            for fact in observed_facts(target.kind)
        }
        with stopwatch(times):
            inference.infer(program, targets, facts)
        if turn == warm_up - 1:
            times.clear()
    found = []
    for share in (0.5, 0.99):
        title = f"100 rules, 60 facts, 4 levels, p{100 * share:.0f}"
        baseline = next((one for one in before if one.name == f"{title}, native"), None)
        found.append(
            latency(
                f"{title}, {name}",
                times,
                share=share,
                bar=Bar(limit=LIMITS[name], at_most=True),
                ratio_to=baseline,
                note=f"after {warm_up} inferences for warm-up{'; the baseline is native' if baseline else ''}",
            )
        )
    return found


def service(count: int) -> tuple[Pack, tuple[Target, ...]]:
    """The shipped pack, and services with all their parts."""
    pack = pack_at(SERVICE_PACK)
    parts: dict[str, dict[str, str | int | float | bool]] = {part: {} for part in pack.parts["service"]}
    return pack, tuple(Target(id=TargetId(f"service-{number}"), kind="service", parts=parts) for number in range(count))


def to_diagnosis(size: Size, what: str, world: "World") -> Figure:
    """One observation changes: detectors, inference where it changed, ranked diagnoses of everything."""
    times: list[float] = []
    shown: list[int] = []
    warm_up = size.of(50, 20, 2)
    for turn in range(warm_up + size.of(1000, 200, 5)):
        changed = world.change()
        with stopwatch(times):
            world.look(changed)
        shown.append(len(world.diagnoses))
        if turn == warm_up - 1:
            times.clear()
            gc.collect()
            gc.freeze()  # as `medicus run` does before it goes around
    gc.unfreeze()
    return latency(
        f"change to diagnosis, {len(world.targets)} targets, p99, {what}",
        times,
        share=0.99,
        bar=WITHIN,
        note=f"after {warm_up} for warm-up; each look ends in {sum(shown) / len(shown):.1f} diagnoses",
    )


class World:
    """Targets of which one observation changes at a time, and everything that follows from it."""

    def __init__(self, pack: Pack, targets: Sequence[Target], inference: Inference, *, ill: float = 0.1) -> None:
        self._dice, self._ill = random.Random(99), ill
        self._pack, self.targets = pack, targets
        self._detectors = Detectors(pack.detectors, targets)
        self._inference = ScopedInference(program=pack.program, targets=targets, inference=inference)
        self._now = NOW
        self._seen: dict[tuple[TargetId, str], Observation] = {}
        for target in targets:
            for one in pack.detectors:
                if one.kind == target.kind:
                    self._seen[target.id, one.observe] = self._observe(target, one)
        self._detectors.update(list(self._seen.values()), self._now)
        self.diagnoses = self.look(())

    def change(self) -> Sequence[Observation]:
        """One name on one target, with another value in half of the cases."""
        self._now += 0.1
        target = self._dice.choice(self.targets)
        one = self._dice.choice([one for one in self._pack.detectors if one.kind == target.kind])
        return (self._observe(target, one),)

    def look(self, observations: Sequence[Observation]) -> Sequence[object]:
        """What a look does after the probes have looked."""
        self._seen.update({(one.target, one.name): one for one in observations})
        self._detectors.update(observations, self._now)
        concluded = self._inference.infer(self._detectors.facts())
        self.diagnoses = diagnose(self._pack, self.targets, concluded, self._seen, self._now)
        return self.diagnoses

    def _observe(self, target: Target, one: Detector) -> Observation:
        ill = self._dice.random() < self._ill
        match one.test:
            case OneOf(values=values):
                value = self._dice.choice(values) if ill else "well" if isinstance(values[0], str) else not values[0]
            case _:
                value = 95.0 if ill else 20.0
        return Observation(target=target.id, name=one.observe, value=value, at=self._now)
