"""Whatever WHY NOT says of a cause is so, in random packs, and nothing smaller is."""

import itertools
from collections.abc import Iterator, Mapping

import pytest

from engine.counterfactuals.situation import Key, Situation
from engine.counterfactuals.why_not import Outcome
from engine.counterfactuals.why_not_cause import CauseAnswer, Hypothesis, why_not_cause
from engine.diagnosis.diagnosing import diagnose
from engine.inference.native import NativeInference
from engine.model import Diagnosis, ProblemRef, Scalar, Unknown
from tests.support.situations import Story, random_story

PACKS = 600


def hypotheses(story: Story) -> list[Hypothesis]:
    return [
        Hypothesis(ref=ProblemRef(target=target.id, problem=problem.id), cause=cause.id, at_least=at_least)
        for target in story.situation.targets
        for problem in story.pack.problems
        if problem.kind == target.kind
        for cause in problem.causes
        for at_least in (None, 0.9)
    ]


def witnesses(answer: CauseAnswer) -> dict[Key, Scalar | Unknown]:
    return {one.key: one.witness for one in answer.changes}


def in_running_detectors(story: Story, changes: Mapping[Key, Scalar | Unknown]) -> dict[ProblemRef, Diagnosis]:
    facts = story.applied(changes)
    concluded = NativeInference().infer(story.pack.program, story.situation.targets, facts)
    seen = story.situation.seen(changes)
    return {one.ref: one for one in diagnose(story.pack, story.situation.targets, concluded, seen, story.situation.at)}


def test_the_cause_comes_first_when_it_is_done_to_running_detectors() -> None:
    said = dict.fromkeys(Outcome, 0)
    for seed in range(PACKS):
        story = random_story(seed, rules=7, names=8)
        asked = hypotheses(story)
        if not asked:
            continue
        hypothesis = asked[seed % len(asked)]
        answer = why_not_cause(story.situation, story.pack, hypothesis)
        said[answer.outcome] += 1
        if answer.outcome in {Outcome.ALREADY, Outcome.CHANGES}:
            found = in_running_detectors(story, witnesses(answer))[hypothesis.ref]
            assert hypothesis.holds_in(found), (seed, hypothesis, answer)
            assert answer.then is not None
            assert found.causes == answer.then.causes
    assert said[Outcome.NOT_FOUND] == 0
    assert min(said[one] for one in (Outcome.ALREADY, Outcome.CHANGES, Outcome.IMPOSSIBLE)) > PACKS / 25, said


def test_nothing_smaller_would_do_and_impossible_is_so() -> None:
    judged = dict.fromkeys(Outcome, 0)
    for seed in range(20_000, 20_500):
        story = random_story(seed, rules=5, names=6, targets=2, observations=2, causes=3)
        known = dict(choices(story.situation))
        if combinations_of(known) > 80:
            continue
        reached, highest = smallest(story, known)
        for hypothesis in hypotheses(story):
            answer = why_not_cause(story.situation, story.pack, hypothesis)
            expected = reached.get(hypothesis)
            got = None if answer.outcome is Outcome.IMPOSSIBLE else len(answer.changes)
            assert got == expected, (seed, hypothesis, answer)
            judged[answer.outcome] += 1
            if answer.outcome is Outcome.IMPOSSIBLE:
                assert answer.best == pytest.approx(highest.get(hypothesis, 0.0)), (seed, hypothesis)
    assert judged[Outcome.NOT_FOUND] == 0
    assert min(judged[one] for one in (Outcome.ALREADY, Outcome.CHANGES, Outcome.IMPOSSIBLE)) > 50, judged


def choices(situation: Situation) -> Iterator[tuple[Key, list[Scalar | Unknown]]]:
    for target in situation.targets:
        for observe in sorted({one.observe for one in situation.detectors if one.kind == target.kind}):
            field = situation.field(target, observe)
            yield (
                (target.id, observe),
                [one.witness for index, one in enumerate(field.regions) if index != field.present],
            )


def combinations_of(known: Mapping[Key, list[Scalar | Unknown]]) -> int:
    total = 1
    for others in known.values():
        total *= 1 + len(others)
    return total


def smallest(
    story: Story, known: Mapping[Key, list[Scalar | Unknown]]
) -> tuple[dict[Hypothesis, int], dict[Hypothesis, float]]:
    """The fewest changes that make each hypothesis true, and the highest probability that any changes give it."""
    best: dict[Hypothesis, int] = {}
    highest: dict[Hypothesis, float] = {}
    asked = hypotheses(story)
    for choice in itertools.product(*[[None, *others] for others in known.values()]):
        changes = {key: value for key, value in zip(known, choice, strict=True) if value is not None}
        found = {one.ref: one for one in story.situation.diagnoses(changes)}
        for hypothesis in asked:
            diagnosis = found.get(hypothesis.ref)
            highest[hypothesis] = max(highest.get(hypothesis, 0.0), hypothesis.probability_in(diagnosis))
            if hypothesis.holds_in(diagnosis):
                best[hypothesis] = min(best.get(hypothesis, len(changes)), len(changes))
    return best, highest
