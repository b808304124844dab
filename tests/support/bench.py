"""A bench for the whole cycle: a real store, a clock that a test turns, senses that a test sets, hands that it watches.

The world is a shop that needs a database, and a blog that needs nobody. What is seen of them is a table of values.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from engine.casefile import AuditEntry, AuditNote, Change, Incident, Remediation
from engine.checking import Checking
from engine.cycle import Cycle
from engine.diagnosis.next_check import Stakes
from engine.errors import MedicusError
from engine.incidents import Incidents
from engine.inference.detectors import Detectors
from engine.inference.native import NativeInference
from engine.inference.scope import ScopedInference
from engine.knowledge import ActionCall, Evidence, Literal, Pack, Problem, Program, Recovery, Remedy, Strength
from engine.lifecycle import IncidentState, RemediationState
from engine.looking import Looker
from engine.model import (
    Digest,
    Effect,
    FactName,
    Outcome,
    Result,
    Risk,
    Scalar,
    Target,
    TargetId,
    Touch,
    Unknown,
)
from engine.remediation.approvals import Approvals
from engine.remediation.carrying_out import CarryingOut
from engine.remediation.executor import Executor
from engine.remediation.planner import Planner
from engine.remediation.policy import Policy, Profile
from engine.remediation.proposing import Proposals
from engine.remediation.verification import Recoveries
from engine.stores import SqlStore, open_store
from tests.support.senses import Clock, Senses
from tests.support.shop import cause, detector, evidence, problem, text

SHOP, BLOG, DATABASE = TargetId("shop"), TargetId("blog"), TargetId("orders-db")
DARK = Unknown(because="the probe saw nothing")
DOWN, UP, FULL, HUNG = FactName("app-down"), FactName("app-up"), FactName("disk-full"), FactName("app-hung")
BROKEN, REFUSES, SERVES = FactName("config-broken"), FactName("db-refuses"), FactName("db-serves")
STAKES = Stakes(certain=0.8, treated_from=0.5)
SELF_HEAL = Policy(profile=Profile.SELF_HEAL, confidence=0.8, cooldown=0.0, flapping_times=3, blast_radius=1)
DONE = Outcome(result=Result.DONE, sentence="done", undo={"was": "so"})
FAILED = Outcome(result=Result.PERMANENT, sentence="no way")
AGAIN = Outcome(result=Result.RECOVERABLE, sentence="not yet")
LOST = Outcome(result=Result.UNKNOWN, sentence="who knows")

TARGETS = (
    Target(
        id=SHOP,
        kind="app",
        parts={"process": {"name": "shop"}, "disk": {"path": "/srv/shop"}},
        depends_on={"db": DATABASE},
    ),
    Target(id=BLOG, kind="app", parts={"disk": {"path": "/srv/blog"}}),
    Target(id=DATABASE, kind="db", parts={"process": {"name": "db"}}),
)
HEALTHY: Mapping[str, Mapping[str, Scalar | Unknown]] = {
    SHOP: {"app.state": "up", "disk.state": "fine", "app.threads": "busy", "config.state": "fine", "process.pid": 7},
    BLOG: {"app.state": "up", "disk.state": "fine", "app.threads": "busy", "config.state": "fine", "process.pid": 8},
    DATABASE: {"db.state": "serves", "process.pid": 9},
}


@dataclass
class Hand:
    """An action that keeps count; `script` has what its next runs come to (done when it is empty).

    What it `mends` is set in the world when it is done and taken back when it is undone. A callable in the script
    is called and its outcome taken; an exception is raised.
    """

    name: str
    values: dict[tuple[str, str], Scalar | Unknown] = field(default_factory=dict)
    risk: Risk = Risk.LOW
    reversible: bool = True
    idempotent: bool = True
    timeout: float = 5.0
    touches: tuple[Touch, ...] = (Touch(kind="file", identity="/srv a1", label="/srv"),)
    effect_risk: Risk | None = None
    ready: str = ""
    cannot_undo: str = ""
    unseen: Exception | None = None
    mends: Mapping[tuple[str, str], Scalar] = field(default_factory=dict)
    script: list[Any] = field(default_factory=list)
    undo_script: list[Any] = field(default_factory=list)
    ran: list[dict[str, Scalar]] = field(default_factory=list)
    undone: list[dict[str, Scalar]] = field(default_factory=list)
    watch: Callable[[str], None] = lambda _: None
    before: dict[tuple[str, str], Scalar | Unknown] = field(default_factory=dict)
    params: type = dict
    rights: str = "none"

    def preview(self, params: Mapping[str, Scalar]) -> Effect:
        if self.unseen:
            raise self.unseen
        return Effect(
            summary=text(f"{self.name} {dict(params)}"),
            touches=self.touches,
            risk=self.risk if self.effect_risk is None else self.effect_risk,
            ready=self.ready,
            cannot_undo=self.cannot_undo,
        )

    def run(self, params: Mapping[str, Scalar], effect: Effect) -> Outcome:
        assert effect.touches
        self.watch(f"run {self.name}")
        self.ran.append(dict(params))
        outcome = _played(self.script)
        if outcome.result is Result.DONE:
            self.before = {key: self.values[key] for key in self.mends}
            self.values.update(self.mends)
        return outcome

    def undo(self, params: Mapping[str, Scalar], outcome: Outcome) -> Outcome:
        assert outcome.undo
        self.watch(f"undo {self.name}")
        self.undone.append(dict(params))
        done = _played(self.undo_script)
        if done.result is Result.DONE:
            self.values.update(self.before)
        return done


@contextmanager
def open_bench(policy: Policy = SELF_HEAL) -> Iterator["Bench"]:
    """A bench in a folder of its own: in memory where that can be had, since nothing here is about disks."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        bench = Bench(Path(folder), policy)
        with bench.closing:
            yield bench


class DeathError(BaseException):
    """The process ends here, as by kill -9."""


class Mortal:
    """A store that the process dies at: before or after its n-th commit from now (1 is the next)."""

    def __init__(self, store: SqlStore) -> None:
        self.store, self.left, self.after = store, 0, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    def commit(self, note: AuditNote, *changes: Change) -> AuditEntry:
        self.left -= 1
        if self.left == 0 and not self.after:
            raise DeathError
        entry = self.store.commit(note, *changes)
        if self.left == 0:
            raise DeathError
        return entry


class Bench:
    """An engine over a real store in `folder`; `crash` makes a new engine over the same store."""

    def __init__(self, folder: Path, policy: Policy = SELF_HEAL, *, dry_run: bool = False) -> None:
        self.closing = ExitStack()
        self.store = Mortal(self.closing.enter_context(open_store(folder / "state")))
        self.clock, self.policy, self.dry_run = Clock(), policy, dry_run
        self.values = {(target, name): value for target, seen in HEALTHY.items() for name, value in seen.items()}
        self.reported: list[MedicusError] = []
        self.pack, self.targets = pack(), TARGETS
        self.hands = {name: Hand(name=name, values=self.values) for name in ("clean", "grow", "restart", "start-db")}
        self.hands["clean"].mends = {(SHOP, "app.state"): "up", (SHOP, "disk.state"): "fine"}
        self.hands["restart"].mends = {(SHOP, "app.state"): "up", (SHOP, "app.threads"): "busy"}
        self.hands["start-db"].mends = {(DATABASE, "db.state"): "serves", (SHOP, "app.state"): "up"}
        self.crash()

    def crash(self) -> None:
        """Forget everything that is not on the books."""
        store, clock = self.store, self.clock
        problems = {one.id: one for one in self.pack.problems}
        targets = {one.id: one for one in self.targets}
        self.approvals = Approvals(store=store, casebook=store, clock=clock, valid_for=self.policy.approval_expires)
        self.incidents_ = Incidents(
            problems=problems,
            targets=self.targets,
            store=store,
            casebook=store,
            reopen_within=self.policy.flapping_within,
            known_from=self.policy.propose_from,
        )
        checking = Checking(packs=[self.pack], targets=targets, stakes=STAKES)
        self.senses = Senses(self.values, clock, checking.on_demand)
        self.looker = Looker(
            packs=[self.pack],
            targets=self.targets,
            observer=self.senses,
            detectors=Detectors(self.pack.detectors, self.targets),
            inferences=[ScopedInference(program=self.pack.program, targets=self.targets, inference=NativeInference())],
            clock=clock,
            checking=checking,
        )
        self.planner = Planner(pack=self.pack, actions=self.hands)
        proposals = Proposals(
            planners=dict.fromkeys(problems, self.planner),
            targets=targets,
            store=store,
            casebook=store,
            clock=clock,
            policy=self.policy,
            approvals=self.approvals,
            dry_run=self.dry_run,
        )
        self.executor = Executor(actions=self.hands, store=store, casebook=store, clock=clock, sleep=clock.sleep)
        self.cycle = Cycle(
            looker=self.looker,
            incidents=self.incidents_,
            proposals=proposals,
            carrying_out=CarryingOut(
                proposals=proposals,
                executor=self.executor,
                actions=self.hands,
                store=store,
                casebook=store,
                clock=clock,
                look=lambda: self.looker.look(self.incidents_.failed()),
                started_at=clock.now(),
            ),
            recoveries=Recoveries(problems=problems, targets=targets),
            casebook=store,
            report=self.reported.append,
        )

    # --- what a test does

    def set(self, target: str, **values: Scalar | Unknown) -> None:
        """Set what is seen of a target: `app_state="down"`."""
        self.values.update({(target, name.replace("_", ".")): value for name, value in values.items()})

    def tick(self, times: int = 1, *, every: float = 2.0) -> None:
        """Let time pass and go around, several times."""
        for _ in range(times):
            self.clock.at += every
            self.cycle.tick()

    def die(self, commit: int, *, after: bool) -> bool:
        """Go around until the process dies at a commit, then start anew; False when there was no such commit."""
        self.store.left, self.store.after = commit, after
        try:
            self.tick(15)
        except DeathError:
            return True
        finally:
            self.store.left = 0
            self.crash()
        return False

    def approve(self, number: int = -1) -> None:
        """Approve the plan that waits, as a person would."""
        live = self.approvals.live(self.incident(number).id)
        self.approvals.approve(live.incident, live.digest[:8], by="ann", via="cli")

    # --- what it looks at

    def incident(self, number: int = -1) -> Incident:
        """An incident in the order of opening; the last one."""
        return list(reversed(self.store.incidents()))[number]

    def plans(self, number: int = -1) -> list[Remediation]:
        return list(self.store.remediations(self.incident(number).id))

    def stand(self, number: int = -1) -> tuple[IncidentState, RemediationState | None]:
        """Where an incident and its last plan stand."""
        plans = self.plans(number)
        return self.incident(number).state, plans[-1].state if plans else None

    def events(self, *only: str) -> list[str]:
        """The events of the audit log in order."""
        found = [one.event for one in self.store.entries()]
        return [one for one in found if one in only] if only else found

    def acts(self) -> dict[str, int]:
        """How often each hand ran or undid something, without those that did nothing."""
        ran = {name: len(hand.ran) for name, hand in self.hands.items()}
        undone = {f"undo {name}": len(hand.undone) for name, hand in self.hands.items()}
        return {name: count for name, count in (ran | undone).items() if count}


def pack() -> Pack:
    """The knowledge of the bench: an application and its database, each with causes that exclude each other or not."""
    disk = replace(
        cause("disk-full", evidence(FULL, if_false=Strength.PROVES)),
        remedies=(remedy("clean-up", "clean", path="{disk.path}"), remedy("grow-disk", "grow", cost=100)),
    )
    hung = replace(
        cause("hung", evidence(HUNG, Strength.STRONG, if_false=Strength.STRONG)),
        remedies=(remedy("restart-it", "restart", name="{target.id}"),),
    )
    config = replace(
        cause("config-broken", evidence(BROKEN, if_false=Strength.PROVES)),
        remedies=(Remedy(id="mend-config", title=text("mend"), instruction=text("mend {disk.path}/app.toml")),),
    )
    refused = Evidence(
        literal=Literal(fact=REFUSES, of="db"),
        title=text("the database refuses"),
        sees="db",
        strength=Strength.PROVES,
        if_false=Strength.PROVES,
    )
    database = cause("db-fault", refused, problem="db.down", of="db")
    stopped = replace(cause("db-stopped", evidence(REFUSES)), remedies=(remedy("start-it", "start-db"),))
    return Pack(
        id="bench",
        version="1.0",
        digest=Digest("feed" * 16),
        title=text("Bench"),
        parts={},
        detectors=(
            detector(DOWN, "app", "app.state", "down"),
            detector(UP, "app", "app.state", "up"),
            detector(FULL, "app", "disk.state", "full"),
            detector(HUNG, "app", "app.threads", "hung"),
            detector(BROKEN, "app", "config.state", "broken"),
            detector(REFUSES, "db", "db.state", "refuses"),
            detector(SERVES, "db", "db.state", "serves"),
        ),
        program=Program(levels=(), given={"app": (DOWN, UP, FULL, HUNG, BROKEN), "db": (REFUSES, SERVES)}),
        problems=(
            recovering(problem("app.down", "app", DOWN, disk, hung, config, database), UP),
            recovering(problem("db.down", "db", REFUSES, stopped), SERVES),
        ),
        examples=(),
    )


def recovering(one: Problem, fact: FactName) -> Problem:
    return replace(one, recovery=Recovery(fact=fact, looks=3, over=4.0, steady=("process.pid",)))


def remedy(name: str, /, *actions: str, fixes: float = 0.9, cost: float = 10.0, **params: Scalar) -> Remedy:
    """A remedy of these actions, all with the same parameters."""
    steps = tuple(ActionCall(action=action, params=params) for action in actions)
    return Remedy(id=name, title=text(name), steps=steps, fixes=fixes, cost=cost, verify_within=10.0)


def with_remedies(knowledge: Pack, of: str, *remedies: Remedy) -> Pack:
    """The pack with other remedies for one cause."""
    problems = tuple(
        replace(
            one,
            causes=tuple(replace(c, remedies=remedies) if c.id == of else c for c in one.causes),
        )
        for one in knowledge.problems
    )
    return replace(knowledge, problems=problems)


def _played(script: list[Any]) -> Outcome:
    item = script.pop(0) if script else DONE
    if isinstance(item, BaseException):
        raise item
    outcome = item() if callable(item) else item
    assert isinstance(outcome, Outcome)
    return outcome
