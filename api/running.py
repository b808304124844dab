"""`medicus run`: goes around the cycle until it is told to end, and serves HTTP meanwhile.

What goes wrong with the store makes it degraded, not dead: it says so, does nothing, and tries again. The lock on
the state folder is held all the time, so there is never a second one.
"""

import gc
import logging
import secrets
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from api import bootstrap
from api.bootstrap import House
from api.services import Services
from engine.cycle import Cycle
from engine.errors import MedicusError
from engine.incidents import live_remediation
from engine.lifecycle import OPEN_INCIDENT, IncidentState, RemediationState
from engine.looking import Looker
from engine.model import Seconds
from engine.protocols import Casebook
from engine.stores.lock import RunnerLock
from engine.stores.opening import open_store

if TYPE_CHECKING:
    from api.http.server import Server

TOKEN_FILE = "token"  # noqa: S105 - the name of a file
ONCE_WITHIN: Seconds = 120.0
_SETTLING: Seconds = 15.0
_SAME_AGAIN: Seconds = 60.0
_REMEMBERED = 100


def run(home: House, *, once: bool) -> int:
    """Run until ended, or with `once` until nothing moves any more; the exit status."""
    log = logger()
    ending = threading.Event()
    _on_signals(ending.set)
    with ExitStack() as stack:
        stack.enter_context(RunnerLock(home.settings.state))
        store = stack.enter_context(open_store(home.settings.state))
        senses = stack.enter_context(bootstrap.senses(home, _reporter(log)))
        doors = bootstrap.services(home, store)
        cycle = bootstrap.cycle(home, store, doors, senses, _reporter(log))
        if once:
            return _once(home, cycle, senses, store, ending)
        server = _serve(home, doors)
        stack.callback(server.stop)
        log.info(
            "watching",
            targets=len(home.targets),
            http="http://{}:{}".format(*server.address),
            inference=home.inference,
            profile=home.settings.policy.profile.value,
        )
        watched = {one.id for one in cycle.incidents.watched()}
        for one in store.incidents(among=OPEN_INCIDENT):
            if one.id not in watched:
                log.warning(
                    "an open incident is left alone: its problem or target is not watched any more", incident=one.id
                )
        gc.collect()
        gc.freeze()  # what was made so far stays: no later collection has to go through it, which takes 40 ms
        _around(home, cycle, doors, ending, log)
        log.info("ended as asked")
    return 0


def logger() -> structlog.stdlib.BoundLogger:
    """A log on standard error: a sentence for people, fields for machines; never a secret."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
    made: structlog.stdlib.BoundLogger = structlog.get_logger()
    return made


def token(state: Path) -> str:
    """The operator's token in a state folder, made when there is none; readable by the owner only."""
    file = state / TOKEN_FILE
    if not file.exists():
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = file.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(32) + "\n")
        fresh.replace(file)
    return file.read_text().strip()


def _around(
    home: House, cycle: Cycle, doors: Services, ending: threading.Event, log: structlog.stdlib.BoundLogger
) -> None:
    trouble = ""
    while not ending.is_set():
        began = time.monotonic()
        before, trouble = trouble, ""
        try:
            cycle.tick()
        except MedicusError as error:
            trouble = str(error)
            if trouble != before:
                log.error("degraded: nothing is done until this is over", why=trouble)  # noqa: TRY400 - no traceback
        if before and not trouble:
            log.info("back to normal")
        took = time.monotonic() - began
        doors.pulse.beat(doors.clock.now(), took, trouble)
        ending.wait(max(0.0, home.settings.interval - took))


def _once(home: House, cycle: Cycle, senses: Looker, casebook: Casebook, ending: threading.Event) -> int:
    """Go around until every open incident waits for a person (or two minutes are over)."""
    deadline = time.monotonic() + ONCE_WITHIN
    senses.settle(_SETTLING, time.sleep)
    while not ending.is_set() and time.monotonic() < deadline:
        cycle.tick()
        if not _moving(casebook) and not senses.detectors.waiting():
            _tell(casebook)
            return 0
        ending.wait(home.settings.interval)
    return 1


def _tell(casebook: Casebook) -> None:
    """Say what waits for a person, so that an operator knows what to look at next."""
    for incident in casebook.incidents(among=OPEN_INCIDENT):
        if incident.state is IncidentState.MERGED:
            continue
        verb = "plan" if incident.state is IncidentState.REMEDIATING else "explain"
        sys.stdout.write(f"{incident.id} is {incident.state} and waits for you: `medicus {verb} {incident.id}`\n")


def _moving(casebook: Casebook) -> bool:
    """True while an incident may get further without a person."""
    for incident in casebook.incidents(among=OPEN_INCIDENT):
        match incident.state:
            case IncidentState.ESCALATED | IncidentState.MERGED:
                continue
            case _:
                live = live_remediation(casebook, incident)
                if live is None or live.state is not RemediationState.PROPOSED or live.verdict is None:
                    return True
    return False


def _serve(home: House, doors: Services) -> "Server":
    from api.http.app import create_app  # noqa: PLC0415 - `run --once` and all other commands do without FastAPI
    from api.http.server import Server  # noqa: PLC0415

    server = Server()
    server.start(create_app(doors, token(home.settings.state)), home.settings.listen)
    return server


def _on_signals(end: Callable[[], None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end())


def _reporter(log: structlog.stdlib.BoundLogger) -> Callable[[MedicusError], None]:
    """Logs what did not stop the work; the same sentence at most once a minute."""
    told: dict[str, float] = {}

    def report(error: MedicusError) -> None:
        now, why = time.monotonic(), str(error)
        if now - told.get(why, -_SAME_AGAIN) < _SAME_AGAIN:
            return
        told.update({why: now})
        if len(told) > _REMEMBERED:
            told.pop(min(told, key=lambda one: told[one]))
        log.error("went on in spite of a failure", kind=type(error).__name__, why=why)

    return report
