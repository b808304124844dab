"""Writes docs/reference from the code: `python -m docs.generate`. A test compares, so no page is ever stale."""

import importlib
import pkgutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import typer
from pydantic import BaseModel

import actions
import api
import engine
from api import bootstrap, cli
from api.checking import Nagios
from api.http import problems
from api.http.app import create_app
from api.initialising import initialise
from docs.describing import field_rows, said_of, table, title, unwrapped
from engine import probes
from engine.diagnosis.ranking import PRIOR, RATIO
from engine.errors import ActionError, InternalError, MedicusError, RuleError
from engine.lifecycle import (
    INCIDENT,
    REMEDIATION,
    IncidentEvent,
    IncidentState,
    RemediationEvent,
    RemediationState,
)
from engine.model import Observable, Reason, Result, Risk, Severity
from engine.rulebase import schema
from engine.rulebase.comments import members
from engine.rulebase.compiler import IF_FALSE
from engine.settings import CONFIG, FlappingShape, PolicyShape, SettingsShape, TargetShape, variables
from engine.stores.opening import open_store

FOLDER = Path(__file__).parent / "reference"
_NOT_EVERYWHERE = "engine.inference.worker"  # durable-rules imports below Python 3.13 only
_NOTE = "<!-- Written by docs/generate.py. Change the code, then run `python -m docs.generate`. -->\n"


def settings() -> str:
    """Every key of medicus.yaml."""
    by_place = variables()
    shapes: tuple[tuple[type[BaseModel], tuple[str, ...]], ...] = (
        (SettingsShape, ()),
        (PolicyShape, ("policy",)),
        (FlappingShape, ("policy", "flapping")),
    )
    where = (
        "Medicus reads the file that `--config` or the environment variable "
        f"`{CONFIG}` names, else `./medicus.yaml`, else `/etc/medicus/medicus.yaml`. Paths are relative to the "
        "file's folder. An environment variable beats the file; its text is read as it would be in the file.\n"
    )
    parts = [where]
    for shape, place in shapes:
        known = {name: by_place[*place, name] for name in shape.model_fields if (*place, name) in by_place}
        head = ("Key", "Takes", "Default", "Environment", "Meaning")
        parts += [_section(title(shape.__name__), said_of(shape)), table(head, field_rows(shape, known))]
    parts += [_section("target", said_of(TargetShape)), table(_KEYS, field_rows(TargetShape))]
    parts.append("\nWhich parts a kind has is in its pack; what each part takes is in [probes](probes.md).\n")
    return "".join(parts)


def the_probes() -> str:
    """Every probe with its settings and what it observes."""
    parts = ["A part of a target is seen by one probe. What it observes is named PART.OBSERVABLE in packs.\n"]
    for probe in probes.BUILTIN:
        rows = [(f"`{one.name}`", _values(one), one.unit, one.about) for one in probe.observables]
        parts += [
            _section(probe.name, said_of(probe)),
            f"{said_of(probe.settings)}\n\n",
            table(_KEYS, field_rows(probe.settings)),
            "\n",
            table(("Observable", "Values", "Unit", "Meaning"), rows),
        ]
    return "".join(parts)


def the_actions() -> str:
    """Every action with its parameters and dangers."""
    parts = ["An action previews what it would do, does it once, and can take it back if it is reversible.\n"]
    for action in actions.BUILTIN:
        facts = [
            ("Risk", action.risk.name.lower()),
            ("Reversible", _yes(action.reversible)),
            ("Idempotent", _yes(action.idempotent)),
            ("Timeout", f"{action.timeout:g} s"),
            ("Rights needed", action.rights),
        ]
        parts += [
            _section(action.name, said_of(action)),
            table(("", ""), facts),
            f"\n{said_of(action.params)}\n\n",
            table(_KEYS, field_rows(action.params)),
        ]
    return "".join(parts)


def reasons() -> str:
    """Why nothing was done, how an attempt ended, how risky and how bad something is."""
    parts = []
    for kind in (Reason, Result, Severity):
        parts += [_section(kind.__name__.lower(), said_of(kind)), _enum(kind)]
    about = members(Risk)
    rows = [(f"`{one.name.lower()}`", about[one.name]) for one in Risk]
    return "".join([*parts, _section("risk", said_of(Risk)), table(("Word", "Meaning"), rows)])


def lifecycles() -> str:
    """The two transition tables."""
    parts = ["Nothing but these tables decides which state may follow which.\n"]
    kinds: tuple[tuple[str, type[StrEnum], type[StrEnum], Mapping[Any, StrEnum]], ...] = (
        ("incident", IncidentState, IncidentEvent, INCIDENT),
        ("remediation", RemediationState, RemediationEvent, REMEDIATION),
    )
    for name, states, events, rows in kinds:
        ways = [(f"`{before}`", f"`{event}`", f"`{after}`") for (before, event), after in rows.items()]
        parts += [
            _section(name, said_of(states)),
            _enum(states),
            f"\n{said_of(events)}\n\n",
            _enum(events),
            "\n```text\n",
            *_drawn(states, rows),
            "```\n\n",
            table(("State", "Event", "Next state"), ways),
        ]
    return "".join(parts)


def errors() -> str:
    """Every error that Medicus raises, by who must act."""
    for package in (engine, actions, api):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations." not in module.name and module.name != _NOT_EVERYWHERE:
                importlib.import_module(module.name)
    who = {RuleError: "The author of a pack or of the settings", ActionError: "The operator", InternalError: "Us"}
    parts = ["Every message says what happened, to what, and what to do next.\n"]
    for family, actor in who.items():
        rows = [(f"`{one.__name__}`", f"`{one.__module__}`", said_of(one)) for one in _family(family)]
        parts += [_section(f"{actor} must act", said_of(family)), table(("Error", "Module", "Meaning"), rows)]
    return "".join(parts)


def command_line() -> str:
    """Every command with its arguments and options."""
    root: Any = typer.main.get_command(cli.app)
    parts = ["```text\nmedicus [--config FILE] COMMAND ...\n```\n", _params(root)]
    parts.append(
        "\n`-o json` and `-o yaml` print one document for programs, with the version of its `format`. "
        "Errors go to standard error.\nThe exit status is in [exit codes](exit-codes.md).\n"
    )
    for words, command in _commands(root, ()):
        usage = " ".join(("medicus", *words, *(_argument(one) for one in command.params if _is_argument(one))))
        parts += [
            _section(" ".join(words), unwrapped(command.help)),
            f"```text\n{usage} [OPTIONS]\n```\n\n",
            _params(command),
        ]
    return "".join(parts)


def http() -> str:
    """Every endpoint, and every problem that an answer may tell of."""
    with tempfile.TemporaryDirectory() as folder:
        initialise(Path(folder), "en")
        home = bootstrap.house(Path(folder) / "medicus.yaml")
        with open_store(home.settings.state) as store:
            document = create_app(bootstrap.services(home, store), "a-token-of-sixteen-digits").openapi()
    rows = [
        (f"`{method.upper()}`", f"`{path}`", f"`{found['operationId']}`", _described(found))
        for path, methods in document["paths"].items()
        for method, found in methods.items()
    ]
    access = (
        "Medicus serves this while `medicus run` goes on, on loopback only. Below `/api` a request needs the header "
        "`Authorization: Bearer TOKEN`; the token is in `STATE/token`. `/openapi.json` has the whole description.\n"
    )
    wrong = [(str(status), f"`/problems/{kind}`", words) for status, (kind, words) in problems.KINDS.items()]
    return "".join(
        [
            access,
            _section("endpoints", "Bodies and answers are JSON."),
            table(("Method", "Path", "operationId", "What it does"), rows),
            _section("problems", "An error is a document of the type `application/problem+json` (RFC 9457)."),
            table(("Status", "type", "Meaning"), wrong),
        ]
    )


def pack_format() -> str:
    """Every key of a pack."""
    shapes: tuple[type[BaseModel], ...] = (
        schema.PackHead,
        schema.KindShape,
        schema.CheckShape,
        schema.RuleShape,
        schema.ThenShape,
        schema.ProblemShape,
        schema.FaultShape,
        schema.SymptomShape,
        schema.RecoveryShape,
        schema.CauseShape,
        schema.EvidenceShape,
        schema.RemedyShape,
        schema.StepShape,
        schema.When,
        schema.Condition,
        schema.ExampleShape,
    )
    parts = ["A pack is one file `pack.yaml`. Unknown and double keys are errors, and every mistake is told at once.\n"]
    for shape in shapes:
        beyond = (
            schema.Condition if issubclass(shape, schema.Condition) and shape is not schema.Condition else BaseModel
        )
        also = "" if beyond is BaseModel else "\nIt also has every key of a [condition](#condition).\n"
        parts += [_section(title(shape.__name__), said_of(shape)), table(_KEYS, field_rows(shape, beyond=beyond)), also]
    weights = [
        (f"`{word}`", f"{ratio:g} : 1", f"`{IF_FALSE[word]}`" if IF_FALSE[word] else "`none`")
        for word, ratio in RATIO.items()
    ]
    parts += [
        _section("weights", "How much the words weigh; [how it decides](../explanation/how-it-decides.md) says why."),
        table(("Strength", "Likelihood ratio", "`if_false` when left out"), weights),
        "\n",
        table(("Likelihood", "Prior weight"), [(f"`{word}`", f"{weight:g}") for word, weight in PRIOR.items()]),
    ]
    rows = [(f"`{kind}`", ", ".join(f"`{one}`" for one in of)) for kind, of in schema.FAULTS.items()]
    return "".join([*parts, "\n", table(("Type of fault", "Kinds"), rows)])


def exit_codes() -> str:
    """What each exit status means."""
    rows = [(str(one.value), f"`{one.name.lower()}`", members(cli.Exit)[one.name]) for one in cli.Exit]
    checks = [(str(one.value), one.name, members(Nagios)[one.name]) for one in Nagios]
    return "".join(
        [
            _section("all commands but check", said_of(cli.Exit)),
            table(("Status", "Name", "Meaning"), rows),
            _section("medicus check", said_of(Nagios)),
            table(("Status", "Word", "Meaning"), checks),
        ]
    )


PAGES: Mapping[str, tuple[str, Callable[[], str]]] = {
    "settings.md": ("Settings", settings),
    "probes.md": ("Probes", the_probes),
    "actions.md": ("Actions", the_actions),
    "pack-format.md": ("The format of a pack", pack_format),
    "reasons.md": ("Reasons, results, severities and risks", reasons),
    "lifecycles.md": ("Life cycles", lifecycles),
    "errors.md": ("Errors", errors),
    "cli.md": ("Command line", command_line),
    "http.md": ("HTTP", http),
    "exit-codes.md": ("Exit codes", exit_codes),
}


def pages() -> dict[str, str]:
    """The text of each page, by the name of its file."""
    return {name: f"{_NOTE}\n# {heading}\n\n{write().lstrip()}" for name, (heading, write) in PAGES.items()}


def main() -> None:
    """Write every page."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


# --- pieces -----------------------------------------------------------------------------------------------

_KEYS = ("Key", "Takes", "Default", "Meaning")


def _section(heading: str, about: str) -> str:
    return f"\n## {heading}\n\n{about}\n\n"


def _values(one: Observable) -> str:
    words = {bool: "true, false", int: "whole number", float: "number", str: "text"}
    return ", ".join(f"`{value}`" for value in one.values) or words[one.type]


def _yes(value: bool) -> str:  # noqa: FBT001 - it is the value itself
    return "yes" if value else "no"


def _enum(kind: type[StrEnum]) -> str:
    about = members(kind)
    return table(("Word", "Meaning"), [(f"`{one.value}`", about[one.name]) for one in kind])


def _drawn(states: type[StrEnum], rows: Mapping[Any, StrEnum]) -> Iterator[str]:
    """A line for each state with the ways out of it."""
    for state in states:
        ways = ", ".join(f"{event} -> {after}" for (before, event), after in rows.items() if before is state)
        yield f"{state:<12}{ways or '(the end)'}\n"


def _family(kind: type[MedicusError]) -> Iterator[type[MedicusError]]:
    yield kind
    ours = [one for one in kind.__subclasses__() if one.__module__.partition(".")[0] in {"engine", "actions", "api"}]
    for inner in sorted(ours, key=lambda one: one.__name__):
        yield from _family(inner)


def _commands(group: Any, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        yield (*words, name), command
        if hasattr(command, "commands"):
            yield from _commands(command, (*words, name))


def _usage(command: Any) -> Iterator[str]:
    yield from (_argument(one) for one in command.params if _is_argument(one))
    if any(not _is_argument(one) and one.name != "help" for one in command.params):
        yield "[OPTIONS]"


def _params(command: Any) -> str:
    rows = [
        (
            f"`{_argument(one)}`" if _is_argument(one) else ", ".join(f"`{word}`" for word in one.opts),
            "required" if one.required else _shown(one.default),
            one.help or "",
        )
        for one in command.params
        if one.name != "help"
    ]
    return "\n" + table(("Argument or option", "Default", "Meaning"), rows) if rows else ""


def _shown(default: object) -> str:
    return "" if default in (None, "", False) else f"`{default}`"


def _is_argument(param: Any) -> bool:
    return bool(param.param_type_name == "argument")


def _argument(param: Any) -> str:
    return str(param.name).upper()


def _described(endpoint: Mapping[str, Any]) -> str:
    return unwrapped(str(endpoint.get("description") or endpoint.get("summary", "")))


if __name__ == "__main__":
    main()
