"""The command line: `medicus`. Each command joins what it needs, asks the engine, and prints the answer.

The long-running engine is `medicus run`; its path is engine/cycle.py.
"""

import getpass
import os
import sys
import traceback
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.options import IncidentArgument, Output, form, house, named, opened
from api.rules.commands import rules_app
from engine.errors import InternalError, MedicusError

if TYPE_CHECKING:
    from api.bootstrap import House
    from engine.model import IncidentId
    from engine.stores.sql import SqlStore


class Exit(IntEnum):
    """What a command ends with; `check` alone speaks as a plugin of Nagios does."""

    DONE = 0  #: it did what was asked
    #: an operator or an author must act, as the message says; `log verify`: the log is broken; `diagnose --exit-code`:
    #: there is a problem; `run --once`: something was still going on after two minutes
    ACT = 1
    USAGE = 2  #: no such command, or wrong options
    FAILED = 3  #: Medicus itself failed: please report it


app = typer.Typer(
    name="medicus",
    help="Observes services, explains what is wrong, and heals what it may.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
log_app = typer.Typer(help="Show the audit log, or verify that it is whole.", invoke_without_command=True)
app.add_typer(log_app, name="log")
app.add_typer(rules_app, name="rules")


@app.callback(invoke_without_command=True)
def _main(
    context: typer.Context,
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="settings file (default: ./medicus.yaml)")
    ] = None,
    version: Annotated[bool, typer.Option("--version", help="print the version")] = False,
) -> None:
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"medicus {installed('medicus')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
    context.obj = config


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="where to write medicus.yaml and the state folder")] = Path(),
    language: Annotated[str, typer.Option(help="en or zh")] = "en",
) -> None:
    """Write a commented medicus.yaml, make the state folder and the operator's token."""
    from api.initialising import initialise

    for line in initialise(folder, language):
        typer.echo(line)


@app.command()
def demo(
    interactive: Annotated[bool, typer.Option("--interactive", help="approve yourself")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="leave the demo's folder behind")] = False,
    language: Annotated[str, typer.Option(help="en or zh")] = "en",
    record: Annotated[Path | None, typer.Option(help="also write what is shown as an SVG picture")] = None,
) -> None:
    """Break a small real service three times and watch it being healed (about 30 s, no root needed)."""
    from api.demo.story import play

    play(language=language, interactive=interactive, keep=keep, record=record)


@app.command()
def check(context: typer.Context, output: Output = "table") -> None:
    """Look once and say how things are, in the form of a Nagios plugin."""
    from api.checking import check as look

    raise typer.Exit(look(house(context), form(output)))


@app.command()
def diagnose(
    context: typer.Context,
    output: Output = "table",
    exit_code: Annotated[bool, typer.Option("--exit-code", help="exit with 1 when there is a problem")] = False,
) -> None:
    """Look until it is clear what is wrong, and say why and what could be done; nothing is touched or written."""
    from api.diagnosing import diagnose as look

    found = look(house(context), form(output))
    raise typer.Exit(Exit.ACT if exit_code and found else Exit.DONE)


@app.command()
def explain(context: typer.Context, incident: IncidentArgument, output: Output = "table") -> None:
    """Show how Medicus came to an incident's diagnosis: evidence, rules, observations, and what was done."""
    from api import showing

    home, store = opened(context)
    showing.explain(home, store, named(store, incident), form(output))


@app.command()
def plan(context: typer.Context, incident: IncidentArgument, output: Output = "table") -> None:
    """Show the plan of an incident with its digest: what would be touched and what cannot be undone."""
    from api import showing

    home, store = opened(context)
    showing.plan(home, store, named(store, incident), form(output))


@app.command()
def approve(
    context: typer.Context,
    incident: IncidentArgument,
    digest: Annotated[str, typer.Option(help="the plan's digest, at least its first 8 digits")] = "",
    by: Annotated[str, typer.Option(help="who approves (default: the login name)")] = "",
) -> None:
    """Approve the plan of an incident, exactly as its digest says; asks when no digest is given."""
    from api import showing

    home, store = opened(context)
    found = named(store, incident)
    approvals = showing.approvals(home, store)
    if not digest:
        digest = _asked(home, store, found)
    approval = approvals.approve(found, digest, by=by or getpass.getuser(), via="cli")
    typer.echo(f"approved {approval.remediation} (digest {approval.digest[:12]}): `medicus run` carries it out")


@app.command()
def reject(
    context: typer.Context,
    incident: IncidentArgument,
    digest: Annotated[str, typer.Option(help="the plan's digest, at least its first 8 digits")],
    why: Annotated[str, typer.Option(help="the reason, for those who come after you")] = "",
    by: Annotated[str, typer.Option(help="who rejects (default: the login name)")] = "",
) -> None:
    """Reject the plan of an incident; it is not proposed again for this incident."""
    from api import showing

    home, store = opened(context)
    found = named(store, incident)
    showing.approvals(home, store).reject(found, digest, by=by or getpass.getuser(), why=why)
    typer.echo(f"rejected the plan of {found}")


@app.command()
def pause(context: typer.Context, why: Annotated[str, typer.Option(help="the reason")] = "") -> None:
    """Turn the kill switch on: nothing is begun until `medicus resume`."""
    from api import showing

    home, store = opened(context)
    showing.approvals(home, store).pause(by=getpass.getuser(), why=why)
    typer.echo("paused: nothing is done until `medicus resume`")


@app.command()
def resume(context: typer.Context) -> None:
    """Turn the kill switch off."""
    from api import showing

    home, store = opened(context)
    showing.approvals(home, store).resume(by=getpass.getuser())
    left = store.pause()
    typer.echo(f"still paused by the {left.by}: remove {home.settings.state / 'STOP'}" if left.paused else "resumed")


@app.command()
def run(
    context: typer.Context,
    once: Annotated[
        bool, typer.Option("--once", help="go on until every incident waits for a person, then end")
    ] = False,
) -> None:
    """Watch, diagnose and heal until ended (SIGTERM or ^C), and serve the HTTP interface meanwhile."""
    from api.running import run as go

    raise typer.Exit(go(house(context), once=once))


@app.command()
def incidents(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="also those that are over")] = False,
    output: Output = "table",
) -> None:
    """List incidents, newest first."""
    from api import showing

    home, store = opened(context)
    showing.incidents(home, store, form(output), only_open=not everything)


@app.command("why-not")
def why_not(
    context: typer.Context,
    target: Annotated[str, typer.Argument(help="a target of the settings")],
    name: Annotated[str, typer.Argument(help="the id of a problem, a symptom, a rule or a cause")],
    at_least: Annotated[float | None, typer.Option(help="of a cause: the probability asked for, 0 to 1")] = None,
    negated: Annotated[bool, typer.Option("--negated", help="ask what keeps it from being false")] = False,
    output: Output = "table",
) -> None:
    """Say what would have to be seen differently for something to be so, or for a cause to come first."""
    from api.asking_why import why_not as ask

    raise typer.Exit(ask(house(context), target, name, form(output), at_least=at_least, negated=negated))


@app.command("what-if")
def what_if(
    context: typer.Context,
    target: Annotated[str, typer.Argument(help="a target of the settings")],
    suppositions: Annotated[list[str], typer.Argument(metavar="PART.OBSERVABLE=VALUE", help="what would be seen")],
    output: Output = "table",
) -> None:
    """Say what would be concluded if something were seen otherwise; nothing is touched."""
    from api.asking_why import what_if as ask

    raise typer.Exit(ask(house(context), target, suppositions, form(output)))


@app.command()
def record(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="where to write; with .gz it is compressed")],
    seconds: Annotated[float, typer.Option("--for", min=0, help="for so many seconds")] = 60.0,
) -> None:
    """Look at every interval for a while and write down all that is seen, for `medicus replay`."""
    from api.recording import record as go

    raise typer.Exit(go(house(context), file, seconds))


@app.command()
def export(
    context: typer.Context,
    incident: IncidentArgument,
    file: Annotated[Path, typer.Argument(help="where to write; with .gz it is compressed")],
) -> None:
    """Write down what an incident's diagnosis rests on, for `medicus replay`."""
    from api.recording import export as go

    home, store = opened(context)
    raise typer.Exit(go(home, store, named(store, incident), file))


@app.command()
def replay(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="a recording, or an exported incident")],
    pack: Annotated[list[str] | None, typer.Option(help="judge by this pack instead of those of the settings")] = None,
    against: Annotated[list[str] | None, typer.Option(help="tell how this pack would have judged differently")] = None,
    output: Output = "table",
) -> None:
    """Play a recording through the packs of today, exactly the same each time; exits with 1 when they differ."""
    from api.replaying import replay as go

    raise typer.Exit(go(file, form(output), config=context.obj, packs=pack or (), against=against or ()))


@log_app.callback()
def log(
    context: typer.Context,
    after: Annotated[int, typer.Option(help="only entries after this number")] = 0,
    limit: Annotated[int, typer.Option(help="at most so many")] = 1000,
    output: Output = "table",
) -> None:
    """Show the audit log."""
    if context.invoked_subcommand is not None:
        return
    from api import showing

    _, store = opened(context)
    showing.log(store, form(output), after=after, limit=limit)


@log_app.command()
def verify(context: typer.Context, output: Output = "table") -> None:
    """Verify that no entry of the audit log was changed, dropped, reordered or cut off."""
    from api import showing

    _, store = opened(context)
    raise typer.Exit(Exit.DONE if showing.verify(store, form(output)) else Exit.ACT)


@log_app.command()
def accept(
    context: typer.Context,
    why: Annotated[str, typer.Option(help="what happened to the log; it is written into it")],
    by: Annotated[str, typer.Option(help="who decides (default: the login name)")] = "",
) -> None:
    """Go on with an audit log that does not fit its anchor; only a person can decide that."""
    from api import showing

    home, store = opened(context)
    showing.accept(home, store, by=by or getpass.getuser(), why=why)
    typer.echo("accepted: the log goes on from here, and says so")


def main(words: list[str] | None = None) -> None:
    """Run the command line; errors become one message on standard error and an exit status."""
    words = sys.argv[1:] if words is None else words
    checking = "check" in words  # 3 is UNKNOWN there, which tells no lie
    try:
        status: Any = app(args=words, standalone_mode=False)
    except typer.Abort:
        sys.exit(Exit.FAILED if checking else Exit.ACT)
    except MedicusError as error:
        sys.stderr.write(f"medicus: {error}\n")
        sys.exit(Exit.FAILED if checking or isinstance(error, InternalError) else Exit.ACT)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(Exit.ACT)
    except Exception as error:  # noqa: BLE001 - the last border: usage errors, and defects of ours
        if hasattr(error, "format_message"):
            if said := error.format_message():  # empty after a bare `medicus`, which showed the help
                sys.stderr.write(f"medicus: {said} (see `medicus --help`)\n")
            sys.exit(Exit.FAILED if checking else Exit.USAGE)
        sys.stderr.write(
            f"{traceback.format_exc()}medicus: this is a defect of Medicus, please report the lines above\n"
        )
        sys.exit(Exit.FAILED)
    sys.exit(status if isinstance(status, int) else 0)


def _asked(home: "House", store: "SqlStore", incident: "IncidentId") -> str:
    """The digest of the plan that was shown and agreed to."""
    from api import showing
    from api.output import Format

    if not sys.stdin.isatty():
        raise typer.BadParameter("give --digest (medicus plan shows it), or approve from a terminal")
    shown = showing.plan(home, store, incident, Format.TABLE)
    typer.confirm("Approve exactly this plan?", abort=True)
    return shown


if __name__ == "__main__":
    main()
