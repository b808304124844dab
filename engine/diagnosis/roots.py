"""Links the diagnoses of one moment: which problem is the consequence of which, across targets, and who is the root.

A chain is followed from each problem over its best cause to the end. What is there is what has to be mended; the rest
is shown as its consequence, and a root is as severe as the worst of its consequences, since who mends it mends them.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from engine.model import Diagnosis, Firing, Observation, ProblemRef, TargetId


def linked(found: Sequence[Diagnosis]) -> list[Diagnosis]:
    """The diagnoses, each with its root or its consequences, in the order given."""
    chain = _chain(found)
    roots = {one.ref: _root(one.ref, chain) for one in found}
    following: dict[ProblemRef, list[Diagnosis]] = defaultdict(list)
    for one in found:
        root = roots[one.ref]
        if root is not None:
            following[root].append(one)
    return [
        _root_of(one, following[one.ref]) if one.ref in following else replace(one, consequence_of=roots[one.ref])
        for one in found
    ]


def _root_of(root: Diagnosis, consequences: Sequence[Diagnosis]) -> Diagnosis:
    """A root with what its consequences add to it."""
    everything = [root, *consequences]
    proof: dict[Firing, None] = {}
    seen: dict[tuple[TargetId, str], Observation] = {}
    for one in everything:
        proof.update(dict.fromkeys(one.proof))
        seen.update({(each.target, each.name): each for each in one.observations})
    return replace(
        root,
        severity=min(one.severity for one in everything),
        consequences=tuple(sorted(one.ref for one in consequences)),
        proof=tuple(proof),
        observations=tuple(seen[key] for key in sorted(seen)),
    )


def _chain(found: Sequence[Diagnosis]) -> Mapping[ProblemRef, ProblemRef]:
    """For each problem whose best cause is another one that shows as well, that other one."""
    showing = {one.ref for one in found}
    best = {one.ref: one.causes[0].problem for one in found}
    return {ref: cause for ref, cause in best.items() if cause in showing and cause is not None}


def _root(ref: ProblemRef, chain: Mapping[ProblemRef, ProblemRef]) -> ProblemRef | None:
    """The end of the chain from `ref`; None when it is its own root.

    Problems that explain each other in a circle are all roots: none of them may be taken for a mere consequence.
    """
    path = [ref]
    while (following := chain.get(path[-1])) is not None:
        if following in path:
            return None if following == ref else following
        path.append(following)
    return path[-1] if len(path) > 1 else None
