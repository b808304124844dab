"""Where durable-rules is not, the module still imports, and says what to do instead."""

import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import SettingsError
from engine.inference import durable


def test_the_engine_process_never_loads_the_library() -> None:
    code = "import sys, engine.inference.durable; sys.exit('durable_rules_engine' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[4], check=False)
    assert done.returncode == 0


@pytest.mark.parametrize(("constant", "value"), [("_LIBRARY", "no_such_library"), ("_FIRST_WITHOUT", (3, 0))])
def test_without_the_library_the_operator_is_told_to_choose_the_native_engine(
    constant: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable, constant, value)
    assert not durable.available()
    with pytest.raises(SettingsError, match="inference: native"):
        durable.DurableInference(lambda _: None)


def test_it_is_available_exactly_before_python_3_13() -> None:
    assert durable.available() is (sys.version_info < (3, 13))
