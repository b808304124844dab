"""The senses: each probe looks at one part of one target and touches nothing."""

from typing import Final

from engine.probes.host import HostProbe
from engine.probes.http import HttpProbe
from engine.probes.port import PortProbe
from engine.probes.process import ProcessProbe

BUILTIN: Final = (ProcessProbe, PortProbe, HttpProbe, HostProbe)

__all__ = ["BUILTIN", "HostProbe", "HttpProbe", "PortProbe", "ProcessProbe"]
