"""Checks what a pack refers to: kinds, parts, observations, facts, problems, actions, settings.

A misspelt name must not become a rule that silently never fires.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.errors import Mistake
from engine.model import Observable, Risk, Scalar
from engine.params import did_you_mean
from engine.rulebase.conditions import observed_fact
from engine.rulebase.schema import (
    CauseShape,
    Condition,
    ExampleShape,
    PackHead,
    ProblemShape,
    RemedyShape,
    RuleShape,
    StepShape,
    ThenShape,
    leftover,
    placeholders,
)
from engine.rulebase.shape import Quantity
from engine.rulebase.yaml_text import Document, Place

NONE_OF_THESE = "none-of-these"
ABOUT_TARGET = ("id", "keep_running", "stoppable")
MEASURED = (int, float)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionFacts:
    """What a pack may know of an action: its name and its parameters' names, of which some are required.

    `risk` is the least that it may turn out to have; `reversible` is false when it has no undo.
    """

    name: str
    fields: tuple[str, ...]
    required: tuple[str, ...]
    risk: Risk = Risk.LOW
    reversible: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Something that has an id: what it is, where, and for which kind of target (a cause: for which problem)."""

    id: str
    what: str
    kind: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What could be read of a pack, piece by piece; `named` also has the ids of pieces that are broken."""

    document: Document
    head: PackHead
    rules: Mapping[Place, RuleShape]
    problems: Mapping[Place, ProblemShape]
    examples: Mapping[Place, ExampleShape]
    named: tuple[Named, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """The names that a draft may use, and the check of those that it does use.

    `settings` has the names of each probe's settings; a probe that is not in it may have any.
    """

    draft: Draft
    probes: Mapping[str, Sequence[Observable]]
    actions: Mapping[str, ActionFacts]
    settings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def mistakes(self) -> Iterator[Mistake]:
        """Everything in the draft that names what does not exist or cannot be meant."""
        yield from self._kinds()
        yield from self._ids()
        for place, rule in self.draft.rules.items():
            yield from self._in_kind(rule.kind, place) or self._rule(rule, place)
        for place, problem in self.draft.problems.items():
            yield from self._in_kind(problem.kind, place) or self._problem(problem, place)
        for place, example in self.draft.examples.items():
            yield from self._in_kind(example.kind, place) or self._example(example, place)

    def observable(self, kind: str, name: str) -> Observable | None:
        """What "part.reading" of a target of `kind` is; None when there is no such thing."""
        part, _, reading = name.partition(".")
        probe = self.draft.head.kinds[kind].parts.get(part, "")
        return next((one for one in self.probes.get(probe, ()) if one.name == reading), None)

    def role(self, kind: str, of: str) -> str | None:
        """The kind of target in the role `of` ("" is the target itself); None when there is no such role."""
        return self.draft.head.kinds[kind].roles.get(of) if of else kind

    def _at(
        self, place: Place, message: str, word: str = "", known: Sequence[str] = (), *, key: bool = False
    ) -> Mistake:
        hint = did_you_mean(word, tuple(known)) or (f"known: {', '.join(sorted(known))}" if known else "")
        return self.draft.document.mistake(place, message, hint, key=key)

    def _in_kind(self, kind: str, place: Place) -> list[Mistake]:
        kinds = tuple(self.draft.head.kinds)
        return [] if kind in kinds else [self._at((*place, "kind"), f"unknown kind '{kind}'", kind, kinds)]

    def _kinds(self) -> Iterator[Mistake]:
        for kind, shape in self.draft.head.kinds.items():
            for part, probe in shape.parts.items():
                if probe not in self.probes:
                    place = ("kinds", kind, "parts", part)
                    yield self._at(place, f"unknown probe '{probe}'", probe, tuple(self.probes))
            for role, other in shape.roles.items():
                if other not in self.draft.head.kinds:
                    place = ("kinds", kind, "roles", role)
                    yield self._at(place, f"unknown kind '{other}'", other, tuple(self.draft.head.kinds))
            for part in shape.checks:
                if part not in shape.parts:
                    place = ("kinds", kind, "checks", part)
                    yield self._at(place, f"kind '{kind}' has no part '{part}'", part, tuple(shape.parts), key=True)

    def _ids(self) -> Iterator[Mistake]:
        first: dict[str, Named] = {}
        for named in self.draft.named:
            seen = first.setdefault(named.id, named)
            if seen is not named:
                line, _ = self.draft.document.where((*seen.place, "id"))
                yield self._at(
                    (*named.place, "id"), f"the id '{named.id}' is used already, by the {seen.what} in line {line}"
                )

    def _rule(self, rule: RuleShape, place: Place) -> Iterator[Mistake]:
        yield from self._conditions(rule.kind, rule.when, (*place, "when"))
        if rule.then is not None:
            yield from self._then(rule.kind, rule.then, (*place, "then"))

    def _then(self, kind: str, then: ThenShape, place: Place) -> Iterator[Mistake]:
        problems = [one.id for one in self.draft.named if one.what == "problem" and one.kind == kind]
        named = [(("inhibit", index), one) for index, one in enumerate(then.inhibit)]
        named += [(("escalate", index), one) for index, one in enumerate(then.escalate)]
        wrong = [(step, one) for step, one in named if one not in problems]
        for step, one in wrong:
            yield self._at((*place, *step), f"kind '{kind}' has no problem '{one}'", one, problems)
        for one in then.severity:
            if one not in problems:
                here = (*place, "severity", one)
                yield self._at(here, f"kind '{kind}' has no problem '{one}'", one, problems, key=True)

    # --- conditions

    def _conditions(self, kind: str, when: Condition, place: Place) -> Iterator[Mistake]:
        for name in ("all", "any"):
            for index, condition in enumerate(getattr(when, name, None) or ()):
                yield from self._condition(kind, condition, (*place, name, index))
        if when.observe is not None or when.fact is not None:
            yield from self._condition(kind, when, place)

    def _condition(self, kind: str, condition: Condition, place: Place) -> Iterator[Mistake]:
        subject = self.role(kind, condition.of)
        if subject is None:
            roles = tuple(self.draft.head.kinds[kind].roles)
            yield self._at((*place, "of"), f"kind '{kind}' has no role '{condition.of}'", condition.of, roles)
        elif subject not in self.draft.head.kinds:
            return
        elif condition.fact is not None:
            facts = [one.id for one in self.draft.named if one.what != "cause" and one.kind == subject]
            if condition.fact not in facts:
                message = f"kind '{subject}' has no fact '{condition.fact}'"
                yield self._at((*place, "fact"), message, condition.fact, facts)
        else:
            yield from self._observed(subject, condition, place)

    def _observed(self, kind: str, condition: Condition, place: Place) -> Iterator[Mistake]:
        name = condition.observe or ""
        observable = self.observable(kind, name)
        if observable is None:
            yield from self._no_observation(kind, name, (*place, "observe"))
            return
        for bound in ("above", "below", "clear"):
            if (quantity := getattr(condition, bound)) is not None:
                yield from self._bound(name, observable, bound, quantity, (*place, bound))
        if condition.is_ is not None:
            yield from self._value(name, observable, condition.is_, (*place, "is"))
        for index, value in enumerate(condition.one_of or ()):
            yield from self._value(name, observable, value, (*place, "one_of", index))

    def _bound(
        self, name: str, observable: Observable, bound: str, quantity: Quantity, place: Place
    ) -> Iterator[Mistake]:
        if observable.type not in MEASURED:
            if bound != "clear":
                yield self._at(place, f"{name} is no number, so nothing is {bound} it", "")
            return
        number = quantity.within(observable.unit)
        if number is None:
            unit = f"in {observable.unit}" if observable.unit else "a plain number without a unit"
            yield self.draft.document.mistake(place, f"{name} is {unit}, not in {quantity.unit}", f"write it {unit}")
            return
        beyond = [
            f"at {word} {limit:g}"
            for word, limit, outside in (
                ("least", observable.least, number < (observable.least or 0)),
                ("most", observable.most, number > (observable.most or 0)),
            )
            if limit is not None and outside
        ]
        if beyond:
            unit = f" {observable.unit}" if observable.unit else ""
            message = f"{name} is {beyond[0]}{unit}, so it never comes to {quantity}"
            yield self.draft.document.mistake(place, message, "name a bound that can be reached")

    def _no_observation(self, kind: str, name: str, place: Place) -> Iterator[Mistake]:
        parts = self.draft.head.kinds[kind].parts
        part, _, reading = name.partition(".")
        if part not in parts:
            yield self._at(place, f"kind '{kind}' has no part '{part}'", part, tuple(parts))
        elif parts[part] in self.probes:
            known = [one.name for one in self.probes[parts[part]]]
            hint = did_you_mean(reading, tuple(known)).replace("'", f"'{part}.", 1) or f"it reads {', '.join(known)}"
            message = f"probe '{parts[part]}' reads no '{reading}'"
            yield self.draft.document.mistake(place, message, hint)

    def _value(self, name: str, observable: Observable, value: Scalar, place: Place) -> Iterator[Mistake]:
        kind = observable.type
        if kind is float:
            yield self._at(place, f"{name} is measured: ask with 'above' or 'below', not for one value")
        elif type(value) is not kind:
            words = {bool: "true or false", int: "a whole number", str: "text"}
            yield self._at(place, f"{name} is {words[kind]}, never {value!r}", str(value), observable.values)
        elif observable.values and value not in observable.values:
            yield self._at(place, f"{name} is never '{value}'", str(value), observable.values)

    # --- problems

    def _problem(self, problem: ProblemShape, place: Place) -> Iterator[Mistake]:
        for index, symptom in enumerate(problem.symptoms):
            yield from self._conditions(problem.kind, symptom.when, (*place, "symptoms", index, "when"))
        yield from self._conditions(problem.kind, problem.recovered.when, (*place, "recovered", "when"))
        for index, name in enumerate(problem.recovered.steady):
            if self.observable(problem.kind, name) is None:
                yield from self._no_observation(problem.kind, name, (*place, "recovered", "steady", index))
        for index, cause in enumerate(problem.causes):
            yield from self._cause(problem, cause, (*place, "causes", index))
        yield from self._remedy_ids(problem, place)

    def _remedy_ids(self, problem: ProblemShape, place: Place) -> Iterator[Mistake]:
        seen: set[str] = set()
        for number, cause in enumerate(problem.causes):
            for index, remedy in enumerate(cause.remedies):
                if remedy.id in seen:
                    here = (*place, "causes", number, "remedies", index, "id")
                    yield self._at(here, f"the problem has a remedy '{remedy.id}' already")
                seen.add(remedy.id)

    def _cause(self, problem: ProblemShape, cause: CauseShape, place: Place) -> Iterator[Mistake]:
        subject = self.role(problem.kind, cause.of)
        if subject is None:
            roles = tuple(self.draft.head.kinds[problem.kind].roles)
            yield self._at((*place, "of"), f"kind '{problem.kind}' has no role '{cause.of}'", cause.of, roles)
        elif cause.problem is not None and subject in self.draft.head.kinds:
            problems = [one.id for one in self.draft.named if one.what == "problem" and one.kind == subject]
            if cause.problem not in problems:
                message = f"kind '{subject}' has no problem '{cause.problem}'"
                yield self._at((*place, "problem"), message, cause.problem, problems)
            elif not cause.of and problem.id in self._reached(cause.problem):
                yield self._at((*place, "problem"), f"the problem '{problem.id}' would be a cause of itself")
        seen: dict[object, int] = {}
        for index, evidence in enumerate(cause.evidence):
            here = (*place, "evidence", index)
            yield from self._conditions(problem.kind, evidence, here)
            first = seen.setdefault(self._asked(problem.kind, evidence), index)
            if first != index:
                message = f"this evidence asks the same as item {first + 1}, so it can tell nothing more"
                yield self._at(here, message)
        for index, remedy in enumerate(cause.remedies):
            yield from self._remedy(problem.kind, remedy, (*place, "remedies", index))

    def _asked(self, kind: str, condition: Condition) -> object:
        subject = self.role(kind, condition.of)
        known = subject in self.draft.head.kinds
        observable = self.observable(subject, condition.observe) if subject and known and condition.observe else None
        if observable is None:
            return (condition.of, condition.fact) if condition.fact else object()
        comparable = all(
            one is None or one.within(observable.unit) is not None
            for one in (condition.above, condition.below, condition.clear)
        )
        return (condition.of, observed_fact(condition, observable)) if comparable else object()

    def _reached(self, problem: str) -> set[str]:
        reached, ahead = {problem}, [problem]
        while ahead:
            here = ahead.pop()
            causes = (cause for one in self.draft.problems.values() if one.id == here for cause in one.causes)
            new = {cause.problem for cause in causes if cause.problem and not cause.of} - reached
            reached |= new
            ahead += sorted(new)
        return reached

    def _remedy(self, kind: str, remedy: RemedyShape, place: Place) -> Iterator[Mistake]:
        yield from self._given(kind, remedy.brings, (*place, "brings"))
        for index, step in enumerate(remedy.steps):
            yield from self._step(kind, step, (*place, "steps", index))
        if remedy.instruction is not None:
            for language in ("en", "zh"):
                text = getattr(remedy.instruction, language)
                yield from self._filled(kind, text, (*place, "instruction", language))

    def _step(self, kind: str, step: StepShape, place: Place) -> Iterator[Mistake]:
        action = self.actions.get(step.action)
        if action is None:
            yield self._at((*place, "action"), f"unknown action '{step.action}'", step.action, tuple(self.actions))
        else:
            for name in step.params:
                if name not in action.fields:
                    here = (*place, "with", name)
                    yield self._at(here, f"'{action.name}' takes no '{name}'", name, action.fields, key=True)
            for name in action.required:
                if name not in step.params:
                    yield self._at((*place, "with"), f"'{action.name}' needs '{name}'", key=True)
        for name, value in step.params.items():
            if isinstance(value, str):
                yield from self._filled(kind, value, (*place, "with", name))

    def _filled(self, kind: str, text: str, place: Place) -> Iterator[Mistake]:
        parts = self.draft.head.kinds[kind].parts
        if leftover(text):
            yield self._at(place, "a brace stands alone: write {part.setting}, or leave it out")
        for placeholder in placeholders(text):
            part, _, setting = placeholder.partition(".")
            known = ABOUT_TARGET if part == "target" else self.settings.get(parts.get(part, ""), (setting,))
            if part != "target" and part not in parts:
                message = f"'{{{placeholder}}}' names no part of kind '{kind}'"
                yield self._at(place, message, part, (*parts, "target"))
            elif not setting or setting not in known:
                message = f"'{{{placeholder}}}' names no setting of '{part}'"
                yield self._at(place, message, setting, known)

    # --- examples

    def _given(self, kind: str, values: Mapping[str, Scalar | None], place: Place) -> Iterator[Mistake]:
        """What is wrong with observations and their values, by name."""
        for name, value in values.items():
            observable = self.observable(kind, name)
            if observable is None:
                yield from self._no_observation(kind, name, (*place, name))
            elif value is not None and observable.type is float:
                if isinstance(value, bool) or not isinstance(value, int | float):
                    yield self._at((*place, name), f"{name} is a number, never {value!r}")
            elif value is not None:
                yield from self._value(name, observable, value, (*place, name))

    def _example(self, example: ExampleShape, place: Place) -> Iterator[Mistake]:
        yield from self._given(example.kind, example.given, (*place, "given"))
        for problem, cause in example.expect.items():
            problems = [one.id for one in self.draft.named if one.what == "problem" and one.kind == example.kind]
            causes = [one.id for one in self.draft.named if one.what == "cause" and one.kind == problem]
            here = (*place, "expect", problem)
            if problem not in problems:
                message = f"kind '{example.kind}' has no problem '{problem}'"
                yield self._at(here, message, problem, problems, key=True)
            elif cause not in (*causes, NONE_OF_THESE):
                yield self._at(here, f"'{problem}' has no cause '{cause}'", cause, (*causes, NONE_OF_THESE))
