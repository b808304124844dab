"""In what two diagnoses of one problem differ, and for how long: between two packs, or between then and now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from engine.model import CauseId, Instant, ProblemRef
from engine.rehearsing.header import Told

LEAST_SHARE = 0.01
"""Probabilities closer than this say the same to people."""


class Aspect(StrEnum):
    """What differs."""

    PROBLEM = "problem"  #: only one of the two says that there is this problem
    CAUSE = "cause"  #: another cause comes first
    PROBABILITY = "probability"  #: the same cause comes first, and some cause is more or less probable
    SEVERITY = "severity"  #: it is more or less severe
    ROOT = "root"  #: it follows from another problem, or from none
    REMEDY = "remedy"  #: another remedy would be proposed first


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What one side says of a problem; `remedy` is the first that it would propose, if any, with its parameters."""

    told: Told
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """One thing that two sides tell differently of a problem, from `since` to `until` (None: to the end)."""

    ref: ProblemRef
    aspect: Aspect
    ours: str
    theirs: str
    since: Instant
    until: Instant | None = None


class Comparison:
    """Follows two sides through time and keeps what they disagreed on, one entry for as long as it stayed so."""

    def __init__(self) -> None:
        self._ended: list[Disagreement] = []
        self._going_on: dict[tuple[ProblemRef, Aspect], Disagreement] = {}

    def at(self, at: Instant, ours: Mapping[ProblemRef, View], theirs: Mapping[ProblemRef, View]) -> None:
        """Take in what both sides say at `at`, which must not be before the last time."""
        now = {(one.ref, one.aspect): one for one in disagreements(at, ours, theirs)}
        for key, known in list(self._going_on.items()):
            found = now.pop(key, None)
            if found is None or (found.ours, found.theirs) != (known.ours, known.theirs):
                del self._going_on[key]
                if known.since < at:
                    self._ended.append(replace(known, until=at))
                if found is not None:
                    self._going_on[key] = found
        self._going_on.update(now)

    def found(self) -> tuple[Disagreement, ...]:
        """All disagreements so far, by when they began, then by problem."""
        return tuple(sorted([*self._ended, *self._going_on.values()], key=lambda one: (one.since, one.ref, one.aspect)))


def disagreements(
    at: Instant, ours: Mapping[ProblemRef, View], theirs: Mapping[ProblemRef, View]
) -> tuple[Disagreement, ...]:
    """In what two sides differ at one moment."""
    found = []
    for ref in sorted(ours.keys() | theirs.keys()):
        one, other = ours.get(ref), theirs.get(ref)
        for aspect, (mine, yours) in _aspects(one, other).items():
            found.append(Disagreement(ref=ref, aspect=aspect, ours=mine, theirs=yours, since=at))
    return tuple(found)


def _aspects(one: View | None, other: View | None) -> dict[Aspect, tuple[str, str]]:
    if one is None or other is None:
        return {Aspect.PROBLEM: (_whole(one), _whole(other))}
    found: dict[Aspect, tuple[str, str]] = {}
    mine, yours = one.told, other.told
    if mine.causes[0][0] != yours.causes[0][0]:
        found[Aspect.CAUSE] = (_first(mine), _first(yours))
    elif moved := _moved(mine.causes, yours.causes):
        shares = dict(mine.causes), dict(yours.causes)
        found[Aspect.PROBABILITY] = (_shares(moved, shares[0]), _shares(moved, shares[1]))
    if mine.severity is not yours.severity:
        found[Aspect.SEVERITY] = (mine.severity.value, yours.severity.value)
    if mine.follows != yours.follows:
        found[Aspect.ROOT] = (_root(mine), _root(yours))
    if one.remedy != other.remedy:
        found[Aspect.REMEDY] = (one.remedy or "none", other.remedy or "none")
    return found


def _moved(mine: Sequence[tuple[CauseId, float]], yours: Sequence[tuple[CauseId, float]]) -> tuple[CauseId, ...]:
    """The causes whose probabilities differ, most probable first."""
    before, after = dict(mine), dict(yours)
    causes = dict.fromkeys([*before, *after])
    return tuple(one for one in causes if abs(before.get(one, 0.0) - after.get(one, 0.0)) >= LEAST_SHARE)


def _shares(causes: Sequence[CauseId], shares: Mapping[CauseId, float]) -> str:
    return ", ".join(f"{one} at {shares[one]:.3f}" if one in shares else f"no {one}" for one in causes)


def _first(one: Told) -> str:
    cause, share = one.causes[0]
    return f"{cause} at {share:.3f}"


def _whole(one: View | None) -> str:
    return "no such problem" if one is None else f"{one.told.severity.value} {_first(one.told)}"


def _root(one: Told) -> str:
    return f"follows from {one.follows}" if one.follows else "a root"
