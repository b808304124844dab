"""The senses: each probe looks at one part of one target and touches nothing."""

from typing import Final

from engine.probes.file import FileProbe
from engine.probes.host import HostProbe
from engine.probes.http import HttpProbe
from engine.probes.port import PortProbe
from engine.probes.process import ProcessProbe

BUILTIN: Final = (ProcessProbe, PortProbe, FileProbe, HttpProbe, HostProbe)

__all__ = ["BUILTIN", "FileProbe", "HostProbe", "HttpProbe", "PortProbe", "ProcessProbe"]
