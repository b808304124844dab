"""What every probe promises: one proper reading of each observable, whether its surroundings live or not."""

import inspect
from collections.abc import Iterator, Mapping

import pytest
from pydantic import BaseModel

from engine.model import Scalar, Unknown
from engine.observing import checked
from engine.params import parse
from engine.probes import BUILTIN, HttpProbe, PortProbe, ProcessProbe
from engine.protocols import Probe
from tests.support.http_servers import raw_server, silent, site
from tests.support.supervisord import running_supervisord

PROBES: tuple[type[Probe], ...] = BUILTIN
Settings = Mapping[str, Scalar]


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Settings]]:
    folder = tmp_path_factory.mktemp("healthy")
    text = folder / "app.toml"
    text.write_text("a = 1\n")
    with running_supervisord(folder, {"app": {"command": "sleep 600"}}) as daemon, site() as (url, _):
        daemon.wait_for_state("app", "stopped")
        port = int(url.rpartition(":")[2])
        yield {
            "process": {"supervisor": str(daemon.socket), "name": "app"},
            "port": {"port": port, "supervisor": str(daemon.socket), "name": "app"},
            "http": {"url": f"{url}/health"},
            "file": {"path": str(text), "format": "toml", "backup": str(text)},
            "host": {},
        }


@pytest.fixture(scope="module")
def dead(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Settings]]:
    nowhere = str(tmp_path_factory.mktemp("dead") / "nowhere")
    with raw_server(silent) as port:
        yield {
            "process": {"supervisor": nowhere, "name": "app"},
            "port": {"port": port, "supervisor": nowhere, "name": "app"},
            "http": {"url": f"http://127.0.0.1:{port}/", "timeout": 0.2},
            "file": {"path": nowhere, "format": "toml", "backup": nowhere},
            "host": {"path": nowhere},
        }


def bind(probe: type[Probe], settings: Settings) -> Probe:
    return probe.bind(parse(probe.settings, settings, "test"))


@pytest.mark.parametrize("surroundings", ["healthy", "dead"])
@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_every_observable_gets_one_proper_reading(
    probe: type[Probe], surroundings: str, request: pytest.FixtureRequest
) -> None:
    settings = request.getfixturevalue(surroundings)[probe.name]
    readings = bind(probe, settings).observe()
    assert [one.name for one in readings] == [one.name for one in probe.observables]
    assert checked(probe.observables, readings) == tuple(readings)


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_dead_surroundings_are_unknown_with_a_reason_or_told_as_dead(
    probe: type[Probe], dead: Mapping[str, Settings]
) -> None:
    values = [one.value for one in bind(probe, dead[probe.name]).observe()]
    reasons = [value.because for value in values if isinstance(value, Unknown)]
    assert reasons
    assert all(len(reason) > 20 for reason in reasons)


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_what_a_probe_can_read_is_declared_as_packs_need_it(probe: type[Probe]) -> None:
    assert len({one.name for one in probe.observables}) == len(probe.observables)
    for observable in probe.observables:
        assert observable.type in (bool, int, float, str)
        assert (observable.type is str) == bool(observable.values)
        assert observable.about


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_settings_are_strict_and_closed(probe: type[Probe]) -> None:
    settings: type[BaseModel] = probe.settings
    assert settings.model_config.get("extra") == "forbid"
    assert settings.model_config.get("strict") is True
    assert settings.model_config.get("frozen") is True


def test_the_names_of_probes_are_unique_and_documented() -> None:
    assert len({probe.name for probe in PROBES}) == len(PROBES)
    assert all(inspect.getdoc(probe) for probe in PROBES)


def test_a_probe_is_bounded_by_more_than_its_own_clients_so_that_their_reason_arrives() -> None:
    process = bind(ProcessProbe, {"supervisor": "/s", "name": "a"})
    port = bind(PortProbe, {"port": 1, "supervisor": "/s", "name": "a"})
    http = bind(HttpProbe, {"url": "http://127.0.0.1/", "timeout": 5.0})
    assert isinstance(process, ProcessProbe)
    assert isinstance(port, PortProbe)
    assert port.supervisor is not None
    assert process.timeout > process.supervisor.timeout
    assert port.timeout > 2 * port.supervisor.timeout
    assert http.timeout > 5.0
