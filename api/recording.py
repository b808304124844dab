"""`medicus record` and `medicus export`: what is seen now, or what an incident's diagnosis rests on, as a recording."""

import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from api import bootstrap, output
from api.bootstrap import House
from api.diagnosing import complain
from engine.casefile import Incident, Remediation
from engine.errors import ActionError
from engine.lifecycle import RemediationState
from engine.model import CauseId, IncidentId, Instant, Observation, Seconds
from engine.protocols import Casebook
from engine.rehearsing.exporting import incident_recording
from engine.rehearsing.header import Header, PackName
from engine.rehearsing.recording import Recorder, write
from engine.world import World


def record(home: House, file: Path, seconds: Seconds, sleep: Callable[[Seconds], None] = time.sleep) -> int:
    """Look at every interval of the settings for `seconds` and write down all that is seen; 0.

    At least one look is made, with the checks that are worth making then. ^C ends it early, and what was seen until
    then is kept.
    """
    if not home.targets:
        raise ActionError("there are no targets in the settings: there is nothing to record")
    header = Header(packs=tuple(PackName.of(one) for one in home.packs), targets=home.targets)
    count = looks = 0
    with bootstrap.senses(home, complain) as senses, Recorder(file, header) as recorder:
        began, last = senses.clock.now(), -math.inf
        try:
            while True:
                world = senses.look()
                count += recorder.write(_since(last, world))
                last = world.at
                looks += 1
                due = began + looks * home.settings.interval
                if due > began + seconds:
                    break
                sleep(max(0.0, due - senses.clock.now()))
        except KeyboardInterrupt:
            pass
    output.console().print(f"{count} observations in {looks} looks, written to {file}", markup=False, soft_wrap=True)
    return 0


def _since(last: Instant, world: World) -> list[Observation]:
    """What was observed after `last`, in the order of time."""
    return sorted(
        (one for one in world.observations.values() if one.at > last), key=lambda one: (one.at, one.target, one.name)
    )


def export(home: House, casebook: Casebook, incident: IncidentId, file: Path) -> int:
    """Write what an incident's diagnosis rests on, and what it says, to a recording; 0."""
    found = casebook.incident(incident)
    failed = _failed(home, found, casebook.remediations(incident))
    exported = incident_recording(found, home.targets, failed)
    count = write(file, exported.header, exported.observations)
    said = f"{incident} with {count} observations, written to {file}: `medicus replay {file}` judges it anew"
    output.console().print(said, markup=False, soft_wrap=True)
    return 0


def _failed(home: House, incident: Incident, remediations: Sequence[Remediation]) -> tuple[tuple[CauseId, float], ...]:
    """The remedies that had not helped when the incident was diagnosed: their causes, and how probably they would."""
    at = incident.diagnosis.at if incident.diagnosis else 0.0
    fixes = {
        (cause.id, remedy.id): remedy.fixes
        for pack in home.packs
        for problem in pack.problems
        if problem.id == incident.ref.problem
        for cause in problem.causes
        for remedy in cause.remedies
    }
    return tuple(
        (one.plan.cause, fixes[one.plan.cause, one.plan.remedy])
        for one in remediations
        if one.state is RemediationState.FAILED and one.changed_at <= at and (one.plan.cause, one.plan.remedy) in fixes
    )
