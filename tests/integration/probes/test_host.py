"""The host probe on the machine that runs the test."""

from pathlib import Path

import psutil

from engine.model import Unknown
from engine.probes import HostProbe
from engine.probes.host import HostSettings


def test_a_host_tells_how_busy_and_how_full_it_is() -> None:
    seen = {one.name: one for one in HostProbe.bind(HostSettings()).observe()}
    for name in ("cpu", "memory", "disk"):
        value = seen[name].value
        assert isinstance(value, float)
        assert 0 <= value <= 100
    assert isinstance(seen["load"].value, float)
    disk = seen["disk"].value
    assert isinstance(disk, float)
    assert abs(disk - psutil.disk_usage("/").percent) < 5
    assert "GiB free of" in seen["disk"].detail
    assert seen["disk"].detail.endswith("at /")


def test_a_path_that_is_missing_leaves_only_the_disk_unknown(tmp_path: Path) -> None:
    seen = {one.name: one.value for one in HostProbe.bind(HostSettings(path=tmp_path / "missing")).observe()}
    assert isinstance(seen["disk"], Unknown)
    assert "No such file or directory" in seen["disk"].because
    assert isinstance(seen["memory"], float)
