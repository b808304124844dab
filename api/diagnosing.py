"""`medicus diagnose`: look until it is clear, say what is wrong and what could be done; nothing is touched."""

import sys
import time

from rich.markup import escape

from api import bootstrap, output, views
from api.bootstrap import House
from api.output import Format
from engine.errors import MedicusError
from engine.model import (
    Seconds,
)
from engine.remediation.rehearsal import Suggestion
from engine.world import World

LONGEST_LOOK: Seconds = 15.0


def diagnose(home: House, form: Format) -> int:
    """Print the diagnosis of this moment; the number of problems."""
    with bootstrap.senses(home, complain) as senses:
        world = senses.settle(LONGEST_LOOK, time.sleep)
        suggestions = _suggestions(home, world)
    problems = {problem.id: problem for pack in home.packs for problem in pack.problems}
    if form is Format.TABLE:
        _print(home, world, suggestions)
    else:
        found = [
            views.problem(one, problems[one.ref.problem], suggestions[index])
            for index, one in enumerate(world.diagnoses.values())
        ]
        output.data(
            views.document(
                at=views.time(world.at),
                inference=home.inference,
                problems=found,
                checks=[views.check(one) for one in world.checks],
                unknown=views.unknown(world, home.asked_for),
            ),
            form,
        )
    return len(world.diagnoses)


def complain(error: MedicusError) -> None:
    """Tell an operator of something that did not stop the work."""
    sys.stderr.write(f"medicus: {error}\n")


def _suggestions(home: House, world: World) -> list[tuple[Suggestion, ...]]:
    with bootstrap.existing_store(home) as store:
        rehearsal = bootstrap.rehearsal(home, store, world.at)
    targets = {target.id: target for target in home.targets}
    planners = home.planners
    return [
        rehearsal.suggestions(planners[one.ref.problem], one, targets[one.ref.target], world)
        if one.consequence_of is None
        else ()
        for one in world.diagnoses.values()
    ]


def _print(home: House, world: World, suggestions: list[tuple[Suggestion, ...]]) -> None:
    out, language = output.console(), home.settings.language
    for one, suggested in zip(world.diagnoses.values(), suggestions, strict=True):
        output.diagnosed(out, one, suggested, language)
    for made in world.checks:
        why = f"worth {made.bits:.1f} bits about {made.about}"
        out.print(f"[dim]looked closer at {made.target}: {escape(made.title.in_language(language))} ({why})[/]")
    unknown = views.unknown(world, home.asked_for)
    if not world.diagnoses:
        out.print("[green]no known problem[/]" if not unknown else "no known problem in what could be seen")
    for unseen in unknown:
        out.print(f"[dim]could not see {unseen['target']} {escape(unseen['name'])}: {escape(unseen['because'])}[/]")
