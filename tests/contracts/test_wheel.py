"""What is installed is whole: the wheel has every module, pack, migration and the demo, and nothing else."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.tree import PACKAGES, ROOT, files


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (wheel,) = folder.glob("medicus-*-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_it_holds_all_of_the_packages_and_nothing_else(unpacked: Path) -> None:
    held = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()}
    wanted = {str(path.relative_to(ROOT)) for path in files() if path.relative_to(ROOT).parts[0] in PACKAGES}
    assert {name for name in held if ".dist-info/" not in name} == wanted
    for name in (
        "rules/service/pack.yaml",
        "engine/stores/migrations/env.py",
        "engine/stores/migrations/script.py.mako",
        "api/demo/notes.py",
        "api/demo/leftover.py",
    ):
        assert name in held


def test_it_works_away_from_the_repository(unpacked: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(unpacked), "PYTHONDONTWRITEBYTECODE": "1"}

    def python(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert python("-c", "import engine; print(engine.__file__)").startswith(str(unpacked))
    python("-m", "api.cli", "init")  # migrates an empty database
    python("-m", "api.cli", "diagnose")  # loads the shipped pack
    assert "hold" in python("-m", "api.cli", "log", "verify")
