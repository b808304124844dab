"""Every shipped pack judges its own examples as it promises."""

from functools import cache
from pathlib import Path

import pytest

from engine.diagnosis.explanation import explain, lines
from engine.inference.levels import problems_of, stratify
from engine.knowledge import Example, Pack
from engine.rehearsing.examples import differences, world_of
from engine.rulebase.loader import load_pack
from tests.support.vocabulary import ACTIONS, PROBES

PACKS = sorted((Path(__file__).parents[3] / "rules").glob("*/pack.yaml"))


@cache
def shipped(path: Path) -> Pack:
    return load_pack(path, probes=PROBES, actions=ACTIONS, stratify=stratify, defects=problems_of)


CASES = [
    pytest.param(path, example, id=f"{path.parent.name}: {example.name}")
    for path in PACKS
    for example in shipped(path).examples
]


@pytest.mark.parametrize(("path", "example"), CASES)
def test_the_example_holds(path: Path, example: Example) -> None:
    assert differences(shipped(path), example) == ()


@pytest.mark.parametrize(("path", "example"), CASES)
def test_it_can_be_explained_in_both_languages(path: Path, example: Example) -> None:
    pack = shipped(path)
    for diagnosis in world_of(pack, example).diagnoses.values():
        english, chinese = ("\n".join(lines(explain(pack, diagnosis, language))) for language in ("en", "zh"))
        assert diagnosis.title.en in english
        assert diagnosis.title.zh in chinese
        for cause in diagnosis.causes:
            assert cause.title.en in english
            assert cause.title.zh in chinese


@pytest.mark.parametrize("path", PACKS, ids=lambda path: path.parent.name)
def test_each_problem_has_an_example_that_fires_and_one_that_does_not(path: Path) -> None:
    pack = shipped(path)
    for problem in pack.problems:
        expected = {problem.id in example.expect_first for example in pack.examples}
        assert expected == {True, False}, problem.id


@pytest.mark.parametrize("path", PACKS, ids=lambda path: path.parent.name)
def test_each_cause_has_an_example_in_which_it_comes_first(path: Path) -> None:
    pack = shipped(path)
    first = {cause for example in pack.examples for cause in example.expect_first.values()}
    assert {cause.id for problem in pack.problems for cause in problem.causes} <= first
