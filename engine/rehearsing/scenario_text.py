"""Reads scenario files: every mistake at once, each with file, line and column, or all scenarios of the file.

A name or a value that no probe can see must not become a story in which nothing happens.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import Mistake, TextError
from engine.knowledge import Pack
from engine.model import (
    CauseId,
    Fact,
    Observable,
    ProblemId,
    ProblemRef,
    Scalar,
    Target,
    TargetId,
    Truth,
    Unknown,
)
from engine.params import did_you_mean
from engine.rehearsing.expectations import Expectation
from engine.rehearsing.names import Names
from engine.rehearsing.observables import refusal, vocabulary
from engine.rehearsing.scenario import Check, Scenario
from engine.rehearsing.scenario_shape import CheckShape, ProblemShape, SampleShape, ScenarioFile, ScenarioShape
from engine.rehearsing.series import MOST_LOOKS, Sample, Series, in_short
from engine.rulebase.shape import fit
from engine.rulebase.yaml_text import Document, Place, Plain, read, read_path

FOLDER = "scenarios"
ROOT = "none"


def beside(pack_file: Path) -> tuple[Path, ...]:
    """The scenario files beside a pack's file: scenarios/*.yaml, by name."""
    return tuple(sorted((pack_file.parent / FOLDER).glob("*.yaml")))


def load_scenarios(
    path: Path, packs: Sequence[Pack], probes: Mapping[str, Sequence[Observable]]
) -> tuple[Scenario, ...]:
    """The scenarios in a file, for `packs`; TextError with all their mistakes."""
    return _load(read_path(path), packs, probes)


def parse_scenarios(
    text: str, file: str, packs: Sequence[Pack], probes: Mapping[str, Sequence[Observable]]
) -> tuple[Scenario, ...]:
    """The scenarios in a text that `file` names in mistakes; otherwise as `load_scenarios`."""
    return _load(read(text, file), packs, probes)


def _load(
    document: Document, packs: Sequence[Pack], probes: Mapping[str, Sequence[Observable]]
) -> tuple[Scenario, ...]:
    names = Names(document=document, packs=packs, known=vocabulary(packs, probes))
    head = fit(ScenarioFile, document.data)
    mistakes = [*document.mistakes, *head.mistakes(document)]
    scenarios: list[Scenario] = []
    first: dict[str, int] = {}
    for number in range(len(head.value.scenarios) if head.value else 0):
        place: Place = ("scenarios", number)
        fitted = fit(ScenarioShape, document.at(place), place)
        mistakes += fitted.mistakes(document)
        if fitted.value is None:
            continue
        if first.setdefault(fitted.value.name, number) != number:
            mistakes.append(document.mistake((*place, "name"), "another scenario of this file has this name"))
        story = _Story(names=names, shape=fitted.value, place=place, mistakes=mistakes)
        scenarios.append(story.scenario())
    if mistakes:
        raise TextError(tuple(mistakes))
    return tuple(scenarios)


@dataclass(slots=True, kw_only=True)
class _Story:
    """One scenario on its way from its shape to its value; what is wrong goes to `mistakes`."""

    names: Names
    shape: ScenarioShape
    place: Place
    mistakes: list[Mistake]

    def scenario(self) -> Scenario:
        targets = self._targets()
        kinds = {str(target.id): target.kind for target in targets}
        shapes = self._shapes()
        last = max((one.at for one in shapes.values()), default=0.0)
        if self.shape.interval <= 0 or last / self.shape.interval > MOST_LOOKS:
            self._wrong(("interval",), f"there would be more than {MOST_LOOKS} looks until the last expectation")
        checks = [self._check(one, ("expect", number), kinds) for number, one in shapes.items()]
        return Scenario(
            name=self.shape.name,
            targets=targets,
            interval=self.shape.interval,
            series={
                (TargetId(target), name): series
                for target, readings in self.shape.series.items()
                for name, series in self._series(target, readings, kinds)
            },
            checks=tuple(sorted(checks, key=lambda one: one.at)),
        )

    def _wrong(
        self, place: Place, message: str, word: str = "", known: Sequence[str] = (), *, key: bool = False
    ) -> None:
        self.mistakes.append(self.names.mistake((*self.place, *place), message, word, known, key=key))

    def _shapes(self) -> dict[int, CheckShape]:
        """The checks that could be read; each is fitted by itself, so that one mistake does not hide others."""
        found: dict[int, CheckShape] = {}
        for number in range(len(self.shape.expect)):
            place = (*self.place, "expect", number)
            fitted = fit(CheckShape, self.names.document.at(place), place)
            self.mistakes += fitted.mistakes(self.names.document)
            if fitted.value is not None:
                found[number] = fitted.value
        return found

    def _targets(self) -> tuple[Target, ...]:
        kinds = {one.id: one.kind for one in self.shape.targets}
        seen: set[str] = set()
        for number, one in enumerate(self.shape.targets):
            place: Place = ("targets", number)
            if one.id in seen:
                self._wrong((*place, "id"), f"another target of the scenario is '{one.id}' already")
            seen.add(one.id)
            if one.kind not in self.names.known:
                known = tuple(self.names.known)
                self._wrong((*place, "kind"), f"no pack knows the kind '{one.kind}'", one.kind, known)
                continue
            roles = self.names.roles(one.kind)
            for role, other in one.depends_on.items():
                here = (*place, "depends_on", role)
                if role not in roles:
                    self._wrong(here, f"kind '{one.kind}' has no role '{role}'", role, tuple(roles), key=True)
                elif other not in kinds:
                    self._wrong(here, f"the scenario has no target '{other}'", other, tuple(kinds))
                elif kinds[other] != roles[role]:
                    self._wrong(here, f"the role '{role}' is for a '{roles[role]}', not a '{kinds[other]}'")
        return tuple(
            Target(
                id=TargetId(one.id),
                kind=one.kind,
                parts={},
                depends_on={role: TargetId(other) for role, other in one.depends_on.items()},
            )
            for one in self.shape.targets
        )

    # --- what is seen

    def _series(
        self, target: str, readings: Mapping[str, object], kinds: Mapping[str, str]
    ) -> Iterator[tuple[str, Series]]:
        if not self._is_target(target, ("series", target), kinds, key=True):
            return
        known = self.names.known.get(kinds[target], {})
        for name in readings:
            place: Place = ("series", target, name)
            observable = known.get(name)
            raw = self.names.document.at((*self.place, *place))
            if observable is None:
                message = f"nothing of kind '{kinds[target]}' is read as '{name}'"
                if raw is None and "." not in name:  # `a: x x2, y` in braces is two keys
                    hint = "put values with commas between them in quotes or in [ ]"
                    self.mistakes.append(self.names.document.mistake((*self.place, *place), message, hint, key=True))
                else:
                    self._wrong(place, message, name, tuple(known), key=True)
                continue
            yield name, self._checked(name, observable, self._one(raw, place), place)

    def _one(self, raw: Plain, place: Place) -> Series:
        """The series that stands at `place`; an empty one when it is wrong."""
        if isinstance(raw, list) and any(isinstance(item, dict) for item in raw):
            return self._listed(raw, place)
        items = raw if isinstance(raw, list) else raw.split(",") if isinstance(raw, str) else [raw]
        plain = [item for item in items if not isinstance(item, list | dict)]
        if not items or len(plain) < len(items):
            self._wrong(place, "should be a value, values in short ('running x5, fatal'), or a list of {at, value}")
            return Series(samples=())
        try:
            return in_short(plain, self.shape.interval)
        except ValueError as error:
            self._wrong(place, str(error))
            return Series(samples=())

    def _listed(self, raw: list[Plain], place: Place) -> Series:
        samples: list[Sample] = []
        for number, item in enumerate(raw):
            here: Place = (*place, number)
            fitted = fit(SampleShape, item, (*self.place, *here))
            self.mistakes += fitted.mistakes(self.names.document)
            if fitted.value is None:
                continue
            if samples and fitted.value.at <= samples[-1].at:
                self._wrong((*here, "at"), "should be later than the one before it")
            unknown = Unknown(because=fitted.value.unknown) if fitted.value.unknown else None
            value = fitted.value.value if fitted.value.value is not None else unknown
            samples.append(Sample(at=fitted.value.at, value=value, detail=fitted.value.detail))
        return Series(samples=tuple(samples))

    def _checked(self, name: str, observable: Observable, series: Series, place: Place) -> Series:
        """The series with numbers as its observable has them; a value that it cannot have is a mistake, told once."""
        told: set[Scalar] = set()
        samples: list[Sample] = []
        for sample in series.samples:
            value = sample.value
            if value is None or isinstance(value, Unknown):
                samples.append(sample)
                continue
            trouble = refusal(observable, value)
            if trouble and value not in told:
                told.add(value)
                word = value if isinstance(value, str) else ""
                hint = did_you_mean(word, observable.values)
                message = f"{name} {trouble}, not {repr(value)[:60]}"
                self.mistakes.append(self.names.document.mistake((*self.place, *place), message, hint))
            proper = float(value) if observable.type is float and not trouble else value
            samples.append(Sample(at=sample.at, value=proper, detail=sample.detail))
        return Series(samples=tuple(samples))

    # --- what must follow

    def _check(self, check: CheckShape, place: Place, kinds: Mapping[str, str]) -> Check:
        problems: list[Expectation] = []
        for number, one in enumerate(check.problems or ()):
            here = (*place, "problems", number)
            found = self._problem(one, here, kinds)
            if found is None:
                continue
            if found.ref in {known.ref for known in problems}:
                self._wrong(here, f"{found.ref} is expected already")
            problems.append(found)
        return Check(
            at=check.at,
            problems=None if check.problems is None else tuple(problems),
            facts=dict(self._facts(check, (*place, "facts"), kinds)),
        )

    def _problem(self, one: ProblemShape, place: Place, kinds: Mapping[str, str]) -> Expectation | None:
        target = one.target or (self.shape.targets[0].id if len(self.shape.targets) == 1 else "")
        if not target:
            self._wrong(place, "which 'target' has this problem? there are several", "", tuple(kinds))
            return None
        if not self._is_target(target, (*place, "target"), kinds):
            return None
        causes = self.names.causes(kinds[target])
        if one.problem not in causes:
            message = f"kind '{kinds[target]}' has no problem '{one.problem}'"
            self._wrong((*place, "problem"), message, one.problem, tuple(causes))
            return None
        if one.first is not None and one.first not in causes[one.problem]:
            message = f"'{one.problem}' has no cause '{one.first}'"
            self._wrong((*place, "first"), message, one.first, causes[one.problem])
        if one.at_least and one.first is None:
            self._wrong((*place, "at_least"), "the least probability of which cause? name it with 'first'")
        return Expectation(
            ref=ProblemRef(target=TargetId(target), problem=ProblemId(one.problem)),
            first=CauseId(one.first) if one.first else None,
            at_least=one.at_least,
            severity=one.severity,
            consequence_of=self._root(one, target, (*place, "consequence_of"), kinds),
            is_root=one.consequence_of == ROOT,
        )

    def _root(self, one: ProblemShape, target: str, place: Place, kinds: Mapping[str, str]) -> ProblemRef | None:
        if one.consequence_of in (None, ROOT):
            return None
        problem, _, where = str(one.consequence_of).partition("@")
        where = where or target
        if not self._is_target(where, place, kinds):
            return None
        causes = self.names.causes(kinds[where])
        if problem not in causes:
            self._wrong(place, f"kind '{kinds[where]}' has no problem '{problem}'", problem, (*causes, ROOT))
            return None
        return ProblemRef(target=TargetId(where), problem=ProblemId(problem))

    def _facts(self, check: CheckShape, place: Place, kinds: Mapping[str, str]) -> Iterator[tuple[Fact, Truth]]:
        for target, facts in (check.facts or {}).items():
            if not self._is_target(target, (*place, target), kinds, key=True):
                continue
            known = self.names.facts(kinds[target])
            for name, truth in facts.items():
                here = (*place, target, name)
                if name not in known:
                    close = did_you_mean(name, tuple(known))
                    ids = [one for one in known if " " not in one] if not close else list(known)
                    self._wrong(here, f"kind '{kinds[target]}' has no fact '{name}'", name, ids, key=True)
                elif not isinstance(truth, bool) and truth != Truth.UNKNOWN.value:
                    self._wrong(here, f"should be true, false or unknown, not {repr(truth)[:60]}")
                else:
                    found = Truth.of(truth) if isinstance(truth, bool) else Truth.UNKNOWN
                    yield Fact(target=TargetId(target), name=known[name]), found

    def _is_target(self, target: str, place: Place, kinds: Mapping[str, str], *, key: bool = False) -> bool:
        """Whether the scenario has a target of a known kind by that name; a mistake is told when it has none."""
        if target not in kinds:
            self._wrong(place, f"the scenario has no target '{target}'", target, tuple(kinds), key=key)
        return target in kinds and kinds[target] in self.names.known
