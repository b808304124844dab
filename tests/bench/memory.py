"""What stays in memory of a million observations, without and with inference on what they change."""

from collections.abc import Sequence

from engine.inference.detectors import Detectors
from engine.inference.native import NativeInference
from engine.inference.scope import ScopedInference
from engine.knowledge import Literal, Program, Rule
from engine.model import FactName
from tests.bench.figures import Bar, Figure, Memory, Size, memory
from tests.support.traffic import Traffic, rules, watched

CROSSING = 0.01
BATCH = 1000


def figures(size: Size) -> Sequence[Figure]:
    """Growth over as many observations as were taken in before, for warm-up."""
    known, targets = rules(100, names=50), watched(size.of(200, 50, 5))
    program = Program(
        levels=(
            tuple(
                Rule(
                    id=f"r{one}", kind="host", concludes=FactName(f"busy-{one}"), when=(Literal(fact=known[one].fact),)
                )
                for one in range(20)
            ),
        ),
        given={"host": tuple(one.fact for one in known)},
    )
    found: list[Figure] = []
    for what in ("detectors", "detectors and inference"):
        detectors = Detectors(known, targets)
        scoped = ScopedInference(program=program, targets=targets, inference=NativeInference())
        traffic = Traffic(targets=targets, names=tuple(dict.fromkeys(one.observe for one in known)), crossing=CROSSING)
        found.extend(_grown(size, what, detectors, traffic, None if what == "detectors" else scoped))
    return found


def _grown(
    size: Size, what: str, detectors: Detectors, traffic: Traffic, scoped: ScopedInference | None
) -> tuple[Figure, Figure]:
    count = size.of(1_000_000, 100_000, 5000)
    passes: list[Memory] = []
    for _ in range(2):
        for observations in traffic.batches(count // BATCH, BATCH):
            detectors.update(observations, traffic.now)
            if scoped:
                scoped.infer(detectors.facts())
            observations.clear()
        passes.append(memory())
    return _growth(what, *passes, per=count)


def _growth(what: str, before: Memory, after: Memory, *, per: int) -> tuple[Figure, Figure]:
    return (
        Figure(
            name=f"{what}: blocks of Python's allocator kept",
            value=after.blocks - before.blocks,
            unit="blocks",
            bar=Bar(limit=per / 200, at_most=True),
            note=f"of {per:,} observations, {100 * CROSSING:g}% crossing, after as many for warm-up; holds come and go",
        ),
        Figure(
            name=f"{what}: growth of resident memory",
            value=(after.resident - before.resident) / 1e6,
            unit="MB",
            bar=Bar(limit=4.0, at_most=True),
            note="over the same observations",
        ),
    )
