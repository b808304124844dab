"""One root and three families, by who must act: the rule's author, the operator, or us.

A message says what happened, to what, and what to do next. The docstring of a class is its default message.
"""

from dataclasses import dataclass


class MedicusError(Exception):
    """Something went wrong in Medicus."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").strip())


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Mistake:
    """One error in a text: where it stands, what is wrong, and a way out. Lines and columns count from 1."""

    file: str
    line: int
    column: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.file}:{self.line}:{self.column}: {self.message}{hint}"


class RuleError(MedicusError):
    """A rule pack or a configuration file is wrong: its author must mend it."""


class TextError(RuleError):
    """A YAML text has mistakes; all of them are in `mistakes`."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        self.mistakes = tuple(sorted(mistakes))
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


class ActionError(MedicusError):
    """Something outside is not as it must be: the operator must act."""


class SettingsError(ActionError):
    """The settings cannot be used as they are."""


class StoreError(ActionError):
    """The store cannot be read or written."""


class AlreadyRunningError(ActionError):
    """Another `medicus run` holds this state folder."""


class ConflictError(ActionError):
    """What you act on has changed since you looked at it."""


class NotFoundError(ActionError):
    """There is no such thing."""


class InternalError(MedicusError):
    """Medicus itself failed: please report it."""


class TransitionError(InternalError):
    """A life cycle does not allow this change."""


class InferenceError(InternalError):
    """The inference engine died, was silent, or gave a wrong answer."""
