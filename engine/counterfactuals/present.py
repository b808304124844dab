"""How a fact stands now, and why: down to the observations that keep it from being so, or make it so."""

from collections.abc import Iterator

from engine.counterfactuals import words
from engine.counterfactuals.phrases import Phrases
from engine.counterfactuals.situation import Situation, by_conclusion
from engine.diagnosis.explanation import Explanation, Kind, condition
from engine.diagnosis.seen import describe
from engine.inference.ground import Ground
from engine.knowledge import Pack, Rule
from engine.model import Fact, Target, Truth


class Present:
    """The present standing of facts by one pack; each fact is told once."""

    def __init__(self, situation: Situation, pack: Pack, phrases: Phrases) -> None:
        self._situation = situation
        self._rules = by_conclusion(pack)
        self._phrases = phrases
        self._ground = Ground(situation.targets)
        self._conclusions = situation.conclusions(pack)
        self._told: set[Fact] = set()

    def told(self, fact: Fact) -> Explanation:
        """A fact with its truth, what was observed of it, and what its rules rest on or lack."""
        truth = self._conclusions.truth(fact)
        state = self._phrases.text(words.TRUTHS[truth])
        text = self._phrases.say(words.STATES, self._phrases.title(fact), state)
        if fact in self._told:
            return Explanation(kind=Kind.FACT, text=text)
        self._told.add(fact)
        parts = (*self._observed(fact), *self._under(fact, truth))
        return Explanation(kind=Kind.FACT, text=text, parts=parts)

    def _observed(self, fact: Fact) -> Iterator[Explanation]:
        detector = self._phrases.detector(fact)
        if detector is None:
            return
        observation = self._situation.observations.get((fact.target, detector.observe))
        if observation is None:
            text = self._phrases.say(words.NEVER_OBSERVED, detector.observe)
        else:
            text = describe(observation)
        if detector.observe not in self._phrases.title(fact):
            text = f"{text} [{condition(detector, self._phrases.language)}]"
        yield Explanation(kind=Kind.OBSERVATION, text=text)

    def _under(self, fact: Fact, truth: Truth) -> Iterator[Explanation]:
        target = self._situation.target(fact.target)
        rules = self._rules.get((target.kind, fact.name), ())
        for rule in rules:
            lacking = tuple(self._literals(rule, target, truth))
            if len(rules) == 1:
                yield from lacking
            elif lacking:
                yield Explanation(kind=Kind.NOTE, text=self._phrases.say(words.BY_RULE, rule.id), parts=lacking)

    def _literals(self, rule: Rule, target: Target, truth: Truth) -> Iterator[Explanation]:
        """Of a rule that fired all that it asks for, of another one what is missing."""
        asked = list(zip(rule.when, self._ground.body(rule, target).conditions, strict=True))
        states = [
            Truth.UNKNOWN if place is None else self._holds(Fact(target=place[0], name=place[1]), negated=negated)
            for _, (place, negated) in asked
        ]
        fired = all(state is Truth.TRUE for state in states)
        if truth is Truth.TRUE and not fired:
            return
        for (literal, (place, _)), state in zip(asked, states, strict=True):
            if place is None:
                text = self._phrases.say(words.NOBODY, target.id, literal.of, rule.id)
                yield Explanation(kind=Kind.NOTE, text=text)
            elif fired or state is not Truth.TRUE:
                yield self.told(Fact(target=place[0], name=place[1]))

    def _holds(self, fact: Fact, *, negated: bool) -> Truth:
        truth = self._conclusions.truth(fact)
        return truth.negated() if negated else truth
