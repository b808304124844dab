"""The hands: one module per kind of thing that is touched."""

from typing import Final

from actions.files import RestoreFile
from actions.processes import StopListener
from actions.supervisor import RestartProcess, StartProcess

BUILTIN: Final = (StopListener, StartProcess, RestartProcess, RestoreFile)

__all__ = ["BUILTIN", "RestartProcess", "RestoreFile", "StartProcess", "StopListener"]
