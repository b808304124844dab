"""What packs may speak of in tests: the probes and actions of the first release, without the things themselves."""

from collections.abc import Mapping, Sequence

from engine.knowledge import Rule
from engine.model import Observable, Risk
from engine.rulebase.references import ActionFacts

_STATES = ("stopped", "starting", "running", "backoff", "stopping", "exited", "fatal")
_ANSWERS = ("ok", "wrong-status", "wrong-body", "refused", "timeout", "broken")

PROBES: Mapping[str, Sequence[Observable]] = {
    "process": (
        Observable(name="state", type=str, values=_STATES),
        Observable(name="pid", type=int),
        Observable(name="started", type=float, unit="s"),
        Observable(name="exit-status", type=int),
    ),
    "port": (
        Observable(name="listening", type=bool),
        Observable(name="owner", type=str, values=("none", "self", "other")),
    ),
    "file": (
        Observable(name="exists", type=bool),
        Observable(name="parses", type=bool),
        Observable(name="backup", type=str, values=("usable", "broken", "missing", "none")),
        Observable(name="differs", type=bool),
        Observable(name="damage-only", type=bool),
    ),
    "http": (
        Observable(name="answer", type=str, values=_ANSWERS),
        Observable(name="status", type=int),
        Observable(name="duration", type=float, unit="s"),
    ),
    "host": (
        Observable(name="cpu", type=float, unit="%", least=0, most=100),
        Observable(name="load", type=float, least=0),
    ),
}

ACTIONS: Mapping[str, ActionFacts] = {
    one.name: one
    for one in (
        ActionFacts(
            name="stop-listener",
            fields=("address", "port", "supervisor", "name", "grace"),
            required=("port", "supervisor", "name"),
            risk=Risk.HIGH,
            reversible=False,
        ),
        ActionFacts(
            name="start-process",
            fields=("supervisor", "name", "keep_running", "within"),
            required=("supervisor", "name"),
        ),
        ActionFacts(
            name="restart-process",
            fields=("supervisor", "name", "within"),
            required=("supervisor", "name"),
            risk=Risk.MODERATE,
            reversible=False,
        ),
        ActionFacts(name="restore-file", fields=("path", "backup", "format"), required=("path", "backup", "format")),
    )
}

SETTINGS: Mapping[str, tuple[str, ...]] = {
    "process": ("supervisor", "name"),
    "port": ("address", "port", "supervisor", "name"),
    "file": ("path", "format", "backup"),
    "http": ("url", "status", "json_field", "json_value", "timeout"),
    "host": ("path",),
}


def one_level(rules: Sequence[Rule]) -> tuple[tuple[Rule, ...], ...]:
    """All rules in one level: right for rules that negate nothing that is concluded."""
    return (tuple(rules),)
