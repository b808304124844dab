"""From what follows to what is wrong: one diagnosis for each problem that shows on a target, with its causes ranked.

A problem is diagnosed only when its fact is true: unknown is no problem. When the best cause of a problem is another
problem that shows as well, the chain is followed to its root, and the diagnosis says what it is the consequence of.
Pure: everything comes in as an argument, and the order of the arguments makes no difference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from engine.diagnosis.ranking import (
    NONE_OF_THESE,
    NONE_OF_THESE_TITLE,
    Contender,
    Weighed,
    probabilities,
    weigh,
)
from engine.diagnosis.roots import linked
from engine.diagnosis.seen import UNKNOWN, Sight
from engine.knowledge import Cause, Literal, Pack, Problem, Ruling
from engine.model import (
    CauseId,
    Conclusions,
    Diagnosis,
    Fact,
    Instant,
    Observation,
    ProblemId,
    ProblemRef,
    RankedCause,
    Target,
    TargetId,
    Truth,
    WeighedEvidence,
)

NO_FAILURES: Mapping[ProblemRef, Sequence[tuple[CauseId, float]]] = MappingProxyType({})


def diagnose(  # noqa: PLR0917 - one call, and each argument has a type of its own
    pack: Pack,
    targets: Sequence[Target],
    conclusions: Conclusions,
    observations: Mapping[tuple[TargetId, str], Observation],
    at: Instant,
    failed: Mapping[ProblemRef, Sequence[tuple[CauseId, float]]] = NO_FAILURES,
) -> tuple[Diagnosis, ...]:
    """Every problem of `pack` that shows on `targets`: roots first, then the worst, then by target and problem.

    `failed` has, for a problem, each remedy that was tried and did not help: its cause and its `fixes`.
    """
    scene = _Scene(
        pack=pack,
        conclusions=conclusions,
        sight=Sight(pack, targets, conclusions, observations),
        at=at,
        failed=failed,
    )
    found = [
        _diagnosis(scene, problem, target)
        for problem in pack.problems
        for target in targets
        if target.kind == problem.kind and conclusions.truth(Fact(target=target.id, name=problem.fact)) is Truth.TRUE
    ]
    return tuple(sorted(linked(found), key=lambda one: (one.consequence_of is not None, one.severity, one.ref)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """What every diagnosis of one moment shares."""

    pack: Pack
    conclusions: Conclusions
    sight: Sight
    at: Instant
    failed: Mapping[ProblemRef, Sequence[tuple[CauseId, float]]]

    def in_force(self, target: Target) -> tuple[Ruling, ...]:
        """What rules say of the problems of a target at this moment."""
        return tuple(
            one
            for one in self.pack.rulings
            if one.kind == target.kind and self.conclusions.truth(Fact(target=target.id, name=one.fact)) is Truth.TRUE
        )


def truth_of(literal: Literal, target: Target, conclusions: Conclusions) -> Truth:
    """Whether a literal holds, seen from `target`; unknown when the target has nobody in that role."""
    if literal.of and literal.of not in target.depends_on:
        return Truth.UNKNOWN
    truth = conclusions.truth(fact_of(literal, target))
    return truth.negated() if literal.negated else truth


def fact_of(literal: Literal, target: Target) -> Fact:
    """The fact that a literal speaks of, seen from `target` (its own when nobody has that role)."""
    place = target.depends_on.get(literal.of, target.id) if literal.of else target.id
    return Fact(target=place, name=literal.fact)


def _diagnosis(scene: _Scene, problem: Problem, target: Target) -> Diagnosis:
    ref = ProblemRef(target=target.id, problem=problem.id)
    shown = [(one, Fact(target=target.id, name=one.fact)) for one in problem.symptoms]
    symptoms = [(one, fact) for one, fact in shown if scene.conclusions.truth(fact) is Truth.TRUE]
    causes = _ranked(scene, problem, target)
    rests_on = [Fact(target=target.id, name=problem.fact), *(fact for _, fact in symptoms)]
    rests_on += [evidence.fact for cause in causes for evidence in cause.evidence]
    rulings = [one for one in scene.in_force(target) if problem.id in _spoken_of(one)]
    rests_on += [Fact(target=target.id, name=one.fact) for one in rulings]
    return Diagnosis(
        ref=ref,
        at=scene.at,
        severity=min([problem.severity, *(one.severities.get(problem.id, problem.severity) for one in rulings)]),
        title=problem.title,
        symptoms=tuple(one.title for one, _ in symptoms),
        causes=causes,
        consequence_of=None,
        pack=scene.pack.id,
        pack_version=scene.pack.version,
        pack_digest=scene.pack.digest,
        proof=scene.sight.proof(rests_on),
        observations=scene.sight.basis(rests_on),
        inhibited=tuple(one.title for one in rulings if problem.id in one.inhibits),
        escalated=tuple(one.title for one in rulings if problem.id in one.escalates),
    )


def _spoken_of(ruling: Ruling) -> frozenset[ProblemId]:
    return frozenset((*ruling.inhibits, *ruling.escalates, *ruling.severities))


def _ranked(scene: _Scene, problem: Problem, target: Target) -> tuple[RankedCause, ...]:
    failures = scene.failed.get(ProblemRef(target=target.id, problem=problem.id), ())
    contenders = [
        Contender(
            id=cause.id,
            likelihood=cause.likelihood,
            evidence=weigh((one, truth_of(one.literal, target, scene.conclusions)) for one in cause.evidence),
            failed=tuple(fixes for tried, fixes in failures if tried == cause.id),
        )
        for cause in problem.causes
    ]
    shares = probabilities(contenders)
    ranked = [
        RankedCause(
            id=cause.id,
            title=cause.title,
            probability=shares[cause.id],
            proved=contender.proved,
            evidence=tuple(_evidence(scene, one, target) for one in contender.evidence),
            problem=_other_problem(cause, target),
        )
        for cause, contender in zip(problem.causes, contenders, strict=True)
    ]
    rest = RankedCause(
        id=NONE_OF_THESE, title=NONE_OF_THESE_TITLE, probability=shares[NONE_OF_THESE], proved=False, evidence=()
    )
    return tuple(sorted([*ranked, rest], key=_precedence))


def _precedence(cause: RankedCause) -> tuple[float, bool, bool, bool, CauseId]:
    """Most probable first; of equals what is proved, then another problem (a root is remedied first), the rest last."""
    return (-cause.probability, not cause.proved, cause.id == NONE_OF_THESE, cause.problem is None, cause.id)


def _evidence(scene: _Scene, weighed: Weighed, target: Target) -> WeighedEvidence:
    literal = weighed.evidence.literal
    fact = fact_of(literal, target)
    nobody = bool(literal.of) and literal.of not in target.depends_on
    return WeighedEvidence(
        fact=fact,
        bearing=weighed.bearing,
        ratio=weighed.ratio,
        title=weighed.evidence.title,
        seen=f"{UNKNOWN}{target.id} depends on no {literal.of}" if nobody else scene.sight.of(fact),
        note=str(weighed.note or ""),
        truth=weighed.truth,
    )


def _other_problem(cause: Cause, target: Target) -> ProblemRef | None:
    place = target.depends_on.get(cause.of) if cause.of else target.id
    return ProblemRef(target=place, problem=cause.problem) if cause.problem and place else None
