"""`medicus check`: one look, in the form of a Nagios plugin, with what was seen below the first line."""

import time
from enum import IntEnum

from api import bootstrap, output, views
from api.bootstrap import House
from api.diagnosing import complain
from api.output import Format
from engine.diagnosis.explanation import percent
from engine.knowledge import Pack
from engine.model import (
    Diagnosis,
    FactName,
    Seconds,
    Severity,
    Target,
    Truth,
    Unknown,
)
from engine.world import World


class Nagios(IntEnum):
    """What `check` ends with, and says first."""

    OK = 0  #: no known problem
    WARNING = 1  #: a problem of severity P2 or P3
    CRITICAL = 2  #: a problem of severity P0 or P1
    UNKNOWN = 3  #: no targets, nothing to be seen of one, wrong settings, wrong usage, or a failure


_CRITICAL = frozenset({Severity.P0, Severity.P1})
LONGEST_LOOK: Seconds = 6.0


def check(home: House, form: Format) -> int:
    """Print the state of everything; the exit status of a Nagios plugin."""
    with bootstrap.senses(home, complain) as senses:
        world = senses.settle(LONGEST_LOOK, time.sleep)
    status, sentence = judged(home, world)
    unseen = len(views.unknown(world, home.asked_for))
    perfdata = f"problems={len(world.diagnoses)};;1 targets={len(home.targets)} unseen={unseen}"
    if form is Format.TABLE:
        out = output.console()
        out.print(f"MEDICUS {status.name} - {sentence.replace('|', '/')} | {perfdata}", markup=False)
        output.world(out, world, home.units)
    else:
        view = views.document(
            status=status.name.lower(),
            sentence=sentence,
            observations=[views.observation(one) for one in world.observations.values()],
        )
        output.data(view, form)
    return status


def judged(home: House, world: World) -> tuple[Nagios, str]:
    """The status and a sentence: the worst problem counts; a problem of which nobody can tell is unknown, not OK."""
    roots = [one for one in world.diagnoses.values() if one.consequence_of is None]
    language = home.settings.language
    if roots:
        status = Nagios.CRITICAL if any(one.severity in _CRITICAL for one in roots) else Nagios.WARNING
        return status, "; ".join(_short(one, language) for one in roots)
    if not home.targets:
        return Nagios.UNKNOWN, "no targets: name your services in medicus.yaml"
    doubts = [doubt for target in home.targets if (doubt := _doubt(home, world, target))]
    if doubts:
        return Nagios.UNKNOWN, "; ".join(doubts)
    return Nagios.OK, f"no known problem on {len(home.targets)} target(s)"


def _short(diagnosis: Diagnosis, language: str) -> str:
    best = diagnosis.causes[0]
    return (
        f"{diagnosis.ref.target}: {diagnosis.title.in_language(language)} "
        f"({best.title.in_language(language)}, {percent(best.probability)})"
    )


def _doubt(home: House, world: World, target: Target) -> str:
    """Why nobody can tell whether a target is well; empty when one can. A part that it does not have raises none."""
    own = {name: one for (owner, name), one in world.observations.items() if owner == target.id}
    for pack in home.packs:
        for problem in pack.problems:
            if problem.kind != target.kind or world.truth(target.id, problem.fact) is not Truth.UNKNOWN:
                continue
            for name in sorted(_read_for(pack, problem.fact, target.kind) & own.keys()):
                value = own[name].value
                if isinstance(value, Unknown):
                    return f"{target.id}: {name} is unknown: {value.because}"
    if own and all(isinstance(one.value, Unknown) for one in own.values()):
        return f"nothing can be seen of {target.id}"
    return ""


def _read_for(pack: Pack, fact: FactName, kind: str) -> frozenset[str]:
    """The observations that a fact rests on, through all rules."""
    wanted, found = {fact}, set[FactName]()
    while wanted:
        found |= wanted
        rules = [rule for level in pack.program.levels for rule in level if rule.concludes in wanted]
        wanted = {literal.fact for rule in rules for literal in rule.when if not literal.of} - found
    return frozenset(one.observe for one in pack.detectors if one.kind == kind and one.fact in found)
