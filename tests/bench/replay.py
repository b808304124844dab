"""How fast a recording is replayed, and how much memory it takes: a hundred services over many looks, some failing.

Each measurement runs in a process of its own, so that its memory is its own.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from api import vocabulary
from api.bootstrap import pack_at
from engine.model import Observation, Scalar, Target, TargetId
from engine.rehearsing.header import Header, PackName
from engine.rehearsing.observables import vocabulary as known_by
from engine.rehearsing.recorded import reading
from engine.rehearsing.recording import write
from engine.rehearsing.replaying import Replay
from tests.bench.figures import Bar, Figure, Size

ROOT = Path(__file__).parents[2]
MANY = 1_000_000
SERVICES = 100
START = 1_800_000_000.0
HEALTHY: dict[str, Scalar] = {
    "process.state": "running",
    "process.pid": 4000,
    "process.started": 1_799_999_000.5,
    "process.exit-status": 0,
    "port.listening": True,
    "port.owner": "self",
    "config.exists": True,
    "config.parses": True,
    "config.backup": "usable",
    "config.differs": False,
    "secret.exists": True,
    "health.answer": "ok",
    "health.status": 200,
    "health.duration": 0.012,
}
BROKEN: dict[str, Scalar] = {**HEALTHY, "process.state": "fatal", "port.owner": "other", "health.answer": "refused"}


def figures(size: Size) -> tuple[Figure, ...]:
    """Replay a small and a large recording, alone and against a second pack."""
    many = size.of(MANY, MANY // 10, MANY // 100)
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder) / "small.jsonl", Path(folder) / "large.jsonl"
        few = _record(small, many // 10)
        count = _record(large, many)
        few_used, used = _in_a_process(small, "replay"), _in_a_process(large, "replay")
        read, both = _in_a_process(large, "read"), _in_a_process(large, "against")
    share = MANY / count
    note = f"{count} observations of {SERVICES} services, {used['changes']:.0f} changes, CPU time of one core"
    return (
        Figure(
            name="replay of 1,000,000 observations",
            value=used["cpu"] * share,
            unit="s",
            bar=Bar(limit=10, at_most=True),
            note=note,
        ),
        Figure(name="of it reading and checking", value=read["cpu"] * share, unit="s", note="no inference"),
        Figure(name="the same against a second pack", value=both["cpu"] * share, unit="s", note=note),
        Figure(
            name="memory for ten times as many observations",
            value=used["peak"] - few_used["peak"],
            unit="MB",
            bar=Bar(limit=8, at_most=True),
            note=f"peak of {count} observations over the peak of {few}",
        ),
    )


def _looks(count: int) -> Iterator[Observation]:
    """`count` observations or a few more: each service fails for 16 seconds once every 200 seconds."""
    names = [TargetId(f"service-{number:03}") for number in range(SERVICES)]
    for look in range(-(-count // (SERVICES * len(HEALTHY)))):
        for number, target in enumerate(names):
            seen = BROKEN if (look - number) % 100 < 8 else HEALTHY
            for name, value in seen.items():
                yield Observation(target=target, name=name, value=value, at=START + 2 * look)


def _record(path: Path, count: int) -> int:
    pack = pack_at(ROOT / "rules/service/pack.yaml")
    targets = tuple(Target(id=TargetId(f"service-{n:03}"), kind="service", parts={}) for n in range(SERVICES))
    return write(path, Header(packs=(PackName.of(pack),), targets=targets), _looks(count))


def _in_a_process(path: Path, what: str) -> dict[str, float]:
    """What one measurement took: CPU seconds, peak memory in MiB, the number of changes."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.replay", what, str(path)],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _one(what: str, path: Path) -> dict[str, float]:
    pack = pack_at(ROOT / "rules/service/pack.yaml")
    before, changes = time.process_time(), 0
    with reading(path, known_by([pack], vocabulary.observables())) as recording:
        if what == "read":
            for _ in recording.observations():
                pass
        else:
            played = Replay(recording, [pack], [pack] if what == "against" else None, vocabulary.hands())
            changes = sum(len(moment.changes[0]) for moment in played.moments())
    return {"cpu": time.process_time() - before, "peak": _peak(), "changes": changes}


def _peak() -> float:
    """The most memory that this process had, in MiB; what a parent had before it does not count (Linux only)."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("the system does not tell the peak of memory")


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_one(sys.argv[1], Path(sys.argv[2]))))
