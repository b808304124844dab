"""Reads medicus.yaml: what is watched, by which packs, and how much Medicus may do by itself.

Every setting can be overridden by an environment variable (MEDICUS_LANGUAGE, MEDICUS_POLICY__PROFILE), whose text is
read as it would be in the file. Paths are relative to the file's folder. Nothing here opens a socket or a store.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, PlainValidator, WithJsonSchema

from engine.errors import Mistake, SettingsError, TextError
from engine.model import Seconds
from engine.params import Complaint, did_you_mean
from engine.remediation.policy import Policy, Profile
from engine.rulebase.shape import AnyScalar, Duration, Shape, Word, fit, seconds
from engine.rulebase.yaml_text import Document, Place, Plain, read, read_path

PREFIX = "MEDICUS_"
BETWEEN = "__"
CONFIG = "MEDICUS_CONFIG"
EVERYWHERE = Path("/etc/medicus/medicus.yaml")
SHORTEST_INTERVAL: Seconds = 0.1
LONGEST_INTERVAL: Seconds = 3600.0
HIGHEST_PORT = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """Where the HTTP door listens: a loopback address and a port (0: any free one)."""

    host: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings as they count; `state` is absolute, packs are names or paths relative to `folder`.

    `inventory` holds the targets as they were written: `engine.inventory.build_targets` checks them against the packs.
    """

    file: Path
    language: Literal["en", "zh"]
    packs: tuple[str, ...]
    state: Path
    inference: Literal["auto", "durable", "native"]
    interval: Seconds
    listen: Listen
    policy: Policy
    inventory: "tuple[TargetShape, ...]"
    document: Document

    @property
    def folder(self) -> Path:
        """The folder that relative paths start from."""
        return self.file.parent


def find_settings(explicit: Path | None, environment: Mapping[str, str], here: Path) -> Path:
    """The settings file: the explicit one, MEDICUS_CONFIG, ./medicus.yaml or /etc/medicus/medicus.yaml.

    Raises SettingsError when there is none, and when one that was named does not exist.
    """
    named = explicit or (Path(environment[CONFIG]) if environment.get(CONFIG) else None)
    if named is not None:
        if not (here / named).is_file():
            raise SettingsError(f"there is no settings file {here / named}: check the path, or run `medicus init`")
        return here / named
    for candidate in (here / "medicus.yaml", EVERYWHERE):
        if candidate.is_file():
            return candidate
    raise SettingsError(
        f"there is no settings file: neither {here / 'medicus.yaml'} nor {EVERYWHERE}; "
        f"run `medicus init` to write one, or name one with {CONFIG}"
    )


def read_settings(path: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings in a file, overridden by the environment; TextError with all their mistakes."""
    document = read_path(path)
    _refuse_misspelt(environment or {})
    overrides = _overrides(environment or {})
    fitted = fit(SettingsShape, _overlaid(document.data, overrides))
    mistakes = (*document.mistakes, *(_mistake(document, overrides, one) for one in fitted.complaints))
    shape = fitted.value
    if mistakes or shape is None:
        raise TextError(mistakes)
    file = path.absolute()
    return Settings(
        file=file,
        language=shape.language,
        packs=shape.packs,
        state=file.parent / shape.state,
        inference=shape.inference,
        interval=shape.interval,
        listen=shape.listen,
        policy=Policy(
            profile=shape.policy.profile,
            confidence=shape.policy.confidence,
            approval_expires=shape.policy.approval_expires,
            cooldown=shape.policy.cooldown,
            flapping_times=shape.policy.flapping.times,
            flapping_within=shape.policy.flapping.within,
            blast_radius=shape.policy.blast_radius,
        ),
        inventory=shape.targets,
        document=document,
    )


# --- the shape of the file --------------------------------------------------------------------------------


def _listen(text: object) -> Listen:
    host, _, port = text.rpartition(":") if isinstance(text, str) else ("", "", "")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isascii() or not port.isdigit() or int(port) > HIGHEST_PORT:
        raise ValueError(f"should be an address and a port such as 127.0.0.1:8017, not {text!r}")
    if not _is_loopback(host):
        raise ValueError(
            f"listens on this machine only (127.0.0.1, ::1 or localhost), not on {host}: the HTTP door "
            "speaks without TLS, and who reads its token may approve remedies"
        )
    return Listen(host=host, port=int(port))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _interval(text: object) -> Seconds:
    found = seconds(text)
    if not SHORTEST_INTERVAL <= found <= LONGEST_INTERVAL:
        raise ValueError(f"should be between 100ms and 1h, not {text}")
    return found


Interval = Annotated[
    Seconds,
    PlainValidator(_interval),
    WithJsonSchema({"type": "string", "format": "duration from `100ms` to `1h`"}),
]
ListenText = Annotated[Listen, PlainValidator(_listen), WithJsonSchema({"type": "string", "format": "ADDRESS:PORT"})]


class FlappingShape(Shape):
    """How many recoveries in how long are too many."""

    #: so many recoveries of one problem on one target stop automation on it
    times: Annotated[int, Field(ge=1, le=100)] = 3
    within: Duration = 3600.0  #: counted over this time; a problem that returns within it reopens its incident


class PolicyShape(Shape):
    """What Medicus may do by itself."""

    #: `suggest`: a person approves every plan; `self-heal`: what is harmless runs by itself
    profile: Profile = Profile.SUGGEST
    #: the least probability of a cause whose remedy may run by itself; below an even chance nothing may
    confidence: Annotated[float, Field(ge=0.5, le=1)] = 0.9
    approval_expires: Duration = 900.0  #: an approval that was not used for so long is void
    cooldown: Duration = 60.0  #: the least time between two remediations of one target
    flapping: FlappingShape = FlappingShape()  #: when recoveries are too many
    blast_radius: Annotated[int, Field(ge=1, le=1000)] = 1  #: the most targets in remediation at once


class TargetShape(Shape):
    """One target as it is written; its parts are checked by the models of their probes."""

    id: Word  #: the name of the target in incidents and logs
    kind: Word  #: which problems can befall it; a pack defines the kinds
    keep_running: bool = False  #: it shall always run: it may be started by itself even after a stop by hand
    stoppable: bool = False  #: for packs: whether it may be stopped
    depends_on: dict[Word, Word] = Field(default_factory=dict)  #: the targets that it depends on, by their role
    #: the settings of each part, by the part's name
    parts: Annotated[dict[Word, dict[str, AnyScalar]], Field(min_length=1)]


class SettingsShape(Shape):
    """medicus.yaml."""

    format: Literal[1]  #: the version of this format
    language: Literal["en", "zh"] = "en"  #: the language of texts on the terminal
    packs: Annotated[tuple[str, ...], Field(min_length=1)]  #: shipped packs by name, your own by path
    #: the folder of incidents, audit log and token; keep it on a disk that Medicus does not heal
    state: Annotated[str, Field(min_length=1)] = "state"
    #: the engine that draws conclusions; `auto` is `durable` where it can be had
    inference: Literal["auto", "durable", "native"] = "auto"
    interval: Interval = 2.0  #: how often to look
    #: where HTTP is served, on loopback only; port 0 is any free one
    listen: ListenText = Listen(host="127.0.0.1", port=8017)
    policy: PolicyShape = PolicyShape()  #: how much may be done without a person
    targets: tuple[TargetShape, ...] = ()  #: what is watched


# --- the environment --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Override:
    """One setting that an environment variable gives."""

    variable: str
    value: Plain


def variables() -> Mapping[tuple[str, ...], str]:
    """The environment variable of every setting that has one, by the setting's path."""
    return {place: PREFIX + BETWEEN.join(step.upper() for step in place) for place in _settable(SettingsShape)}


def _overrides(environment: Mapping[str, str]) -> dict[Place, _Override]:
    found: dict[Place, _Override] = {}
    for place, variable in variables().items():
        if environment.get(variable):
            found[place] = _Override(variable=variable, value=read(environment[variable], variable).data)
    return found


def _refuse_misspelt(environment: Mapping[str, str]) -> None:
    """TextError for a variable that means to set the policy and does not: the policy decides what runs by itself."""
    known = tuple(variables().values())
    wrong = sorted(one for one in environment if one.startswith(f"{PREFIX}POLICY") and one not in known)
    if wrong:
        raise TextError(
            tuple(
                Mistake(file=one, line=1, column=1, message="sets nothing", hint=did_you_mean(one, known))
                for one in wrong
            )
        )


def _settable(shape: type[Shape]) -> list[tuple[str, ...]]:
    """Every setting that is no mapping, by its path."""
    found: list[tuple[str, ...]] = []
    for name, info in shape.model_fields.items():
        inner = info.annotation
        if isinstance(inner, type) and issubclass(inner, Shape):
            found += [(name, *rest) for rest in _settable(inner)]
        elif name not in ("format", "targets"):
            found.append((name,))
    return found


def _overlaid(data: Plain, overrides: Mapping[Place, _Override]) -> Plain:
    for place, override in overrides.items():
        data = _put(data, place, override.value)
    return data


def _put(data: Plain, place: Place, value: Plain) -> Plain:
    if not place:
        return value
    if data is not None and not isinstance(data, dict):
        return data  # the file is wrong here, and is told so
    inner = data or {}
    key = str(place[0])
    return {**inner, key: _put(inner.get(key), place[1:], value)}


def _mistake(document: Document, overrides: Mapping[Place, _Override], complaint: Complaint) -> Mistake:
    for place, override in overrides.items():
        if complaint.place[: len(place)] == place:
            return Mistake(
                file=override.variable, line=1, column=1, message=complaint.message, hint="an environment variable"
            )
    return document.mistake(complaint.place, complaint.message, complaint.hint, key=complaint.about_key)
