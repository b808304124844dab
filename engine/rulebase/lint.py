"""Advice about a pack that loads: what is allowed, and still most likely not meant."""

from collections.abc import Iterator

from engine.knowledge import Pack


def lint(pack: Pack) -> tuple[str, ...]:
    """One sentence for each doubtful thing, in a stable order."""
    return (*_without_example(pack), *_unused(pack), *_hopeless(pack), *_unsteady(pack))


def _without_example(pack: Pack) -> Iterator[str]:
    expected = {(problem, cause) for example in pack.examples for problem, cause in example.expect_first.items()}
    for problem in pack.problems:
        for cause in problem.causes:
            if (problem.id, cause.id) not in expected:
                yield f"no example expects {cause.id}: add one, or nobody knows whether it can ever be found"
        if not any(example.kind == problem.kind and example.expect_none for example in pack.examples):
            yield f"no example without any problem is of kind {problem.kind}: add a near miss of {problem.id}"


def _unused(pack: Pack) -> Iterator[str]:
    for kind, parts in pack.parts.items():
        read = {one.observe.partition(".")[0] for one in pack.detectors if one.kind == kind}
        for part in parts:
            if read and part not in read:  # a kind of which no rule speaks is there to be looked at
                yield f"nothing asks for the part {part} of kind {kind}"


def _hopeless(pack: Pack) -> Iterator[str]:
    for problem in pack.problems:
        for cause in problem.causes:
            if cause.problem is None and not cause.remedies:
                yield f"{cause.id} has no remedy: add at least an instruction for a person"


def _unsteady(pack: Pack) -> Iterator[str]:
    for problem in pack.problems:
        if not problem.recovery.steady:
            yield f"{problem.id} counts as over even when its target restarts in between: name what must be `steady`"
