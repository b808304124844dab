"""Cases to put into a store: small, whole, and with every field set that may be set."""

from engine.casefile import Approval, AuditNote, Incident, Remediation
from engine.lifecycle import IncidentState, RemediationState
from engine.model import (
    Bearing,
    CauseId,
    Diagnosis,
    Digest,
    Effect,
    Fact,
    FactName,
    Firing,
    IncidentId,
    Observation,
    Plan,
    ProblemId,
    ProblemRef,
    RankedCause,
    Reason,
    RemediationId,
    Risk,
    Severity,
    Step,
    TargetId,
    Text,
    Touch,
    Truth,
    Unknown,
    Verdict,
    WeighedEvidence,
)

NOON = 1_767_355_200.25  # 2026-01-02 12:00:00.25 UTC
DIGEST = Digest("d1" * 32)


def ref(target: str = "notes", problem: str = "app.down") -> ProblemRef:
    return ProblemRef(target=TargetId(target), problem=ProblemId(problem))


def note(event: str = "incident.opened", incident: IncidentId | None = None, at: float = NOON) -> AuditNote:
    return AuditNote(
        at=at, actor="medicus", event=event, incident=incident, body={"why": "端口被占用", "n": 1, "x": None}
    )


def diagnosis(of: ProblemRef | None = None) -> Diagnosis:
    of = of or ref()
    taken = Fact(target=of.target, name=FactName("port.taken"))
    return Diagnosis(
        ref=of,
        at=NOON,
        severity=Severity.P0,
        title=Text(en="Application does not start", zh="应用无法启动"),
        symptoms=(Text(en="It is down", zh="宕机"),),
        causes=(
            RankedCause(
                id=CauseId("app.port-taken"),
                title=Text(en="Its port is taken", zh="端口被占用"),
                probability=0.1 + 0.2,
                proved=True,
                evidence=(
                    WeighedEvidence(
                        fact=taken,
                        bearing=Bearing.FOR,
                        ratio=1000.0,
                        title=Text(en="someone else listens", zh="其他进程在监听"),
                        seen="pid 4711 (python3 leftover.py)",
                    ),
                ),
                problem=ref("notes-db", "db.down"),
            ),
        ),
        consequence_of=ref("notes-db", "db.down"),
        pack="worktool",
        pack_version="1.0",
        pack_digest=Digest("abc"),
        proof=(Firing(rule="r1", concluded=taken, used=(taken,), absent=(taken,)),),
        observations=(
            Observation(target=of.target, name="port.owner", value="other", at=NOON, detail="pid 4711"),
            Observation(target=of.target, name="port.listening", value=True, at=NOON),
            Observation(target=of.target, name="process.pid", value=4711, at=NOON),
            Observation(target=of.target, name="host.cpu", value=1.0, at=NOON),
            Observation(target=of.target, name="http.status", value=Unknown(because="refused"), at=NOON),
        ),
    )


def incident(
    number: int = 1,
    of: ProblemRef | None = None,
    *,
    state: IncidentState = IncidentState.OPENED,
    whole: bool = False,
    opened_at: float = NOON,
) -> Incident:
    of = of or ref()
    return Incident(
        id=IncidentId(f"ALT-2026-01-02-{number:03d}"),
        ref=of,
        state=state,
        severity=Severity.P1,
        title=Text(en="Down", zh="宕机"),
        opened_at=opened_at,
        changed_at=opened_at,
        diagnosis=diagnosis(of) if whole else None,
        times=3 if whole else 1,
        note=Text(en="n", zh="注") if whole else None,
        instruction=Text(en="do", zh="做") if whole else None,
    )


def plan(of: ProblemRef | None = None) -> Plan:
    of = of or ref()
    return Plan(
        ref=of,
        cause=CauseId("app.port-taken"),
        remedy="free-the-port",
        probability=0.97,
        rule_digest=Digest("abc"),
        facts=((Fact(target=of.target, name=FactName("port.taken")), Truth.TRUE),),
        steps=(
            Step(
                action="stop-listener",
                params={"port": 8080, "address": "127.0.0.1", "grace": 5.0, "keep_running": False},
                effect=Effect(
                    summary=Text(en="Stop 4711", zh="停止 4711"),
                    touches=(Touch(kind="process", identity="4711@1763900000.12", label="python3"),),
                    risk=Risk.HIGH,
                    lines=("SIGTERM 4711",),
                    cannot_undo="the process is gone",
                ),
            ),
        ),
        instruction=Text(en="look", zh="看"),
    )


def remediation(
    of: Incident, number: int = 1, *, state: RemediationState = RemediationState.PROPOSED, at: float = NOON
) -> Remediation:
    return Remediation(
        id=RemediationId(f"{of.id}-r{number}"),
        incident=of.id,
        plan=plan(of.ref),
        digest=DIGEST,
        state=state,
        proposed_at=at,
        changed_at=at,
        verdict=Verdict(reason=Reason.RISK_NEEDS_APPROVAL, sentence="a person must say so"),
    )


def approval(of: Remediation, digest: Digest = DIGEST) -> Approval:
    return Approval(remediation=of.id, digest=digest, by="bob", via="cli", at=NOON + 1, expires_at=NOON + 601)
