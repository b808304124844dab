"""Says in one line what a machine lacks for `make`, and how to get it; runs on any Python."""

import importlib.util
import shutil
import sys
import sysconfig
from pathlib import Path

OLDEST = (3, 11)
FIRST_WITHOUT_DURABLE_RULES = (3, 13)


def missing() -> str:
    """What to do first, or ""."""
    here = ".".join(str(number) for number in sys.version_info[:2])
    if sys.version_info < OLDEST:
        return f"Medicus needs Python 3.11 or newer, and this is {here}: name another with PYTHON=python3.12"
    packages = []
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        packages.append(f"python{here}-venv")
    if sys.version_info < FIRST_WITHOUT_DURABLE_RULES:  # durable-rules is compiled on the spot
        compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
        if shutil.which(compiler) is None:
            packages.append("gcc libc6-dev")
        if not Path(sysconfig.get_paths()["include"], "Python.h").exists():
            packages.append(f"python{here}-dev")
    return f"something is missing for Python {here}: apt-get install {' '.join(packages)}" if packages else ""


sys.exit(missing() or 0)
