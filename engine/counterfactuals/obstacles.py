"""What stands in the way of a fact, so that no observation makes it as it should be: the closed set.

A search gives them as it runs into them, so that "impossible" can say why.
"""

from dataclasses import dataclass
from typing import TypeAlias

from engine.model import Fact, TargetId


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Goal:
    """A fact that is to be true, or false."""

    fact: Fact
    true: bool = True


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class NeverSeen:
    """No value of the observation makes its fact as it must be."""

    goal: Goal
    observe: str


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Clash:
    """One value would have to make several facts as they must be, and none does."""

    target: TargetId
    observe: str
    goals: tuple[Goal, ...]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Nobody:
    """A rule asks about a role in which there is nobody, so that it neither fires nor fails."""

    target: TargetId
    role: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Untold:
    """Nothing tells the fact: no detector gives it on that target and no rule concludes it."""

    fact: Fact


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Circle:
    """The rule would need, in the end, the fact that it concludes."""

    fact: Fact
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Opposed:
    """The fact would have to be true and false at once."""

    fact: Fact


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Always:
    """The rule asks for nothing, so its fact is true whatever is seen."""

    fact: Fact
    rule: str


Obstacle: TypeAlias = NeverSeen | Clash | Nobody | Untold | Circle | Opposed | Always
