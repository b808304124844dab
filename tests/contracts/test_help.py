"""`medicus --help` answers at once: what only some commands need is not imported for it."""

import json
import subprocess
import sys

from tests.support.tree import ROOT

SLOW = {
    "alembic",
    "api.bootstrap",
    "durable_rules_engine",
    "engine.stores",
    "fastapi",
    "pydantic",
    "sqlalchemy",
    "uvicorn",
}
PROGRAM = """
import json, sys
from api.cli import main
try:
    main(["--help"])
except SystemExit as end:
    assert not end.code, end.code
print(json.dumps(sorted(sys.modules)))
"""


def test_help_imports_nothing_slow() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    shown, _, modules = done.stdout.rstrip().rpartition("\n")
    assert "diagnose" in shown
    assert SLOW.isdisjoint(json.loads(modules))
