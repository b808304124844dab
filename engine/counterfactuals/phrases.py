"""Short phrases about facts and observations that WHY NOT and WHAT IF share, in one language."""

from collections.abc import Mapping

from engine.counterfactuals import words
from engine.counterfactuals.obstacles import Goal
from engine.counterfactuals.situation import Key, Situation
from engine.counterfactuals.why_not import Change, Need
from engine.diagnosis.seen import shown
from engine.knowledge import Above, Below, Detector, OneOf, Pack
from engine.lines import one_line
from engine.model import Fact, FactName, Observation, ProblemRef, Scalar, TargetId, Text, Truth, Unknown


class Phrases:
    """The phrases of one answer; what is not about the target `home` names its target."""

    def __init__(self, situation: Situation, pack: Pack, home: TargetId | None, language: str) -> None:
        self.language = language
        self._pack = pack
        self._home = home
        self._kinds = {one.id: one.kind for one in situation.targets}
        self._detectors: Mapping[tuple[str, FactName], Detector] = {
            (one.kind, one.fact): one for one in situation.detectors
        }

    def say(self, text: Text, *filled: str) -> str:
        """A text with its gaps filled."""
        return text.in_language(self.language).format(*filled)

    def text(self, text: Text) -> str:
        """A text that has no gaps; braces in it stay as they are."""
        return text.in_language(self.language)

    def title(self, fact: Fact) -> str:
        """What a fact says, and on which target when it is another one."""
        title = self._pack.titles.get(fact.name)
        return self._placed(self.text(title) if title else one_line(fact.name), fact.target)

    def observation(self, key: Key) -> str:
        """The name of an observation, and on which target when it is another one."""
        return self._placed(key[1], key[0])

    def problem_fact(self, ref: ProblemRef) -> Fact:
        """The fact that a problem shows."""
        return Fact(target=ref.target, name=self._pack.problem(ref.problem).fact)

    def detector(self, fact: Fact) -> Detector | None:
        """What gives a fact on its target."""
        return self._detectors.get((self._kinds[fact.target], fact.name))

    def truth(self, goal: Goal) -> str:
        """True or false, as a goal wants it."""
        return self.text(words.TRUTHS[Truth.of(goal.true)])

    def value(self, value: Scalar | Unknown) -> str:
        """A value, or that it is unknown."""
        return self.text(words.UNKNOWN) if isinstance(value, Unknown) else shown(value)

    def now(self, observation: Observation | None) -> str:
        """What was seen of an observation."""
        if observation is None:
            return self.text(words.NEVER)
        if isinstance(observation.value, Unknown):
            return self.say(words.UNSEEN, one_line(observation.value.because))
        return self.say(words.NOW, shown(observation.value))

    def change(self, change: Change) -> str:
        """What an observation would have to be, what it is, and a value that would do."""
        name, witness = self.observation(change.key), self.value(change.witness)
        asked = list(dict.fromkeys(self._need(need) for need in change.needs))
        wanted = self.say(words.AND).join(asked) or self.say(words.IS, witness)
        text = self.say(words.NEEDED, name, wanted)
        if change.hold:
            text = self.say(words.FOR_SECONDS, text, shown(change.hold))
        if wanted != self.say(words.IS, witness):
            text = self.say(words.FOR_EXAMPLE, text, witness)
        if isinstance(change.present, Unknown):
            return self.say(words.UNSEEN_NOW, text, one_line(change.present.because))
        return self.say(words.IS_NOW, text, shown(change.present))

    def wanted(self, detector: Detector, *, true: bool, sticky: bool = False) -> str:
        """What an observation must be for a detector to say true, or false.

        Short of its clear bound a test that held goes on holding; so false means beyond that bound, unless the
        value is `sticky` and so within it.
        """
        match detector.test:
            case OneOf(values=(bool(value),)):
                return self.say(words.IS, shown(value is true))
            case OneOf(values=(value,)):
                return self.say(words.IS if true else words.IS_NOT, shown(value))
            case OneOf(values=values):
                return self.say(words.ONE_OF if true else words.NONE_OF, ", ".join(map(shown, values)))
            case Above(bound=bound, clear=clear):
                edge = bound if true or sticky else clear
                return self.say(words.ABOVE if true else words.AT_MOST, shown(edge))
            case Below(bound=bound, clear=clear):
                edge = bound if true or sticky else clear
                return self.say(words.BELOW if true else words.AT_LEAST, shown(edge))

    def _need(self, need: Need) -> str:
        return self.wanted(need.detector, true=need.true, sticky=need.sticky)

    def _placed(self, text: str, target: TargetId) -> str:
        return text if target == self._home else self.say(words.ON, text, target)
