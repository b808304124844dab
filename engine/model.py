"""The values that travel the main path, from what was observed to what was done about it.

Every value is frozen and keyword-only: a change is a new value. Times are seconds since the epoch (UTC) as
floats, durations are seconds. What a rule pack says is in `engine.knowledge`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import NewType, TypeAlias

TargetId = NewType("TargetId", str)
ProblemId = NewType("ProblemId", str)
CauseId = NewType("CauseId", str)
IncidentId = NewType("IncidentId", str)
RemediationId = NewType("RemediationId", str)
FactName = NewType("FactName", str)
Digest = NewType("Digest", str)
Seconds: TypeAlias = float
Instant: TypeAlias = float
Scalar: TypeAlias = str | int | float | bool

NONE_OF_THESE = CauseId("none-of-these")


class Truth(StrEnum):
    """Kleene's three truth values: unknown is neither true nor false."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"

    def __bool__(self) -> bool:
        raise TypeError("a Truth has three values: compare it with `is Truth.TRUE`")

    def negated(self) -> "Truth":
        """True for false, false for true, unknown for unknown."""
        return {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE}.get(self, Truth.UNKNOWN)

    @staticmethod
    def of(value: bool) -> "Truth":  # noqa: FBT001 - it is the value itself
        """The truth value of a plain boolean."""
        return Truth.TRUE if value else Truth.FALSE

    @staticmethod
    def all_of(values: Iterable["Truth"]) -> "Truth":
        """Kleene's conjunction; true for nothing at all."""
        seen = set(values)
        if Truth.FALSE in seen:
            return Truth.FALSE
        return Truth.UNKNOWN if Truth.UNKNOWN in seen else Truth.TRUE

    @staticmethod
    def any_of(values: Iterable["Truth"]) -> "Truth":
        """Kleene's disjunction; false for nothing at all."""
        seen = set(values)
        if Truth.TRUE in seen:
            return Truth.TRUE
        return Truth.UNKNOWN if Truth.UNKNOWN in seen else Truth.FALSE


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One text in the two languages that operators read."""

    en: str
    zh: str

    def in_language(self, language: str) -> str:
        """The text in `language` ("en" or "zh"); English for any other."""
        return self.zh if language == "zh" else self.en


# --- what is seen -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """No value could be had, and why; never a guess and never zero."""

    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Observable:
    """One thing that a probe can read: its name, the type of its values, their unit.

    `type` is bool, int, float or str; a str with `values` is a closed set. `unit` is empty for states. A number is
    within `least` and `most` (both included), as far as these are known.
    """

    name: str
    type: type[bool] | type[int] | type[float] | type[str]
    values: tuple[str, ...] = ()
    unit: str = ""
    about: str = ""
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a probe read of one observable; `detail` is one line for people (who, what, since when)."""

    name: str
    value: Scalar | Unknown
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """A reading of one part of one target at one time; `name` is "part.reading", as in "port.owner"."""

    target: TargetId
    name: str
    value: Scalar | Unknown
    at: Instant
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One thing under Medicus' eyes: `kind` says which problems apply, `parts` what is probed.

    `parts` maps a part's name to its settings (the `probe` among them), as checked by that probe's own model.
    `depends_on` maps a role to another target: {"database": "notes-db"}.
    """

    id: TargetId
    kind: str
    parts: Mapping[str, Mapping[str, Scalar]]
    depends_on: Mapping[str, TargetId] = field(default_factory=dict)
    keep_running: bool = False
    stoppable: bool = False


# --- what follows from it ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Fact:
    """A named statement about one target; its truth is in the mapping that carries it."""

    target: TargetId
    name: FactName


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """One rule that fired for one target, and the facts that it rests on: a step of a proof.

    `used` holds facts that were true, `absent` facts that the rule negates and that were false.
    """

    rule: str
    concluded: Fact
    used: tuple[Fact, ...]
    absent: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusions:
    """What follows from a set of facts: the truth of every fact, given and derived, and the proof of it."""

    truths: Mapping[Fact, Truth]
    proof: tuple[Firing, ...]

    def truth(self, fact: Fact) -> Truth:
        """The truth of a fact; unknown when nothing was said of it."""
        return self.truths.get(fact, Truth.UNKNOWN)


class Severity(StrEnum):
    """How bad a problem is: P0 is everything down, P3 is a blemish."""

    P0 = "P0"  #: everything is down
    P1 = "P1"  #: a service is down
    P2 = "P2"  #: something is worse than it should be
    P3 = "P3"  #: a blemish


class Bearing(StrEnum):
    """What a piece of evidence says of its cause."""

    FOR = "for"
    AGAINST = "against"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighedEvidence:
    """One piece of evidence as it counted: its bearing, its likelihood ratio, and what was seen.

    `truth` is that of the statement in `title`: evidence against a cause is often a statement that is false.
    `ratio` is 1.0 when it was not counted; `note` then says why (unknown, the state was counted already,
    contradicted).
    """

    fact: Fact
    bearing: Bearing
    ratio: float
    title: Text
    seen: str
    note: str = ""
    truth: Truth = Truth.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedCause:
    """A cause with its probability among its competitors, in 0..1, and the evidence behind it.

    `id` is "none-of-these" for the explicit rest. `problem` is set when the cause is another problem.
    """

    id: CauseId
    title: Text
    probability: float
    proved: bool
    evidence: tuple[WeighedEvidence, ...]
    problem: "ProblemRef | None" = None


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ProblemRef:
    """A problem on a target: what an incident is about, and what another may be the consequence of."""

    target: TargetId
    problem: ProblemId

    def __str__(self) -> str:
        return f"{self.problem}@{self.target}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What is wrong with a target and why, most probable cause first, with where the knowledge came from.

    `severity` is the worst that the problem, the rules in force and its consequences say. While `inhibited` names
    rules, nothing is done about it; while `escalated` does, nothing is done without a person. A root has the problems
    that are its `consequences`, and its proof and observations include theirs.
    """

    ref: ProblemRef
    at: Instant
    severity: Severity
    title: Text
    symptoms: tuple[Text, ...]
    causes: tuple[RankedCause, ...]
    consequence_of: ProblemRef | None
    pack: str
    pack_version: str
    pack_digest: Digest
    proof: tuple[Firing, ...] = ()
    observations: tuple[Observation, ...] = ()
    inhibited: tuple[Text, ...] = ()
    escalated: tuple[Text, ...] = ()
    consequences: tuple[ProblemRef, ...] = ()


# --- what may be done about it ----------------------------------------------------------------------------


class Risk(IntEnum):
    """How dangerous an action is; a plan is as risky as its riskiest step."""

    NONE = 0  #: nothing is touched
    LOW = 1  #: what goes wrong can be taken back; the most that may run by itself
    MODERATE = 2  #: work in progress may be broken off
    HIGH = 3  #: something of others may be broken
    DESTRUCTIVE = 4  #: something may be lost for good


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Touch:
    """One thing that an action would touch, by an identity that no later thing shares.

    `kind` is "process", "file", ...; `identity` for example "4711@1763900000.12" (PID and start time) or
    "/etc/app.toml sha256:9f...".
    """

    kind: str
    identity: str
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What an action would do, found out without doing it.

    `risk` may be above the action's declared risk, never below. `lines` show exact commands, signals, or the
    difference of a file. `cannot_undo` is empty when the action has an undo. `ready` is empty when it could
    run, else says what is in the way (a missing right, a missing file).
    """

    summary: Text
    touches: tuple[Touch, ...]
    risk: Risk
    lines: tuple[str, ...] = ()
    cannot_undo: str = ""
    ready: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One action of a plan with its parameters and its previewed effect."""

    action: str
    params: Mapping[str, Scalar]
    effect: Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Steps in order against one cause; its digest is what a person approves (see remediation.planner)."""

    ref: ProblemRef
    cause: CauseId
    remedy: str
    probability: float
    rule_digest: Digest
    facts: tuple[tuple[Fact, Truth], ...]
    steps: tuple[Step, ...]
    instruction: Text | None = None

    @property
    def risk(self) -> Risk:
        """The highest risk among the steps; none for an instruction alone."""
        return max((step.effect.risk for step in self.steps), default=Risk.NONE)


class Reason(StrEnum):
    """Why nothing was done: the closed set that log, metric, console and audit share."""

    PAUSED = "paused"  #: the kill switch is on (`medicus pause`, or the file STOP)
    AUDIT_NOT_WRITABLE = "audit-not-writable"  #: what cannot be recorded is not done
    NOT_READY = "not-ready"  #: a step says that it could not run
    LOW_CONFIDENCE = "low-confidence"  #: the cause is less probable than the policy asks
    RISK_NEEDS_APPROVAL = "risk-needs-approval"  #: the risk is above low, or a step cannot be undone
    POLICY_SUGGESTS_ONLY = "policy-suggests-only"  #: the profile is `suggest`: a person approves every plan
    COOLDOWN = "cooldown"  #: the target was remediated a short while ago
    FLAPPING = "flapping"  #: it was mended too often and came back
    BLAST_RADIUS = "blast-radius"  #: too many targets are in remediation already
    INHIBITED = "inhibited"  #: a rule of the pack says that nothing is to be done about it now
    RULE_ASKS_PERSON = "rule-asks-person"  #: a rule of the pack wants a person to decide
    LOCKED = "locked"  #: another remediation acts on the target
    APPROVAL_EXPIRED = "approval-expired"  #: the approval was not used in time
    PLAN_DRIFTED = "plan-drifted"  #: the plan is not what was proposed or approved any more
    UNKNOWN_CAUSE = "unknown-cause"  #: no known cause is probable enough
    ONLY_A_PERSON_CAN = "only-a-person-can"  #: all that helps is an instruction for a person
    DRY_RUN = "dry-run"  #: a dry run ends before anything is done


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a guard says of a plan: proceed, or withheld for a reason with one sentence about it."""

    reason: Reason | None = None
    sentence: str = ""

    @property
    def proceed(self) -> bool:
        """True when nothing stands in the way."""
        return self.reason is None


class Result(StrEnum):
    """How one attempt at a step ended."""

    DONE = "done"  #: it is done, or was so already
    RECOVERABLE = "recoverable"  #: it failed for now: it is tried again up to three times
    PERMANENT = "permanent"  #: it failed, and would again
    UNKNOWN = "unknown"  #: it may have happened or not


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one try of an action came to; `undo` holds what its undo needs (and is empty without one)."""

    result: Result
    sentence: str
    undo: Mapping[str, Scalar] = field(default_factory=dict)
