"""Metrics, counted from the books whenever someone asks: so they are true after a restart, and nothing has to count.

Names begin with `medicus_`, units are base units. Every label value is always there, with 0 when nothing is in it, so
that an alert never waits for a series to appear.
"""

from collections import Counter
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from api.services import Services
from engine.lifecycle import OPEN_INCIDENT, RemediationState
from engine.model import Reason, Seconds, Severity

LATELY: Seconds = 86_400.0
_WAITING = frozenset({RemediationState.PROPOSED, RemediationState.APPROVED})


def exposition(services: Services, accept: str) -> tuple[bytes, str]:
    """The metrics and their media type, in the format that the header `accept` prefers; StoreError when it cannot."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Books(services))
    encode, media_type = choose_encoder(accept)
    return encode(registry), media_type


class Books(Collector):
    """The collector of everything that is measured."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterator[Metric]:
        """Every metric family, from one look at the books."""
        yield self._incidents()
        yield from self._remediations()
        yield from self._pulse()
        yield _gauge("medicus_paused", "1 while the kill switch is on.", self._services.casebook.pause().paused)
        yield CounterMetricFamily(
            "medicus_audit_entries", "Entries of the audit log since it was begun.", self._services.store.stamp()
        )
        yield InfoMetricFamily(
            "medicus_build", "What runs.", {"version": release(), "inference": self._services.inference}
        )

    def _incidents(self) -> Metric:
        found = Counter((one.state, one.severity) for one in self._services.casebook.incidents(among=OPEN_INCIDENT))
        family = GaugeMetricFamily("medicus_open_incidents", "Open incidents.", labels=["state", "severity"])
        for state in sorted(OPEN_INCIDENT):
            for severity in Severity:
                family.add_metric([state.value, severity.value], found[state, severity])
        return family

    def _remediations(self) -> Iterator[Metric]:
        since = self._services.clock.now() - LATELY
        recent = self._services.casebook.recent_remediations(since)
        states = Counter(one.state for one in recent)
        family = GaugeMetricFamily(
            "medicus_remediations", "Remediations under way, and those that ended in the last day.", labels=["state"]
        )
        for state in RemediationState:
            family.add_metric([state.value], states[state])
        yield family
        reasons = Counter(one.verdict.reason for one in recent if one.verdict and one.state in _WAITING)
        withheld = GaugeMetricFamily("medicus_withheld_remediations", "Remediations that wait.", labels=["reason"])
        for reason in Reason:
            withheld.add_metric([reason.value], reasons[reason])
        yield withheld

    def _pulse(self) -> Iterator[Metric]:
        last = self._services.pulse.last
        if last is None:
            return
        yield CounterMetricFamily("medicus_cycles", "Times that the engine went around since its start.", last.ticks)
        yield _gauge("medicus_cycle_duration_seconds", "How long the last time around took.", last.took, "seconds")
        yield _gauge("medicus_last_cycle_timestamp_seconds", "When the engine last went around.", last.at, "seconds")
        yield _gauge("medicus_in_trouble", "1 while the engine cannot do its work.", bool(last.trouble))


def release() -> str:
    """The version of the installed Medicus; "unknown" when it runs from a bare source tree."""
    try:
        return version("medicus")
    except PackageNotFoundError:
        return "unknown"


def _gauge(name: str, about: str, value: float, unit: str = "") -> Metric:
    return GaugeMetricFamily(name, about, value, unit=unit)
