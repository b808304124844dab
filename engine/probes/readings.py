"""Readings that probes have in common."""

from engine.model import Observable, Reading, Unknown


def unknown(observable: Observable, because: str) -> Reading:
    """The reading of an observable that could not be read."""
    return Reading(name=observable.name, value=Unknown(because=because))


def all_unknown(observables: tuple[Observable, ...], because: str) -> tuple[Reading, ...]:
    """What a probe gives when it could read nothing."""
    return tuple(unknown(observable, because) for observable in observables)
