"""What packs, scenarios and recordings may speak of: what the probes read, and the actions by name."""

from collections.abc import Mapping, Sequence

import actions
from engine import probes
from engine.model import Observable
from engine.protocols import Action


def observables() -> Mapping[str, Sequence[Observable]]:
    """What each probe reads, by the probe's name."""
    return {probe.name: probe.observables for probe in probes.BUILTIN}


def hands() -> Mapping[str, Action]:
    """Every action by its name; nothing is touched by having them."""
    made: tuple[Action, ...] = tuple(action() for action in actions.BUILTIN)
    return {one.name: one for one in made}
