"""The door as other people's tools find it: curl, and schemathesis reading /openapi.json."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from engine.lifecycle import RemediationState
from tests.support import cases
from tests.support.doors import TOKEN, Door


def test_an_operator_approves_with_plain_curl(door: Door, tmp_path: Path) -> None:
    curl = shutil.which("curl")
    assert curl, "this test runs curl itself: install it (apt install curl)"
    incident = door.put_proposal()
    (tmp_path / "token").write_text(TOKEN + "\n")
    command = (
        f'{curl} --silent --show-error --fail-with-body --noproxy "*" -H "Authorization: Bearer $(cat token)" -X POST '
        f"-H 'content-type: application/json' -d '{{\"digest\":\"{cases.DIGEST[:12]}\"}}' "
        f"{door.server.url}/api/v1/incidents/{incident.id}/approve"
    )
    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode == 0, done
    assert '"state":"approved"' in done.stdout
    assert door.states(incident) == [RemediationState.APPROVED]


def test_schemathesis_finds_nothing_that_the_description_does_not_say(door: Door, tmp_path: Path) -> None:
    door.put_proposal()
    program = Path(sys.executable).parent / "schemathesis"
    if not program.exists():
        pytest.fail(f"{program} is missing: install the development dependencies")
    command = [str(program), "run", f"{door.server.url}/openapi.json", "--max-examples", "5", "--seed", "1"]
    command += ["--header", f"Authorization: Bearer {TOKEN}", "--continue-on-failure", "--no-color"]
    environment = {**os.environ, "NO_PROXY": "*", "HOME": str(tmp_path)}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    operations = sum(len(path) for path in door.get("/openapi.json")["paths"].values())
    assert f"Tested: {operations}\n" in done.stdout
