"""What every action does before it acts: it looks again, and holds what it finds against what was approved."""

from engine.model import Effect, Outcome, Result


def refusal(approved: Effect, now: Effect) -> Outcome | None:
    """Why the action must not run: it cannot, would touch what was not approved, or became riskier; None when it may.

    What would be touched may have become less since the approval, never more or other.
    """
    allowed = {(touch.kind, touch.identity) for touch in approved.touches}
    others = [touch for touch in now.touches if (touch.kind, touch.identity) not in allowed]
    if others:
        found = "; ".join(f"{touch.kind} {touch.identity}" for touch in others)
        was = "; ".join(f"{touch.kind} {touch.identity}" for touch in approved.touches) or "nothing"
        return Outcome(
            result=Result.PERMANENT,
            sentence=f"what is there has changed since the approval: now {found}, approved was {was}",
        )
    if now.risk > approved.risk:
        lines = "; ".join(now.lines)
        return Outcome(
            result=Result.PERMANENT,
            sentence=f"what is there has changed since the approval: the risk is {now.risk.name.lower()} now ({lines})",
        )
    if now.ready:
        return Outcome(result=Result.PERMANENT, sentence=f"nothing was done: {now.ready}")
    return None
