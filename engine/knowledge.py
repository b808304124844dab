"""What a rule pack says, compiled: detectors, rules in levels, problems with their causes and remedies.

These are the values between the rule base (which makes them) and inference, diagnosis and remediation (which
use them). They hold no YAML and no position in a file any more.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from engine.model import CauseId, Digest, FactName, ProblemId, Scalar, Seconds, Severity, Text

# --- conditions -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOf:
    """True when the value is among `values` (a single `is:` is a set of one)."""

    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Above:
    """True when a number is above `bound`; once true it stays so until the number is at or below `clear`.

    `clear` is at most `bound` (equal: no hysteresis).
    """

    bound: float
    clear: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Below:
    """True when a number is below `bound`; once true it stays so until the number is at or above `clear`.

    `clear` is at least `bound` (equal: no hysteresis).
    """

    bound: float
    clear: float


Test: TypeAlias = OneOf | Above | Below


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """Turns observations of one name, on every target of one kind, into a three-valued fact.

    The fact is true once `test` has held for `hold` seconds without a break, false as soon as it does not hold
    (after hysteresis), unknown when the observation is unknown or older than `expires` seconds.
    """

    fact: FactName
    kind: str
    observe: str
    test: Test
    hold: Seconds
    expires: Seconds


# --- rules ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Literal:
    """A fact that a rule asks for, of the rule's own target or of the one in the role `of` that it depends on.

    With `negated` the literal holds only when the fact is false, never when it is unknown. A role that the
    target does not have makes the literal unknown.
    """

    fact: FactName
    of: str = ""
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When all literals hold on a target of `kind`, `concludes` holds on that target.

    A fact that several rules conclude holds when one of them fires.
    """

    id: str
    kind: str
    concludes: FactName
    when: tuple[Literal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What a rule says of problems of its own target when it holds, besides the fact that it concludes.

    An inhibited problem is shown, and nothing is done about it. An escalated one is never mended without a person's
    approval. A problem is as severe as the worst of what the rulings in force and the problem itself say.
    """

    fact: FactName
    kind: str
    title: Text
    inhibits: tuple[ProblemId, ...] = ()
    escalates: tuple[ProblemId, ...] = ()
    severities: Mapping[ProblemId, Severity] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """All rules of a pack, in levels: what a rule negates is concluded on a lower level, or given.

    `given` are the facts that come from detectors, by kind of target.
    """

    levels: tuple[tuple[Rule, ...], ...]
    given: Mapping[str, tuple[FactName, ...]]


# --- problems, causes, remedies ---------------------------------------------------------------------------


class Strength(StrEnum):
    """How much a piece of evidence weighs; the likelihood ratios are in engine.diagnosis.ranking."""

    PROVES = "proves"
    STRONG = "strong"
    MODERATE = "moderate"
    WEAK = "weak"


class Likelihood(StrEnum):
    """How common a cause is before anything was looked at."""

    COMMON = "common"
    OCCASIONAL = "occasional"
    RARE = "rare"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A literal that speaks for or against a cause when true, and by `if_false` the other way when false.

    `sees` names the state that it sees: two items of the same `sees` count once. `if_false` is absent when its
    being false says nothing.
    """

    literal: Literal
    title: Text
    sees: str
    against: bool = False
    strength: Strength
    if_false: Strength | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionCall:
    """An action by name, with parameters whose "{part.setting}" are filled from the target."""

    action: str
    params: Mapping[str, Scalar]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """What is done against a cause: steps, or an instruction for a person, or steps and words about them.

    `fixes` is the probability, in 0..1, that it helps when the cause is right; `cost` is in seconds of trouble.
    `verify_within` is how long after the last step the target may take to look healthy. `brings` are observations as
    they are after it, whether it helped or not; `no_undo` says why what it does cannot be taken back.
    """

    id: str
    title: Text
    steps: tuple[ActionCall, ...] = ()
    instruction: Text | None = None
    fixes: float = 0.9
    cost: Seconds = 10.0
    verify_within: Seconds = 30.0
    brings: Mapping[str, Scalar] = field(default_factory=dict)
    no_undo: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One explanation of a problem: its prior, its evidence, what may be done.

    `problem` is set when the cause is another problem, on the target itself or in the role `of`.
    """

    id: CauseId
    title: Text
    likelihood: Likelihood
    evidence: tuple[Evidence, ...]
    because: Text
    problem: ProblemId | None = None
    of: str = ""
    remedies: tuple[Remedy, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """What people notice; true when its fact is."""

    id: str
    title: Text
    fact: FactName


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """When a target counts as recovered: healthy in `looks` looks in a row that span `over` seconds.

    A look is healthy when `fact` is true and every symptom false; a change of an observation named in `steady`
    (a restart in between) starts the count anew.
    """

    fact: FactName
    looks: int = 3
    over: Seconds = 6.0
    steady: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultClass:
    """The fault type and kind of the guide's classification: ("service", "application-down")."""

    type: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What goes wrong on targets of one kind, how it shows, what may cause it, when it is over.

    `fact` is true while any symptom is.
    """

    id: ProblemId
    kind: str
    title: Text
    severity: Severity
    fault: FaultClass
    fact: FactName
    symptoms: tuple[Symptom, ...]
    causes: tuple[Cause, ...]
    recovery: Recovery


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A part of the targets of one kind that is looked at only when that can tell causes apart.

    `cost` is the trouble that one look makes, in seconds; what it saw counts for `valid` seconds.
    """

    kind: str
    part: str
    cost: Seconds
    title: Text
    valid: Seconds = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A situation that a pack promises to judge rightly: observations of one target, and what must follow."""

    name: str
    kind: str
    given: Mapping[str, Scalar | None]
    expect_first: Mapping[ProblemId, CauseId]
    at_least: float
    expect_none: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """One rule pack: `parts` tells, by kind of target and part, which probe serves it; `digest` covers its text.

    `roles` tells, by kind and role, of which kind the target in that role must be. `titles` has the
    text of every fact that an explanation may have to name.
    """

    id: str
    version: str
    digest: Digest
    title: Text
    parts: Mapping[str, Mapping[str, str]]
    detectors: tuple[Detector, ...]
    program: Program
    problems: tuple[Problem, ...]
    examples: tuple[Example, ...]
    titles: Mapping[FactName, Text] = field(default_factory=dict)
    roles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    rulings: tuple[Ruling, ...] = ()

    def problem(self, problem: ProblemId) -> Problem:
        """The problem of that id; KeyError when the pack has none."""
        return {one.id: one for one in self.problems}[problem]
