"""`medicus why-not` and `medicus what-if`: look once until it is clear, then ask what else could have been seen.

Nothing is touched and nothing is kept: both commands only read what the probes can read.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.markup import escape

from api import bootstrap, output, views, views_of_why
from api.bootstrap import House
from api.diagnosing import LONGEST_LOOK, complain
from api.output import Format
from api.vocabulary import observables
from engine.counterfactuals.obstacles import Goal
from engine.counterfactuals.situation import Situation
from engine.counterfactuals.supposing import suppose
from engine.counterfactuals.telling import tell, tell_cause
from engine.counterfactuals.telling_differences import tell_difference
from engine.counterfactuals.what_if import what_if as compare
from engine.counterfactuals.why_not import why_not as search
from engine.counterfactuals.why_not_cause import Hypothesis, why_not_cause
from engine.diagnosis.explanation import Explanation, lines
from engine.errors import ActionError, NotFoundError
from engine.knowledge import Cause, Pack, Problem
from engine.model import Diagnosis, Fact, FactName, Observable, ProblemRef, Target, TargetId, Truth
from engine.params import did_you_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """What a name stands for on one kind of target: a fact, or a cause of a problem."""

    name: str
    pack: Pack
    fact: FactName
    problem: Problem | None = None
    cause: Cause | None = None


def why_not(
    home: House, target: str, name: str, form: Format, *, at_least: float | None = None, negated: bool = False
) -> int:
    """Print what keeps a problem, symptom, rule or fact of a target from being so, or a cause from coming first.

    `at_least` (0..1) asks for a probability of a cause instead of the first place; `negated` asks what keeps a fact
    from being false. Returns 0. Raises NotFoundError for an unknown target or name,
    ActionError for a question that makes no sense.
    """
    where = _target(home, target)
    named = _named(home, where, name)
    if named.cause and negated:
        raise ActionError(f"{name} is a cause: ask for the problem, or leave out --negated")
    if at_least is not None and not named.cause:
        raise ActionError(f"{name} is no cause, so it has no probability: leave out --at-least")
    if at_least is not None and not 0 < at_least < 1:
        raise ActionError(f"a probability of {at_least:g} is out of reach: it is above 0 and below 1")
    situation = _look(home)
    language = home.settings.language
    if named.problem and named.cause:
        ref = ProblemRef(target=where.id, problem=named.problem.id)
        brought = why_not_cause(situation, named.pack, Hypothesis(ref=ref, cause=named.cause.id, at_least=at_least))
        told, seen = tell_cause(situation, named.pack, brought, language), views_of_why.cause_answer(brought)
    else:
        goal = Goal(fact=Fact(target=where.id, name=named.fact), true=not negated)
        found = search(situation, named.pack, [goal])
        told, seen = tell(situation, named.pack, found, language), views_of_why.answer(found)
    if form is Format.TABLE:
        _print(told)
    else:
        output.data(views.document(at=views.time(situation.at), why_not=seen), form)
    return 0


def what_if(home: House, target: str, suppositions: Sequence[str], form: Format) -> int:
    """Print what would be different if observations of a target were as `suppositions` ("port.owner=other") say.

    Returns 0. Raises NotFoundError for an unknown target or observation, ActionError for a value that cannot be.
    """
    where = _target(home, target)
    if not suppositions:
        raise ActionError("nothing is supposed: write PART.READING=VALUE, as in port.owner=other")
    blind = Situation(packs=home.packs, targets=home.targets, observations={}, at=0.0, observables=_observables(home))
    changes = suppose(blind, where.id, suppositions)  # a slip is told before the look, which takes its time
    situation = _look(home)
    difference = compare(situation, changes, lambda diagnosis: _remedies(home, diagnosis))
    if form is Format.TABLE:
        _print(tell_difference(situation, difference, home.settings.language))
    else:
        output.data(views.document(at=views.time(situation.at), what_if=views_of_why.difference(difference)), form)
    return 0


def _print(told: Explanation) -> None:
    out = output.console()
    for line in lines(told):
        out.print(escape(line), soft_wrap=True)


def _look(home: House) -> Situation:
    with bootstrap.senses(home, complain) as senses:
        world = senses.settle(LONGEST_LOOK, time.sleep)
        latched = senses.detectors.latched()
        lasted = frozenset(fact for fact, truth in senses.detectors.facts().items() if truth is Truth.TRUE)
    return Situation(
        packs=home.packs,
        targets=home.targets,
        observations=world.observations,
        at=world.at,
        observables=_observables(home),
        latched=latched,
        lasted=lasted,
    )


def _observables(home: House) -> dict[tuple[str, str], Observable]:
    """Which values there may be, by kind of target and "part.reading"."""
    known = observables()
    return {
        (kind, f"{part}.{one.name}"): one
        for pack in home.packs
        for kind, parts in pack.parts.items()
        for part, probe in parts.items()
        for one in known[probe]
    }


def _target(home: House, target: str) -> Target:
    known = {str(one.id): one for one in home.targets}
    if target not in known:
        raise NotFoundError(f"there is no target '{target}'{_hint(target, known)}")
    return known[TargetId(target)]


def _named(home: House, target: Target, name: str) -> _Named:
    """What is meant by a name: a problem, symptom, cause or rule id, or the name of a fact."""
    found = {one.name: one for pack in reversed(home.packs) for one in _names(pack, target.kind)}
    if name not in found:
        raise NotFoundError(f"no rule for the kind '{target.kind}' speaks of '{name}'{_hint(name, found)}")
    return found[name]


def _names(pack: Pack, kind: str) -> Iterable[_Named]:
    """Every name for a kind of target, the plainest meaning last."""
    for detector in pack.detectors:
        if detector.kind == kind:
            yield _Named(name=detector.fact, pack=pack, fact=detector.fact)
    for rule in (rule for level in pack.program.levels for rule in level):
        if rule.kind == kind:
            yield from (_Named(name=name, pack=pack, fact=rule.concludes) for name in (rule.id, rule.concludes))
    for problem in pack.problems:
        if problem.kind == kind:
            yield _Named(name=problem.id, pack=pack, fact=problem.fact)
            yield from (_Named(name=one.id, pack=pack, fact=one.fact) for one in problem.symptoms)
            for cause in problem.causes:
                yield _Named(name=cause.id, pack=pack, fact=problem.fact, problem=problem, cause=cause)


def _remedies(home: House, diagnosis: Diagnosis) -> tuple[str, ...]:
    """The remedies that would be proposed, the first to try first."""
    target = next(one for one in home.targets if one.id == diagnosis.ref.target)
    found = home.planners[diagnosis.ref.problem].candidates(diagnosis, target)
    return tuple(one.remedy.id for one in found if one.probability >= home.settings.policy.propose_from)


def _hint(word: str, known: Iterable[str]) -> str:
    names = tuple(sorted(known))
    return f" ({did_you_mean(word, names) or 'known: ' + (', '.join(names) or 'none')})"
