"""Whatever WHY NOT says is so, in random packs, and nothing smaller is."""

import itertools
from collections.abc import Iterator

from engine.counterfactuals.obstacles import Goal
from engine.counterfactuals.situation import Key, Situation, infer
from engine.counterfactuals.why_not import Answer, Outcome, why_not
from engine.inference.native import NativeInference
from engine.model import Fact, Scalar, Truth, Unknown
from tests.support.situations import Story, random_story

PACKS = 2000


def questions(story: Story) -> list[Goal]:
    """Every fact that anything says something about, true and false."""
    names = {rule.concludes for level in story.pack.program.levels for rule in level}
    facts = set(story.situation.facts()) | {
        Fact(target=target.id, name=name) for target in story.situation.targets for name in names
    }
    return [Goal(fact=fact, true=true) for fact in sorted(facts) for true in (True, False)]


def witnesses(answer: Answer) -> dict[Key, Scalar | Unknown]:
    return {one.key: one.witness for one in answer.changes}


def test_what_it_says_happens_when_it_is_done_to_running_detectors() -> None:
    said = dict.fromkeys(Outcome, 0)
    for seed in range(PACKS):
        story = random_story(seed)
        asked = questions(story)
        goal = asked[seed % len(asked)]
        answer = why_not(story.situation, story.pack, [goal])
        said[answer.outcome] += 1
        if answer.outcome in {Outcome.ALREADY, Outcome.CHANGES}:
            facts = story.applied(witnesses(answer))
            concluded = NativeInference().infer(story.pack.program, story.situation.targets, facts)
            assert concluded.truth(goal.fact) is Truth.of(goal.true), (seed, goal, answer)
    assert said[Outcome.NOT_FOUND] == 0
    assert min(said[one] for one in (Outcome.ALREADY, Outcome.CHANGES, Outcome.IMPOSSIBLE)) > PACKS / 10, said


def test_nothing_smaller_would_do_and_impossible_is_so() -> None:
    judged = 0
    for seed in range(10_000, 10_400):
        story = random_story(seed, rules=7, names=7, targets=2, observations=2)
        if combinations(story.situation) > 300:
            continue
        reached = smallest(story)
        for goal in questions(story):
            answer = why_not(story.situation, story.pack, [goal])
            expected = reached.get(goal)
            got = None if answer.outcome is Outcome.IMPOSSIBLE else tuple(sorted(one.key for one in answer.changes))
            assert got == expected, (seed, goal, answer)
            judged += 1
    assert judged > 3000


def fields(situation: Situation) -> Iterator[tuple[Key, tuple[int, list[Scalar | Unknown]]]]:
    """Each observation that somebody reads, with its present region first and every other by its witness."""
    for target in situation.targets:
        for observe in sorted({one.observe for one in situation.detectors if one.kind == target.kind}):
            field = situation.field(target, observe)
            others = [one.witness for index, one in enumerate(field.regions) if index != field.present]
            yield (target.id, observe), (field.present, others)


def combinations(situation: Situation) -> int:
    total = 1
    for _, (_, others) in fields(situation):
        total *= 1 + len(others)
    return total


def smallest(story: Story) -> dict[Goal, tuple[Key, ...]]:
    """For each goal that some combination of values reaches, the fewest changes, and of these the first by name."""
    best: dict[Goal, tuple[Key, ...]] = {}
    known = list(fields(story.situation))
    for choice in itertools.product(*[[None, *others] for _, (_, others) in known]):
        changes = {key: value for (key, _), value in zip(known, choice, strict=True) if value is not None}
        names = tuple(sorted(changes))
        concluded = infer(story.pack, story.situation.targets, story.situation.facts(changes))
        for fact, truth in concluded.truths.items():
            if truth is not Truth.UNKNOWN:
                goal = Goal(fact=fact, true=truth is Truth.TRUE)
                if goal not in best or (len(names), names) < (len(best[goal]), best[goal]):
                    best[goal] = names
    return best
