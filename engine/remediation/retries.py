"""When one step is tried again: the one home of tenacity.

Only what the action itself calls recoverable is tried again, at most `tries` times with growing pauses. What may
have happened (an unknown outcome) is never tried again here.
"""

from collections.abc import Callable

from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_attempt, wait_exponential

from engine.model import Outcome, Result, Seconds

TRIES = 3
LONGEST_PAUSE: Seconds = 5.0


def tried(attempt: Callable[[], Outcome], *, sleep: Callable[[Seconds], None], tries: int = TRIES) -> Outcome:
    """The outcome of `attempt`, called again while it is recoverable: after 0.5 s, then 1 s, and so on."""
    retrying = Retrying(
        retry=retry_if_result(_recoverable),
        stop=stop_after_attempt(tries),
        wait=wait_exponential(multiplier=0.5, max=LONGEST_PAUSE),
        sleep=sleep,
        retry_error_callback=_last,
    )
    return retrying(attempt)


def _recoverable(outcome: Outcome) -> bool:
    return outcome.result is Result.RECOVERABLE


def _last(state: RetryCallState) -> Outcome:
    if state.outcome is None:
        raise RuntimeError("tenacity ended without an attempt")
    last: Outcome = state.outcome.result()
    return last
