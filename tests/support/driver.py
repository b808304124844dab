"""Runs `medicus` with one fault in it, at a point that is named: `python driver.py POINT WORDS...`.

The parts are those of the product, joined by it; only the fault is added from outside. Points:
  within:EVENT:N     SIGKILL inside the N-th commit of that event ("any": of all), before it is on disk
  between:EVENT:N    SIGKILL after that commit is on disk, before the anchor follows
  after:EVENT:N      SIGKILL after that commit is complete
  signalled          SIGKILL when the foreign process got its signal, before Medicus waits for it
  half-restored      SIGKILL when the damaged file is kept aside, before the backup takes its place
  restored           SIGKILL right after the file was replaced
  ordered            SIGKILL right after supervisord was told to start the program
  stopped            SIGKILL right after supervisord was told to stop the program
  looks:EVENT:N      SIGKILL before the N-th look after that event
  reborn:PID         no kill: the process of that PID seems to have been started 10 s later
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from api import cli
from engine.casefile import AuditNote
from engine.cycle import Cycle
from engine.stores.anchoring import AnchorFile
from engine.stores.sql import SqlStore
from engine.systems import processes, replacing
from engine.systems.supervisor import Supervisor


def die() -> None:
    """End as by `kill -9`."""
    os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()


def plant(point: str) -> None:
    """Put the fault in its place."""
    match point.split(":"):
        case ["within" | "between" | "after" as place, event, nth]:
            _in_commit(place, event, int(nth))
        case ["signalled"]:
            _around(signal, "pidfd_send_signal")
        case ["half-restored"]:
            _around(os, "link")
        case ["restored"]:
            _around(replacing, "replace", also=("actions.files",))
        case ["ordered"]:
            _around(Supervisor, "start")
        case ["stopped"]:
            _around(Supervisor, "stop")
        case ["looks", event, nth]:
            _before_look(event, int(nth))
        case ["reborn", pid]:
            _reborn(int(pid))
        case _:
            raise ValueError(point)


def _in_commit(place: str, event: str, nth: int) -> None:
    commit, append, follow = SqlStore.commit, SqlStore._append, AnchorFile.follow
    seen = 0
    here = False

    def committing(self: SqlStore, note: AuditNote, *changes: Any) -> Any:
        nonlocal seen, here
        fits = event in (note.event, "any")
        seen += fits
        here = fits and seen == nth
        entry = commit(self, note, *changes)
        if here and place == "after":
            die()
        return entry

    def appending(self: SqlStore, *arguments: Any) -> Any:
        entry = append(self, *arguments)
        if here and place == "within":
            die()
        return entry

    def following(self: AnchorFile, head: Any) -> None:
        if here and place == "between":
            die()
        follow(self, head)

    _set(SqlStore, "commit", committing)
    _set(SqlStore, "_append", appending)
    _set(AnchorFile, "follow", following)


def _before_look(event: str, nth: int) -> None:
    commit, tick = SqlStore.commit, Cycle.tick
    left: list[int] = []

    def committing(self: SqlStore, note: AuditNote, *changes: Any) -> Any:
        entry = commit(self, note, *changes)
        if note.event == event and not left:
            left.append(nth)
        return entry

    def ticking(self: Cycle) -> Any:
        if left:
            left[0] -= 1
            if left[0] == 0:
                die()
        return tick(self)

    _set(SqlStore, "commit", committing)
    _set(Cycle, "tick", ticking)


def _around(owner: Any, name: str, also: tuple[str, ...] = ()) -> None:
    deed = getattr(owner, name)

    def done_and_dead(*arguments: Any, **named: Any) -> None:
        deed(*arguments, **named)
        die()

    for one in (owner, *(sys.modules[module] for module in also)):
        _set(one, name, done_and_dead)


def _reborn(pid: int) -> None:
    told: Callable[[Any], processes.ProcessIdentity] = processes._identity_of

    def later(process: Any) -> processes.ProcessIdentity:
        one = told(process)
        return processes.ProcessIdentity(one.pid, one.started + 10) if one.pid == pid else one

    _set(processes, "_identity_of", later)


def _set(owner: Any, name: str, function: Any) -> None:
    setattr(owner, name, function)


if __name__ == "__main__":
    import actions.files

    del actions
    plant(sys.argv[1])
    cli.main(sys.argv[2:])
