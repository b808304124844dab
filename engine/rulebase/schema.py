"""The shape of a pack's YAML. What it refers to is checked in `references`, what it means in `compiler`."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, field_validator, model_validator

from engine.knowledge import Likelihood, Strength
from engine.model import Severity
from engine.rulebase.comments import members
from engine.rulebase.shape import AnyScalar, BothTexts, Bound, Dotted, Duration, Shape, Share, Word

Name = Annotated[str, StringConstraints(min_length=1)]
Version = Annotated[str, StringConstraints(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$")]
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def _one_of(*keys: str) -> ConfigDict:
    """Tells editors that just one of some keys is there."""
    return ConfigDict(json_schema_extra={"oneOf": [{"required": [key]} for key in keys]})


class Condition(Shape):
    """One thing that is asked: a test of an observation, or a fact by the id of its rule, symptom or problem.

    `of` asks it of the target in that role. `not: true` turns it round; unknown stays unknown.
    """

    observe: Name | None = None  #: an observation, as PART.OBSERVABLE
    fact: Name | None = None  #: the id of a rule, a symptom or a problem
    of: str = ""  #: ask it of the target in this role
    negated: bool = Field(default=False, alias="not")  #: turn it round; unknown stays unknown
    is_: AnyScalar | None = Field(default=None, alias="is")  #: true when it has this value
    one_of: Annotated[tuple[AnyScalar, ...], Field(min_length=1)] | None = None  #: true when it has one of these values
    above: Bound | None = None  #: true when it is above this
    below: Bound | None = None  #: true when it is below this
    clear: Bound | None = None  #: once true, it stays true until the number is back here
    hold: Duration = Field(default=0.0, alias="for")  #: true only after it has held for so long without a break

    model_config = _one_of("observe", "fact")

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Self:
        if (self.observe is None) == (self.fact is None):
            raise ValueError("needs either 'observe' or 'fact'")
        self._tests_once()
        return self

    def _tests_once(self) -> None:
        tests = {"is": self.is_, "one_of": self.one_of, "above": self.above, "below": self.below}
        given = [name for name, value in tests.items() if value is not None]
        if self.fact is not None:
            if given or self.clear is not None or self.hold:
                raise ValueError("a fact is true or false by itself: leave out the test, or use 'observe'")
        elif len(given) != 1:
            raise ValueError("'observe' needs exactly one of 'is', 'one_of', 'above' and 'below'")
        if self.clear is None:
            return
        if self.above is None and self.below is None:
            raise ValueError("'clear' belongs to 'above' or 'below'")
        bound = self.above or self.below
        alike = bound is not None and bool(bound.unit) == bool(self.clear.unit)
        clear = self.clear.within(bound.unit) if bound and alike else None
        if bound is None or clear is None:
            raise ValueError(f"'clear' is in another unit than its bound: {self.clear} and {bound}")
        if self.above is not None and clear > bound.number:
            raise ValueError(f"'clear' must be at most {bound}, where 'above' begins")
        if self.below is not None and clear < bound.number:
            raise ValueError(f"'clear' must be at least {bound}, where 'below' begins")


class When(Condition):
    """A condition, or all or any of several, one level deep."""

    all: Annotated[tuple[Condition, ...], Field(min_length=1)] | None = None  #: all of these hold
    any: Annotated[tuple[Condition, ...], Field(min_length=1)] | None = None  #: one of these holds

    model_config = _one_of("observe", "fact", "all", "any")

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Self:
        asked = [one for one in (self.observe, self.fact, self.all, self.any) if one is not None]
        if len(asked) != 1:
            raise ValueError("needs exactly one of 'observe', 'fact', 'all' and 'any'")
        several = self.all is not None or self.any is not None
        if several and len(self.model_fields_set) > 1:
            raise ValueError("'all' and 'any' stand alone: put the test into their list")
        if not several:
            self._tests_once()
        return self

    def conditions(self) -> "tuple[Condition, ...]":
        """What is asked, one by one."""
        return self.all or self.any or (self,)


class CheckShape(Shape):
    """A part that is looked at only when that can tell causes apart, because a look costs something."""

    title: BothTexts  #: what is looked at
    cost: Duration = 1.0  #: the trouble that one look makes, as time
    valid: Duration = 600.0  #: for so long what it saw counts, and it is not looked at again


class KindShape(Shape):
    """A kind of target: its parts with the probe of each, and the kinds of targets that it depends on, by role."""

    parts: dict[Word, Name]  #: the probe that sees each part
    roles: dict[Word, Name] = Field(default_factory=dict)  #: the kind of target in each role
    #: the parts that are looked at on demand only
    checks: dict[Word, CheckShape] = Field(default_factory=dict)


class ThenShape(Shape):
    """What follows for problems of the same target while a rule holds."""

    inhibit: tuple[Name, ...] = ()  #: these problems are shown, and nothing is done about them
    escalate: tuple[Name, ...] = ()  #: these problems are never mended without a person's approval
    severity: dict[Name, Severity] = Field(default_factory=dict)  #: these problems are at least so severe

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.inhibit or self.escalate or self.severity):
            raise ValueError("'then' needs 'inhibit', 'escalate' or 'severity', or leave it out")
        return self


class RuleShape(Shape):
    """A rule of its own: when its condition holds, the fact of its id holds, and what `then` says follows."""

    id: Dotted  #: the fact that the rule concludes
    kind: Name  #: the kind of target that it is about
    title: BothTexts  #: what it says
    when: When  #: what must hold
    then: ThenShape | None = None  #: what follows for problems of the target, besides the fact


class SymptomShape(Shape):
    """What people notice."""

    id: Dotted  #: its name, and that of its fact
    title: BothTexts  #: what people notice
    when: When  #: how it is seen


class RecoveryShape(Shape):
    """When the problem is over."""

    when: When  #: what is so on a healthy target
    looks: Annotated[int, Field(ge=1, le=100)] = 3  #: so many healthy looks in a row
    over: Duration = 6.0  #: that span at least this time
    steady: tuple[Name, ...] = ()  #: a change of one of these observations begins the count anew


FAULTS: Mapping[str, tuple[str, ...]] = {
    "service": ("application-down", "database-down", "cache-down", "load-balancer-down"),
    "network": ("network-down", "name-resolution-failed", "firewall-blocks", "port-unreachable"),
    "data": ("corrupted", "lost", "inconsistent", "locked"),
    "performance": ("slow", "processor-or-memory-full", "disk-overloaded", "network-congested"),
    "function": ("malfunction", "wrong-logic", "wrong-data", "integration-failed"),
    "security": ("unauthorized-access", "data-leak", "attack", "malicious-operation"),
}
"""The six types of faults that a problem is classed by, with the four kinds of each."""


class FaultShape(Shape):
    """The type of fault and its kind, both from FAULTS."""

    type: str  #: see the last table of this page
    kind: str  #: see the last table of this page

    @model_validator(mode="after")
    def _is_known(self) -> Self:
        if self.type not in FAULTS:
            raise ValueError(f"'type' should be one of {', '.join(FAULTS)}, not '{self.type}'")
        if self.kind not in FAULTS[self.type]:
            raise ValueError(f"'kind' should be one of {', '.join(FAULTS[self.type])}, not '{self.kind}'")
        return self


class EvidenceShape(Condition):
    """A condition that speaks for a cause (or `against` it), how strongly, and what its being false says."""

    title: BothTexts  #: what it says, as a statement
    strength: Strength  #: how strongly it speaks when it is true
    #: how strongly it speaks the other way when it is false; else see [weights](#weights)
    if_false: Strength | Literal["none"] | None = None
    against: bool = False  #: it speaks against the cause when it is true
    sees: Name | None = None  #: the state that it sees; of evidence for one state only the strongest counts

    @field_validator("if_false", mode="before")
    @classmethod
    def _is_a_strength(cls, value: object) -> object:
        words = (*Strength, "none")
        if value not in words:
            raise ValueError(f"should be {', '.join(words[:-1])} or none, not {value!r}")
        return value


class StepShape(Shape):
    """One action with its parameters."""

    action: Name  #: the name of an action
    #: its parameters; `{part.setting}` is filled from the target
    params: dict[Name, AnyScalar] = Field(default_factory=dict, alias="with")


class RemedyShape(Shape):
    """What is done against a cause."""

    id: Word  #: its name
    title: BothTexts  #: what it does
    steps: tuple[StepShape, ...] = ()  #: what Medicus does, in order
    instruction: BothTexts | None = None  #: what a person does, or must know before approving
    fixes: Share = 0.9  #: the chance that it helps when the cause is right
    cost: Duration = 10.0  #: the trouble it makes, as time
    verify_within: Duration = 30.0  #: how long the target may take to look healthy after the last step
    brings: dict[Name, AnyScalar] = Field(default_factory=dict)  #: observations as they are after it, helpful or not
    no_undo: BothTexts | None = None  #: why what it does cannot be taken back

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if not self.steps and self.instruction is None:
            raise ValueError("a remedy needs 'steps' for Medicus, an 'instruction' for a person, or both")
        return self


class CauseShape(Shape):
    """One explanation of a problem; with `problem` it is another problem, in the role `of`."""

    id: Dotted  #: its name
    title: BothTexts  #: what is the matter
    likelihood: Likelihood  #: how common it is before anything was seen
    because: BothTexts  #: why this has the effect that people notice
    problem: Name | None = None  #: the cause is this other problem
    of: str = ""  #: on the target in this role
    evidence: tuple[EvidenceShape, ...] = ()  #: what speaks for it and against it
    remedies: tuple[RemedyShape, ...] = ()  #: what helps

    @model_validator(mode="after")
    def _can_be_told(self) -> Self:
        if self.problem is None and not self.evidence:
            raise ValueError("a cause needs 'evidence' to be told by, or a 'problem' that it is")
        if self.of and self.problem is None:
            raise ValueError("'of' belongs to 'problem' here")
        return self


class ProblemShape(Shape):
    """What goes wrong, how it shows, what may cause it, when it is over."""

    id: Dotted  #: its name
    kind: Name  #: the kind of target that it befalls
    title: BothTexts  #: what is wrong
    severity: Severity  #: how bad it is
    fault: FaultShape = Field(alias="class")  #: its type and kind of fault
    symptoms: Annotated[tuple[SymptomShape, ...], Field(min_length=1)]  #: how it shows; any of them makes the problem
    recovered: RecoveryShape  #: when it is over
    causes: Annotated[tuple[CauseShape, ...], Field(min_length=1)]  #: what may cause it


class ExampleShape(Shape):
    """A situation and what must follow: the first cause of each problem that holds; an empty `expect` is no problem.

    An observation that is left out, or null, is unknown.
    """

    name: Name  #: what it shows
    kind: Name  #: the kind of the one target
    given: dict[Name, AnyScalar | None]  #: what is seen; what is left out or null is unknown
    expect: dict[Name, Name]  #: the most probable cause of each problem that must be found; `{}` is no problem
    at_least: Share = 0.9  #: the least probability of each of these causes


class PackHead(Shape):
    """What a pack says of itself; its rules, problems and examples are read one by one."""

    format: Literal[1]  #: the version of this format
    pack: Word  #: the name of the pack
    version: Version  #: the version of the pack
    title: BothTexts  #: what it is about
    #: packs whose kinds, rules, problems and examples are part of this one: by name, or by path from this file
    extends: tuple[Name, ...] = ()
    without: tuple[Name, ...] = ()  #: the ids (of examples: the names) of what is left out of these packs
    #: by section, what is changed in them: items with the id of what they change and the keys to change
    overrides: dict[Literal["rules", "problems", "examples"], tuple[object, ...]] = Field(default_factory=dict)
    expires: Duration = 30.0  #: an observation older than this is unknown
    kinds: Annotated[dict[Word, KindShape], Field(min_length=1)]  #: the kinds of targets that it knows
    rules: tuple[object, ...] = ()  #: conclusions for several places to use, each a [rule](#rule)
    problems: Annotated[tuple[object, ...], Field(min_length=1)]  #: what goes wrong
    examples: tuple[object, ...] = ()  #: what the pack promises to judge rightly, each an [example](#example)

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if (self.without or self.overrides) and not self.extends:
            raise ValueError("'without' and 'overrides' are about the packs that 'extends' names, and there are none")
        return self


class WholePack(PackHead):
    """A pack with all its pieces, for editors: what stands in a file that extends no other pack."""

    rules: tuple[RuleShape, ...] = ()  #: conclusions for several places to use
    problems: Annotated[tuple[ProblemShape, ...], Field(min_length=1)]  #: what goes wrong
    examples: tuple[ExampleShape, ...] = ()  #: what the pack promises to judge rightly


def json_schema() -> dict[str, object]:
    """The JSON Schema (draft 2020-12) of a pack's text, for editors.

    It knows no more than the shapes: names, and whether the conditions of a key fit each other, the loader checks. A
    pack that extends others need have neither kinds nor problems of its own.
    """
    schema: dict[str, object] = WholePack.model_json_schema(by_alias=True)
    _describe(schema)
    inherited = {"kinds", "problems"}
    required = schema["required"]
    own = [one for one in required if one not in inherited] if isinstance(required, list) else []
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Medicus rule pack",
        "required": own,
        "if": {"not": {"required": ["extends"]}},
        "then": {"required": sorted(inherited)},
    }


def _describe(schema: dict[str, Any]) -> None:
    """Put what the code says of each key beside it, for editors to show."""
    shapes = {one.__name__: one for one in _family(Shape) if one.__module__ == __name__}
    for name, inner in {WholePack.__name__: schema, **schema["$defs"]}.items():
        about = members(shapes[name]) if name in shapes else {}
        for field, info in shapes[name].model_fields.items() if about else ():
            key = info.alias or field
            if key in inner.get("properties", {}) and about.get(field):
                inner["properties"][key]["description"] = about[field]


def _family(shape: type[Shape]) -> Iterator[type[Shape]]:
    yield shape
    for child in shape.__subclasses__():
        yield from _family(child)


def placeholders(text: str) -> tuple[str, ...]:
    """What stands in braces in a text, in order: "part.setting" when it is right."""
    return tuple(_PLACEHOLDER.findall(text))


def leftover(text: str) -> bool:
    """Whether a brace is left when the placeholders are taken out."""
    rest = _PLACEHOLDER.sub("", text)
    return "{" in rest or "}" in rest
