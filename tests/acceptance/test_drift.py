"""The world moves on between a proposal and its execution: an approval counts for what was seen, and nothing else."""

import json
import shutil
import signal
import subprocess
from pathlib import Path

from engine.systems.processes import identity
from tests.support.stage import Stage, end


def test_nothing_is_stopped_when_the_squatter_has_left_since_the_approval(stage: Stage) -> None:
    squatter = taken(stage)
    stage.until_notes_are("fatal")
    digest = approved_while_stopped(stage)
    end(squatter)
    assert stage.signals() == 1  # ours
    stage.engine()
    stage.until("the plan is void", lambda: "voided" in stage.events())
    assert "port" in why_voided(stage)
    assert "attempt-begun" not in stage.events(of=stage.incident())[: stage.events().index("voided")]
    assert stage.plans()[0].digest == digest
    assert stage.plans()[0].state == "void"


def test_who_took_the_squatters_place_is_not_stopped_by_the_old_approval(stage: Stage) -> None:
    """The new plan has another digest and needs an approval of its own; the old digest is refused."""
    squatter = taken(stage)
    old = approved_while_stopped(stage)
    other = stage.intruder(name="other")
    end(squatter)
    stage.until_holding("other")
    stage.engine()
    new = stage.until_asked(but=(old,))
    assert "would now touch process" in why_voided(stage) or "changed" in why_voided(stage)
    refused = stage.medicus("approve", stage.incident(), "--digest", old[:12], ok=False)
    assert refused.status == 1
    assert f"has the digest {new[:12]}, not {old[:12]}" in refused.err
    status, problem = stage.ask(f"/api/v1/incidents/{stage.incident()}/approve", {"digest": old})
    assert status == 409, problem
    stage.looks(3)
    assert other.poll() is None
    assert stage.signals("other") == 0
    stage.medicus("approve", stage.incident(), "--digest", new)
    stage.until("resolved", lambda: stage.states() == ["resolved"])
    assert stage.signals("other") == 1


def test_the_same_number_with_another_start_is_another_process(stage: Stage) -> None:
    """As when a PID was given anew: the process is not touched, and a person is asked again."""
    squatter = taken(stage)
    old = approved_while_stopped(stage)
    stage.engine(fault=f"reborn:{squatter.pid}")
    new = stage.until_asked(but=(old,))
    assert f"process {identity(squatter.pid)}" not in stage.medicus("plan", stage.incident()).out
    stage.looks(3)
    assert new != old
    assert squatter.poll() is None
    assert stage.signals() == 0


def test_a_file_that_a_person_edited_since_is_not_replaced_by_the_old_approval(stage: Stage) -> None:
    stage.profile = "suggest"
    stage.write_settings()
    stage.break_config()
    stage.start_supervisord()
    old = approved_while_stopped(stage)
    edited = stage.notes_toml.read_text() + '# a person was here\nand broke = "more\n'
    stage.notes_toml.write_text(edited)
    stage.engine()
    new = stage.until_asked(but=(old,))
    assert "file" in why_voided(stage)
    assert new != old
    stage.looks(3)
    assert stage.notes_toml.read_text() == edited
    assert not list(stage.folder.glob("*.broken-*"))


def test_a_plan_is_void_when_a_person_mended_the_file_first(stage: Stage) -> None:
    stage.profile = "suggest"
    stage.write_settings()
    stage.break_config()
    stage.start_supervisord()
    stage.until_notes_are("fatal")
    approved_while_stopped(stage)
    mended = (stage.folder / "notes.toml.bak").read_text() + "# mended by a person\n"
    stage.notes_toml.write_text(mended)
    stage.engine()
    stage.until("the plan is void", lambda: "voided" in stage.events())
    stage.looks(3)
    assert stage.notes_toml.read_text() == mended
    assert "restore-file" not in [json.loads(one.body).get("action") for one in stage.entries()]


def test_the_approval_is_given_with_curl(stage: Stage, tmp_path: Path) -> None:
    """A wrong digest is refused with a problem document, the right one is carried out; the token is needed."""
    curl = shutil.which("curl")
    assert curl, "curl is missing: install it, the HTTP interface is tested with a client that is not ours"
    taken(stage)
    stage.engine()
    digest = stage.until_asked()
    base = f"http://127.0.0.1:{stage.listen}/api/v1/incidents/{stage.incident()}"
    headers = tmp_path / "headers"
    headers.write_text(f"authorization: Bearer {(stage.state_folder / 'token').read_text().strip()}\n")

    def curled(*words: str, known: bool = True) -> tuple[int, str]:
        who = ("-H", f"@{headers}") if known else ()
        line = [curl, "-sS", "-w", "\n%{http_code}", "-H", "content-type: application/json", *who, *words]
        said = subprocess.run(line, capture_output=True, text=True, check=True, timeout=30).stdout
        body, _, code = said.rpartition("\n")
        return int(code), body

    assert curled(f"{base}/plan", known=False)[0] == 401
    assert curled("-d", json.dumps({"digest": "0" * 64}), f"{base}/approve")[0] == 409
    assert stage.events().count("approved") == 0
    code, plan = curled(f"{base}/plan")
    assert (code, json.loads(plan)["remediation"]["digest"]) == (200, digest)
    code, said = curled("-d", json.dumps({"digest": digest}), f"{base}/approve")
    assert code in {200, 201}, said
    stage.until("resolved", lambda: stage.states() == ["resolved"])
    assert stage.signals() == 1


# --- how the stories begin


def taken(stage: Stage) -> "subprocess.Popen[str]":
    squatter = stage.intruder()
    stage.until_holding()
    stage.start_supervisord()
    return squatter


def approved_while_stopped(stage: Stage) -> str:
    """A plan that was proposed by a Medicus which was ended then, and approved; its digest."""
    first = stage.engine(ready=False)
    digest = stage.until_asked()
    end(first, signal.SIGKILL)
    stage.medicus("approve", stage.incident(), "--digest", digest)
    return digest


def why_voided(stage: Stage) -> str:
    return next(str(json.loads(one.body)["why"]) for one in stage.entries() if one.event == "voided")
