"""A plan on a terminal: what stands in its way is shown as long as it does, and what a person must know always."""

from dataclasses import replace

import pytest
from rich.console import Console

from api.output import planned
from engine.lifecycle import RemediationState
from engine.model import Reason, Verdict
from tests.support.cases import incident, remediation


def shown(state: RemediationState, reason: Reason) -> str:
    console = Console(width=160, no_color=True)
    one = replace(remediation(incident()), state=state, verdict=Verdict(reason=reason, sentence="so it is"))
    with console.capture() as captured:
        planned(console, one, "en")
    return captured.get()


@pytest.mark.parametrize(
    ("state", "reason", "told"),
    [
        (RemediationState.PROPOSED, Reason.POLICY_SUGGESTS_ONLY, True),
        (RemediationState.PROPOSED, Reason.PAUSED, True),
        (RemediationState.APPROVED, Reason.POLICY_SUGGESTS_ONLY, False),  # an approval answers it
        (RemediationState.APPROVED, Reason.BLAST_RADIUS, True),  # an approval does not
        (RemediationState.VOID, Reason.PLAN_DRIFTED, True),
        (RemediationState.UNKNOWN, Reason.PAUSED, True),
        (RemediationState.RESOLVED, Reason.COOLDOWN, False),
    ],
)
def test_what_withholds_a_plan_is_told_while_it_does(state: RemediationState, reason: Reason, *, told: bool) -> None:
    assert (f"withheld: {reason.value}: so it is" in shown(state, reason)) is told


def test_the_words_about_the_steps_are_shown_before_the_digest_that_is_approved() -> None:
    text = shown(RemediationState.PROPOSED, Reason.POLICY_SUGGESTS_ONLY)
    assert text.index("stop-listener") < text.index("look") < text.index("digest:")
