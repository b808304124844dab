"""What real probes see is recorded and can be replayed; so can an incident of a real store."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from api import bootstrap
from api.bootstrap import House
from api.output import Format
from api.recording import export, record
from api.replaying import DIFFERENT, SAME, replay
from engine.casefile import AuditNote, Incident, OpenIncident, Propose, Remediation
from engine.errors import ActionError, NotFoundError
from engine.lifecycle import IncidentState, RemediationState
from engine.model import CauseId, Diagnosis, Digest, IncidentId, Observation, Plan, RemediationId, Unknown
from engine.rehearsing.header import PackName
from engine.rehearsing.recorded import reading
from engine.rehearsing.stage import Stage, play
from engine.stores.opening import open_store
from tests.support.tree import ROOT

START = 1_800_000_000.0
SETTINGS = """\
format: 1
packs: [service]
interval: 100ms
targets:
  - id: notes
    kind: service
    parts:
      process: {{supervisor: supervisor.sock, name: notes}}
      port: {{address: 127.0.0.1, port: {port}, supervisor: supervisor.sock, name: notes}}
      secret: {{path: notes.secret, format: text}}
"""


@contextmanager
def listener() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    with listener() as port:
        (tmp_path / "medicus.yaml").write_text(SETTINGS.format(port=port))
        yield bootstrap.house(tmp_path / "medicus.yaml")


def test_what_the_probes_see_is_recorded_look_by_look(home: House, tmp_path: Path) -> None:
    file = tmp_path / "tape.jsonl"
    assert record(home, file, 0.35) == 0
    with reading(file, {}) as recording:
        found = list(recording.observations())
        assert recording.header.packs == (PackName.of(home.packs[0]),)
        assert recording.header.targets == home.targets
    times = sorted({one.at for one in found})
    assert len(times) == 4
    by_name = {one.name: one.value for one in found if one.at == times[-1]}
    assert by_name["port.listening"] is True
    assert by_name["secret.exists"] is False
    assert isinstance(by_name["process.state"], Unknown)
    assert replay(file, Format.TABLE, config=tmp_path / "medicus.yaml", against=["service"]) == SAME


def test_one_look_is_made_however_short_the_time(home: House, tmp_path: Path) -> None:
    record(home, tmp_path / "tape.jsonl.gz", 0)
    with reading(tmp_path / "tape.jsonl.gz", {}) as recording:
        assert len({one.at for one in recording.observations()}) == 1


def test_ended_by_hand_it_keeps_what_was_seen(home: House, tmp_path: Path) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    assert record(home, tmp_path / "tape.jsonl", 3600, sleep=interrupt) == 0
    with reading(tmp_path / "tape.jsonl", {}) as recording:
        assert list(recording.observations())


def test_without_targets_there_is_nothing_to_record(tmp_path: Path) -> None:
    (tmp_path / "medicus.yaml").write_text("format: 1\npacks: [service]\n")
    with pytest.raises(ActionError, match="nothing to record"):
        record(bootstrap.house(tmp_path / "medicus.yaml"), tmp_path / "tape.jsonl", 1)
    assert not (tmp_path / "tape.jsonl").exists()


def diagnosed(home: House) -> Diagnosis:
    """What the pack of the house says of its target when the secret is gone."""
    stage = Stage(home.packs, home.targets)
    seen = {"process.state": "fatal", "port.owner": "none", "secret.exists": False}
    looks = [
        Observation(target=home.targets[0].id, name=name, value=value, at=START + second)
        for second in range(3)
        for name, value in seen.items()
    ]
    for _ in play([stage], looks):
        pass
    (found,) = stage.world(START + 2).diagnoses.values()
    return found


def remediation(diagnosis: Diagnosis) -> Remediation:
    """An instruction that did not help."""
    plan = Plan(
        ref=diagnosis.ref,
        cause=CauseId("service.secret-missing"),
        remedy="provide-the-secret",
        probability=0.9,
        rule_digest=diagnosis.pack_digest,
        facts=(),
        steps=(),
    )
    return Remediation(
        id=RemediationId("none"),
        incident=IncidentId("none"),
        plan=plan,
        digest=Digest("0" * 64),
        state=RemediationState.FAILED,
        proposed_at=START,
        changed_at=START,
    )


def test_an_incident_of_the_store_is_exported_and_judged_anew(
    home: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    diagnosis = diagnosed(home)
    incident = Incident(
        id=IncidentId("ALT-2027-01-15-001"),
        ref=diagnosis.ref,
        state=IncidentState.DIAGNOSED,
        severity=diagnosis.severity,
        title=diagnosis.title,
        opened_at=START,
        changed_at=START,
        diagnosis=diagnosis,
    )
    file, other = tmp_path / "incident.jsonl", tmp_path / "pack.yaml"
    tried = replace(remediation(diagnosis), incident=incident.id)
    with open_store(tmp_path / "state") as store:
        store.commit(AuditNote(at=START, actor="medicus", event="opened"), OpenIncident(incident=incident))
        assert export(home, store, incident.id, file) == 0
        for number, changed_at in ((1, diagnosis.at), (2, diagnosis.at + 1)):
            one = replace(tried, id=RemediationId(f"{incident.id}-r{number}"), changed_at=changed_at)
            store.commit(AuditNote(at=START, actor="medicus", event="proposed"), Propose(remediation=one))
        assert export(home, store, incident.id, tmp_path / "tried.jsonl") == 0
        with pytest.raises(NotFoundError):
            export(home, store, IncidentId("ALT-2027-01-15-002"), tmp_path / "none.jsonl")
        with pytest.raises(ActionError, match="exists already"):
            export(home, store, incident.id, file)
    assert not (tmp_path / "none.jsonl").exists()
    with reading(tmp_path / "tried.jsonl", {}) as recording:
        assert recording.header.failed == {diagnosis.ref: (("service.secret-missing", 0.95),)}
    assert replay(file, Format.TABLE, packs=["service"]) == SAME
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "same diagnosis as ALT-2027-01-15-001"
    assert "3 observations of 1 target(s), the moment 2027-01-15 08:00:02.000, taken to have lasted" in lines
    assert not any(" appears " in line for line in lines)
    text = (ROOT / "rules/service/pack.yaml").read_text()
    was = "observe: secret.exists\n            is: false\n            strength: proves"
    assert was in text
    other.write_text(text.replace(was, was.replace("proves", "weak")))
    assert replay(file, Format.TABLE, packs=[str(other)]) == DIFFERENT
    told = capsys.readouterr().out
    assert "the diagnosis differs from that of ALT-2027-01-15-001:" in told
    assert "then:  service.secret-missing at 0.9" in told
