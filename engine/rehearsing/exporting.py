"""An incident as a recording: what its diagnosis rests on, and what was told, for packs of another day to judge."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.casefile import Incident
from engine.errors import NotFoundError
from engine.inference.scope import components
from engine.model import CauseId, Observation, Target
from engine.rehearsing.header import Header, PackName, told


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A recording before it is written."""

    header: Header
    observations: tuple[Observation, ...]


def incident_recording(
    incident: Incident, targets: Sequence[Target], failed: Sequence[tuple[CauseId, float]] = ()
) -> Export:
    """The observations behind an incident's diagnosis as one moment that had lasted, with what was diagnosed.

    `failed` are the remedies that had not helped by then. Raises NotFoundError for an incident that was not diagnosed
    yet, and for one of a target that is not among `targets`.
    """
    diagnosis, ref = incident.diagnosis, incident.ref
    if diagnosis is None:
        raise NotFoundError(f"{incident.id} has no diagnosis yet: there is nothing to replay")
    group = next((one for one in components(targets) if ref.target in {target.id for target in one}), ())
    if not group:
        raise NotFoundError(f"{incident.id} is about {ref.target}, which is no target any more: put it back to export")
    known = {target.id for target in group}
    seen = [one for one in diagnosis.observations if one.target in known]
    return Export(
        header=Header(
            packs=(PackName(id=diagnosis.pack, version=diagnosis.pack_version, digest=diagnosis.pack_digest),),
            targets=group,
            still=True,
            until=diagnosis.at,
            incident=incident.id,
            told=(told(diagnosis),),
            failed={ref: tuple(failed)} if failed else {},
        ),
        observations=tuple(sorted(seen, key=lambda one: one.at)),
    )
