"""How the causes of a problem can weigh in every situation in which it shows.

The weight of a cause is a product over what is seen, so observations that no rule, no `sees` and no symptom links can
be looked at one group after the other; that keeps the number of situations small. When a group alone is too large,
nothing is claimed.
"""

import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TypeAlias

from engine.diagnosis.ranking import NONE_OF_THESE_PRIOR, PRIOR, weigh
from engine.knowledge import Evidence, Literal
from engine.linting.situations import Roles, Seen, Situations
from engine.linting.subject import PlacedProblem
from engine.model import Truth

MOST_TRIED = 2_000
_CLOSE = 1e-9
Logs: TypeAlias = tuple[float, ...]
"""The logarithms of the likelihood ratios of each cause, in the order of the problem."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """Observations that are linked, and how the causes can weigh by them alone, each with what is seen then."""

    observations: frozenset[tuple[Roles, str]]
    weights: Mapping[Logs, Seen]
    proving: frozenset[int]


def groups(
    situations: Situations, problem: PlacedProblem, among: AbstractSet[int] | None = None
) -> tuple[Linked, ...] | None:
    """The groups of evidence of a problem; None when there are too many situations to try.

    With `among` only the evidence of these causes is looked at; all others then weigh nothing.
    """
    kind, causes = problem.problem.kind, problem.problem.causes
    shows = Literal(fact=problem.problem.fact)
    wanted = [number for number in range(len(causes)) if among is None or number in among]
    items = [(number, one) for number in wanted for one in causes[number].evidence]
    reads = [situations.reads(kind, [one.literal]) for _, one in items]
    behind = situations.reads(kind, [shows])
    if behind is None or any(one is None for one in reads):
        return None
    found = []
    for linked in _linked(items, [one or frozenset() for one in reads], behind):
        own = [items[index] for index in linked]
        observations = frozenset[tuple[Roles, str]]().union(*(reads[index] or () for index in linked))
        touches = bool(observations & behind)
        literals = list(dict.fromkeys(one.literal for _, one in own))
        asked = [*literals, shows] if touches else literals
        seen = situations.of(kind, asked, unknown=True)
        if seen is None:
            return None
        found.append(_weighed(own, asked, seen, len(causes), observations, shows=touches))
    return tuple(found)


def first(found: Sequence[Linked], problem: PlacedProblem, number: int) -> bool | None:
    """Whether the cause at `number` can weigh more than every other and more than none of these; None: not known.

    `found` are the groups of the problem.
    """
    if not all(group.weights for group in found):
        return None  # the problem never shows
    causes = problem.problem.causes
    rivals = [one for one in range(len(causes)) if one != number]
    own = math.log(PRIOR[causes[number].likelihood])
    start = (own - math.log(NONE_OF_THESE_PRIOR), *(own - math.log(PRIOR[causes[one].likelihood]) for one in rivals))
    if any(len(group.weights) > MOST_TRIED for group in found):
        return None
    leads = [
        _best({(logs[number], *(logs[number] - logs[one] for one in rivals)) for logs in group.weights})
        for group in found
    ]
    best_of_each = [tuple(map(max, zip(*options, strict=True))) for options in leads]
    if min(_sum([start, *best_of_each])) <= _CLOSE:
        return False  # one rival stays ahead even where everything is as bad for it as it can be
    return _can_lead(start, leads)


def _can_lead(start: Logs, leads: Sequence[Sequence[Logs]]) -> bool | None:
    """Whether one option of each group can be chosen so that every sum is positive; None when it takes too long."""
    reached = [start]
    for options in leads:
        if len(reached) * len(options) > MOST_TRIED:
            return True if _greedily(start, leads) else None
        reached = _best({_sum([one, lead]) for one in reached for lead in options})
    return any(min(one) > _CLOSE for one in reached)


def _greedily(start: Logs, leads: Sequence[Sequence[Logs]]) -> bool:
    """Whether always choosing what helps the worst sum most leads there."""
    reached = start
    for options in leads:
        reached = max((_sum([reached, one]) for one in options), key=min)
    return min(reached) > _CLOSE


def _weighed(
    own: Sequence[tuple[int, Evidence]],
    asked: Sequence[Literal],
    seen: Mapping[tuple[Truth, ...], Seen],
    causes: int,
    observations: frozenset[tuple[Roles, str]],
    *,
    shows: bool,
) -> Linked:
    """What the evidence of one group comes to in each of its situations."""
    weights: dict[Logs, Seen] = {}
    proving: set[int] = set()
    of_cause = [[one for cause, one in own if cause == number] for number in range(causes)]
    known: dict[tuple[int, tuple[Truth, ...]], float] = {}
    for vector, what in seen.items():
        if shows and vector[-1] is not Truth.TRUE:
            continue
        truths = dict(zip(asked, vector, strict=True))
        logs = []
        for number, items in enumerate(of_cause):
            said = (number, tuple(truths[one.literal] for one in items))
            if said not in known:
                counted = weigh(zip(items, said[1], strict=True))
                known[said] = round(math.fsum(math.log(one.ratio) for one in counted), 9)
                if any(one.proves for one in counted):
                    proving.add(number)
            logs.append(known[said])
        weights.setdefault(tuple(logs), what)
    return Linked(observations=observations, weights=weights, proving=frozenset(proving))


def _linked(
    items: Sequence[tuple[int, Evidence]],
    reads: Sequence[frozenset[tuple[Roles, str]]],
    behind: frozenset[tuple[Roles, str]],
) -> list[list[int]]:
    """The items in groups that share observations, a state of one cause, or what the problem shows by."""
    marks: list[set[object]] = []
    for (number, one), observations in zip(items, reads, strict=True):
        shown = {"shows"} if observations & behind else set()
        marks.append({*observations, (number, one.sees), *shown})
    linked: list[tuple[set[object], list[int]]] = []
    for index, own in enumerate(marks):
        touching = [one for one in linked if one[0] & own]
        linked = [one for one in linked if not one[0] & own]
        together = sorted([*(inner for _, inside in touching for inner in inside), index])
        linked.append((own.union(*(one[0] for one in touching)), together))
    return [inside for _, inside in linked]


def _sum(logs: Sequence[Logs]) -> Logs:
    return tuple(map(math.fsum, zip(*logs, strict=True)))


def _best(leads: set[Logs]) -> list[Logs]:
    """The leads that no other one beats in every respect."""
    kept: list[Logs] = []
    for one in sorted(leads, reverse=True):
        if not any(all(left >= right for left, right in zip(other, one, strict=True)) for other in kept):
            kept.append(one)
    return kept
