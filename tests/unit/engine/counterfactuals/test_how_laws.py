"""HOW names all that a diagnosis rests on, and a diagnosis rests on nothing else, in random packs."""

import random

import pytest

from engine.counterfactuals.situation import Situation
from engine.diagnosis.explanation import explain, lines
from engine.diagnosis.seen import describe
from engine.model import Diagnosis, ProblemRef, Unknown
from tests.support.situations import Story, random_story

NIGHT = Unknown(because="night")


def diagnosed(situation: Situation, ref: ProblemRef) -> Diagnosis | None:
    return next((one for one in situation.diagnoses() if one.ref == ref), None)


def standing(diagnosis: Diagnosis) -> list[tuple[object, ...]]:
    """What is concluded of the causes; a fact may have one more reason to be as it is."""
    return [
        (one.id, one.probability, one.proved, [(each.truth, each.ratio) for each in one.evidence])
        for one in diagnosis.causes
    ]


def stories(first: int, wanted: int) -> list[Story]:
    return [random_story(seed, rules=12, targets=3) for seed in range(first, first + wanted)]


def in_the_dark(situation: Situation) -> set[ProblemRef]:
    """The problems that show whatever is seen: a rule without conditions says so."""
    dark = dict.fromkeys(situation.observations, NIGHT)
    return {one.ref for one in situation.diagnoses(dark)}


def test_without_what_how_names_there_is_no_diagnosis() -> None:
    judged = 0
    for story in stories(0, 1000):
        always = in_the_dark(story.situation)
        for diagnosis in story.situation.diagnoses():
            if diagnosis.ref not in always:
                dark = {(one.target, one.name): NIGHT for one in diagnosis.observations}
                assert diagnosis.ref not in {one.ref for one in story.situation.diagnoses(dark)}, story.seed
                judged += 1
    assert judged > 200


def test_what_how_does_not_name_makes_no_difference() -> None:
    judged = 0
    for story in stories(5000, 1000):
        dice = random.Random(f"others {story.seed}")
        situation = story.situation
        for diagnosis in situation.diagnoses():
            named = {(one.target, one.name) for one in diagnosis.observations}
            changes = {
                (target.id, observe): dice.choice(situation.field(target, observe).regions).witness
                for target in situation.targets
                for observe in sorted({one.observe for one in situation.detectors if one.kind == target.kind})
                if (target.id, observe) in situation.observations and (target.id, observe) not in named
            }
            if not changes:
                continue
            judged += 1
            after = next((one for one in situation.diagnoses(changes) if one.ref == diagnosis.ref), None)
            assert after is not None, story.seed
            assert standing(after) == standing(diagnosis), story.seed
    assert judged > 100


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_text_of_how_has_every_observation_that_the_diagnosis_rests_on(language: str) -> None:
    for story in stories(0, 500):
        for diagnosis in story.situation.diagnoses():
            text = "\n".join(lines(explain(story.pack, diagnosis, language)))
            assert [one for one in diagnosis.observations if describe(one) not in text] == [], story.seed
