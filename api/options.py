"""What commands have in common: their options, and how these become the parts that a command works with."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.errors import NotFoundError, SettingsError

if TYPE_CHECKING:
    from api.bootstrap import House
    from api.output import Format
    from engine.model import IncidentId
    from engine.stores.sql import SqlStore

Output = Annotated[str, typer.Option("-o", "--output", help="table, json or yaml")]
IncidentArgument = Annotated[str, typer.Argument(help="an incident, or the end of its id that is unique (as 001)")]


def house(context: typer.Context) -> "House":
    """The parts that need no store, as the settings say."""
    from api.bootstrap import house as build

    return build(context.obj)


def opened(context: typer.Context) -> "tuple[House, SqlStore]":
    """The house and its store, which is closed when the command ends; NotFoundError when there is none yet."""
    from engine.stores.opening import open_store

    home = house(context)
    if not home.settings.state.is_dir():
        raise NotFoundError(f"there is no state folder {home.settings.state} yet: run `medicus init` or `medicus run`")
    store = open_store(home.settings.state, create=False)
    context.call_on_close(store.close)
    return home, store


def form(output: str) -> "Format":
    """How to print; a usage error when there is no such way."""
    from api.output import Format

    if output not in set(Format):
        raise typer.BadParameter(f"-o takes table, json or yaml, not {output}")
    return Format(output)


def named(store: "SqlStore", word: str) -> "IncidentId":
    """The incident whose id is `word`, or the only one (open ones first) whose id ends with it."""
    from engine.lifecycle import OPEN_INCIDENT

    known = [one.id for one in store.incidents()]
    still_open = [one.id for one in store.incidents(among=OPEN_INCIDENT)]
    for ids in ([one for one in known if one == word], still_open, known):
        fitting = [one for one in ids if one.endswith(word)]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            raise NotFoundError(
                f"'{word}' fits {len(fitting)} incidents: {', '.join(fitting[:5])}; write more of the id"
            )
    raise NotFoundError(f"there is no incident '{word}': `medicus incidents --all` lists them")


def packs(context: typer.Context, names: "list[str] | None") -> list[Path]:
    """The files of packs by name or path; without names those of the settings, or all that come with Medicus."""
    from api.rules.testing import shipped
    from engine.rulebase.loader import find_pack
    from engine.settings import CONFIG, find_settings, read_settings

    if names:
        return [find_pack(one, Path.cwd()) for one in names]
    try:
        file = find_settings(context.obj, os.environ, Path.cwd())
    except SettingsError:
        if context.obj or os.environ.get(CONFIG):
            raise
        return [find_pack(one, Path.cwd()) for one in shipped()]
    settings = read_settings(file, os.environ)
    return [find_pack(one, settings.folder) for one in settings.packs]
