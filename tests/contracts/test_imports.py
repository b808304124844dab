"""The parts depend on each other in one direction, and every library has its home (see [tool.importlinter])."""

import subprocess
import sys
import tomllib
from typing import Any

from tests.support.tree import PACKAGES, ROOT, imported, product_files, shown

CONTRACTS: list[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
    "contracts"
]
FOR_ACTIONS = {"model", "protocols", "errors", "params", "systems"}


def contract(name: str) -> dict[str, Any]:
    return next(one for one in CONTRACTS if one["id"] == name)


def parts_of_the_engine() -> set[str]:
    return {
        path.stem for path in (ROOT / "engine").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    } - {"__init__"}


def test_every_import_contract_is_kept() -> None:
    lint = [sys.executable, "-c", "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"]
    done = subprocess.run([*lint], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in done.stdout


def test_what_actions_must_not_see_is_all_of_the_engine_but_what_they_may() -> None:
    forbidden = {name.removeprefix("engine.") for name in contract("hands")["forbidden_modules"]}
    assert forbidden == parts_of_the_engine() - FOR_ACTIONS


def test_every_library_that_is_imported_has_a_home() -> None:
    homes = {name for one in CONTRACTS if one["type"] == "protected" for name in one["protected_modules"]}
    homeless = {
        f"{shown(path)} imports {name}"
        for path in product_files()
        for name in imported(path)
        if (top := name.split(".")[0]) not in homes and top not in PACKAGES and top not in sys.stdlib_module_names
    }
    assert not homeless
