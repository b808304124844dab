"""The remedies of a diagnosis in the order in which they would be tried, by name and parameters only.

A replay speaks of another time, perhaps of another machine: it must not preview a step, for a preview looks at the
machine that it runs on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.knowledge import Pack, Remedy
from engine.model import CauseId, Diagnosis, ProblemRef, Target
from engine.protocols import Action
from engine.remediation.planner import Planner, filled
from engine.remediation.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """A remedy for a problem, filled in: against which cause, and how probable that cause is."""

    ref: ProblemRef
    cause: CauseId
    probability: float
    remedy: Remedy


def treatments(
    packs: Sequence[Pack], targets: Sequence[Target], actions: Mapping[str, Action], diagnoses: Iterable[Diagnosis]
) -> tuple[Treatment, ...]:
    """What would be proposed for each diagnosis that is a root, best first; of `actions` only the risks are read."""
    planners = {one.id: Planner(pack=pack, actions=actions) for pack in packs for one in pack.problems}
    by_id = {target.id: target for target in targets}
    return tuple(
        Treatment(
            ref=diagnosis.ref,
            cause=candidate.cause.id,
            probability=candidate.probability,
            remedy=filled(candidate.remedy, by_id[diagnosis.ref.target]),
        )
        for diagnosis in diagnoses
        if diagnosis.consequence_of is None
        for candidate in planners[diagnosis.ref.problem].candidates(diagnosis, by_id[diagnosis.ref.target])
        if candidate.probability >= Policy().propose_from
    )
