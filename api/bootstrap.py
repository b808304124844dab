"""The one place that joins the parts: settings, packs, probes, actions, store, cycle."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import actions
from api.services import Services
from engine import probes
from engine.checking import Checking
from engine.cycle import Cycle
from engine.diagnosis.next_check import Stakes
from engine.errors import MedicusError
from engine.incidents import Incidents
from engine.inference.detectors import Detectors
from engine.inference.durable import DurableInference, available
from engine.inference.levels import problems_of, stratify
from engine.inference.native import NativeInference
from engine.inference.scope import ScopedInference
from engine.inventory import build_targets
from engine.knowledge import Pack
from engine.looking import Looker
from engine.model import Instant, ProblemId, Scalar, Seconds, Target, TargetId
from engine.observing import Observer
from engine.params import parse
from engine.protocols import Action, Inference, Probe
from engine.remediation.approvals import Approvals
from engine.remediation.carrying_out import CarryingOut
from engine.remediation.executor import Executor
from engine.remediation.planner import Planner
from engine.remediation.proposing import Proposals
from engine.remediation.rehearsal import Rehearsal
from engine.remediation.verification import Recoveries
from engine.rulebase.loader import Loaded, find_pack, load_with_places, whole
from engine.rulebase.references import ActionFacts
from engine.settings import Settings, find_settings, read_settings
from engine.stores.folder import Folder
from engine.stores.opening import open_store
from engine.stores.sql import SqlStore

DAY: Seconds = 86_400.0
_PROBES: Mapping[str, type[Probe]] = {probe.name: probe for probe in probes.BUILTIN}
Report = Callable[[MedicusError], None]


class SystemClock:
    """The machine's clock."""

    def now(self) -> Instant:
        """Seconds since the epoch (UTC)."""
        return time.time()


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What can be joined without a store: the knowledge, the targets, the hands."""

    settings: Settings
    packs: tuple[Pack, ...]
    targets: tuple[Target, ...]
    actions: Mapping[str, Action]

    @property
    def planners(self) -> dict[ProblemId, Planner]:
        """The planner for each problem: the one of its pack."""
        made = [Planner(pack=pack, actions=self.actions) for pack in self.packs]
        return {problem.id: planner for planner in made for problem in planner.pack.problems}

    @property
    def asked_for(self) -> frozenset[tuple[TargetId, str]]:
        """The observations that some rule asks for."""
        names = {(one.kind, one.observe) for pack in self.packs for one in pack.detectors}
        return frozenset((target.id, name) for target in self.targets for kind, name in names if kind == target.kind)

    @property
    def units(self) -> dict[tuple[TargetId, str], str]:
        """The unit of every observation that has one."""
        return {
            (target.id, f"{part}.{seen.name}"): seen.unit
            for target in self.targets
            for part, settings in target.parts.items()
            for seen in _PROBES[str(settings["probe"])].observables
            if seen.unit
        }

    @property
    def inference(self) -> str:
        """The inference engine that serves: durable where it can and is not refused, else native."""
        wanted = self.settings.inference
        return wanted if wanted != "auto" else ("durable" if available() else "native")


def house(config: Path | None = None) -> House:
    """Read the settings and the packs they name; TextError or SettingsError when they are wrong."""
    settings = read_settings(find_settings(config, os.environ, Path.cwd()), os.environ)
    packs = tuple(pack_at(find_pack(name, settings.folder)) for name in settings.packs)
    targets = build_targets(settings, packs, {name: probe.settings for name, probe in _PROBES.items()})
    hands: tuple[Action, ...] = tuple(action() for action in actions.BUILTIN)
    return House(settings=settings, packs=packs, targets=targets, actions={one.name: one for one in hands})


def pack_at(path: Path) -> Pack:
    """Load a pack against the probes and actions that Medicus has."""
    return whole(loaded_at(path))


def loaded_at(path: Path) -> Loaded:
    """As much of a pack as can be read, with places and mistakes; TextError when it is no YAML."""
    return load_with_places(
        path,
        probes={name: probe.observables for name, probe in _PROBES.items()},
        actions={action.name: _facts(action) for action in actions.BUILTIN},
        stratify=stratify,
        defects=problems_of,
        settings={name: tuple(probe.settings.model_fields) for name, probe in _PROBES.items()},
    )


@contextmanager
def senses(home: House, report: Report) -> Iterator[Looker]:
    """The senses and the reasoning of a house, closed at the end."""
    clock = SystemClock()
    checking = Checking(
        packs=home.packs,
        targets={target.id: target for target in home.targets},
        stakes=Stakes(certain=home.settings.policy.confidence, treated_from=home.settings.policy.propose_from),
    )
    observer = Observer(_bound(home), clock, checking.on_demand)
    inferences = [_inference(home, report) for _ in home.packs]
    try:
        yield Looker(
            packs=home.packs,
            targets=home.targets,
            observer=observer,
            detectors=Detectors([one for pack in home.packs for one in pack.detectors], home.targets),
            inferences=[
                ScopedInference(program=pack.program, targets=home.targets, inference=inference)
                for pack, inference in zip(home.packs, inferences, strict=True)
            ],
            clock=clock,
            checking=checking,
        )
    finally:
        observer.close()
        for inference in inferences:
            if isinstance(inference, DurableInference):
                inference.close()


def services(home: House, store: SqlStore) -> Services:
    """What the doors serve."""
    clock = SystemClock()
    return Services(
        store=store,
        approvals=Approvals(store=store, casebook=store, clock=clock, valid_for=home.settings.policy.approval_expires),
        problems={problem.id: problem for pack in home.packs for problem in pack.problems},
        clock=clock,
        interval=home.settings.interval,
        inference=home.inference,
    )


def cycle(home: House, store: SqlStore, doors: Services, looker: Looker, report: Report) -> Cycle:
    """The engine, joined."""
    clock, policy = doors.clock, home.settings.policy
    incidents = Incidents(
        problems=doors.problems,
        targets=home.targets,
        store=store,
        casebook=store,
        reopen_within=policy.flapping_within,
        known_from=policy.propose_from,
    )
    targets = {target.id: target for target in home.targets}
    proposals = Proposals(
        planners=home.planners,
        targets=targets,
        store=store,
        casebook=store,
        clock=clock,
        policy=policy,
        approvals=doors.approvals,
    )
    return Cycle(
        looker=looker,
        incidents=incidents,
        proposals=proposals,
        carrying_out=CarryingOut(
            proposals=proposals,
            executor=Executor(actions=home.actions, store=store, casebook=store, clock=clock, sleep=time.sleep),
            actions=home.actions,
            store=store,
            casebook=store,
            clock=clock,
            look=lambda: looker.look(incidents.failed()),
            started_at=clock.now(),
        ),
        recoveries=Recoveries(problems=doors.problems, targets=targets),
        casebook=store,
        report=report,
    )


def rehearsal(home: House, store: SqlStore | None, at: Instant) -> Rehearsal:
    """What the guards would see, without writing anything; without a store there is nothing on the books."""
    if store is None:
        return Rehearsal(policy=home.settings.policy)
    return Rehearsal(policy=home.settings.policy, pause=store.pause(), others=store.recent_remediations(at - DAY))


@contextmanager
def existing_store(home: House) -> Iterator[SqlStore | None]:
    """The store of a house if it was made before, closed at the end; never makes one."""
    if not Folder(home.settings.state).database.exists():
        yield None
        return
    with open_store(home.settings.state, create=False) as store:
        yield store


def _bound(home: House) -> dict[tuple[TargetId, str], Probe]:
    return {
        (target.id, part): _probe(part, settings) for target in home.targets for part, settings in target.parts.items()
    }


def _probe(part: str, settings: Mapping[str, Scalar]) -> Probe:
    probe = _PROBES[str(settings["probe"])]
    own = {name: value for name, value in settings.items() if name != "probe"}
    return probe.bind(parse(probe.settings, own, f"part {part}"))


def _inference(home: House, report: Report) -> Inference:
    return DurableInference(report) if home.inference == "durable" else NativeInference()


def _facts(action: type[Action]) -> ActionFacts:
    fields = action.params.model_fields
    return ActionFacts(
        name=action.name,
        fields=tuple(fields),
        required=tuple(name for name, field in fields.items() if field.is_required()),
        risk=action.risk,
        reversible=action.reversible,
    )
