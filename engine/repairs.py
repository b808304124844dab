"""Says which remedies are one repair: those that do the same, whatever their names and whichever their causes.

A restart may be offered against several causes. It is worth what it may mend of all of them, and when it has not
helped against one, doing it again for another is pointless. Diagnosis and remediation both have to see it so.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import TypeAlias, TypeVar

from engine.knowledge import Remedy
from engine.model import Scalar

Doing: TypeAlias = tuple[tuple[str, tuple[tuple[str, str, Scalar], ...]], ...] | str
_Cause = TypeVar("_Cause")


def doing(remedy: Remedy) -> Doing:
    """What a remedy does: equal for those of the same steps (actions and parameters, in the same order).

    Remedies without steps are the same when they tell a person the same.
    """
    if not remedy.steps:
        return remedy.instruction.en if remedy.instruction else remedy.id
    return tuple((step.action, _exactly(step.params)) for step in remedy.steps)


def as_repairs(
    remedies: Iterable[tuple[_Cause, Remedy]], tried: AbstractSet[str] = frozenset()
) -> tuple[tuple[tuple[_Cause, Remedy], ...], ...]:
    """Each repair as the causes that it is offered against and how, all in the order given.

    What does the same as a remedy whose id is in `tried` is left out.
    """
    offered = list(remedies)
    done = {doing(remedy) for _, remedy in offered if remedy.id in tried}
    groups: dict[Doing, list[tuple[_Cause, Remedy]]] = {}
    for cause, remedy in offered:
        if doing(remedy) not in done:
            groups.setdefault(doing(remedy), []).append((cause, remedy))
    return tuple(map(tuple, groups.values()))


def _exactly(params: Mapping[str, Scalar]) -> tuple[tuple[str, str, Scalar], ...]:
    """Parameters in order, with the types of their values: True is not 1."""
    return tuple((name, type(value).__name__, value) for name, value in sorted(params.items()))
