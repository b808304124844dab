"""`medicus rules test`: the examples and scenarios of packs, tried out in virtual time; a line for each case."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from rich.console import Console
from rich.text import Text as Styled

from api import bootstrap, output, views, vocabulary
from api.output import Format
from api.rules import differences as telling
from engine.errors import ActionError
from engine.knowledge import Pack
from engine.rehearsing import examples, scenario
from engine.rehearsing.expectations import Difference
from engine.rehearsing.scenario import Scenario
from engine.rehearsing.scenario_text import beside, load_scenarios
from engine.rulebase.loader import PACK_FILE, find_pack


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One thing that a pack promises: where that is written, and in what it is not so."""

    source: str
    kind: str
    name: str
    differences: tuple[Difference, ...]


def test(names: Sequence[str], scenarios: Sequence[Path], form: Format) -> int:
    """Try out packs by their names or paths and print how it went; 1 when a case does not hold, else 0.

    Without `names` it is all the packs that come with Medicus. With `scenarios` these files are played, on all packs
    together, instead of those beside each pack. Raises TextError when a file is wrong, and ActionError when there is
    nothing to try.
    """
    files = [find_pack(name, Path.cwd()) for name in names or shipped()]
    packs = [bootstrap.pack_at(file) for file in files]
    stories = _stories(files, packs, scenarios)
    found = _cases(files, packs, stories)
    cases = _told(found, output.console()) if form is Format.TABLE else tuple(found)
    if not cases:
        raise ActionError(f"{', '.join(names) or 'no pack'}: there is no example and no scenario, so nothing was tried")
    if form is not Format.TABLE:
        output.data(_document(packs, cases), form)
    return int(any(case.differences for case in cases))


def shipped() -> tuple[str, ...]:
    """The names of the packs that come with Medicus."""
    return tuple(sorted(one.parent.name for one in Path(str(resources.files("rules"))).glob(f"*/{PACK_FILE}")))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stories:
    """The scenarios of one file, and the packs that they are played on."""

    file: Path
    packs: Sequence[Pack]
    scenarios: tuple[Scenario, ...]


def _stories(files: Sequence[Path], packs: Sequence[Pack], named: Sequence[Path]) -> tuple[_Stories, ...]:
    """All scenario files, read before anything is played."""
    beside_packs = [(path, [pack]) for file, pack in zip(files, packs, strict=True) for path in beside(file)]
    probes = vocabulary.observables()
    return tuple(
        _Stories(file=path, packs=played_on, scenarios=load_scenarios(path, played_on, probes))
        for path, played_on in ([(path, list(packs)) for path in named] or beside_packs)
    )


def _cases(files: Sequence[Path], packs: Sequence[Pack], stories: Sequence[_Stories]) -> Iterator[Case]:
    for file, pack in zip(files, packs, strict=True):
        for example in pack.examples:
            differences = examples.differences(pack, example)
            yield Case(source=str(file), kind="example", name=example.name, differences=differences)
    for one in stories:
        for story in one.scenarios:
            differences = scenario.differences(one.packs, story)
            yield Case(source=str(one.file), kind="scenario", name=story.name, differences=differences)


def _told(cases: Iterator[Case], out: Console) -> tuple[Case, ...]:
    """The cases, each told as soon as it was tried, and a summary at the end."""
    done: list[Case] = []
    source = ""
    for case in cases:
        if case.source != source:
            source = case.source
            out.print(source, style="dim", markup=False, soft_wrap=True)
        mark = Styled("  failed  ", style="red") if case.differences else Styled("  ok      ", style="green")
        out.print(mark.append(f"{case.kind}: {case.name}", style="default"), soft_wrap=True)
        for difference in case.differences:
            telling.show(out, difference)
        done.append(case)
    failed = sum(1 for case in done if case.differences)
    style = "red" if failed else "green"
    negated = "does not" if failed == 1 else "do not"
    out.print(f"{len(done)} cases, {len(done) - failed} hold, {failed} {negated}", style=style)
    return tuple(done)


def _document(packs: Sequence[Pack], cases: Sequence[Case]) -> views.View:
    return views.document(
        packs=[{"id": one.id, "version": one.version, "digest": one.digest} for one in packs],
        ok=not any(case.differences for case in cases),
        cases=[
            {
                "source": case.source,
                "kind": case.kind,
                "name": case.name,
                "ok": not case.differences,
                "differences": [telling.view(one) for one in case.differences],
            }
            for case in cases
        ],
    )
