"""A pack under lint: what it says, compiled, beside where it says so.

The compiled pack has no places and the text has no meaning; every check needs both. What is here is in the order of
the text.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.knowledge import Cause, Detector, Evidence, Literal, Pack, Problem, Remedy, Rule
from engine.linting.findings import Finding, Kind, found
from engine.model import FactName, Observable
from engine.rulebase.compiler import asked
from engine.rulebase.conditions import recovered_fact, symptom_fact
from engine.rulebase.references import ActionFacts, References
from engine.rulebase.schema import CauseShape, Condition, ProblemShape, RemedyShape, When
from engine.rulebase.yaml_text import Document, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One condition of the text, with the literal that it became."""

    place: Place
    kind: str
    condition: Condition
    literal: Literal

    @property
    def words(self) -> str:
        """The condition as a reader would say it."""
        turned = "not " if self.literal.negated else ""
        return f"{turned}{self.literal.fact}{f' of {self.literal.of}' if self.literal.of else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What stands under a `when`: one condition, or all or any of several, and the fact that they conclude.

    `what` is "rule", "symptom" or "recovered"; `name` is the id of the rule, the symptom or the problem.
    """

    what: str
    name: str
    kind: str
    place: Place
    fact: FactName
    any: bool
    items: tuple[Asked, ...]

    @property
    def literal(self) -> Literal:
        """The fact that the group concludes, asked of the target itself."""
        return Literal(fact=self.fact)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedRemedy:
    """A remedy and where it stands."""

    remedy: Remedy
    shape: RemedyShape
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedCause:
    """A cause and where it, its evidence and its remedies stand; evidence that is another problem has its place too."""

    cause: Cause
    shape: CauseShape
    place: Place
    evidence: tuple[tuple[Evidence, Place], ...]
    remedies: tuple[PlacedRemedy, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedProblem:
    """A problem and where it stands, with its symptoms and its recovery as groups of conditions."""

    problem: Problem
    shape: ProblemShape
    place: Place
    symptoms: tuple[Group, ...]
    recovered: Group
    causes: tuple[PlacedCause, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A pack that loads, with its text and with what it may refer to.

    `detectors` and `concluding` find by kind and fact what a fact comes from; rules with their level.
    """

    pack: Pack
    references: References
    problems: tuple[PlacedProblem, ...]
    rules: tuple[Group, ...]
    detectors: Mapping[tuple[str, FactName], Detector]
    concluding: Mapping[tuple[str, FactName], Sequence[tuple[int, Rule]]]

    @property
    def document(self) -> Document:
        """The text."""
        return self.references.draft.document

    @property
    def actions(self) -> Mapping[str, ActionFacts]:
        """The actions that remedies may name."""
        return self.references.actions

    @property
    def groups(self) -> Sequence[Group]:
        """Every `when` of the pack."""
        of_problems = [group for one in self.problems for group in (*one.symptoms, one.recovered)]
        return (*self.rules, *of_problems)

    def asked(self) -> Iterator[Asked]:
        """Every condition of the pack: of rules, symptoms and recoveries, and the evidence."""
        for group in self.groups:
            yield from group.items
        yield from self.evidence()

    def evidence(self) -> Iterator[Asked]:
        """The conditions of the pack that are evidence."""
        for problem, cause in self.causes():
            for evidence, place in cause.evidence:
                if place[-2] == "evidence":
                    shape = cause.shape.evidence[int(place[-1])]
                    yield Asked(place=place, kind=problem.problem.kind, condition=shape, literal=evidence.literal)

    def causes(self) -> Iterator[tuple[PlacedProblem, PlacedCause]]:
        """Every cause with its problem."""
        for problem in self.problems:
            for cause in problem.causes:
                yield problem, cause

    def remedies(self) -> Iterator[tuple[PlacedProblem, PlacedCause, PlacedRemedy]]:
        """Every remedy with its cause and its problem."""
        for problem, cause in self.causes():
            for remedy in cause.remedies:
                yield problem, cause, remedy

    def observable(self, kind: str, name: str) -> Observable | None:
        """What "part.reading" of a target of `kind` is; None when there is no such thing."""
        return self.references.observable(kind, name)

    def on_demand(self, kind: str, name: str) -> bool:
        """Whether an observation is of a part that is looked at only when asked for."""
        return name.partition(".")[0] in self.references.draft.head.kinds[kind].checks

    def finding(self, kind: Kind, place: Place, message: str, hint: str = "", *, key: bool = False) -> Finding:
        """A finding about what stands at `place`."""
        return found(kind, self.document.mistake(place, message, hint, key=key))


def subject(pack: Pack, references: References) -> Subject:
    """The pack with the places of all that it says."""
    draft = references.draft
    problems = [
        _problem(references, problem, shape, place)
        for problem, (place, shape) in zip(pack.problems, draft.problems.items(), strict=True)
    ]
    rules = [
        _group(references, _Of("rule", one.id, one.kind, FactName(one.id)), one.when, (*place, "when"))
        for place, one in draft.rules.items()
    ]
    concluding: dict[tuple[str, FactName], list[tuple[int, Rule]]] = {}
    for level, of_level in enumerate(pack.program.levels):
        for rule in of_level:
            concluding.setdefault((rule.kind, rule.concludes), []).append((level, rule))
    return Subject(
        pack=pack,
        references=references,
        problems=tuple(problems),
        rules=tuple(rules),
        detectors={(one.kind, one.fact): one for one in pack.detectors},
        concluding=concluding,
    )


def _problem(references: References, problem: Problem, shape: ProblemShape, place: Place) -> PlacedProblem:
    symptoms = [
        _group(
            references,
            _Of("symptom", one.id, shape.kind, symptom_fact(one.id)),
            one.when,
            (*place, "symptoms", index, "when"),
        )
        for index, one in enumerate(shape.symptoms)
    ]
    recovered = _group(
        references,
        _Of("recovered", problem.id, shape.kind, recovered_fact(problem.id)),
        shape.recovered.when,
        (*place, "recovered", "when"),
    )
    causes = [
        _cause(cause, inner, (*place, "causes", index))
        for index, (cause, inner) in enumerate(zip(problem.causes, shape.causes, strict=True))
    ]
    return PlacedProblem(
        problem=problem,
        shape=shape,
        place=place,
        symptoms=tuple(symptoms),
        recovered=recovered,
        causes=tuple(causes),
    )


def _cause(cause: Cause, shape: CauseShape, place: Place) -> PlacedCause:
    ahead = len(cause.evidence) - len(shape.evidence)  # that it is another problem comes first
    places = [(*place, "problem")] * ahead + [(*place, "evidence", index) for index in range(len(shape.evidence))]
    remedies = [
        PlacedRemedy(remedy=remedy, shape=inner, place=(*place, "remedies", index))
        for index, (remedy, inner) in enumerate(zip(cause.remedies, shape.remedies, strict=True))
    ]
    return PlacedCause(
        cause=cause,
        shape=shape,
        place=place,
        evidence=tuple(zip(cause.evidence, places, strict=True)),
        remedies=tuple(remedies),
    )


@dataclass(frozen=True, slots=True)
class _Of:
    """Whose `when` it is."""

    what: str
    name: str
    kind: str
    fact: FactName


def _group(references: References, of: _Of, when: When, place: Place) -> Group:
    several = "any" if when.any else "all" if when.all else ""
    items = [
        Asked(
            place=(*place, several, index) if several else place,
            kind=of.kind,
            condition=one,
            literal=asked(references, of.kind, one),
        )
        for index, one in enumerate(when.conditions())
    ]
    return Group(
        what=of.what,
        name=of.name,
        kind=of.kind,
        place=place,
        fact=of.fact,
        any=several == "any",
        items=tuple(items),
    )
