"""How everything looks at one moment: what a look at the world comes to."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.model import (
    Conclusions,
    Diagnosis,
    Fact,
    FactName,
    Instant,
    Observation,
    ProblemRef,
    Seconds,
    TargetId,
    Text,
    Truth,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckMade:
    """A check that was made on demand, and why: for which problem, and what it was expected to tell and to save.

    `bits` is the expected information about the cause, `saving` the expected saving in seconds of trouble.
    """

    target: TargetId
    part: str
    title: Text
    about: ProblemRef
    bits: float
    saving: Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """How everything looks at one time: observations, what follows from them, and what is wrong.

    `checks` are those that were made on demand in this look.
    """

    at: Instant
    observations: Mapping[tuple[TargetId, str], Observation]
    conclusions: Conclusions
    diagnoses: Mapping[ProblemRef, Diagnosis]
    checks: tuple[CheckMade, ...] = ()

    def truth(self, target: TargetId, name: FactName) -> Truth:
        """The truth of a fact about a target; unknown when nothing was said of it."""
        return self.conclusions.truth(Fact(target=target, name=name))
