"""A TCP port of this machine: whether anything listens, and whether it is the program that should."""

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from engine.model import Observable, Reading, Seconds, Unknown
from engine.probes.readings import all_unknown
from engine.systems.processes import Listeners, SocketsUnseenError, describe, family, is_alive, listeners
from engine.systems.supervisor import Supervisor, SupervisorError

_DESCRIBE_AT_MOST = 3


class PortSettings(BaseModel):
    """Which port, and (both or neither) the supervised program that should own it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    address: str = "127.0.0.1"  #: an IP address of this machine
    port: Annotated[int, Field(ge=1, le=65535)]  #: the TCP port
    supervisor: Path | None = None  #: supervisord's unix socket
    name: str | None = None  #: the program that should own the port

    @field_validator("address")
    @classmethod
    def _is_an_ip_address(cls, address: str) -> str:
        try:
            ip_address(address)
        except ValueError as error:
            raise ValueError(f"should be an IP address such as 127.0.0.1 or ::1, not {address!r}") from error
        return address

    @model_validator(mode="after")
    def _owner_is_whole(self) -> Self:
        if (self.supervisor is None) != (self.name is None):
            raise ValueError("'supervisor' and 'name' say together who should own the port: give both or neither")
        return self


LISTENING = Observable(name="listening", type=bool, about="Whether any process listens on the address and port.")
OWNER = Observable(
    name="owner",
    type=str,
    values=("none", "self", "other"),
    about="Whose the listener is: nobody's, the supervised program's (or its descendants'), another's.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PortProbe:
    """Looks at the sockets of this machine; it never connects."""

    name: ClassVar[str] = "port"
    settings: ClassVar[type[PortSettings]] = PortSettings
    observables: ClassVar[tuple[Observable, ...]] = (LISTENING, OWNER)

    address: str
    port: int
    supervisor: Supervisor | None = None
    program: str = ""
    timeout: Seconds = 4.0

    @classmethod
    def bind(cls, settings: PortSettings) -> Self:
        """The probe of the port that `settings` name."""
        return cls(
            address=settings.address,
            port=settings.port,
            supervisor=Supervisor(settings.supervisor, timeout=1.0) if settings.supervisor else None,
            program=settings.name or "",
        )

    def observe(self) -> tuple[Reading, ...]:
        """Read every observable now."""
        try:
            found = listeners(self.address, self.port)
        except SocketsUnseenError as error:
            return all_unknown(self.observables, str(error))
        detail = _detail(found)
        return (
            Reading(name=LISTENING.name, value=bool(found), detail=detail),
            Reading(name=OWNER.name, value=self._owner(found), detail=detail),
        )

    def _owner(self, found: Listeners) -> str | Unknown:
        if not found:
            return "none"
        if self.supervisor is None:
            return Unknown(because="the inventory does not say who should own it")
        try:
            return _owner_seen_by(self.supervisor, self.program, found)
        except SupervisorError as error:
            return Unknown(because=str(error))


def _owner_seen_by(supervisor: Supervisor, program: str, found: Listeners) -> str | Unknown:
    pid = supervisor.process(program).pid
    own = family(pid) if pid else frozenset()
    foreign = [one for one in found.pids if one not in own]
    if foreign and supervisor.pid() in {one.pid for one in foreign}:
        return Unknown(because="supervisord itself holds the socket; look at its configuration")
    if any(is_alive(one) for one in foreign):
        return "other"
    if found.hidden:
        return Unknown(because="the process that listens cannot be seen; run Medicus as its user or as root")
    return Unknown(because="the listener ended while it was looked at") if foreign else "self"


def _detail(found: Listeners) -> str:
    if not found:
        return "nothing listens"
    lines = [describe(one) for one in found.pids[:_DESCRIBE_AT_MOST]]
    more = len(found.pids) - len(lines)
    if more:
        lines.append(f"and {more} more")
    if found.hidden:
        lines.append("a process that cannot be seen")
    return "; ".join(lines)
