"""Carries out an approved plan, step by step: the intent is on disk before anything is touched.

It does not try a step while the kill switch is on, or whose preview has grown since the approval. A step that does
not end in time is an unknown outcome, never a failure: it may still happen.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from engine.casefile import (
    Attempt,
    AuditNote,
    BeginAttempt,
    Body,
    EndAttempt,
    Remediation,
)
from engine.errors import MedicusError
from engine.model import Outcome, Result, Seconds, Step, TargetId
from engine.protocols import Action, Casebook, Clock, Store
from engine.remediation.planner import previewed, step_drift
from engine.remediation.retries import tried

ACTOR = "medicus"


@dataclass(frozen=True, slots=True, kw_only=True)
class Executor:
    """Runs steps and undoes them, with an attempt on the books for each try."""

    actions: Mapping[str, Action]
    store: Store
    casebook: Casebook
    clock: Clock
    sleep: Callable[[Seconds], None]
    running: dict[TargetId, threading.Thread] = field(default_factory=dict)

    def busy(self, target: TargetId) -> bool:
        """True while an action on that target that was given up is still going on."""
        thread = self.running.get(target)
        return thread is not None and thread.is_alive()

    def torn(self, remediation: Remediation) -> bool:
        """True when a step was to be taken back and that failed, or nobody knows how it ended."""
        undoings = [one for one in self.casebook.attempts(remediation.id) if one.undoing]
        return any(one.outcome is None or one.outcome.result is not Result.DONE for one in undoings)

    def execute(self, remediation: Remediation) -> Outcome:
        """Run every step that is not done yet; the outcome of the last one, or of the first that is not done.

        Stopped by the kill switch, it is an unknown outcome: it goes on from there when it is executed again.
        """
        done = {one.step for one in self._ended(remediation) if one.outcome and one.outcome.result is Result.DONE}
        last = Outcome(result=Result.DONE, sentence="every step was done before")
        for number, step in enumerate(remediation.plan.steps):
            if number in done:
                continue
            last = self._run(remediation, number, step)
            if last.result is not Result.DONE:
                return last
        return last

    def undo(self, remediation: Remediation) -> tuple[Outcome, ...]:
        """Take back the steps that were done and have an undo, last one first, until one cannot be taken back.

        Nothing is taken back while the kill switch is on; what is left then can be taken back later.
        """
        outcomes = []
        for attempt in reversed(self._ended(remediation)):
            step = remediation.plan.steps[attempt.step]
            outcome = attempt.outcome
            if outcome is None or outcome.result is not Result.DONE or not outcome.undo:
                continue
            if not self.actions[step.action].reversible:
                continue
            if self.torn(remediation) or self.casebook.pause().paused:
                break
            outcomes.append(self._undo_step(remediation, attempt.step, step, outcome))
        return tuple(outcomes)

    def _run(self, remediation: Remediation, number: int, step: Step) -> Outcome:
        action = self.actions[step.action]
        return tried(
            lambda: (
                self._refusal(step)
                or self._attempt(remediation, number, step, lambda: action.run(step.params, step.effect), undoing=False)
            ),
            sleep=self.sleep,
        )

    def _undo_step(self, remediation: Remediation, number: int, step: Step, outcome: Outcome) -> Outcome:
        action = self.actions[step.action]
        return self._attempt(remediation, number, step, lambda: action.undo(step.params, outcome), undoing=True)

    def _refusal(self, step: Step) -> Outcome | None:
        pause = self.casebook.pause()
        if pause.paused:
            who = pause.by or "an operator"
            return Outcome(result=Result.UNKNOWN, sentence=f"stopped before {step.action}: paused by {who}")
        try:
            fresh = previewed(step, self.actions)
        except MedicusError as error:
            return Outcome(result=Result.PERMANENT, sentence=str(error))
        why = fresh.effect.ready or step_drift(step, fresh)
        return Outcome(result=Result.PERMANENT, sentence=why) if why else None

    def _attempt(
        self, remediation: Remediation, number: int, step: Step, act: Callable[[], Outcome], *, undoing: bool
    ) -> Outcome:
        earlier = [
            one.number
            for one in self.casebook.attempts(remediation.id)
            if one.step == number and one.undoing is undoing
        ]
        attempt = Attempt(
            remediation=remediation.id,
            step=number,
            number=max(earlier, default=0) + 1,
            started_at=self.clock.now(),
            undoing=undoing,
        )
        what: Body = {
            "step": number + 1,
            "action": step.action,
            "try": attempt.number,
            "remediation": str(remediation.id),
        }
        verb = "undo" if undoing else "attempt"
        self.store.commit(self._note(remediation, f"{verb}-begun", what), BeginAttempt(attempt=attempt))
        thread, outcome = _within(act, self.actions[step.action].timeout)
        self.running[remediation.plan.ref.target] = thread
        ended = EndAttempt(
            remediation=remediation.id,
            step=number,
            number=attempt.number,
            undoing=undoing,
            at=self.clock.now(),
            outcome=outcome,
        )
        said: Body = {**what, "result": outcome.result.value, "said": outcome.sentence}
        self.store.commit(self._note(remediation, f"{verb}-ended", said), ended)
        return outcome

    def _ended(self, remediation: Remediation) -> list[Attempt]:
        undone = {one.step for one in self.casebook.attempts(remediation.id) if one.undoing}
        return [one for one in self.casebook.attempts(remediation.id) if not one.undoing and one.step not in undone]

    def _note(self, remediation: Remediation, event: str, body: Body) -> AuditNote:
        return AuditNote(at=self.clock.now(), actor=ACTOR, event=event, incident=remediation.incident, body=body)


def _within(act: Callable[[], Outcome], timeout: Seconds) -> tuple[threading.Thread, Outcome]:
    """The outcome of `act`, or an unknown one when it takes longer than `timeout`.

    An exception is a permanent failure when it is one of ours and an unknown outcome otherwise: whatever broke
    may have broken half-way.
    """
    outcomes: list[Outcome] = []

    def run() -> None:
        try:
            outcomes.append(act())
        except MedicusError as error:
            outcomes.append(Outcome(result=Result.PERMANENT, sentence=str(error)))
        except BaseException as error:  # noqa: BLE001 - the border to foreign code; nothing is swallowed
            sentence = f"the action failed half-way: {type(error).__name__}: {error}"
            outcomes.append(Outcome(result=Result.UNKNOWN, sentence=sentence))

    thread = threading.Thread(target=run, daemon=True, name="action")
    thread.start()
    thread.join(timeout)
    late = Outcome(result=Result.UNKNOWN, sentence=f"no end after {timeout:.0f} s: it may still be going on")
    return thread, (outcomes[0] if outcomes else late)
