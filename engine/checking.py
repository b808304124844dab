"""Chooses the checks that are made on demand: those that tell the causes of a problem apart and are worth their cost.

At most one for each problem at a time, since what it finds may make the next one needless. A check that was made is
not made again while its answer counts, whatever it found: what could not be seen is not asked for again and again.
Problems that are consequences of others, or about which nothing is to be done, are not worth a look.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.diagnosis.foreseeing import suspects_of
from engine.diagnosis.next_check import Available, Stakes, next_check, settled_by
from engine.knowledge import Check, Pack
from engine.model import CauseId, Diagnosis, Instant, ProblemRef, Target, TargetId
from engine.world import CheckMade, World

Failed = Mapping[ProblemRef, Sequence[tuple[CauseId, float]]]
Place = tuple[TargetId, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checking:
    """The checks of all packs on the targets that have these parts; `made` has when each was made last."""

    packs: Sequence[Pack]
    targets: Mapping[TargetId, Target]
    stakes: Stakes
    made: dict[Place, Instant] = field(default_factory=dict)

    @property
    def on_demand(self) -> frozenset[Place]:
        """The parts of targets that are looked at on demand only."""
        return frozenset(
            (target.id, one.part)
            for pack in self.packs
            for one in pack.checks
            for target in self.targets.values()
            if target.kind == one.kind and one.part in target.parts
        )

    def choose(self, world: World, failed: Failed) -> tuple[CheckMade, ...]:
        """The checks to make now; they count as made from now on."""
        chosen: dict[Place, CheckMade] = {}
        by_id = {pack.id: pack for pack in self.packs if pack.checks}
        for diagnosis in world.diagnoses.values():
            pack = by_id.get(diagnosis.pack)
            if pack is not None and diagnosis.consequence_of is None and not diagnosis.inhibited:
                one = self._choice(pack, diagnosis, world, failed)
                if one is not None:
                    chosen.setdefault((one.target, one.part), one)
        self.made.update(dict.fromkeys(chosen, world.at))
        return tuple(chosen.values())

    def _choice(self, pack: Pack, diagnosis: Diagnosis, world: World, failed: Failed) -> CheckMade | None:
        target = self.targets[diagnosis.ref.target]
        offers = list(self._available(pack, target, world.at))
        if not offers:
            return None
        problem = pack.problem(diagnosis.ref.problem)
        suspects = suspects_of(problem, target, world.conclusions, failed.get(diagnosis.ref, ()))
        best = next_check(suspects, offers, self.stakes)
        if best is None:
            return None
        return CheckMade(
            target=target.depends_on[best.of] if best.of else target.id,
            part=best.check.part,
            title=best.check.title,
            about=diagnosis.ref,
            bits=best.bits,
            saving=best.saving,
        )

    def _available(self, pack: Pack, target: Target, at: Instant) -> Iterator[Available]:
        """The checks that can be made now on a target and on those that it depends on."""
        for role, id_ in {"": target.id, **target.depends_on}.items():
            subject = self.targets.get(id_)
            for check in pack.checks if subject else ():
                if subject and check.kind == subject.kind and check.part in subject.parts and self._due(check, id_, at):
                    yield Available(check=check, detectors=settled_by(check, pack.detectors), of=role)

    def _due(self, check: Check, target: TargetId, at: Instant) -> bool:
        made = self.made.get((target, check.part))
        return made is None or not made <= at < made + check.valid
