"""HOW a diagnosis came about: from the problem down to the observations, and each cause with all that bears on it.

It is computed from the diagnosis and the same pack that made it, never made up; what a newer pack no longer knows is
left out, and the explanation says so. The result is a tree of plain texts for any door to style.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from engine.diagnosis import words
from engine.diagnosis.seen import NOTHING, UNKNOWN, describe, shown
from engine.knowledge import Above, Below, Detector, OneOf, Pack, Problem
from engine.model import Bearing, Diagnosis, Fact, Firing, ProblemRef, RankedCause, Text, Truth, WeighedEvidence


class Kind(StrEnum):
    """What a line of an explanation speaks of, for whoever styles it."""

    PROBLEM = "problem"
    HEADING = "heading"
    SYMPTOM = "symptom"
    FACT = "fact"
    OBSERVATION = "observation"
    CAUSE = "cause"
    FOR = "for"
    AGAINST = "against"
    MISSING = "missing"
    NOT_COUNTED = "not-counted"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One statement and what it rests on."""

    kind: Kind
    text: str
    parts: tuple["Explanation", ...] = ()


def explain(pack: Pack, diagnosis: Diagnosis, language: str) -> Explanation:
    """The explanation of `diagnosis` in `language` ("en" or "zh")."""
    return _Telling(pack, diagnosis, language).whole()


def lines(explanation: Explanation) -> tuple[str, ...]:
    """The explanation as lines of text, indented by two spaces for each level."""
    return tuple(_indented(explanation, ""))


def explain_cause(pack: Pack, diagnosis: Diagnosis, cause: RankedCause, language: str) -> Explanation:
    """One cause of `diagnosis` with all that bears on it."""
    return _Telling(pack, diagnosis, language).cause(cause)


def condition(detector: Detector, language: str) -> str:
    """What a detector asks of its observation: "above 90, clears at 80 for 60 s"."""
    match detector.test:
        case OneOf(values=(value,)):
            text = words.IS.in_language(language).format(shown(value))
        case OneOf(values=values):
            text = words.ONE_OF.in_language(language).format(", ".join(map(shown, values)))
        case Above(bound=bound, clear=clear):
            text = _bounded(words.ABOVE, bound, clear, language)
        case Below(bound=bound, clear=clear):
            text = _bounded(words.BELOW, bound, clear, language)
    held = words.FOR_SECONDS.in_language(language).format(shown(detector.hold)) if detector.hold else ""
    return text + held


def percent(probability: float) -> str:
    """A probability for people; never 0 % or 100 %, because nothing here is certain."""
    if probability > 0.99:  # noqa: PLR2004 - the bounds stand in the text
        return ">99 %"
    return "<1 %" if probability < 0.01 else f"{probability * 100:.0f} %"  # noqa: PLR2004


def _indented(explanation: Explanation, indent: str) -> Iterator[str]:
    yield indent + explanation.text
    for part in explanation.parts:
        yield from _indented(part, indent + "  ")


def _bounded(template: Text, bound: float, clear: float, language: str) -> str:
    clears = words.CLEARS.in_language(language).format(shown(clear)) if clear != bound else ""
    return template.in_language(language).format(shown(bound)) + clears


class _Telling:
    """The words for one diagnosis in one language."""

    def __init__(self, pack: Pack, diagnosis: Diagnosis, language: str) -> None:
        self._pack = pack
        self._diagnosis = diagnosis
        self._language = language
        self._problems: Mapping[str, Problem] = {one.id: one for one in pack.problems}
        self._observations = {(one.target, one.name): one for one in diagnosis.observations}
        self._firings: dict[Fact, list[Firing]] = {}
        for firing in diagnosis.proof:
            self._firings.setdefault(firing.concluded, []).append(firing)
        self._told: set[Fact] = set()

    def whole(self) -> Explanation:
        """The tree, from the problem down."""
        diagnosis = self._diagnosis
        moment = f"{datetime.fromtimestamp(diagnosis.at, UTC):%Y-%m-%d %H:%M:%S} UTC"
        title = self._say(diagnosis.title)
        parts = [
            self._heading(words.SHOWS, self._symptoms()),
            self._heading(words.MAY_BE, map(self.cause, diagnosis.causes)),
        ]
        if diagnosis.consequence_of:
            name = self._named(diagnosis.consequence_of)
            parts.insert(0, Explanation(kind=Kind.NOTE, text=f"{self._say(words.CONSEQUENCE)}: {name}"))
        for heading, rules in ((words.INHIBITED, diagnosis.inhibited), (words.ESCALATED, diagnosis.escalated)):
            parts += [self._heading(heading, map(self._ruling, rules))] if rules else []
        if diagnosis.consequences:
            parts.append(self._heading(words.CONSEQUENCES, map(self._consequence, diagnosis.consequences)))
        if also := tuple(self._unnamed(parts)):
            parts.append(self._heading(words.ALSO, also))
        digest = diagnosis.pack_digest[:12]
        source = self._say(words.KNOWLEDGE).format(diagnosis.pack, diagnosis.pack_version, digest)
        parts.append(Explanation(kind=Kind.NOTE, text=source))
        if diagnosis.pack_digest != self._pack.digest:
            parts.append(Explanation(kind=Kind.NOTE, text=self._say(words.CHANGED)))
        text = f"{diagnosis.severity} {title} ({diagnosis.ref}), {moment}"
        return Explanation(kind=Kind.PROBLEM, text=text, parts=tuple(parts))

    def _named(self, ref: ProblemRef) -> str:
        problem = self._problems.get(ref.problem)
        return f"{self._say(problem.title)} ({ref})" if problem else str(ref)

    def _consequence(self, ref: ProblemRef) -> Explanation:
        problem = self._problems.get(ref.problem)
        parts = self._fact(Fact(target=ref.target, name=problem.fact)).parts if problem else ()
        return Explanation(kind=Kind.NOTE, text=self._named(ref), parts=parts)

    def _ruling(self, title: Text) -> Explanation:
        """A rule of the pack by its title, and what it rests on."""
        for ruling in self._pack.rulings:
            if ruling.title == title:
                told = self._fact(Fact(target=self._diagnosis.ref.target, name=ruling.fact))
                return Explanation(kind=Kind.NOTE, text=self._say(title), parts=told.parts)
        return Explanation(kind=Kind.NOTE, text=self._say(title))

    def _unnamed(self, told: Iterable[Explanation]) -> Iterator[Explanation]:
        """What the diagnosis rests on and no line has named: a line about evidence has room for a few only."""
        text = "\n".join(line for one in told for line in lines(one))
        for observation in self._diagnosis.observations:
            line = describe(observation)
            if line not in text:
                if observation.target != self._diagnosis.ref.target:
                    line = f"{line} ({self._say(words.ON)} {observation.target})"
                yield Explanation(kind=Kind.OBSERVATION, text=line)

    def _symptoms(self) -> Iterator[Explanation]:
        problem = self._problems.get(self._diagnosis.ref.problem)
        facts = {one.title: one.fact for one in problem.symptoms} if problem else {}
        for title in self._diagnosis.symptoms:
            text = self._say(title)
            parts: tuple[Explanation, ...] = ()
            if title in facts:
                told = self._fact(Fact(target=self._diagnosis.ref.target, name=facts[title]))
                parts = told.parts if told.text == text else (told,)
            yield Explanation(kind=Kind.SYMPTOM, text=text, parts=parts)

    def _fact(self, fact: Fact, *, absent: bool = False) -> Explanation:
        """A fact and what it follows from; what was told before is not told again."""
        title = self._pack.titles.get(fact.name)
        text = self._say(title) if title else str(fact.name)
        if absent:
            text = self._say(words.NOT).format(text)
        if fact.target != self._diagnosis.ref.target:
            text = f"{text} ({self._say(words.ON)} {fact.target})"
        if fact in self._told:
            return Explanation(kind=Kind.FACT, text=text)
        self._told.add(fact)
        observed = self._observed(fact, told=text)
        under = [self._fact(one) for firing in self._firings.get(fact, ()) for one in firing.used]
        under += [self._fact(one, absent=True) for firing in self._firings.get(fact, ()) for one in firing.absent]
        return Explanation(kind=Kind.FACT, text=text, parts=(*under, *observed))

    def _observed(self, fact: Fact, *, told: str) -> Iterator[Explanation]:
        """What was observed of a fact, with the condition unless `told` names the observation and so has it."""
        for detector in self._pack.detectors:
            observation = self._observations.get((fact.target, detector.observe))
            if detector.fact == fact.name and observation:
                asked = (
                    f" [{self._say(words.ASKED)}: {condition(detector, self._language)}]"
                    if detector.observe not in told
                    else ""
                )
                yield Explanation(kind=Kind.OBSERVATION, text=describe(observation) + asked)
                return

    def cause(self, cause: RankedCause) -> Explanation:
        """A cause and its evidence: what speaks for it first."""
        parts = [percent(cause.probability), self._say(cause.title)]
        parts += [f"({cause.problem})"] if cause.problem else []
        parts += [f"[{self._say(words.PROVED)}]"] if cause.proved else []
        in_order = sorted(map(self._evidence, cause.evidence), key=lambda one: tuple(Kind).index(one.kind))
        return Explanation(kind=Kind.CAUSE, text=" ".join(parts), parts=tuple(in_order))

    def _evidence(self, evidence: WeighedEvidence) -> Explanation:
        counted = evidence.ratio != 1
        kind = Kind(evidence.bearing) if counted or evidence.bearing is Bearing.MISSING else Kind.NOT_COUNTED
        word = self._say(words.NOT_COUNTED if kind is Kind.NOT_COUNTED else words.BEARINGS[evidence.bearing])
        weight = f" [x{evidence.ratio:.6g}]" if evidence.ratio > 1 else f" [/{1 / evidence.ratio:.6g}]"
        note = words.NOTES.get(evidence.note)
        why = self._say(note) if note else evidence.note
        statement = self._say(evidence.title)
        if evidence.truth is Truth.FALSE:
            statement = self._say(words.NOT).format(statement)
        text = f"{word}: {statement}{weight if counted else ''}{f' ({why})' if why else ''}"
        return Explanation(
            kind=kind, text=text, parts=(Explanation(kind=Kind.OBSERVATION, text=self._seen(evidence.seen)),)
        )

    def _seen(self, seen: str) -> str:
        if not seen.startswith(UNKNOWN):
            return seen
        why = seen.removeprefix(UNKNOWN)
        return self._say(words.UNKNOWN_BECAUSE) + (self._say(words.NOTHING_OBSERVED) if why == NOTHING else why)

    def _heading(self, text: Text, parts: Iterable[Explanation]) -> Explanation:
        return Explanation(kind=Kind.HEADING, text=self._say(text), parts=tuple(parts))

    def _say(self, text: Text) -> str:
        return text.in_language(self._language)
