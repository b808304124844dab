"""`medicus rules lint`: every mistake and every doubtful thing of some packs, with its place, all at once."""

from collections.abc import Sequence
from pathlib import Path

from rich.text import Text as Styled

from api import output, views
from api.bootstrap import loaded_at
from api.output import Format
from engine.errors import TextError
from engine.linting.checks import lint as findings_of
from engine.linting.findings import Finding, Kind, Level, found
from engine.rehearsing.examples import in_one_line

_STYLE = {Level.ERROR: "bold red", Level.WARNING: "yellow", Level.ADVICE: "cyan"}


_PLURAL = {Level.ERROR: "errors", Level.WARNING: "warnings", Level.ADVICE: "pieces of advice"}


def lint(packs: Sequence[Path], form: Format) -> int:
    """Print what there is to say about the packs in these files; 0 when that is nothing, else 1."""
    said = list(dict.fromkeys(one for pack in packs for one in findings(pack)))  # a pack may be part of another
    if form is Format.TABLE:
        out = output.console()
        for one in said:
            out.print(_line(one), soft_wrap=True)  # a finding is one line, however wide the terminal is
        many = f"{len(packs)} pack{'' if len(packs) == 1 else 's'}"
        out.print(_summary(said, many) if said else f"[green]nothing to say about {many}[/]")
    else:
        output.data(views.document(findings=[_view(one) for one in said]), form)
    return 1 if said else 0


def findings(pack: Path) -> tuple[Finding, ...]:
    """Everything that lint has to say about the pack in a file, also when it is no YAML."""
    try:
        return findings_of(loaded_at(pack), in_one_line)
    except TextError as error:
        return tuple(found(Kind.MISTAKE, one) for one in error.mistakes)


def _line(one: Finding) -> Styled:
    return Styled.assemble(
        (f"{one.file}:{one.line}:{one.column}:", "bold"),
        " ",
        (f"[{one.kind}]", _STYLE[one.level]),
        f" {one.message}",
        (f" ({one.hint})" if one.hint else "", "dim"),
    )


def _summary(said: Sequence[Finding], many: str) -> str:
    counts = [(sum(one.level is level for one in said), level) for level in Level]
    words = [f"{count} {_PLURAL[level] if count > 1 else level.value}" for count, level in counts if count]
    return f"{', '.join(words)} in {many}"


def _view(one: Finding) -> views.View:
    return {
        "file": one.file,
        "line": one.line,
        "column": one.column,
        "kind": one.kind.value,
        "level": one.level.value,
        "message": one.message,
        "hint": one.hint,
    }
