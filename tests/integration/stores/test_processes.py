"""Several processes on one store, and processes that are killed: the chain stays whole, nothing is half."""

import random
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from engine.casefile import Attempt, AuditEntry, BeginAttempt, MoveRemediation, OpenIncident, Propose
from engine.errors import ConflictError
from engine.lifecycle import IncidentState, RemediationEvent, RemediationState
from engine.model import RemediationId
from engine.stores import SqlStore, open_store
from tests.support.cases import incident, note, ref, remediation

COMMITS = """
import sys
from pathlib import Path
from engine.stores import open_store
from tests.support.cases import note
with open_store(Path(sys.argv[1]), wait=60.0) as store:
    for number in range(int(sys.argv[3])):
        store.commit(note(f"{sys.argv[2]}.{number}"))
"""

# opens, diagnoses, proposes, approves, starts, begins, ends ... one case after another, until it is killed
WRITER = """
import sys, itertools
from dataclasses import replace
from pathlib import Path
from engine.casefile import *
from engine.lifecycle import IncidentEvent as IE, IncidentState as I, RemediationEvent as RE, RemediationState as R
from engine.model import Outcome, Result
from engine.stores import open_store
from tests.support.cases import *

with open_store(Path(sys.argv[1])) as store:
    print("open", flush=True)
    while True:
        case = replace(incident(1), id=store.incident_id(NOON))
        case = replace(case, ref=ref(str(case.id)))
        plan = remediation(case)
        attempt = Attempt(remediation=plan.id, step=0, number=1, started_at=NOON)
        done = Outcome(result=Result.DONE, sentence="done")
        for event, changes in {
            "opened": [OpenIncident(incident=case)],
            "diagnosed": [
                MoveIncident(id=case.id, expect=I.OPENED, event=IE.DIAGNOSE, at=NOON, diagnosis=diagnosis(case.ref))
            ],
            "proposed": [
                MoveIncident(id=case.id, expect=I.DIAGNOSED, event=IE.PROPOSE, at=NOON),
                Propose(remediation=plan),
            ],
            "approved": [
                GrantApproval(approval=approval(plan)),
                MoveRemediation(id=plan.id, expect=R.PROPOSED, event=RE.APPROVE, at=NOON),
            ],
            "started": [
                MoveRemediation(id=plan.id, expect=R.APPROVED, event=RE.START, at=NOON),
                BeginAttempt(attempt=attempt),
            ],
            "acted": [
                EndAttempt(remediation=plan.id, step=0, number=1, at=NOON, outcome=done),
                MoveRemediation(id=plan.id, expect=R.EXECUTING, event=RE.ACTED, at=NOON),
            ],
            "recovered": [
                MoveRemediation(id=plan.id, expect=R.VERIFYING, event=RE.RECOVER, at=NOON),
                MoveIncident(id=case.id, expect=I.REMEDIATING, event=IE.RECOVER, at=NOON),
            ],
        }.items():
            store.commit(note(event, case.id), *changes)
            print("committed", flush=True)
"""

IS, R = IncidentState, RemediationState
STANDS: dict[str, tuple[IncidentState, RemediationState | None, int, int, int]] = {
    # last event: incident, remediation, approvals, attempts, of them ended
    "opened": (IS.OPENED, None, 0, 0, 0),
    "diagnosed": (IS.DIAGNOSED, None, 0, 0, 0),
    "proposed": (IS.REMEDIATING, R.PROPOSED, 0, 0, 0),
    "approved": (IS.REMEDIATING, R.APPROVED, 1, 0, 0),
    "started": (IS.REMEDIATING, R.EXECUTING, 1, 1, 0),
    "acted": (IS.REMEDIATING, R.VERIFYING, 1, 1, 1),
    "recovered": (IS.RESOLVED, R.RESOLVED, 1, 1, 1),
}


def started(code: str, *arguments: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def log(store: SqlStore) -> list[AuditEntry]:
    entries: list[AuditEntry] = []
    while page := store.entries(after=len(entries)):
        entries += page
    return entries


@pytest.mark.parametrize("made_before", [True, False])
def test_four_processes_with_fifty_commits_each_make_one_chain(tmp_path: Path, made_before: bool) -> None:  # noqa: FBT001
    """Also when all four find no store and want to make it."""
    if made_before:
        open_store(tmp_path).close()
    writers = [started(COMMITS, tmp_path, name, 50) for name in "abcd"]
    with open_store(tmp_path) as store:
        while any(writer.poll() is None for writer in writers):
            found = store.verify()
            assert found.ok, found
    for writer in writers:
        _, said = writer.communicate()
        assert writer.returncode == 0, said
    with open_store(tmp_path) as store:
        events = [entry.event for entry in log(store)]
        assert store.verify().ok
    assert sorted(events) == sorted(f"{name}.{number}" for name in "abcd" for number in range(50))
    for name in "abcd":
        own = [event for event in events if event.startswith(name)]
        assert own == [f"{name}.{number}" for number in range(50)], "each in its own order"
    assert (tmp_path / "audit.anchor").read_text().startswith("200 ")


def test_a_writer_that_is_killed_at_any_moment_leaves_a_whole_log_and_nothing_half(tmp_path: Path) -> None:
    rng = random.Random(7)
    lengths = []
    for _ in range(30):
        writer = started(WRITER, tmp_path)
        assert writer.stdout is not None
        assert writer.stdout.readline() == "open\n", writer.communicate()[1]
        for _ in range(rng.randrange(16)):
            assert writer.stdout.readline() == "committed\n", writer.communicate()[1]
        time.sleep(rng.uniform(0.0, 0.02))  # so that it is hit anywhere in what it does next
        assert writer.poll() is None, writer.communicate()[1]
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
        with open_store(tmp_path) as store:
            found = store.verify()
            assert found.ok, found
            lengths.append(found.entries)
            every_case_stands_where_its_last_entry_says(store)
            store.commit(note("looked"))
    assert lengths == sorted(lengths)
    assert lengths[-1] > 100


def every_case_stands_where_its_last_entry_says(store: SqlStore) -> None:
    last = {entry.incident: entry.event for entry in log(store) if entry.incident}
    cases = store.incidents()
    assert {case.id for case in cases} == set(last)
    for case in cases:
        plans = store.remediations(case.id)
        approvals = [approval for plan in plans for approval in store.approvals(plan.id)]
        attempts = [attempt for plan in plans for attempt in store.attempts(plan.id)]
        ended = [attempt for attempt in attempts if attempt.ended_at is not None]
        state = plans[0].state if plans else None
        assert (case.state, state, len(approvals), len(attempts), len(ended)) == STANDS[last[case.id]]


def test_of_many_who_start_the_same_remediation_at_once_one_does(tmp_path: Path) -> None:
    """Each with a connection of its own, as processes have."""
    with ExitStack() as opened:
        stores = [opened.enter_context(open_store(tmp_path)) for _ in range(4)]
        workers = opened.enter_context(ThreadPoolExecutor(len(stores)))
        for number in range(1, 16):
            case = incident(number, ref(f"t{number}"))
            plan = remediation(case, state=R.APPROVED)
            stores[0].commit(note(), OpenIncident(incident=case), Propose(remediation=plan))
            together = threading.Barrier(len(stores))
            won = [
                won
                for won in workers.map(lambda store, plan=plan.id, at=together: starts(store, plan, at), stores)
                if won
            ]
            assert len(won) == 1
            assert len(stores[0].attempts(plan.id)) == 1
        assert stores[0].stamp() == 30
        assert stores[0].verify().ok


def starts(store: SqlStore, plan: RemediationId, together: threading.Barrier) -> bool:
    together.wait()
    try:
        store.commit(
            note("started"),
            MoveRemediation(id=plan, expect=R.APPROVED, event=RemediationEvent.START, at=1.0),
            BeginAttempt(attempt=Attempt(remediation=plan, step=0, number=1, started_at=1.0)),
        )
    except ConflictError as error:
        assert "is executing now, not approved" in str(error)  # noqa: PT017 - one of four does not raise
        return False
    return True
