"""The shape of a scenario file; what it refers to is checked in `scenario_text`."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from engine.model import Severity
from engine.rulebase.shape import AnyScalar, Duration, Shape, Share, Word

Name = Annotated[str, StringConstraints(min_length=1)]


class SampleShape(Shape):
    """What is seen from one time on: a value, nothing that could be told (`unknown`), or no look at all."""

    at: Duration  #: the time since the beginning
    value: AnyScalar | None = None  #: the value that every look sees from then on
    unknown: Name | None = None  #: no value can be had from then on, and why
    nothing: Literal[True] | None = None  #: nobody looks from then on
    detail: str = ""  #: the line for people that comes with the value

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        given = [one for one in (self.value, self.unknown, self.nothing) if one is not None]
        if len(given) != 1:
            raise ValueError("needs exactly one of 'value', 'unknown' (with the reason) and 'nothing: true'")
        return self


class TargetShape(Shape):
    """One target of a scenario."""

    id: Word  #: its name
    kind: Name  #: its kind, of one of the packs
    depends_on: dict[Word, Word] = Field(default_factory=dict)  #: the targets that it depends on, by their role


class ProblemShape(Shape):
    """A problem that must show."""

    problem: Name  #: its id
    target: Name | None = None  #: the target that has it; not needed when there is only one
    first: Name | None = None  #: the cause that must come first
    at_least: Share = 0.0  #: the least probability of that cause
    severity: Severity | None = None  #: how bad it must be
    #: the root that it must follow from, as PROBLEM@TARGET or as the PROBLEM of the same target; `none`: from no other
    consequence_of: Name | None = None


class CheckShape(Shape):
    """What must be so at one moment."""

    at: Duration  #: the time since the beginning
    #: exactly the problems that must show then; `[]` is none at all
    problems: tuple[ProblemShape, ...] | None = None
    #: by target, whether facts must be true, false or unknown: the id of a rule, symptom or problem, or any fact's name
    facts: dict[Name, dict[Name, AnyScalar]] | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if self.problems is None and not self.facts:
            raise ValueError("asks for nothing: give 'problems' ([] for none), 'facts' or both")
        return self


class ScenarioShape(Shape):
    """One story and what must follow from it."""

    name: Name  #: what it shows
    interval: Duration = 1.0  #: the time between two looks
    targets: Annotated[tuple[TargetShape, ...], Field(min_length=1)]  #: who is in it
    series: dict[Name, dict[Name, object]]  #: by target and observation, the values over time
    #: what must follow, moment by moment, each a [check](#check)
    expect: Annotated[tuple[object, ...], Field(min_length=1)]


class ScenarioFile(Shape):
    """A scenario file."""

    format: Literal[1]  #: the version of this format
    scenarios: Annotated[tuple[object, ...], Field(min_length=1)]  #: the stories, each a [scenario](#scenario)
