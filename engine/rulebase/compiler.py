"""Turns a draft without mistakes into the values of `engine.knowledge`: detectors, rules, problems, titles."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from engine.knowledge import (
    ActionCall,
    Cause,
    Check,
    Detector,
    Evidence,
    Example,
    FaultClass,
    Literal,
    Pack,
    Problem,
    Program,
    Recovery,
    Remedy,
    Rule,
    Ruling,
    Strength,
    Symptom,
)
from engine.model import CauseId, Digest, FactName, ProblemId, Text
from engine.rulebase.conditions import (
    observed_fact,
    observed_title,
    problem_fact,
    recovered_fact,
    symptom_fact,
    test_of,
)
from engine.rulebase.references import Draft, References
from engine.rulebase.schema import (
    CauseShape,
    Condition,
    EvidenceShape,
    ProblemShape,
    RemedyShape,
    RuleShape,
    When,
)
from engine.rulebase.shape import BothTexts
from engine.rulebase.yaml_text import Place

IF_FALSE = {
    Strength.PROVES: Strength.STRONG,
    Strength.STRONG: Strength.MODERATE,
    Strength.MODERATE: Strength.WEAK,
    Strength.WEAK: None,
}
"""What the absence of evidence weighs when a pack does not say: one step less than its presence."""

Levels = tuple[tuple[Rule, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """The parts of a pack before its rules are sorted, and where each rule stands in the text."""

    detectors: tuple[Detector, ...]
    rules: tuple[Rule, ...]
    places: dict[str, Place]
    problems: tuple[Problem, ...]
    titles: dict[FactName, Text]
    rulings: tuple[Ruling, ...] = ()


def compile_draft(references: References) -> Compiled:
    """The detectors, rules and problems of a draft whose references are right."""
    compiler = _Compiler(references=references)
    draft = references.draft
    for place, rule in draft.rules.items():
        compiler.titles[FactName(rule.id)] = _text(rule.title)
        compiler.rule(rule.id, rule.kind, FactName(rule.id), rule.when, (*place, "when"))
    problems = tuple(compiler.problem(problem, place) for place, problem in draft.problems.items())
    return Compiled(
        detectors=tuple(compiler.detectors.values()),
        rules=tuple(compiler.rules.values()),
        places=compiler.places,
        problems=problems,
        titles=compiler.titles,
        rulings=tuple(_ruling(rule) for rule in draft.rules.values() if rule.then),
    )


def assemble(draft: Draft, compiled: Compiled, digest: Digest, stratify: Callable[[Sequence[Rule]], Levels]) -> Pack:
    """The pack; whatever `stratify` raises passes through."""
    head = draft.head
    given = {kind: tuple(one.fact for one in compiled.detectors if one.kind == kind) for kind in head.kinds}
    return Pack(
        id=head.pack,
        version=head.version,
        digest=digest,
        title=_text(head.title),
        parts={kind: dict(shape.parts) for kind, shape in head.kinds.items()},
        roles={kind: dict(shape.roles) for kind, shape in head.kinds.items()},
        detectors=compiled.detectors,
        program=Program(levels=stratify(compiled.rules), given=given),
        problems=compiled.problems,
        examples=tuple(
            Example(
                name=one.name,
                kind=one.kind,
                given=dict(one.given),
                expect_first={ProblemId(problem): CauseId(cause) for problem, cause in one.expect.items()},
                at_least=one.at_least,
                expect_none=not one.expect,
            )
            for one in draft.examples.values()
        ),
        titles=compiled.titles,
        checks=tuple(
            Check(kind=kind, part=part, cost=one.cost, title=_text(one.title), valid=one.valid)
            for kind, shape in head.kinds.items()
            for part, one in shape.checks.items()
        ),
        rulings=compiled.rulings,
    )


def asked(references: References, kind: str, condition: Condition) -> Literal:
    """The literal of a condition on targets of `kind`; KeyError when it names what is not there."""
    if condition.fact:
        what = next(one.what for one in references.draft.named if one.id == condition.fact)
        fact = {"symptom": symptom_fact, "problem": problem_fact}.get(what, FactName)(condition.fact)
    else:
        observable = references.observable(references.role(kind, condition.of) or kind, condition.observe or "")
        if observable is None:
            raise KeyError(condition.observe)  # the references were checked before
        fact = observed_fact(condition, observable)
    return Literal(fact=fact, of=condition.of, negated=condition.negated)


@dataclass(slots=True, kw_only=True)
class _Compiler:
    references: References
    detectors: dict[tuple[str, FactName], Detector] = field(default_factory=dict)
    rules: dict[str, Rule] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    titles: dict[FactName, Text] = field(default_factory=dict)

    def rule(self, name: str, kind: str, concludes: FactName, when: When, place: Place) -> None:
        """One rule for `all` and for a single condition, one for each of `any`."""
        literals = tuple(self.literal(kind, condition) for condition in when.conditions())
        bodies = tuple((one,) for one in literals) if when.any else (literals,)
        for number, body in enumerate(bodies, start=1):
            rule_id = name if len(bodies) == 1 else f"{name}/{number}"
            self.rules[rule_id] = Rule(id=rule_id, kind=kind, concludes=concludes, when=body)
            self.places[rule_id] = place

    def literal(self, kind: str, condition: Condition) -> Literal:
        """The literal of a condition; its detector comes into being with it."""
        if condition.observe:
            self.detector(self.references.role(kind, condition.of) or kind, condition)
        return asked(self.references, kind, condition)

    def detector(self, kind: str, condition: Condition) -> None:
        name = condition.observe or ""
        observable = self.references.observable(kind, name)
        if observable is None:
            raise KeyError(name)  # the references were checked before
        fact = observed_fact(condition, observable)
        self.titles.setdefault(fact, observed_title(condition, observable))
        head = self.references.draft.head
        checks = head.kinds[kind].checks
        self.detectors[kind, fact] = Detector(
            fact=fact,
            kind=kind,
            observe=name,
            test=test_of(condition, observable.unit),
            hold=condition.hold,
            expires=check.valid if (check := checks.get(name.partition(".")[0])) else head.expires,
        )

    def problem(self, problem: ProblemShape, place: Place) -> Problem:
        problem_id = ProblemId(problem.id)
        for number, symptom in enumerate(problem.symptoms):
            here = (*place, "symptoms", number)
            shown = symptom_fact(symptom.id)
            self.titles[shown] = _text(symptom.title)
            self.rule(f"symptom {symptom.id}", problem.kind, shown, symptom.when, (*here, "when"))
            rule = Rule(
                id=f"problem {problem.id} by {symptom.id}",
                kind=problem.kind,
                concludes=problem_fact(problem.id),
                when=(Literal(fact=shown),),
            )
            self.rules[rule.id], self.places[rule.id] = rule, here
        self.titles[problem_fact(problem.id)] = _text(problem.title)
        recovered = recovered_fact(problem_id)
        self.titles[recovered] = Text(en=f"{problem.title.en}: over", zh=f"{problem.title.zh}：已恢复")
        self.rule(recovered, problem.kind, recovered, problem.recovered.when, (*place, "recovered", "when"))
        return Problem(
            id=problem_id,
            kind=problem.kind,
            title=_text(problem.title),
            severity=problem.severity,
            fault=FaultClass(type=problem.fault.type, kind=problem.fault.kind),
            fact=problem_fact(problem.id),
            symptoms=tuple(
                Symptom(id=one.id, title=_text(one.title), fact=symptom_fact(one.id)) for one in problem.symptoms
            ),
            causes=tuple(self.cause(problem.kind, cause) for cause in problem.causes),
            recovery=Recovery(
                fact=recovered,
                looks=problem.recovered.looks,
                over=problem.recovered.over,
                steady=problem.recovered.steady,
            ),
        )

    def cause(self, kind: str, cause: CauseShape) -> Cause:
        evidence = [self.evidence(kind, one) for one in cause.evidence]
        if cause.problem is not None:
            evidence.insert(0, self.other_problem(cause, cause.problem))
        return Cause(
            id=CauseId(cause.id),
            title=_text(cause.title),
            likelihood=cause.likelihood,
            evidence=tuple(evidence),
            because=_text(cause.because),
            problem=ProblemId(cause.problem) if cause.problem else None,
            of=cause.of,
            remedies=tuple(_remedy(one) for one in cause.remedies),
        )

    def other_problem(self, cause: CauseShape, problem: str) -> Evidence:
        title = next(one.title for one in self.references.draft.problems.values() if one.id == problem)
        fact = problem_fact(problem)
        return Evidence(
            literal=Literal(fact=fact, of=cause.of),
            title=_text(title),
            sees=fact,
            strength=Strength.PROVES,
            if_false=Strength.PROVES,
        )

    def evidence(self, kind: str, evidence: EvidenceShape) -> Evidence:
        literal = self.literal(kind, evidence)
        if not literal.negated and not literal.of and evidence.observe:
            self.titles[literal.fact] = _text(evidence.title)
        told = evidence.if_false
        return Evidence(
            literal=literal,
            title=_text(evidence.title),
            sees=evidence.sees or evidence.observe or literal.fact,
            against=evidence.against,
            strength=evidence.strength,
            if_false=IF_FALSE[evidence.strength] if told is None else None if told == "none" else Strength(told),
        )


def _remedy(remedy: RemedyShape) -> Remedy:
    return Remedy(
        id=remedy.id,
        title=_text(remedy.title),
        steps=tuple(ActionCall(action=step.action, params=dict(step.params)) for step in remedy.steps),
        instruction=_text(remedy.instruction) if remedy.instruction else None,
        fixes=remedy.fixes,
        cost=remedy.cost,
        verify_within=remedy.verify_within,
        brings=dict(remedy.brings),
        no_undo=_text(remedy.no_undo) if remedy.no_undo else None,
    )


def _ruling(rule: RuleShape) -> Ruling:
    then = rule.then
    return Ruling(
        fact=FactName(rule.id),
        kind=rule.kind,
        title=_text(rule.title),
        inhibits=tuple(map(ProblemId, then.inhibit)) if then else (),
        escalates=tuple(map(ProblemId, then.escalate)) if then else (),
        severities={ProblemId(problem): one for problem, one in then.severity.items()} if then else {},
    )


def _text(text: BothTexts) -> Text:
    return Text(en=text.en, zh=text.zh)
