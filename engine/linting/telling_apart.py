"""What tells the causes of a problem apart: for each two of them the best observation, and by which factor."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from engine.knowledge import Cause
from engine.linting.situations import Roles, Seen, Situations
from engine.linting.subject import PlacedProblem
from engine.linting.weighing import Linked, groups
from engine.model import Scalar, Unknown

_CLOSE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """Two causes of one problem, and the group of observations that tells them apart best.

    `factor` is how many times the odds between the two can change by it, at least 1 (1: nothing tells them apart);
    `seen` is what favours the first most, against what favours the second most. `observations` are what the group
    looks at.
    """

    one: Cause
    other: Cause
    factor: float
    observations: tuple[str, ...] = ()
    favours_one: tuple[tuple[str, Scalar | Unknown], ...] = ()
    favours_other: tuple[tuple[str, Scalar | Unknown], ...] = ()


def matrix(situations: Situations, problem: PlacedProblem) -> tuple[Apart, ...]:
    """Every two causes of a problem in the order of the text, without those of which too much could be seen to try."""
    return tuple(pairs(situations, problem, groups(situations, problem)))


def pairs(situations: Situations, problem: PlacedProblem, found: Sequence[Linked] | None) -> Iterator[Apart]:
    """The same from the groups of the problem; where there are none, two causes are looked at by themselves."""
    for one, other in combinations(range(len(problem.problem.causes)), 2):
        looked_at = groups(situations, problem, {one, other}) if found is None else found
        if looked_at is not None:
            yield _apart(problem, looked_at, one, other)


def _apart(problem: PlacedProblem, found: Sequence[Linked], one: int, other: int) -> Apart:
    causes = problem.problem.causes
    best = Apart(one=causes[one], other=causes[other], factor=1.0)
    for group in found:
        odds = {logs[one] - logs[other]: seen for logs, seen in group.weights.items()}
        if not odds:
            continue
        most, least = max(odds), min(odds)
        if most - least > math.log(best.factor) + _CLOSE:
            best = Apart(
                one=causes[one],
                other=causes[other],
                factor=math.exp(most - least),
                observations=tuple(sorted(_named(*where) for where in group.observations)),
                favours_one=_shown(odds[most]),
                favours_other=_shown(odds[least]),
            )
    return best


def _shown(seen: Seen) -> tuple[tuple[str, Scalar | Unknown], ...]:
    """What was seen, without what was not."""
    told = ((_named(*where), value) for where, value in seen.items())
    return tuple(sorted((name, value) for name, value in told if not isinstance(value, Unknown)))


def _named(roles: Roles, observe: str) -> str:
    return " of ".join((observe, *reversed(roles)))
