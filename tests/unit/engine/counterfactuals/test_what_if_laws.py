"""What WHAT IF says would happen is what happens to running detectors, in random packs."""

import random
from collections.abc import Mapping

from engine.counterfactuals.situation import Key
from engine.counterfactuals.what_if import what_if
from engine.diagnosis.diagnosing import diagnose
from engine.inference.native import NativeInference
from engine.model import Conclusions, Diagnosis, ProblemRef, Scalar, Truth, Unknown
from tests.support.situations import Story, random_story


def some_changes(story: Story, dice: random.Random) -> dict[Key, Scalar | Unknown]:
    situation = story.situation
    changes: dict[Key, Scalar | Unknown] = {}
    for target in situation.targets:
        for observe in sorted({one.observe for one in situation.detectors if one.kind == target.kind}):
            if dice.random() < 0.4:
                changes[target.id, observe] = dice.choice(situation.field(target, observe).regions).witness
    return changes


def happens(story: Story, changes: Mapping[Key, Scalar | Unknown]) -> tuple[Conclusions, dict[ProblemRef, Diagnosis]]:
    concluded = NativeInference().infer(story.pack.program, story.situation.targets, story.applied(changes))
    seen = story.situation.seen(changes)
    found = diagnose(story.pack, story.situation.targets, concluded, seen, story.situation.at)
    return concluded, {one.ref: one for one in found}


def test_the_difference_is_that_between_two_runs_of_the_detectors() -> None:
    facts = problems = 0
    for seed in range(600):
        dice = random.Random(f"changes {seed}")
        story = random_story(seed)
        changes = some_changes(story, dice)
        said = what_if(story.situation, changes)
        before, was = happens(random_story(seed), {})
        after, becomes = happens(story, changes)
        differs = {fact for fact in before.truths if before.truth(fact) is not after.truth(fact)}
        assert {one.fact for one in said.facts} == differs, seed
        assert all((one.before, one.after) == (before.truth(one.fact), after.truth(one.fact)) for one in said.facts)
        assert {one.ref: (one.before, one.after) for one in said.problems} == {
            ref: (was.get(ref), becomes.get(ref)) for ref in {*was, *becomes}
        }, seed
        facts += len(said.facts)
        problems += sum(one.is_different for one in said.problems)
    assert facts > 600
    assert problems > 120


def test_to_suppose_what_is_so_changes_nothing() -> None:
    for seed in range(300):
        situation = random_story(seed).situation
        as_it_is = {key: one.value for key, one in situation.observations.items()}
        difference = what_if(situation, as_it_is)
        assert difference.is_none, seed
        assert difference.hold == 0


def test_what_becomes_unknown_makes_nothing_known() -> None:
    """To know less never makes a fact true or false that was not."""
    for seed in range(300):
        situation = random_story(seed).situation
        dark = {key: Unknown(because="night") for key in situation.observations}
        assert all(one.after is Truth.UNKNOWN for one in what_if(situation, dark).facts), seed
