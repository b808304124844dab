"""WHY NOT told: how it stands and why, what would have to be seen instead, and what would follow.

As HOW does, it gives a tree of plain texts for any door to style, computed from the answer and the knowledge that made
it.
"""

from collections.abc import Iterable, Iterator
from typing import assert_never

from engine.counterfactuals import words
from engine.counterfactuals.obstacles import (
    Always,
    Circle,
    Clash,
    Goal,
    NeverSeen,
    Nobody,
    Obstacle,
    Opposed,
    Untold,
)
from engine.counterfactuals.phrases import Phrases
from engine.counterfactuals.present import Present
from engine.counterfactuals.situation import Situation
from engine.counterfactuals.why_not import Answer, Change, Outcome
from engine.counterfactuals.why_not_cause import CauseAnswer
from engine.diagnosis.explanation import Explanation, Kind, explain_cause, percent
from engine.diagnosis.seen import shown
from engine.knowledge import Pack
from engine.model import Diagnosis, Firing, Seconds, Text


def tell(situation: Situation, pack: Pack, answer: Answer, language: str) -> Explanation:
    """WHY NOT a fact, in `language` ("en" or "zh")."""
    goal = answer.goals[0]
    telling = _Telling(situation, pack, Phrases(situation, pack, goal.fact.target, language))
    return telling.fact(answer)


def tell_cause(situation: Situation, pack: Pack, answer: CauseAnswer, language: str) -> Explanation:
    """WHY NOT a cause, in `language`."""
    phrases = Phrases(situation, pack, answer.hypothesis.ref.target, language)
    return _Telling(situation, pack, phrases).cause(answer)


class _Telling:
    """The words for one answer."""

    def __init__(self, situation: Situation, pack: Pack, phrases: Phrases) -> None:
        self._situation = situation
        self._pack = pack
        self._phrases = phrases

    def fact(self, answer: Answer) -> Explanation:
        """WHY NOT a fact: now, the changes, the rules that would fire."""
        present = Present(self._situation, self._pack, self._phrases)
        asked = " + ".join(self._phrases.title(goal.fact) for goal in answer.goals)
        question = words.WHY_NOT if answer.goals[0].true else words.WHY
        parts = [
            self._heading(words.AS_IT_IS, [present.told(goal.fact) for goal in answer.goals]),
            self._outcome(answer.outcome, answer.changes, answer.hold, answer.examined),
        ]
        if answer.firings:
            parts.append(self._heading(words.THEN, map(self._firing, answer.firings)))
        if answer.obstacles and answer.outcome is Outcome.IMPOSSIBLE:
            notes = dict.fromkeys(map(self._obstacle, answer.obstacles))
            why = tuple(Explanation(kind=Kind.NOTE, text=note) for note in notes)
            parts[-1] = Explanation(kind=Kind.HEADING, text=parts[-1].text, parts=why)
        return Explanation(kind=Kind.PROBLEM, text=self._say(question, asked), parts=tuple(parts))

    def cause(self, answer: CauseAnswer) -> Explanation:
        """WHY NOT a cause: where it stands and on what evidence, the changes, the ranking that they would bring."""
        asked = answer.hypothesis
        problem = self._pack.problem(asked.ref.problem)
        title = next(one.title for one in problem.causes if one.id == asked.cause)
        of, own = self._phrases.text(problem.title), f"{self._phrases.text(title)} ({asked.cause})"
        question = (
            self._say(words.WHY_NOT_CAUSE, of, own)
            if asked.at_least is None
            else self._say(words.WHY_NOT_PROBABLE, of, percent(asked.at_least), own)
        )
        outcome = self._outcome(answer.outcome, answer.changes, 0.0, answer.examined)
        if answer.best is not None:
            best = self._say(words.AT_BEST, percent(answer.best))
            outcome = Explanation(kind=Kind.HEADING, text=outcome.text, parts=(Explanation(kind=Kind.NOTE, text=best),))
        parts = [self._heading(words.AS_IT_IS, self._place(answer)), outcome]
        if answer.then is not None and answer.changes:
            parts.append(self._heading(words.THEN, self._ranking(answer.then)))
        return Explanation(kind=Kind.PROBLEM, text=question, parts=tuple(parts))

    def _place(self, answer: CauseAnswer) -> Iterator[Explanation]:
        if answer.now is None:
            yield Explanation(kind=Kind.NOTE, text=self._say(words.SHOWS_NOT))
            fact = self._phrases.problem_fact(answer.hypothesis.ref)
            yield Present(self._situation, self._pack, self._phrases).told(fact)
            return
        ranked = answer.now.causes
        own = next(index for index, one in enumerate(ranked) if one.id == answer.hypothesis.cause)
        told = explain_cause(self._pack, answer.now, ranked[own], self._phrases.language)
        text = self._say(words.STANDS, str(own + 1), str(len(ranked)), told.text)
        yield Explanation(kind=Kind.CAUSE, text=text, parts=told.parts)
        if own:
            first = explain_cause(self._pack, answer.now, ranked[0], self._phrases.language)
            yield Explanation(kind=Kind.CAUSE, text=self._say(words.FIRST_IS, first.text), parts=first.parts)

    def _ranking(self, diagnosis: Diagnosis) -> Iterator[Explanation]:
        for one in diagnosis.causes:
            title = self._phrases.text(one.title)
            yield Explanation(kind=Kind.CAUSE, text=f"{percent(one.probability)} {title}")

    def _outcome(self, outcome: Outcome, changes: tuple[Change, ...], hold: Seconds, examined: int) -> Explanation:
        match outcome:
            case Outcome.ALREADY:
                text = self._say(words.LASTING, shown(hold)) if hold else self._say(words.ALREADY)
            case Outcome.CHANGES:
                text = self._say(words.CHANGES, str(len(changes)))
            case Outcome.IMPOSSIBLE:
                text = self._say(words.IMPOSSIBLE)
            case Outcome.NOT_FOUND:
                text = self._say(words.NOT_FOUND, str(examined))
            case _:
                assert_never(outcome)
        told = tuple(Explanation(kind=Kind.OBSERVATION, text=self._phrases.change(one)) for one in changes)
        return Explanation(kind=Kind.HEADING, text=text, parts=told)

    def _firing(self, firing: Firing) -> Explanation:
        text = self._say(words.THEREFORE, self._phrases.title(firing.concluded), firing.rule)
        return Explanation(kind=Kind.FACT, text=text)

    def _obstacle(self, obstacle: Obstacle) -> str:
        match obstacle:
            case NeverSeen(goal=goal, observe=observe):
                wanted = self._phrases.truth(goal)
                return self._say(words.NEVER_SEEN, observe, wanted, self._phrases.title(goal.fact))
            case Clash(target=target, observe=observe, goals=goals):
                name = self._phrases.observation((target, observe))
                return self._say(words.CLASH, name, self._say(words.AND).join(self._needs(goals)))
            case Nobody(target=target, role=role, rule=rule):
                return self._say(words.NOBODY, target, role, rule)
            case Untold(fact=fact):
                return self._say(words.UNTOLD, self._phrases.title(fact))
            case Circle(fact=fact, rule=rule):
                return self._say(words.CIRCLE, rule, self._phrases.title(fact))
            case Opposed(fact=fact):
                return self._say(words.OPPOSED, self._phrases.title(fact))
            case Always(fact=fact, rule=rule):
                return self._say(words.ALWAYS, rule, self._phrases.title(fact))
            case _:
                assert_never(obstacle)

    def _needs(self, goals: Iterable[Goal]) -> Iterator[str]:
        for goal in goals:
            detector = self._phrases.detector(goal.fact)
            if detector is not None:
                yield self._phrases.wanted(detector, true=goal.true)

    def _heading(self, text: Text, parts: Iterable[Explanation]) -> Explanation:
        return Explanation(kind=Kind.HEADING, text=self._say(text), parts=tuple(parts))

    def _say(self, text: Text, *filled: str) -> str:
        return self._phrases.say(text, *filled)
