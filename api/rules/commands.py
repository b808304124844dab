"""The commands below `medicus rules`, for those who write packs."""

from pathlib import Path
from typing import Annotated

import typer

from api.options import Output, form, packs

rules_app = typer.Typer(help="Lint, test and show rule packs; no target is looked at.", no_args_is_help=True)

Packs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PACK]...", help="shipped packs by name, others by path (default: those of the settings, else all)"
    ),
]


@rules_app.command()
def lint(context: typer.Context, pack: Packs = None, output: Output = "table") -> None:
    """Tell everything that is wrong or doubtful about packs, with its place and a way out; exits with 1 if anything."""
    from api.rules.lint import lint as go

    raise typer.Exit(go(packs(context, pack), form(output)))


@rules_app.command()
def test(
    context: typer.Context,
    pack: Packs = None,
    scenario: Annotated[list[Path] | None, typer.Option(help="play this file, not those beside the pack")] = None,
    output: Output = "table",
) -> None:
    """Try the examples and scenarios of packs in virtual time; exits with 1 when one does not hold."""
    from api.rules.testing import test as go

    raise typer.Exit(go([str(one) for one in packs(context, pack)], scenario or (), form(output)))


@rules_app.command("list")
def listing(context: typer.Context, pack: Packs = None, output: Output = "table") -> None:
    """List what packs know: problems, symptoms, causes, remedies."""
    from api.rules.listing import listing as go

    raise typer.Exit(go(packs(context, pack), form(output)))


@rules_app.command()
def show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="an id, an observation, an action, or the name of an example")],
    pack: Packs = None,
    output: Output = "table",
) -> None:
    """Show one element of a pack: where it stands, what it says, and what it hangs together with."""
    from api.rules.show import show as go

    raise typer.Exit(go(packs(context, pack), name, form(output)))


@rules_app.command()
def schema() -> None:
    """Print the JSON Schema of a pack, for editors."""
    from api.rules.schema import schema as go

    raise typer.Exit(go())


@rules_app.command()
def graph(
    context: typer.Context,
    pack: Annotated[str, typer.Argument(help="a shipped pack by its name, another by its path")],
    picture: Annotated[str, typer.Option("--format", help="mermaid or dot")] = "mermaid",
) -> None:
    """Draw how a pack hangs together: observations, facts, symptoms, problems, causes, remedies."""
    from api.rules.graph import graph as go
    from engine.linting.drawing import Picture

    if picture not in set(Picture):
        raise typer.BadParameter(f"--format takes {' or '.join(Picture)}, not {picture}")
    raise typer.Exit(go(packs(context, [pack])[0], Picture(picture)))


@rules_app.command()
def coverage(
    context: typer.Context,
    pack: Packs = None,
    matrix: Annotated[bool, typer.Option("--matrix", help="also what tells each two causes apart")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="exit with 1 when a cause lacks something")] = False,
    output: Output = "table",
) -> None:
    """Show for each cause its evidence, remedies, examples and checks, and what it lacks."""
    from api.rules.coverage import coverage as go

    raise typer.Exit(go(packs(context, pack), form(output), matrix=matrix, strict=strict))
