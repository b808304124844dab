"""What lint says: findings of a closed set of kinds, each with its place in a text.

A finding is no proof that a pack is wrong; it is a proof that the pack says something that its author hardly meant.
Where that cannot be proved, nothing is said.
"""

from dataclasses import dataclass
from enum import StrEnum

from engine.errors import Mistake


class Level(StrEnum):
    """How bad a finding is."""

    ERROR = "error"  #: the pack does not load
    WARNING = "warning"  #: it loads and does something that is hardly meant
    ADVICE = "advice"  #: it does what it says; something that others need is missing


class Kind(StrEnum):
    """What a finding is about."""

    MISTAKE = "mistake"  #: the loader refuses it
    NEVER = "never"  #: a condition that nothing that can be seen makes true
    ALWAYS = "always"  #: a condition that is true whatever is seen
    SAYS_NOTHING = "says-nothing"  #: evidence that is the same whenever its problem shows
    SHADOWED = "shadowed"  #: a condition that another one covers, with the same conclusion
    UNUSED = "unused"  #: a rule, part or role that nothing asks for
    NOT_TOLD_APART = "not-told-apart"  #: two causes that no observation tells apart
    NEVER_FIRST = "never-first"  #: a cause that is not the most probable one whatever is seen
    PRESUMED = "presumed"  #: a cause that is acted upon before anything was seen of it
    BOTH_SIDES = "both-sides"  #: one state that speaks for a cause and against it
    COUNTED_TWICE = "counted-twice"  #: one observation that counts as two states
    UNVERIFIED = "unverified"  #: a remedy whose success can never be seen, or is seen at once
    NO_UNDO = "no-undo"  #: a remedy that cannot be taken back without a word about it, or the other way round
    OSCILLATION = "oscillation"  #: a remedy that brings about what it, or another, is for
    CIRCLE = "circle"  #: problems that are the cause of each other
    ABSENT = "absent"  #: something that cannot be seen where a part or a role is missing
    UNSAFE = "unsafe"  #: a remedy of some risk for a cause that little speaks for
    NO_REMEDY = "no-remedy"  #: a cause against which nothing is offered
    TIMING = "timing"  #: times that do not fit each other
    UNIT = "unit"  #: a bound that looks as if it were in another unit
    RULING = "ruling"  #: rulings that change nothing or contradict each other
    TRANSLATION = "translation"  #: texts of the two languages that do not say the same
    EXAMPLE = "example"  #: something that no example shows, or an example that does not hold


_LEVELS = {
    Kind.MISTAKE: Level.ERROR,
    Kind.UNUSED: Level.ADVICE,
    Kind.TRANSLATION: Level.ADVICE,
    Kind.NO_REMEDY: Level.ADVICE,
    Kind.EXAMPLE: Level.ADVICE,
}


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Finding:
    """One thing about a pack: where it stands, what it is, and a way out. Lines and columns count from 1."""

    file: str
    line: int
    column: int
    kind: Kind
    message: str
    hint: str = ""

    @property
    def level(self) -> Level:
        """How bad it is."""
        return _LEVELS.get(self.kind, Level.WARNING)

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.file}:{self.line}:{self.column}: [{self.kind}] {self.message}{hint}"


def found(kind: Kind, at: Mistake) -> Finding:
    """A mistake, or what is put like one, as a finding of a kind."""
    return Finding(
        file=at.file, line=at.line, column=at.column, kind=kind, message=at.message.replace("\n", " "), hint=at.hint
    )
