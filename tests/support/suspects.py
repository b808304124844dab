"""Causes in question, made by hand or drawn at random, with evidence about a few observables and with remedies."""

from hypothesis import strategies as st

from engine.diagnosis.foreseeing import Suspect
from engine.knowledge import (
    Above,
    ActionCall,
    Cause,
    Detector,
    Evidence,
    Likelihood,
    Literal,
    OneOf,
    Remedy,
    Strength,
    Test,
)
from engine.model import CauseId, FactName, Text, Truth


def text(en: str) -> Text:
    return Text(en=en, zh=f"{en}(zh)")


def detector(observe: str, test: Test, name: str = "") -> Detector:
    fact = FactName(name or f"{observe} {test}")
    return Detector(fact=fact, kind="app", observe=observe, test=test, hold=0, expires=30)


def evidence(
    fact: str,
    strength: Strength = Strength.PROVES,
    if_false: Strength | None = Strength.PROVES,
    *,
    negated: bool = False,
    against: bool = False,
    sees: str = "",
    of: str = "",
) -> Evidence:
    return Evidence(
        literal=Literal(fact=FactName(fact), of=of, negated=negated),
        title=text(fact),
        sees=sees or fact,
        against=against,
        strength=strength,
        if_false=if_false,
    )


def remedy(name: str, *actions: str, fixes: float = 0.9, cost: float = 10) -> Remedy:
    steps = tuple(ActionCall(action=one, params={}) for one in actions)
    return Remedy(id=name, title=text(name), steps=steps, fixes=fixes, cost=cost)


def suspect(
    name: str,
    *items: tuple[Evidence, Truth],
    likelihood: Likelihood = Likelihood.COMMON,
    remedies: tuple[Remedy, ...] = (),
    failed: tuple[float, ...] = (),
) -> Suspect:
    cause = Cause(
        id=CauseId(name),
        title=text(f"The cause {name}"),
        likelihood=likelihood,
        evidence=tuple(one for one, _ in items),
        because=text("because"),
        remedies=remedies,
    )
    return Suspect(cause=cause, truths=tuple(truth for _, truth in items), failed=failed)


DETECTORS = (
    detector("config.parses", OneOf(values=(True,)), "parses"),
    detector("config.parses", OneOf(values=(False,)), "does-not-parse"),
    detector("config.exists", OneOf(values=(False,)), "missing"),
    detector("port.owner", OneOf(values=("other",)), "foreign"),
    detector("port.owner", OneOf(values=("none",)), "nobody"),
    detector("port.load", Above(bound=5, clear=5), "busy"),
    detector("port.load", Above(bound=9, clear=9), "overloaded"),
)
FACTS = [str(one.fact) for one in DETECTORS]


@st.composite
def suspects(draw: st.DrawFn, least: int = 1) -> tuple[Suspect, ...]:
    """Causes about the facts of `DETECTORS`, most of which are unknown."""
    return tuple(draw(_suspect(f"c{number}")) for number in range(draw(st.integers(least, 4))))


@st.composite
def _suspect(draw: st.DrawFn, name: str) -> Suspect:
    facts = draw(st.lists(st.sampled_from(FACTS), max_size=4, unique=True))
    items = [(draw(_evidence(fact)), draw(st.sampled_from([Truth.UNKNOWN] * 4 + list(Truth)))) for fact in facts]
    actions = draw(st.lists(st.sampled_from("xyz"), max_size=2, unique=True))
    remedies = [
        remedy(f"{name}-{action}", action, fixes=draw(st.floats(0.3, 1)), cost=draw(st.floats(1, 600)))
        for action in actions
    ]
    return suspect(
        name,
        *items,
        likelihood=draw(st.sampled_from(Likelihood)),
        remedies=tuple(remedies),
        failed=tuple(draw(st.lists(st.floats(0.3, 1), max_size=1))),
    )


def _evidence(fact: str) -> st.SearchStrategy[Evidence]:
    return st.builds(
        evidence,
        st.just(fact),
        st.sampled_from(Strength),
        st.sampled_from([*Strength, None]),
        negated=st.booleans(),
        against=st.booleans(),
        sees=st.sampled_from(["", "one-state"]),
    )
