"""`medicus check`: one look, in the form of a Nagios plugin, with what was seen below the first line."""

import time

from api import bootstrap, output, views
from api.bootstrap import House
from api.diagnosing import complain
from api.output import Format
from engine.model import Diagnosis, Seconds, Severity, World

OK, WARNING, CRITICAL, UNKNOWN = range(4)
_NAMES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
_CRITICAL = frozenset({Severity.P0, Severity.P1})
LONGEST_LOOK: Seconds = 6.0


def check(home: House, form: Format) -> int:
    """Print the state of everything; the exit status of a Nagios plugin."""
    with bootstrap.senses(home, complain) as senses:
        world = senses.settle(LONGEST_LOOK, time.sleep)
    status, sentence = judged(home, world)
    seen = len(world.observations) - len(views.unknown(world))
    perfdata = (
        f"problems={len(world.diagnoses)};;1 targets={len(home.targets)} seen={seen} unseen={len(views.unknown(world))}"
    )
    if form is Format.TABLE:
        out = output.console()
        out.print(f"MEDICUS {_NAMES[status]} - {sentence} | {perfdata}", markup=False)
        output.world(out, world)
    else:
        view = views.document(
            status=_NAMES[status].lower(),
            sentence=sentence,
            observations=[views.observation(one) for one in world.observations.values()],
        )
        output.data(view, form)
    return status


def judged(home: House, world: World) -> tuple[int, str]:
    """The status and a sentence: the worst problem counts; targets of which nothing can be seen are unknown."""
    roots = [one for one in world.diagnoses.values() if one.consequence_of is None]
    language = home.settings.language
    if roots:
        status = CRITICAL if any(one.severity in _CRITICAL for one in roots) else WARNING
        return status, "; ".join(_short(one, language) for one in roots)
    if not home.targets:
        return UNKNOWN, "no targets: name your services in medicus.yaml"
    blind = [target.id for target in home.targets if _blind(world, target.id)]
    if blind:
        return UNKNOWN, f"nothing can be seen of {', '.join(blind)}"
    return OK, f"no known problem on {len(home.targets)} target(s)"


def _short(diagnosis: Diagnosis, language: str) -> str:
    best = diagnosis.causes[0]
    return (
        f"{diagnosis.ref.target}: {diagnosis.title.in_language(language)} "
        f"({best.title.in_language(language)}, {best.probability:.0%})"
    )


def _blind(world: World, target: str) -> bool:
    unseen = {one["name"] for one in views.unknown(world) if one["target"] == target}
    return all(name in unseen for owner, name in world.observations if owner == target)
