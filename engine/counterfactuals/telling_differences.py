"""WHAT IF told: what is supposed, which problems come and go, how their causes shift, which facts differ."""

from collections.abc import Iterable, Iterator

from engine.counterfactuals import words
from engine.counterfactuals.phrases import Phrases
from engine.counterfactuals.situation import Situation
from engine.counterfactuals.what_if import Difference, FactChange, ProblemChange, Supposed
from engine.diagnosis.explanation import Explanation, Kind, percent
from engine.diagnosis.seen import shown
from engine.knowledge import Pack
from engine.model import Diagnosis, Fact, Text


def tell_difference(situation: Situation, difference: Difference, language: str) -> Explanation:
    """WHAT IF, in `language` ("en" or "zh")."""
    return _Telling(situation, difference, language).whole()


class _Telling:
    """The words for one difference."""

    def __init__(self, situation: Situation, difference: Difference, language: str) -> None:
        self._difference = difference
        targets = {one.key[0] for one in difference.supposed}
        home = next(iter(targets)) if len(targets) == 1 else None
        self._packs = situation.packs
        self._phrases = {pack.id: Phrases(situation, pack, home, language) for pack in situation.packs}
        self._any = next(iter(self._phrases.values()))

    def whole(self) -> Explanation:
        """The tree."""
        said, supposed = self._difference, map(self._supposed, self._difference.supposed)
        parts = [Explanation(kind=Kind.OBSERVATION, text=text) for text in supposed]
        if said.is_none:
            parts.append(Explanation(kind=Kind.NOTE, text=self._any.say(words.SAME)))
        elif said.problems:
            parts.append(self._heading(words.PROBLEMS, map(self._problem, said.problems)))
        if said.facts:
            told = (Explanation(kind=Kind.FACT, text=text) for text in map(self._fact, said.facts))
            parts.append(self._heading(words.FACTS, told))
        if said.hold:
            parts.append(Explanation(kind=Kind.NOTE, text=self._any.say(words.AFTER, shown(said.hold))))
        return Explanation(kind=Kind.PROBLEM, text=self._any.say(words.WHAT_IF), parts=tuple(parts))

    def _supposed(self, supposed: Supposed) -> str:
        name, value = self._any.observation(supposed.key), self._any.value(supposed.after.value)
        text = self._any.say(words.SUPPOSED, name, value)
        return f"{text} [{self._any.now(supposed.before)}]"

    def _problem(self, change: ProblemChange) -> Explanation:
        parts: tuple[Explanation, ...] = ()
        if change.after is None:
            template = words.VANISHES
        elif change.before is None:
            template = words.APPEARS
            parts = (*self._root(change), *self._ranking(change.after), *self._remedy(change))
        else:
            template = words.STAYS
            parts = (*self._root(change), *self._shifts(change), *self._remedy(change))
        title = f"{self._any.text(change.title)} ({change.ref})"
        return Explanation(kind=Kind.PROBLEM, text=self._any.say(template, title), parts=parts)

    def _ranking(self, diagnosis: Diagnosis) -> Iterator[Explanation]:
        for one in diagnosis.causes:
            text = f"{percent(one.probability)} {self._any.text(one.title)}"
            yield Explanation(kind=Kind.CAUSE, text=text)

    def _shifts(self, change: ProblemChange) -> Iterator[Explanation]:
        for one in change.causes:
            if percent(one.before) == percent(one.after):
                continue
            title = self._any.text(one.cause.title)
            text = self._any.say(words.FROM_TO, title, percent(one.before), percent(one.after))
            yield Explanation(kind=Kind.CAUSE, text=text)

    def _root(self, change: ProblemChange) -> Iterator[Explanation]:
        before = change.before.consequence_of if change.before else None
        after = change.after.consequence_of if change.after else None
        if before != after:
            yield self._moved(words.ROOT, str(before or ""), str(after or ""))

    def _remedy(self, change: ProblemChange) -> Iterator[Explanation]:
        if change.before is None and change.remedy_after:
            text = self._any.say(words.STATES, self._any.text(words.REMEDY), change.remedy_after)
            yield Explanation(kind=Kind.NOTE, text=text)
        elif change.remedy_before != change.remedy_after:
            yield self._moved(words.REMEDY, change.remedy_before, change.remedy_after)

    def _moved(self, what: Text, before: str, after: str) -> Explanation:
        none = self._any.text(words.NONE)
        text = self._any.say(words.FROM_TO, self._any.text(what), before or none, after or none)
        return Explanation(kind=Kind.NOTE, text=text)

    def _fact(self, change: FactChange) -> str:
        before, after = (self._any.text(words.TRUTHS[one]) for one in (change.before, change.after))
        return self._any.say(words.FROM_TO, self._title(change.fact), before, after)

    def _title(self, fact: Fact) -> str:
        """The title in the first pack that has one."""
        knowing: Iterable[Pack] = (pack for pack in self._packs if fact.name in pack.titles)
        pack = next(iter(knowing), None)
        return (self._phrases[pack.id] if pack else self._any).title(fact)

    def _heading(self, text: Text, parts: Iterable[Explanation]) -> Explanation:
        return Explanation(kind=Kind.HEADING, text=self._any.say(text), parts=tuple(parts))
