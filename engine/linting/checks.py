"""Every check of lint, in one list, and the findings of all of them about one pack."""

from collections.abc import Callable, Iterator

from engine.linting.absence import absent
from engine.linting.causes import both_sides, counted_twice, no_remedy, presumed, rivals, unsafe
from engine.linting.conditions import never_or_always, says_nothing, shadowed, unused
from engine.linting.findings import Finding, Kind, found
from engine.linting.measures import timing, units
from engine.linting.oscillation import oscillation, restarts
from engine.linting.promises import Rehearse, examples
from engine.linting.remedies import no_undo, unverified
from engine.linting.rulings import circles, rulings
from engine.linting.situations import Situations
from engine.linting.subject import subject
from engine.linting.texts import translation
from engine.rulebase.loader import Loaded

CHECKS: tuple[Callable[[Situations], Iterator[Finding]], ...] = (
    never_or_always,
    says_nothing,
    shadowed,
    unused,
    rivals,
    presumed,
    both_sides,
    counted_twice,
    no_remedy,
    unsafe,
    unverified,
    no_undo,
    oscillation,
    restarts,
    absent,
    timing,
    units,
    rulings,
    circles,
)


def lint(loaded: Loaded, rehearse: Rehearse | None = None) -> tuple[Finding, ...]:
    """Everything about a pack that is wrong or doubtful, by file, line and column; nothing twice.

    A pack that does not load is told its mistakes and what its text alone shows. `rehearse` tells what of an example
    does not hold; without it that is left out.
    """
    said = [found(Kind.MISTAKE, one) for one in loaded.mistakes]
    said += translation(loaded.document)
    if loaded.pack is not None and loaded.references is not None:
        about = subject(loaded.pack, loaded.references)
        situations = Situations(subject=about)
        said += [one for check in CHECKS for one in check(situations)]
        said += examples(situations, rehearse)
    return tuple(sorted(dict.fromkeys(said)))
