"""All benches, in the order in which they are run and shown.

To add one: a module here with a function from a Size to its figures, and a line below.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.bench import detectors, inference, memory, next_check, repair_order, replay
from tests.bench.figures import Figure, Size


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A title for people, and what measures."""

    name: str
    title: str
    figures: Callable[[Size], Sequence[Figure]]


BENCHES = (
    Bench(name="detectors", title="Observations through detectors", figures=detectors.figures),
    Bench(name="inference", title="Inference, and from a change to a diagnosis", figures=inference.figures),
    Bench(name="memory", title="Memory", figures=memory.figures),
    Bench(name="replay", title="Replay of a recording", figures=replay.figures),
    Bench(name="repair-order", title="The order of repairs and questions", figures=repair_order.figures),
    Bench(name="next-check", title="The choice of checks", figures=next_check.figures),
)
