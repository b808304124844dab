"""The main path: observe, infer, rank, plan, approve, act, verify - once around.

Whatever a tick decides is on the books before the next step of it, so a tick may end anywhere, even by `kill -9`,
and the next one goes on from the books. Nothing here knows how a stage works; each stage is one attribute.
"""

from collections.abc import Callable
from dataclasses import dataclass

from engine.casefile import Incident, Remediation
from engine.errors import ConflictError, InternalError, MedicusError, StoreError
from engine.incidents import Incidents, live_remediation
from engine.lifecycle import IncidentState, RemediationState
from engine.looking import Looker
from engine.protocols import Casebook
from engine.remediation.carrying_out import CarryingOut
from engine.remediation.proposing import Proposals
from engine.remediation.verification import Recoveries
from engine.world import World

_LONGEST_COURSE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """One engine over one store; `tick` goes once around, `report` is told what went wrong on the way."""

    looker: Looker  # observe -> detect -> infer -> rank
    incidents: Incidents  # open, merge, reopen, close
    proposals: Proposals  # plan -> guard -> approve by policy
    carrying_out: CarryingOut  # execute -> verify -> undo or escalate
    recoveries: Recoveries  # healthy looks in a row
    casebook: Casebook
    report: Callable[[MedicusError], None]

    def tick(self) -> World:
        """Look once, then bring every open incident as far as it can go now."""
        world = self.looker.look(self.incidents.failed())
        self.incidents.update(world)
        incidents = self.incidents.watched()
        self.recoveries.look(incidents, world)
        for incident in incidents:
            self.follow(incident, world)
        return world

    def follow(self, incident: Incident, world: World) -> None:
        """Advance one incident until it has to wait; what goes wrong here stops no other incident."""
        try:
            for _ in range(_LONGEST_COURSE):
                if not self.advance(self.casebook.incident(incident.id), world):
                    return
        except StoreError:
            raise
        except ConflictError:
            return  # an operator was faster: the next tick sees what they did
        except MedicusError as error:
            self.report(error)
        except Exception as error:  # noqa: BLE001 - a mistake of ours in one case must not end the care of all others
            self.report(InternalError(f"{incident.id} could not be followed: {type(error).__name__}: {error}"))

    def advance(self, incident: Incident, world: World) -> bool:
        """Take one step with an incident; True when another may follow at once."""
        live = live_remediation(self.casebook, incident)
        if live is None and self.recoveries.progress(incident, world.at).recovered:
            return self.incidents.recover(incident, None, world.at)
        match incident.state:
            case IncidentState.OPENED | IncidentState.REOPENED:
                return self.incidents.diagnose(incident, world)
            case IncidentState.DIAGNOSED:
                return self.incidents.merge(incident, world) or self.proposals.propose(incident, world)
            case IncidentState.REMEDIATING if live is not None:
                return self.remediate(incident, live, world)
            case IncidentState.ESCALATED:
                return self.incidents.reconsider(incident, world)
            case IncidentState.MERGED:
                return self.incidents.part(incident, world)
            case _:
                return False

    def remediate(self, incident: Incident, live: Remediation, world: World) -> bool:
        """Take one step with a plan that is under way."""
        progress = self.recoveries.progress(incident, world.at)
        match live.state:
            case RemediationState.PROPOSED | RemediationState.APPROVED if progress.recovered:
                return self.incidents.recover(incident, live, world.at)
            case RemediationState.PROPOSED:
                return self.proposals.decide(incident, live, world)
            case RemediationState.APPROVED:
                return self.carrying_out.begin(incident, live, world)
            case RemediationState.EXECUTING:
                return self.carrying_out.lost(incident, live)
            case RemediationState.UNKNOWN:
                return self.carrying_out.settle(incident, live, progress, world)
            case RemediationState.VERIFYING:
                return self.carrying_out.verify(incident, live, progress)
            case _:
                return False
