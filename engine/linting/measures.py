"""Times that do not fit each other, and bounds that look as if they were in another unit."""

from collections.abc import Iterator

from engine.linting.findings import Finding, Kind
from engine.linting.situations import Situations
from engine.linting.subject import Asked
from engine.model import Observable, Seconds
from engine.rulebase.shape import Quantity, duration

USUAL_INTERVAL: Seconds = 5.0
"""How often Medicus looks where the settings of a busy machine say so; by default it looks more often."""
LOOKS_BEFORE_EXPIRY = 3
"""An observation that outlives fewer looks than this is unknown after every look that comes late."""
LONGEST_EXPIRY: Seconds = 3600.0
LEAST_MILLISECONDS = 500.0
_TAKES_TIME = ("duration", "latency", "delay", "lag", "elapsed", "response-time", "round-trip")


def timing(situations: Situations) -> Iterator[Finding]:
    """How long observations count against how often they are made, and what one look on demand cannot tell."""
    subject = situations.subject
    expires = subject.references.draft.head.expires
    if expires < LOOKS_BEFORE_EXPIRY * USUAL_INTERVAL:
        message = (
            f"an observation counts for {duration(expires)}, less than {LOOKS_BEFORE_EXPIRY} looks "
            f"at an interval of {duration(USUAL_INTERVAL)}: one late look makes everything unknown"
        )
        yield subject.finding(Kind.TIMING, ("expires",), message, "give it 15s at least")
    elif expires > LONGEST_EXPIRY:
        message = f"an observation counts for {duration(expires)}, so what was so long ago is taken for what is so now"
        yield subject.finding(Kind.TIMING, ("expires",), message, "give it 1h at most")
    for asked in subject.asked():
        name, hold = asked.condition.observe, asked.condition.hold
        if name is None or not hold or not subject.on_demand(_whose(situations, asked), name):
            continue
        message = f"{name} is looked at once, on demand, so `for` only says how old that look is"
        yield subject.finding(Kind.TIMING, (*asked.place, "for"), message, "leave `for` out")


def units(situations: Situations) -> Iterator[Finding]:
    """Bounds without a unit that make sense in another one: a share for percent, milliseconds for seconds."""
    subject = situations.subject
    for asked in subject.asked():
        seen = asked.condition.observe and subject.observable(_whose(situations, asked), asked.condition.observe)
        if not isinstance(seen, Observable):
            continue
        for key in ("above", "below"):
            bound = getattr(asked.condition, key)
            if isinstance(bound, Quantity) and not bound.unit:
                yield from _doubtful(situations, asked, seen, key, bound.number)


def _doubtful(situations: Situations, asked: Asked, seen: Observable, key: str, bound: float) -> Iterator[Finding]:
    place = (*asked.place, key)
    name = asked.condition.observe
    if seen.unit == "%" and 0 < bound < 1:
        message = f"{name} is in %, and {bound:g} % is next to nothing"
        yield situations.subject.finding(Kind.UNIT, place, message, f"write {bound * 100:g}, or '{bound:g} %'")
    elif seen.unit == "s" and bound >= LEAST_MILLISECONDS and any(word in seen.name for word in _TAKES_TIME):
        message = f"{name} is in seconds, and {bound:g} s are {bound / 60:.3g} minutes"
        yield situations.subject.finding(Kind.UNIT, place, message, f"write {bound:g}ms, or {bound:g}s")


def _whose(situations: Situations, asked: Asked) -> str:
    """The kind of target that is asked about."""
    return situations.pack.roles[asked.kind][asked.literal.of] if asked.literal.of else asked.kind
