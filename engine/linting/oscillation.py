"""Remedies that bring about what they are for, or what another one is for: Medicus would go round in a circle.

What a remedy brings is what its author says of it (`brings`), and that a restart passes through the states between
stopped and running. Everything else is taken for unknown, so only what is certain is told.
"""

from collections.abc import Iterator, Mapping

from engine.inference.native import NativeInference
from engine.linting.findings import Finding, Kind
from engine.linting.situations import Situations
from engine.linting.subject import PlacedProblem, PlacedRemedy
from engine.model import Fact, Scalar, Seconds, Target, TargetId, Truth
from engine.regions import judged
from engine.rulebase.schema import placeholders

RESTARTS = "restart-"
"""How the names of actions begin that stop something and start it again."""
IN_BETWEEN = ("stopping", "stopped", "starting", "deactivating", "inactive", "activating")
"""The words of supervisord and systemd for what is so in between."""
SHORTLY: Seconds = 1.0


def oscillation(situations: Situations) -> Iterator[Finding]:
    """Remedies after which a symptom is certain: of their own problem, or of another one of the same target."""
    subject = situations.subject
    brought = {
        (problem.problem.id, remedy.remedy.id): _brought(situations, problem, remedy)
        for problem, _, remedy in subject.remedies()
    }
    for problem, _, remedy in subject.remedies():
        own = problem.problem.id
        for other in brought[own, remedy.remedy.id]:
            back = [name for (at, name), ends in brought.items() if at == other and own in ends]
            if other == own:
                message = f"'{remedy.remedy.id}' brings about '{own}', which it is for"
            elif back:
                message = (
                    f"'{remedy.remedy.id}' brings about '{other}', and its remedy '{back[0]}' brings '{own}' again"
                )
            else:
                message = f"'{remedy.remedy.id}' brings about another problem, '{other}'"
            hint = "look for a remedy that does not, or leave it to a person"
            if remedy.remedy.steps or other == own:
                yield subject.finding(Kind.OSCILLATION, (*remedy.place, "brings"), message, hint, key=True)


def restarts(situations: Situations) -> Iterator[Finding]:
    """Restarts that pass through a state which a symptom takes for a fault at once."""
    for problem, _, remedy in situations.subject.remedies():
        for number, step in enumerate(remedy.remedy.steps):
            if not step.action.startswith(RESTARTS):
                continue
            parts = {one.partition(".")[0] for value in step.params.values() for one in placeholders(str(value))}
            for name, value in _in_between(situations, problem.problem.kind, parts):
                shown = _certain(situations, problem, {name: value}, within=SHORTLY)
                if shown:
                    message = f"'{step.action}' passes through {name} {value}, by which '{shown[0]}' shows at once"
                    place = (*remedy.place, "steps", number, "action")
                    hint = "give the symptom a `for` that is longer than a start takes"
                    yield situations.subject.finding(Kind.OSCILLATION, place, message, hint)
                    break


def _in_between(situations: Situations, kind: str, parts: set[str]) -> Iterator[tuple[str, str]]:
    """The observations of some parts that tell how far a restart is, with each value that says so."""
    subject = situations.subject
    for part in sorted(parts & subject.pack.parts[kind].keys()):
        for seen in subject.references.probes.get(subject.pack.parts[kind][part], ()):
            yield from ((f"{part}.{seen.name}", value) for value in seen.values if value in IN_BETWEEN)


def _brought(situations: Situations, problem: PlacedProblem, remedy: PlacedRemedy) -> tuple[str, ...]:
    """The problems of the same target that are certain once what a remedy brings has lasted."""
    return _certain(situations, problem, remedy.remedy.brings) if remedy.remedy.brings else ()


def _certain(
    situations: Situations, problem: PlacedProblem, seen: Mapping[str, Scalar], within: Seconds | None = None
) -> tuple[str, ...]:
    """The problems of the same kind of target that show when nothing but this is seen, for good or for a moment."""
    pack, kind = situations.pack, problem.problem.kind
    target = Target(id=TargetId("one"), kind=kind, parts={})
    facts = {
        Fact(target=target.id, name=one.fact): judged(one, seen[one.observe])
        for one in pack.detectors
        if one.kind == kind and one.observe in seen and (within is None or one.hold < within)
    }
    conclusions = NativeInference().infer(pack.program, [target], facts)
    own = [one for one in pack.problems if one.kind == kind]
    return tuple(one.id for one in own if conclusions.truth(Fact(target=target.id, name=one.fact)) is Truth.TRUE)
