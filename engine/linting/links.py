"""How the elements of a pack hang together: what is read by what, shows what, explains what, treats what.

One list of links serves the picture of a pack and the question who uses an element. It has no judgement.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from engine.knowledge import Literal
from engine.linting.situations import Situations
from engine.linting.subject import Asked, PlacedCause, PlacedProblem
from engine.model import NONE_OF_THESE, Text
from engine.rulebase.conditions import problem_fact, symptom_fact
from engine.rulebase.yaml_text import Place


class Sort(StrEnum):
    """What an element is."""

    OBSERVATION = "observation"  #: what a probe reads of a part
    RULE = "rule"  #: a conclusion for several places to use
    SYMPTOM = "symptom"  #: how a problem shows
    PROBLEM = "problem"  #: what goes wrong
    CAUSE = "cause"  #: what may be behind a problem
    REMEDY = "remedy"  #: what is done against a cause
    ACTION = "action"  #: a step of remedies
    EXAMPLE = "example"  #: what the pack promises to judge rightly


class How(StrEnum):
    """What one element is to another."""

    READ_BY = "is read by"  #: a condition asks for it
    SHOWS = "shows"  #: a symptom its problem
    SPEAKS_FOR = "speaks for"  #: evidence for a cause
    SPEAKS_AGAINST = "speaks against"  #: evidence against a cause
    ENDS = "tells the end of"  #: what recovery looks at
    EXPLAINS = "explains"  #: a cause its problem
    IS = "is"  #: a problem that is the cause of another one
    TREATS = "treats"  #: a remedy its cause
    SERVES = "is a step of"  #: an action in a remedy
    BRINGS = "brings"  #: a remedy what is seen after it
    INHIBITS = "inhibits"  #: a rule what is then left alone
    ESCALATES = "asks a person about"  #: a rule what then needs a person
    WORSENS = "makes more severe"  #: a rule how bad a problem is
    EXPECTS = "expects"  #: an example its cause


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Element:
    """Something that a pack names: of which sort, for which kind of target, where it stands."""

    sort: Sort
    id: str
    kind: str = ""
    place: Place = ()
    title: Text | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from others: observations of two kinds of target are two things."""
        return (self.sort, self.kind, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One element, what it is to another, and in whose role the other asks for it."""

    source: Element
    how: How
    target: Element
    of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """All elements of a pack in the order of the text, and all links between them."""

    elements: tuple[Element, ...]
    links: tuple[Link, ...]


def web(situations: Situations) -> Web:
    """How a pack hangs together."""
    weaving = _Weaving(situations=situations)
    links = tuple(dict.fromkeys(weaving.links()))
    named = [*weaving.named(), *(one for link in links for one in (link.source, link.target))]
    return Web(elements=tuple({one.key: one for one in named}.values()), links=links)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Weaving:
    situations: Situations

    def named(self) -> Iterator[Element]:
        """What stands in the text by itself; what is only referred to comes with the links."""
        subject = self.situations.subject
        yield from (self.rule(group.name) for group in subject.rules)
        for problem in subject.problems:
            yield self.problem(problem)
            yield from (self.symptom(problem, index) for index in range(len(problem.symptoms)))
            for cause in problem.causes:
                yield self.cause(problem, cause)
                yield from (self.remedy(problem, cause, index) for index in range(len(cause.remedies)))
        draft = subject.references.draft
        yield from (
            Element(sort=Sort.EXAMPLE, id=one.name, kind=one.kind, place=place) for place, one in draft.examples.items()
        )

    def links(self) -> Iterator[Link]:
        yield from self._of_rules()
        for problem in self.situations.subject.problems:
            yield from self._of_problem(problem)
            for cause in problem.causes:
                yield from self._of_cause(problem, cause)
        yield from self._of_examples()

    def rule(self, name: str) -> Element:
        place, shape = next(
            item for item in self.situations.subject.references.draft.rules.items() if item[1].id == name
        )
        return Element(
            sort=Sort.RULE, id=name, kind=shape.kind, place=place, title=Text(en=shape.title.en, zh=shape.title.zh)
        )

    def problem(self, problem: PlacedProblem) -> Element:
        one = problem.problem
        return Element(sort=Sort.PROBLEM, id=one.id, kind=one.kind, place=problem.place, title=one.title)

    def symptom(self, problem: PlacedProblem, index: int) -> Element:
        one = problem.problem.symptoms[index]
        place = (*problem.place, "symptoms", index)
        return Element(sort=Sort.SYMPTOM, id=one.id, kind=problem.problem.kind, place=place, title=one.title)

    def cause(self, problem: PlacedProblem, cause: PlacedCause) -> Element:
        one = cause.cause
        return Element(sort=Sort.CAUSE, id=one.id, kind=problem.problem.kind, place=cause.place, title=one.title)

    def remedy(self, problem: PlacedProblem, cause: PlacedCause, index: int) -> Element:
        one = cause.remedies[index]
        kind = problem.problem.kind
        return Element(sort=Sort.REMEDY, id=one.remedy.id, kind=kind, place=one.place, title=one.remedy.title)

    def observation(self, kind: str, name: str) -> Element:
        return Element(
            sort=Sort.OBSERVATION, id=name, kind=kind, place=("kinds", kind, "parts", name.partition(".")[0])
        )

    def asked(self, asked: Asked) -> Element:
        """What a condition asks for."""
        literal = asked.literal
        kind = self.situations.pack.roles[asked.kind][literal.of] if literal.of else asked.kind
        if asked.condition.observe is not None:
            return self.observation(kind, asked.condition.observe)
        return self.concluded(literal)

    def concluded(self, literal: Literal) -> Element:
        """The rule, symptom or problem that concludes the fact of a literal."""
        for problem in self.situations.subject.problems:
            if literal.fact == problem_fact(problem.problem.id):
                return self.problem(problem)
            for index, symptom in enumerate(problem.problem.symptoms):
                if literal.fact == symptom_fact(symptom.id):
                    return self.symptom(problem, index)
        return self.rule(literal.fact)

    def _of_rules(self) -> Iterator[Link]:
        problems = {one.problem.id: one for one in self.situations.subject.problems}
        for group in self.situations.subject.rules:
            rule = self.rule(group.name)
            for asked in group.items:
                yield Link(source=self.asked(asked), how=How.READ_BY, target=rule, of=asked.literal.of)
        for ruling in self.situations.pack.rulings:
            rule = self.rule(ruling.fact)
            for how, named in (
                (How.INHIBITS, ruling.inhibits),
                (How.ESCALATES, ruling.escalates),
                (How.WORSENS, tuple(ruling.severities)),
            ):
                for one in named:
                    yield Link(source=rule, how=how, target=self.problem(problems[one]))

    def _of_problem(self, problem: PlacedProblem) -> Iterator[Link]:
        own = self.problem(problem)
        for index, group in enumerate(problem.symptoms):
            symptom = self.symptom(problem, index)
            for asked in group.items:
                yield Link(source=self.asked(asked), how=How.READ_BY, target=symptom, of=asked.literal.of)
            yield Link(source=symptom, how=How.SHOWS, target=own)
        for asked in problem.recovered.items:
            yield Link(source=self.asked(asked), how=How.ENDS, target=own, of=asked.literal.of)
        for name in problem.problem.recovery.steady:
            yield Link(source=self.observation(problem.problem.kind, name), how=How.ENDS, target=own)

    def _of_cause(self, problem: PlacedProblem, placed: PlacedCause) -> Iterator[Link]:
        cause, kind = self.cause(problem, placed), problem.problem.kind
        yield Link(source=cause, how=How.EXPLAINS, target=self.problem(problem))
        for evidence, place in placed.evidence:
            if place[-1] == "problem":
                source = self.concluded(evidence.literal)
                yield Link(source=source, how=How.IS, target=cause, of=evidence.literal.of)
                continue
            shape = placed.shape.evidence[int(place[-1])]
            source = self.asked(Asked(place=place, kind=kind, condition=shape, literal=evidence.literal))
            how = How.SPEAKS_AGAINST if evidence.against else How.SPEAKS_FOR
            yield Link(source=source, how=how, target=cause, of=evidence.literal.of)
        for index, inner in enumerate(placed.remedies):
            remedy = self.remedy(problem, placed, index)
            yield Link(source=remedy, how=How.TREATS, target=cause)
            for step in inner.remedy.steps:
                yield Link(source=Element(sort=Sort.ACTION, id=step.action), how=How.SERVES, target=remedy)
            for name in inner.remedy.brings:
                yield Link(source=remedy, how=How.BRINGS, target=self.observation(kind, name))

    def _of_examples(self) -> Iterator[Link]:
        causes = {str(one.cause.id): self.cause(problem, one) for problem, one in self.situations.subject.causes()}
        for place, one in self.situations.subject.references.draft.examples.items():
            example = Element(sort=Sort.EXAMPLE, id=one.name, kind=one.kind, place=place)
            for cause in one.expect.values():
                if cause != NONE_OF_THESE:
                    yield Link(source=example, how=How.EXPECTS, target=causes[cause])
