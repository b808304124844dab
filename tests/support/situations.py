"""Random situations from a seed: packs with detectors of every sort, targets that depend on each other, a past."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from engine.counterfactuals.situation import Key, Situation
from engine.inference.detectors import Detectors
from engine.knowledge import (
    Above,
    Below,
    Cause,
    Detector,
    Evidence,
    FaultClass,
    Likelihood,
    Literal,
    OneOf,
    Pack,
    Problem,
    Program,
    Recovery,
    Strength,
    Symptom,
    Test,
)
from engine.model import (
    CauseId,
    Digest,
    Fact,
    FactName,
    Observable,
    Observation,
    ProblemId,
    Scalar,
    Severity,
    Target,
    Text,
    Truth,
    Unknown,
)
from tests.support.programs import random_case

DARK = Unknown(because="no answer")
EXPIRES = 30.0
HOLDS = (0.0, 0.0, 5.0, 60.0)
STEP = 10.0
OBSERVABLES = (
    Observable(name="load", type=float, unit="%"),
    Observable(name="count", type=int),
    Observable(name="state", type=str, values=("up", "down", "lost")),
    Observable(name="owner", type=str),
    Observable(name="listening", type=bool),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A situation, and the running detectors that led to it."""

    seed: int
    situation: Situation
    running: Detectors

    @property
    def pack(self) -> Pack:
        return self.situation.packs[0]

    def applied(self, changes: Mapping[Key, Scalar | Unknown]) -> Mapping[Fact, Truth]:
        """What the running detectors say once the changed world has lasted longer than every `for`."""
        at = self.situation.at
        seen = {key: one.value for key, one in self.situation.observations.items()} | dict(changes)
        for _ in range(int(max(HOLDS) / STEP) + 2):
            at += STEP
            batch = [Observation(target=key[0], name=key[1], value=value, at=at) for key, value in seen.items()]
            self.running.update(batch, at)
        return self.running.facts()


def random_story(
    seed: int, *, rules: int = 10, names: int = 9, targets: int = 3, observations: int = 4, causes: int = 4
) -> Story:
    """A pack of at most `rules` rules about at most `observations` observations of each target."""
    case = random_case(seed, rules=rules, names=names, targets=targets)
    dice = random.Random(f"story {seed}")
    kinds = sorted({rule.kind for level in case.program.levels for rule in level} | {one.kind for one in case.targets})
    readable = {kind: dice.sample(OBSERVABLES, dice.randint(1, len(OBSERVABLES)))[:observations] for kind in kinds}
    concluded = sorted({rule.concludes for level in case.program.levels for rule in level})
    asked = {literal.fact for level in case.program.levels for rule in level for literal in rule.when}
    detectors = []
    for kind in kinds:
        also = [name for name in concluded if dice.random() < 0.1]  # observed and concluded
        also += [name for name in sorted(asked - set(concluded)) if dice.random() < 0.8]
        for name in dict.fromkeys((*case.program.given.get(kind, ()), *also)):
            one = dice.choice(readable[kind])
            detectors.append(_detector(dice, name, kind, one))
    given = {kind: tuple(one.fact for one in detectors if one.kind == kind) for kind in kinds}
    pack = _pack(detectors, replace(case.program, given=given), _problems(dice, kinds, concluded, given, causes))
    return _story(
        seed, dice, pack, case.targets, {(kind, f"part.{one.name}"): one for kind in kinds for one in readable[kind]}
    )


def _story(
    seed: int,
    dice: random.Random,
    pack: Pack,
    targets: Sequence[Target],
    observables: Mapping[tuple[str, str], Observable],
) -> Story:
    running = Detectors(pack.detectors, targets)
    seen: dict[Key, Observation] = {}
    at = 1_000_000.0
    for _ in range(dice.choice((0, 1, 1, 3))):
        at += dice.choice((1.0, STEP, 40.0))
        batch = [
            Observation(target=target.id, name=name, value=_value(dice, one), at=at)
            for target in targets
            for (kind, name), one in observables.items()
            if kind == target.kind and dice.random() < 0.85
        ]
        running.update(batch, at)
        seen.update({(one.target, one.name): one for one in batch})
    situation = Situation(
        packs=(pack,), targets=targets, observations=seen, at=at, observables=observables, latched=running.latched()
    )
    fresh = {key: one if one.at + EXPIRES > at else replace(one, value=DARK) for key, one in seen.items()}
    return Story(seed=seed, situation=replace(situation, observations=fresh), running=running)


def _value(dice: random.Random, observable: Observable) -> Scalar | Unknown:
    if dice.random() < 0.15:
        return DARK
    if observable.type is bool:
        return dice.random() < 0.5
    if observable.type is str:
        return dice.choice(observable.values or ("me", "you", "nobody"))
    return float(dice.randint(-1, 9)) if observable.type is float else dice.randint(-1, 9)


def _detector(dice: random.Random, fact: FactName, kind: str, one: Observable) -> Detector:
    return Detector(
        fact=fact,
        kind=kind,
        observe=f"part.{one.name}",
        test=_test(dice, one),
        hold=dice.choice(HOLDS),
        expires=EXPIRES,
    )


def _test(dice: random.Random, one: Observable) -> Test:
    if one.type is bool or dice.random() < 0.02:
        return OneOf(values=(dice.random() < 0.5,))
    if one.type is str:
        words = one.values or ("me", "you")
        return OneOf(values=tuple(dice.sample(words, dice.randint(1, len(words)))))
    low, high = sorted((dice.randint(0, 8), dice.randint(0, 8)))
    if one.type is int and dice.random() < 0.3:
        return OneOf(values=(low, high))
    return Above(bound=high, clear=low) if dice.random() < 0.5 else Below(bound=low, clear=high)


def _problems(
    dice: random.Random,
    kinds: Sequence[str],
    concluded: Sequence[FactName],
    given: Mapping[str, Sequence[FactName]],
    causes: int,
) -> tuple[Problem, ...]:
    problems = []
    for number, kind in enumerate(kinds):
        facts = (*concluded, *given[kind])
        shown = dice.choice(facts)
        problems.append(
            Problem(
                id=ProblemId(f"p{number}"),
                kind=kind,
                title=_text(f"problem {number}"),
                severity=Severity.P1,
                fault=FaultClass(type="service", kind="down"),
                fact=shown,
                symptoms=(Symptom(id=f"s{number}", title=_text(f"symptom {number}"), fact=shown),),
                causes=tuple(_cause(dice, f"c{number}.{index}", facts) for index in range(dice.randint(1, causes))),
                recovery=Recovery(fact=shown),
            )
        )
    return tuple(problems)


def _cause(dice: random.Random, name: str, facts: Sequence[FactName]) -> Cause:
    asked = {(dice.choice(facts), dice.choice(("", "", "database"))) for _ in range(dice.randint(0, 3))}
    return Cause(
        id=CauseId(name),
        title=_text(f"cause {name}"),
        likelihood=dice.choice(tuple(Likelihood)),
        evidence=tuple(
            Evidence(
                literal=Literal(fact=fact, of=of, negated=dice.random() < 0.2),
                title=_text(f"evidence {fact} {of}"),
                sees=dice.choice(("one state", fact)),
                against=dice.random() < 0.2,
                strength=dice.choice(tuple(Strength)),
                if_false=dice.choice((None, *Strength)),
            )
            for fact, of in sorted(asked)
        ),
        because=_text("because"),
    )


def _pack(detectors: Sequence[Detector], program: Program, problems: tuple[Problem, ...]) -> Pack:
    return Pack(
        id="random",
        version="1",
        digest=Digest("0" * 64),
        title=_text("random"),
        parts={},
        detectors=tuple(detectors),
        program=program,
        problems=problems,
        examples=(),
    )


def _text(en: str) -> Text:
    return Text(en=en, zh=en)
