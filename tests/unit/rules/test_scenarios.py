"""The stories beside every shipped pack go as they are told."""

from functools import cache
from pathlib import Path

import pytest

from engine.inference.levels import problems_of, stratify
from engine.knowledge import Pack
from engine.rehearsing.scenario import Scenario, differences
from engine.rehearsing.scenario_text import beside, load_scenarios
from engine.rulebase.loader import load_pack
from tests.support.vocabulary import ACTIONS, PROBES

PACKS = sorted((Path(__file__).parents[3] / "rules").glob("*/pack.yaml"))


@cache
def shipped(path: Path) -> Pack:
    return load_pack(path, probes=PROBES, actions=ACTIONS, stratify=stratify, defects=problems_of)


CASES = [
    pytest.param(path, scenario, id=f"{path.parent.name}/{file.stem}: {scenario.name}")
    for path in PACKS
    for file in beside(path)
    for scenario in load_scenarios(file, [shipped(path)], PROBES)
]


@pytest.mark.parametrize(("path", "scenario"), CASES)
def test_the_story_goes_as_it_is_told(path: Path, scenario: Scenario) -> None:
    assert differences([shipped(path)], scenario) == ()


def test_the_service_pack_has_stories() -> None:
    assert len({file for path in PACKS if path.parent.name == "service" for file in beside(path)}) >= 3
