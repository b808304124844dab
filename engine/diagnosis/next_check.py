"""Says which on-demand check is worth doing next: the one that saves most trouble beyond what it costs.

A check is worth what it saves: some outcomes lead to another repair than the one that would be tried now, and each
of these saves what going on blindly would have cost (engine.diagnosis.troubleshooting.saving). A check that makes
one surer but changes no plan is worth nothing, however much it tells. Of several checks the one with the greatest
saving less cost is chosen; the greatest saving per cost was measured and came out further from the cheapest policy.
Where no check is worth it alone, two may be worth it together, since one of them can leave every cause just below
what is treated: then the one of the pair that tells more comes first.

It refuses to look for more when the best cause is certain enough. A cause that is another problem has no repair here:
it counts as handed over, since it is mended where it arises.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from engine.diagnosis.foreseeing import Foreseen, Suspect, contender, foresee, information, shares
from engine.diagnosis.ranking import NONE_OF_THESE, NONE_OF_THESE_TITLE, probabilities
from engine.diagnosis.troubleshooting import Repair, Trouble, best_order, saving
from engine.knowledge import Check, Detector, Literal, Remedy
from engine.model import CauseId, Seconds, Text
from engine.repairs import as_repairs

HAND_OVER: Seconds = 1800.0
"""What it costs in trouble, as a rule, when a person has to find out: half an hour."""

_LEAST_COST: Seconds = 0.1
_LEAST_SWING = 0.1  # ten points: less is not worth telling a person
_TOO_RARE = 0.01
_MOST_IN_PAIRS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Available:
    """A check that can be done now, the detectors whose facts it would settle, and the role of the target it looks at.

    The role is empty for the target that has the problem.
    """

    check: Check
    detectors: tuple[Detector, ...]
    of: str = ""

    @property
    def settles(self) -> Mapping[Literal, Detector]:
        """Each fact that it would settle, as a literal seen from the target that has the problem."""
        return {Literal(fact=one.fact, of=self.of): one for one in self.detectors}


@dataclass(frozen=True, slots=True, kw_only=True)
class Swing:
    """How far a check may move a cause: its probability now, and after the outcomes that make it least and most."""

    cause: CauseId
    title: Text
    now: float
    least: float
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenCheck:
    """A check and why: what it tells in `bits`, and what it saves on average in seconds, its own cost not taken off.

    `tells_apart` has the causes that it may move by ten points or more, furthest first. When it is only worth it
    together with another check, `followed_by` is that one, and `saving` is that of both.
    """

    check: Check
    of: str
    bits: float
    saving: Seconds
    tells_apart: tuple[Swing, ...]
    followed_by: Check | None = None

    @property
    def net(self) -> Seconds:
        """The saving less what it costs; below 0 when it is not worth it."""
        return self.saving - self.check.cost - (self.followed_by.cost if self.followed_by else 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stakes:
    """What is treated and what is at stake.

    The probability from which a cause is certain enough to look no further; that below which it is not treated; the
    ids of remedies that are not to be tried (again); what handing over to a person costs in seconds of trouble.
    """

    certain: float
    treated_from: float
    tried: AbstractSet[str] = frozenset()
    hand_over: Seconds = HAND_OVER


def next_check(suspects: Sequence[Suspect], available: Iterable[Available], stakes: Stakes) -> ChosenCheck | None:
    """The check to do next; None when the best cause is certain enough, or no check is worth its cost.

    `suspects` are all causes of one problem, whatever their probability.
    """
    offers = list(available)
    ranked = probabilities([contender(one) for one in suspects])
    if max((share for cause, share in ranked.items() if cause != NONE_OF_THESE), default=1) >= stakes.certain:
        return None
    alone = weighed(suspects, offers, stakes)
    if alone and alone[0].net > 0:
        return alone[0]
    return _worth_it_together(suspects, offers, stakes, alone)


def weighed(suspects: Sequence[Suspect], available: Iterable[Available], stakes: Stakes) -> tuple[ChosenCheck, ...]:
    """Every check that tells anything, each by itself: most saving less cost first, then by cost, kind, part, role."""
    now, trouble = _trouble(suspects, stakes)
    titles = {one.cause.id: one.cause.title for one in suspects} | {NONE_OF_THESE: NONE_OF_THESE_TITLE}
    found = []
    for one in available:
        outcomes = foresee(suspects, one.settles)
        if outcomes:
            chosen = ChosenCheck(
                check=one.check,
                of=one.of,
                bits=information(now, outcomes),
                saving=saving(trouble, [(turn.chance, turn.causes) for turn in outcomes]),
                tells_apart=_swings(now, outcomes, titles),
            )
            found.append(chosen)
    return tuple(sorted(found, key=_precedence))


def _precedence(one: ChosenCheck) -> tuple[Seconds, Seconds, str, str, str]:
    return (-one.net, one.check.cost, one.check.kind, one.check.part, one.of)


def _trouble(suspects: Sequence[Suspect], stakes: Stakes) -> tuple[Mapping[CauseId, float], Trouble]:
    now = shares(suspects)
    repairs = shared_repairs(suspects, stakes.tried)
    return now, Trouble(causes=now, repairs=repairs, stop_cost=stakes.hand_over, treated_from=stakes.treated_from)


def _worth_it_together(
    suspects: Sequence[Suspect], offers: Sequence[Available], stakes: Stakes, alone: Sequence[ChosenCheck]
) -> ChosenCheck | None:
    """The best pair of those checks that tell most, as its first check; both costs are counted in full."""
    _, trouble = _trouble(suspects, stakes)
    at_most = best_order(trouble).expected_cost
    settles = {(one.check, one.of): one.settles for one in offers}
    telling = sorted(alone, key=lambda one: (-one.bits, *_precedence(one)))[:_MOST_IN_PAIRS]
    pairs = []
    for first, second in itertools.combinations(telling, 2):
        if first.check.cost + second.check.cost >= at_most:
            continue
        outcomes = foresee(suspects, {**settles[first.check, first.of], **settles[second.check, second.of]})
        saved = saving(trouble, [(turn.chance, turn.causes) for turn in outcomes])
        pairs.append(replace(first, saving=saved, followed_by=second.check))
    return next((one for one in sorted(pairs, key=_precedence) if one.net > 0), None)


def settled_by(check: Check, detectors: Iterable[Detector]) -> tuple[Detector, ...]:
    """Of a pack's detectors those that look at the part which a check probes."""
    return tuple(one for one in detectors if one.kind == check.kind and one.observe.partition(".")[0] == check.part)


def shared_repairs(suspects: Iterable[Suspect], tried: AbstractSet[str] = frozenset()) -> tuple[Repair, ...]:
    """The remedies of all causes as repairs; those that do the same are one, which may mend several causes.

    Such a repair costs what the dearest of them says. What does the same as a remedy in `tried` is left out.
    """
    offered = sorted(
        ((one.cause.id, remedy) for one in suspects for remedy in one.cause.remedies),
        key=lambda pair: (pair[1].id, pair[0]),
    )
    return tuple(_repair(group) for group in as_repairs(offered, tried))


def _repair(group: Sequence[tuple[CauseId, Remedy]]) -> Repair:
    fixes: dict[CauseId, float] = {}
    for cause, remedy in group:
        fixes[cause] = max(fixes.get(cause, 0.0), remedy.fixes)
    cost = max(remedy.cost for _, remedy in group)
    return Repair(id=group[0][1].id, cost=max(cost, _LEAST_COST), fixes=fixes)


def _swings(
    now: Mapping[CauseId, float], outcomes: Sequence[Foreseen], titles: Mapping[CauseId, Text]
) -> tuple[Swing, ...]:
    likely = [one for one in outcomes if one.chance >= _TOO_RARE]
    found = [
        Swing(
            cause=cause,
            title=titles[cause],
            now=share,
            least=min(one.causes[cause] for one in likely),
            most=max(one.causes[cause] for one in likely),
        )
        for cause, share in now.items()
    ]
    telling = [one for one in found if one.most - one.least >= _LEAST_SWING]
    return tuple(sorted(telling, key=lambda one: (one.least - one.most, one.cause)))
