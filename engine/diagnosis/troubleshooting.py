"""Says what to do next about one fault: which repair, which question, or that a person should take over.

The setting is that of Heckerman, Breese and Rommelse, "Decision-Theoretic Troubleshooting" (Communications of the ACM
38(3), 1995): one of several causes is at work, repairs and questions cost time, and after every repair it is seen
whether all is well. Here a repair may mend several causes, and one may hand over to a person at any point. Finding
the cheapest policy is NP-hard then (Lin, "Scheduling results applicable to decision-theoretic troubleshooting",
International Journal of Approximate Reasoning 56, 2015), so what is followed is a rule, and how near it comes to the
optimum is measured (docs/decisions/0011).

Nothing is done twice: what failed is taken to fail again. Pure, and the order of the arguments makes no difference.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from operator import mul
from typing import NamedTuple, TypeAlias

from engine.errors import InternalError
from engine.model import CauseId, Seconds

_SLACK = 1e-6  # how far probabilities may be from adding up to one
_TIE = 1e-9  # costs that differ by less, in proportion, are equal: rounding must not choose
_NOTHING = 1e-12  # what is less probable cannot be told from what is impossible


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """Something that may end the trouble: `fixes` is P(it helps | cause), in 0..1, and 0 for a cause not named."""

    id: str
    cost: Seconds
    fixes: Mapping[CauseId, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a question may bring: `chances` is P(this answer | cause), for every cause."""

    id: str
    chances: Mapping[CauseId, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A look that mends nothing: under each cause the chances of its answers add up to one."""

    id: str
    cost: Seconds
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A fault that is not mended yet: how probable each cause is, what can be done, what handing over costs.

    The probabilities add up to one; "none of these" is a cause among them. Costs are in seconds and above 0. A repair
    is only tried while a cause that it mends has at least the probability `treated_from`. Raises InternalError when
    these are no probabilities or no costs.
    """

    causes: Mapping[CauseId, float]
    repairs: tuple[Repair, ...] = ()
    questions: tuple[Question, ...] = ()
    stop_cost: Seconds
    treated_from: float = 0.0

    def __post_init__(self) -> None:
        _refuse_unless_one("the causes", self.causes.values())
        costs = [one.cost for one in self.repairs] + [one.cost for one in self.questions]
        for cost in (self.stop_cost, *costs):
            if not cost > 0:
                raise InternalError(f"a cost in troubleshooting must be above 0 s, not {cost}")
        for question in self.questions:
            for cause in self.causes:
                _refuse_unless_one(question.id, [answer.chances[cause] for answer in question.answers])


class Kind(StrEnum):
    """What kind of step comes next."""

    REPAIR = "repair"
    ASK = "ask"
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """What to do next: `id` is that of the repair or the question, and empty when a person should take over.

    `expected_cost` is in seconds, to the end of the trouble; following the rule costs no more than this on average.
    """

    kind: Kind
    id: str = ""
    expected_cost: Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairOrder:
    """Repairs one after the other until one helps, then handing over; the expected cost of all that in seconds."""

    repairs: tuple[str, ...]
    expected_cost: Seconds


def next_step(trouble: Trouble) -> NextStep:
    """The repair, the question or the handing over that comes next.

    It compares three kinds of plan and takes the first step of the cheapest:

    1. the repairs in `best_order`, and nothing asked;
    2. one question now, and then the best order after each answer;
    3. the first repair of the best order, then one question, then the best order after each answer.

    Since every plan's rest is among the plans that are compared in the next step, following the rule costs no more
    than any of them: never more than handing over at once, or than the repairs alone. Ties go to the plan that asks
    less, then by id.
    """
    case = _case(trouble)
    order, cheapest = _ordered(case.weights, case.repairs, case)
    step = NextStep(kind=Kind.REPAIR if order else Kind.STOP, id=order[0].id if order else "", expected_cost=cheapest)
    now = _cheapest_question(case.weights, case.repairs, case, cheapest)
    if now is not None:
        step = NextStep(kind=Kind.ASK, id=now.id, expected_cost=now.cost)
    if order:
        first, spent = order[0], order[0].cost * sum(case.weights)
        rest = [one for one in case.repairs if one is not first]
        later = _cheapest_question(_left(case.weights, first), rest, case, step.expected_cost - spent)
        if later is not None:
            step = NextStep(kind=Kind.REPAIR, id=first.id, expected_cost=spent + later.cost)
    return step


def best_order(trouble: Trouble) -> RepairOrder:
    """The repairs by P(it helps now) / cost, judged anew after each that failed, up to the best point to hand over.

    Its expected cost is the sum of each repair's cost times the chance that it comes to that, and of `stop_cost`
    times the chance that none helps. Where no two repairs share a cause no order is cheaper: that of p / c is the
    best of all (Kadane and Simon, Annals of Statistics 5(2), 1977), and what is worth doing before handing over is
    a beginning of it (Lin 2015).
    """
    case = _case(trouble)
    order, cost = _ordered(case.weights, case.repairs, case)
    return RepairOrder(repairs=tuple(one.id for one in order), expected_cost=cost)


def saving(trouble: Trouble, outcomes: Iterable[tuple[float, Mapping[CauseId, float]]]) -> Seconds:
    """What knowing more would save on average: each outcome has its chance, and the causes as they would stand then.

    That is the cost of going on as now, in the best order as things stand, less that of the order that is best after
    each outcome, both judged by what would be known then. It is the usual value of information whenever the outcomes
    average to what is believed now, as they do by Bayes' rule; when they do not quite, it still counts nothing for
    what would change no plan. An outcome after which no cause is probable enough to be treated counts as no saving,
    not as a loss: caution is no reason to look away. Never below 0.
    """
    case = _case(trouble)
    order, _ = _ordered(case.weights, case.repairs, case)
    saved = 0.0
    for chance, causes in outcomes:
        weights = [causes[cause] for cause in sorted(trouble.causes)]
        _, cheapest = _ordered(weights, case.repairs, case)
        saved += chance * max(_cost(weights, order, case.stop) - cheapest, 0.0)
    return saved


def after_repair(trouble: Trouble, repair: str) -> Trouble | None:
    """The trouble as it stands when a repair did not help, by Bayes' rule; None when it cannot have failed."""
    (done,) = (one for one in trouble.repairs if one.id == repair)
    causes = _normal({cause: share * (1 - done.fixes.get(cause, 0.0)) for cause, share in trouble.causes.items()})
    left = tuple(one for one in trouble.repairs if one is not done)
    return replace(trouble, causes=causes, repairs=left) if causes else None


def after_answer(trouble: Trouble, question: str, answer: str) -> Trouble | None:
    """The trouble as it stands after an answer, by Bayes' rule; None when this answer cannot come."""
    (asked,) = (one for one in trouble.questions if one.id == question)
    (told,) = (one for one in asked.answers if one.id == answer)
    causes = _normal({cause: share * told.chances[cause] for cause, share in trouble.causes.items()})
    left = tuple(one for one in trouble.questions if one is not asked)
    return replace(trouble, causes=causes, questions=left) if causes else None


# Below, a state of knowledge is a tuple of weights by cause. They are not scaled to add up to one: the sum of the
# weights is the probability of coming to this point, so that costs simply add up.

_Weights: TypeAlias = Sequence[float]


class _Fix(NamedTuple):
    """A repair with P(it fails | cause) for each cause in order."""

    id: str
    cost: Seconds
    fails: _Weights
    mends: Sequence[int]


class _Look(NamedTuple):
    """A question with P(answer | cause) for each cause in order, by answer."""

    id: str
    cost: Seconds
    answers: tuple[_Weights, ...]


class _Priced(NamedTuple):
    """A question with the expected cost of asking it and of what follows."""

    id: str
    cost: Seconds


class _Case(NamedTuple):
    """A trouble with all in order of id, so that the order of the arguments makes no difference."""

    weights: _Weights
    repairs: Sequence[_Fix]
    questions: Sequence[_Look]
    stop: Seconds
    treated_from: float


def _case(trouble: Trouble) -> _Case:
    causes = sorted(trouble.causes)
    repairs = [
        _Fix(
            id=one.id,
            cost=one.cost,
            fails=[1 - one.fixes.get(cause, 0.0) for cause in causes],
            mends=[place for place, cause in enumerate(causes) if one.fixes.get(cause, 0.0) > 0],
        )
        for one in sorted(trouble.repairs, key=lambda one: one.id)
    ]
    questions = [
        _Look(id=one.id, cost=one.cost, answers=tuple([told.chances[cause] for cause in causes] for told in answers))
        for one in sorted(trouble.questions, key=lambda one: one.id)
        for answers in [sorted(one.answers, key=lambda told: told.id)]
    ]
    return _Case(
        weights=[trouble.causes[cause] for cause in causes],
        repairs=repairs,
        questions=questions,
        stop=trouble.stop_cost,
        treated_from=trouble.treated_from,
    )


def _ordered(weights: _Weights, repairs: Iterable[_Fix], case: _Case) -> tuple[Sequence[_Fix], Seconds]:
    """The best order as in `best_order`, and its expected cost."""
    rest, order = list(repairs), list[_Fix]()
    whole, spent = sum(weights), 0.0
    stop, bar = case.stop, case.treated_from
    cheapest, worth_doing = stop * whole, 0
    while rest and spent < cheapest:
        best, best_rate, best_left = None, 0.0, 0.0
        for one in rest:
            if bar and not any(weights[place] >= bar * whole for place in one.mends):
                continue
            left = sum(map(mul, weights, one.fails))
            rate = (whole - left) / one.cost
            if rate > best_rate * (1 + _TIE):
                best, best_rate, best_left = one, rate, left
        if best is None:
            break
        spent += best.cost * whole
        weights, whole = _left(weights, best), best_left
        rest.remove(best)
        order.append(best)
        if spent + stop * whole < cheapest * (1 - _TIE):
            cheapest, worth_doing = spent + stop * whole, len(order)
    return order[:worth_doing], cheapest


def _cost(weights: _Weights, order: Sequence[_Fix], stop: Seconds) -> Seconds:
    """The expected cost of these repairs, each done once, and of handing over when none helps."""
    spent = 0.0
    for one in order:
        spent += one.cost * sum(weights)
        weights = _left(weights, one)
    return spent + stop * sum(weights)


def _cheapest_question(
    weights: _Weights, repairs: Sequence[_Fix], case: _Case, cheaper_than: Seconds
) -> _Priced | None:
    """The question that is best to ask at this point, if it makes the trouble cheaper than that."""
    best = None
    whole = sum(weights)
    for question in case.questions:
        cost = question.cost * whole
        for answer in question.answers:
            if cost >= cheaper_than:
                break
            cost += _ordered(list(map(mul, weights, answer)), repairs, case)[1]
        if cost < cheaper_than * (1 - _TIE):
            best, cheaper_than = _Priced(id=question.id, cost=cost), cost
    return best


def _left(weights: _Weights, repair: _Fix) -> _Weights:
    """What is left of each cause when a repair has failed."""
    return list(map(mul, weights, repair.fails))


def _normal(weights: Mapping[CauseId, float]) -> Mapping[CauseId, float]:
    """Scaled to add up to one; empty when nothing is left."""
    whole = sum(weights[cause] for cause in sorted(weights))
    return {cause: weight / whole for cause, weight in weights.items()} if whole > _NOTHING else {}


def _refuse_unless_one(what: str, chances: Iterable[float]) -> None:
    shares = list(chances)
    if abs(sum(shares) - 1) > _SLACK or min(shares, default=0) < 0:
        raise InternalError(f"the probabilities of {what} must add up to 1 and not be negative: {shares}")
