"""Whatever happens in whatever order - faults, operators, crashes, clocks - what must never happen does not."""

import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import replace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from engine.casefile import Attempt, Remediation
from engine.errors import ConflictError, NotFoundError
from engine.lifecycle import ACTING, LIVE_REMEDIATION, OPEN_INCIDENT
from engine.lifecycle import IncidentState as S
from engine.lifecycle import RemediationState as R
from engine.model import IncidentId, Outcome, Scalar, Unknown
from engine.remediation.policy import Profile
from tests.support.bench import AGAIN, BLOG, DARK, DATABASE, DONE, FAILED, LOST, SELF_HEAL, SHOP, open_bench

INCIDENT_AFTER = {
    "opened": {S.OPENED},
    "diagnosed": {S.DIAGNOSED},
    "proposed": {S.REMEDIATING},
    "voided": {S.DIAGNOSED},
    "failed": {S.DIAGNOSED, S.ESCALATED},
    "rejected": {S.ESCALATED},
    "escalated": {S.ESCALATED},
    "recovered": {S.RESOLVED},
    "reopened": {S.REOPENED},
    "parted": {S.REOPENED},
    "merged": {S.MERGED},
    "closed": {S.CLOSED},
}
PLAN_AFTER = {
    "proposed": R.PROPOSED,
    "approved": R.APPROVED,
    "rejected": R.REJECTED,
    "voided": R.VOID,
    "started": R.EXECUTING,
    "resumed": R.EXECUTING,
    "lost": R.UNKNOWN,
    "verifying": R.VERIFYING,
    "failed": R.FAILED,
}
HANDS = st.sampled_from(["clean", "grow", "restart", "start-db"])
CHANGES = st.sampled_from(
    [
        (SHOP, {"app.state": "down", "disk.state": "full"}),
        (SHOP, {"app.state": "down", "app.threads": "hung"}),
        (SHOP, {"app.state": "down", "config.state": "broken"}),
        (SHOP, {"app.state": "down"}),
        (SHOP, {"app.state": "up"}),
        (SHOP, {"app.state": "up", "disk.state": "fine", "app.threads": "busy", "config.state": "fine"}),
        (SHOP, {"app.state": DARK}),
        (SHOP, {"app.threads": DARK, "disk.state": DARK}),
        (SHOP, {"process.pid": 8}),
        (BLOG, {"app.state": "down", "app.threads": "hung"}),
        (BLOG, {"app.state": "up"}),
        (DATABASE, {"db.state": "refuses"}),
        (DATABASE, {"db.state": "serves"}),
        (DATABASE, {"db.state": DARK}),
    ]
)


class Life(RuleBasedStateMachine):
    """A long life of one engine, with everything going wrong that may."""

    def __init__(self) -> None:
        super().__init__()
        self.closing = ExitStack()
        policy = replace(SELF_HEAL, blast_radius=2, approval_expires=60.0)
        self.bench = self.closing.enter_context(open_bench(policy))
        self.bench.hands["grow"].idempotent = False
        self.bench.hands["restart"].reversible = False
        self.trouble: list[str] = []
        for hand in self.bench.hands.values():
            hand.watch = self.watch

    def teardown(self) -> None:
        try:
            assert self.bench.store.verify().ok
        finally:
            self.closing.close()

    def watch(self, doing: str) -> None:
        """What must hold at the very moment at which a hand touches the world."""
        store, now = self.bench.store, self.bench.clock.now()
        acting = [one for one in store.recent_remediations(0) if one.state in ACTING]
        open_ = [(one, attempt) for one in acting for attempt in store.attempts(one.id) if attempt.ended_at is None]
        mine = [one for one, attempt in open_ if attempt.started_at == now and _name(one, attempt) == doing]
        if store.pause().paused:
            self.trouble.append(f"{doing} while paused")
        if len(mine) != 1:
            self.trouble.append(f"{doing} with {len(mine)} intents on the books")
            return
        approvals = store.approvals(mine[0].id)
        if not any(one.digest == mine[0].digest and one.at <= now for one in approvals):
            self.trouble.append(f"{doing} without an approval of {mine[0].digest}")
        if doing.startswith("run") and not any(one.expires_at > now - 30 for one in approvals):
            self.trouble.append(f"{doing} on an expired approval")
        if self.bench.policy.profile is Profile.SUGGEST and approvals[-1].via == "policy":
            self.trouble.append(f"{doing} by itself under 'suggest'")

    # --- what may happen

    @rule(change=CHANGES, times=st.integers(0, 8))
    def see(self, change: tuple[str, Mapping[str, Scalar | Unknown]], times: int) -> None:
        target, values = change
        self.bench.values.update({(target, name): value for name, value in values.items()})
        self.bench.tick(times)

    @rule(every=st.sampled_from([2.0, 0.5, 7.0, 70.0, 4000.0, -5.0]), times=st.integers(1, 8))
    def tick(self, every: float, times: int) -> None:
        self.bench.tick(times, every=every)

    @rule(hand=HANDS, outcome=st.sampled_from([DONE, FAILED, AGAIN, LOST, OSError("broke")]), times=st.integers(1, 4))
    def script(self, hand: str, outcome: object, times: int) -> None:
        self.bench.hands[hand].script = [outcome] * times
        self.bench.tick()

    @rule(hand=HANDS, outcome=st.sampled_from([FAILED, LOST]))
    def undo_fails(self, hand: str, outcome: object) -> None:
        self.bench.hands[hand].undo_script = [outcome]

    @rule(hand=HANDS)
    def grows(self, hand: str) -> None:
        first = self.bench.hands[hand].touches[0]
        self.bench.hands[hand].touches += (replace(first, identity=f"/more {len(self.bench.hands[hand].touches)}"),)

    @rule(hand=HANDS, ready=st.sampled_from(["", "no right to it"]))
    def ready(self, hand: str, ready: str) -> None:
        self.bench.hands[hand].ready = ready

    @rule(hand=HANDS, unseen=st.sampled_from([None, OSError("no preview")]))
    def preview(self, hand: str, unseen: Exception | None) -> None:
        self.bench.hands[hand].unseen = unseen

    @rule(number=st.integers(0, 2))
    def approve(self, number: int) -> None:
        self.operate(number, lambda live: self.bench.approvals.approve(live[0], live[1], by="ann", via="cli"))

    @rule(number=st.integers(0, 2))
    def reject(self, number: int) -> None:
        self.operate(number, lambda live: self.bench.approvals.reject(live[0], live[1], by="ann", why=""))

    @rule(times=st.integers(0, 8))
    def pause_for_a_while(self, times: int) -> None:
        self.bench.approvals.pause(by="ann", why="")
        self.bench.tick(times)
        self.bench.approvals.resume(by="ann")

    @rule(hand=HANDS)
    def pause_while_acting(self, hand: str) -> None:
        def pausing() -> Outcome:
            self.bench.approvals.pause(by="ann", why="now")
            return DONE

        self.bench.hands[hand].script = [pausing]

    @rule()
    def resume(self) -> None:
        self.bench.approvals.resume(by="ann")

    @rule(profile=st.sampled_from(list(Profile)))
    def restart_with(self, profile: Profile) -> None:
        self.bench.policy = replace(self.bench.policy, profile=profile)
        self.bench.crash()

    @rule(commit=st.integers(1, 6))
    def die(self, commit: int) -> None:
        self.bench.die(commit, after=commit % 2 == 0)

    def operate(self, number: int, act: Callable[[tuple[IncidentId, str]], object]) -> None:
        incidents = self.bench.store.incidents(among=OPEN_INCIDENT)
        if number >= len(incidents):
            return
        with suppress(ConflictError, NotFoundError):
            live = self.bench.approvals.live(incidents[number].id)
            act((live.incident, live.digest[:8]))
        self.bench.tick()

    # --- what must hold

    @invariant()
    def nothing_forbidden_was_done(self) -> None:
        assert self.trouble == []

    @invariant()
    def an_incident_in_remediation_has_one_live_plan_and_others_have_none(self) -> None:
        for incident in self.bench.store.incidents():
            live = [one for one in self.bench.store.remediations(incident.id) if one.state in LIVE_REMEDIATION]
            assert len(live) == (incident.state is S.REMEDIATING), (incident.state, live)

    @invariant()
    def one_plan_acts_on_a_target(self) -> None:
        acting = [one.plan.ref.target for one in self.bench.store.recent_remediations(0) if one.state in ACTING]
        assert len(acting) == len(set(acting))

    @invariant()
    def every_state_is_the_one_that_the_audit_log_tells_of(self) -> None:
        cases: dict[str, str] = {}
        plans: dict[str, R] = {}
        for entry in self.bench.store.entries(limit=100_000):
            body = json.loads(entry.body)
            if entry.event in INCIDENT_AFTER:
                cases[entry.incident] = entry.event
            if entry.event in PLAN_AFTER and "remediation" in body:
                plans[body["remediation"]] = PLAN_AFTER[entry.event]
            if entry.event == "recovered":
                plans.update({body["remediation"]: R.RESOLVED} if "remediation" in body else {body["voided"]: R.VOID})
        for incident in self.bench.store.incidents():
            assert incident.state in INCIDENT_AFTER[cases[incident.id]]
            for plan in self.bench.store.remediations(incident.id):
                assert plan.state is plans[plan.id]


def _name(remediation: Remediation, attempt: Attempt) -> str:
    return f"{'undo' if attempt.undoing else 'run'} {remediation.plan.steps[attempt.step].action}"


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
