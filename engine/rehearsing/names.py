"""What a scenario may speak of: roles, problems, causes and facts by the words that a pack's author knows them by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.errors import Mistake
from engine.knowledge import Pack
from engine.model import NONE_OF_THESE, FactName
from engine.params import did_you_mean
from engine.rehearsing.observables import Vocabulary
from engine.rulebase.yaml_text import Document, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names that the packs give to what is on targets of their kinds, and mistakes about them in `document`."""

    document: Document
    packs: Sequence[Pack]
    known: Vocabulary

    def mistake(
        self, place: Place, message: str, word: str = "", known: Sequence[str] = (), *, key: bool = False
    ) -> Mistake:
        """A mistake at `place`, with the one of `known` that `word` was most likely meant to be, or all of them."""
        hint = did_you_mean(word, tuple(known)) or (f"known: {', '.join(sorted(known))}" if known else "")
        return self.document.mistake(place, message, hint, key=key)

    def roles(self, kind: str) -> Mapping[str, str]:
        """The kind of target in each role of a kind."""
        return {role: other for pack in self.packs for role, other in pack.roles.get(kind, {}).items()}

    def causes(self, kind: str) -> Mapping[str, tuple[str, ...]]:
        """The problems of a kind with their causes, the rest among them."""
        problems = [one for pack in self.packs for one in pack.problems if one.kind == kind]
        return {one.id: (*(cause.id for cause in one.causes), NONE_OF_THESE) for one in problems}

    def facts(self, kind: str) -> Mapping[str, FactName]:
        """Every fact of a kind by the words that name it."""
        known: dict[str, FactName] = {}
        for pack in self.packs:
            known |= {one.fact: one.fact for one in pack.detectors if one.kind == kind}
            rules = [rule for level in pack.program.levels for rule in level if rule.kind == kind]
            known |= {rule.concludes: rule.concludes for rule in rules}
            for problem in (one for one in pack.problems if one.kind == kind):
                known |= {problem.id: problem.fact, problem.recovery.fact: problem.recovery.fact}
                known |= {one.id: one.fact for one in problem.symptoms}
        return known
