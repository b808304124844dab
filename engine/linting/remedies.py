"""Remedies whose success cannot be seen, and remedies that cannot be taken back."""

from collections.abc import Iterator, Mapping

from engine.linting.findings import Finding, Kind
from engine.linting.situations import Situations
from engine.linting.subject import PlacedProblem, PlacedRemedy
from engine.model import Truth
from engine.rulebase.shape import duration

BEGUN = "started"
"""The reading of a part that tells when its present run began."""


def unverified(situations: Situations) -> Iterator[Finding]:
    """Recoveries that are seen too soon, or never, and remedies that are not given the time to show."""
    for problem in situations.subject.problems:
        yield from _recovery(situations, problem)
        yield from _too_soon(situations, problem)
    for problem, _, remedy in situations.subject.remedies():
        if remedy.remedy.steps:  # nobody waits for a person
            yield from _too_short(situations, problem, remedy)


def no_undo(situations: Situations) -> Iterator[Finding]:
    """Steps that cannot be taken back without a word about it, and such a word where all can be taken back."""
    subject = situations.subject
    for _, _, remedy in subject.remedies():
        steps = remedy.remedy.steps
        stuck = [number for number, one in enumerate(steps) if not subject.actions[one.action].reversible]
        if stuck and remedy.remedy.no_undo is None:
            number = stuck[0]
            message = f"'{steps[number].action}' cannot be taken back, and '{remedy.remedy.id}' does not say so"
            hint = "say in `no_undo` why that is acceptable"
            yield subject.finding(Kind.NO_UNDO, (*remedy.place, "steps", number, "action"), message, hint)
        elif steps and not stuck and remedy.remedy.no_undo is not None:
            message = f"every step of '{remedy.remedy.id}' can be taken back, and `no_undo` says that it cannot"
            yield subject.finding(Kind.NO_UNDO, (*remedy.place, "no_undo"), message, "leave it out", key=True)


def _recovery(situations: Situations, problem: PlacedProblem) -> Iterator[Finding]:
    """What is wrong with how a problem counts as over, whatever its remedies."""
    subject, recovery = situations.subject, problem.problem.recovery
    kind, place = problem.problem.kind, problem.recovered.place
    if recovery.looks == 1:
        message = "one healthy look is enough, so a lucky moment counts as recovered"
        yield subject.finding(Kind.UNVERIFIED, (*place[:-1], "looks"), message, "ask for 3")
    elif not recovery.over:
        message = f"{recovery.looks} looks may be over in a moment, because they span no time"
        yield subject.finding(Kind.UNVERIFIED, (*place[:-1], "over"), message, "give `over` some seconds")
    if not recovery.steady and (part := _begun(situations, kind)):
        message = f"'{problem.problem.id}' counts as over even when its target restarts in between"
        yield subject.finding(Kind.UNVERIFIED, place[:-1], message, f"write `steady: [{part}.{BEGUN}]`", key=True)
    read = situations.reads(kind, [problem.recovered.literal])
    shown = [situations.reads(kind, [one.literal]) for one in problem.symptoms]
    if read is not None and all(one is not None and not one & read for one in shown):
        message = f"recovery looks at nothing by which '{problem.problem.id}' shows"
        yield subject.finding(Kind.UNVERIFIED, place, message, "ask for what the symptoms ask for")
    cold = Situations(subject=subject, cold=True)
    for symptom, reads in zip(problem.symptoms, shown, strict=True):
        both = cold.of(kind, [symptom.literal, problem.recovered.literal])
        if both and reads == read and (Truth.TRUE, Truth.TRUE) in both:
            message = f"what counts as recovered is also so while '{symptom.name}' shows"
            yield subject.finding(Kind.UNVERIFIED, place, message, "ask for what is so on a healthy target only")


def _too_soon(situations: Situations, problem: PlacedProblem) -> Iterator[Finding]:
    """A problem that counts as over before a symptom, of which recovery sees nothing, could show again."""
    kind, over = problem.problem.kind, problem.problem.recovery.over
    read = situations.reads(kind, [problem.recovered.literal])
    for symptom in problem.symptoms:
        for asked in symptom.items:
            unseen = read is not None and ((), asked.condition.observe) not in read and not asked.literal.of
            if unseen and asked.condition.hold > over:
                message = (
                    f"'{problem.problem.id}' counts as over after {duration(over)}, "
                    f"and '{symptom.name}' could only show again after {duration(asked.condition.hold)}"
                )
                place = (*problem.recovered.place[:-1], "over")
                yield situations.subject.finding(Kind.UNVERIFIED, place, message, "make `over` longer than that")


def _too_short(situations: Situations, problem: PlacedProblem, remedy: PlacedRemedy) -> Iterator[Finding]:
    within, over = remedy.remedy.verify_within, problem.problem.recovery.over
    held = max((one.condition.hold for one in problem.recovered.items), default=0.0)
    place = (*remedy.place, "verify_within")
    if held >= within:
        message = (
            f"'{remedy.remedy.id}' has {duration(within)} to show that it helped, "
            f"and recovery must have held for {duration(held)} before it is seen"
        )
        yield situations.subject.finding(Kind.UNVERIFIED, place, message, "make it longer than that")
    elif within < over:
        message = (
            f"'{remedy.remedy.id}' has {duration(within)} to show that it helped, "
            f"less than the {duration(over)} for which recovery is watched"
        )
        yield situations.subject.finding(Kind.UNVERIFIED, place, message, "make it at least that long")


def _begun(situations: Situations, kind: str) -> str:
    """A part of a kind that tells when its present run began; "" without one."""
    parts: Mapping[str, str] = situations.subject.pack.parts[kind]
    return next((part for part in parts if situations.subject.observable(kind, f"{part}.{BEGUN}")), "")
