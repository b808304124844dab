"""The stories of the shipped packs go the same under either inference engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import MedicusError
from engine.inference.durable import DurableInference, available
from engine.inference.levels import problems_of, stratify
from engine.rehearsing import examples, scenario
from engine.rehearsing.scenario_text import beside, load_scenarios
from engine.rulebase.loader import load_pack
from tests.support.tree import ROOT
from tests.support.vocabulary import ACTIONS, PROBES

PACKS = sorted((ROOT / "rules").glob("*/pack.yaml"))


@pytest.fixture
def durable() -> Iterator[DurableInference]:
    told: list[MedicusError] = []
    inference = DurableInference(told.append)
    yield inference
    inference.close()
    assert told == []


@pytest.mark.skipif(not available(), reason="durable-rules is not installed here")
@pytest.mark.parametrize("path", PACKS, ids=lambda path: path.parent.name)
def test_examples_and_scenarios_hold_with_durable_rules(path: Path, durable: DurableInference) -> None:
    pack = load_pack(path, probes=PROBES, actions=ACTIONS, stratify=stratify, defects=problems_of)
    for example in pack.examples:
        assert examples.differences(pack, example, durable) == (), example.name
    for file in beside(path):
        for story in load_scenarios(file, [pack], PROBES):
            assert scenario.differences([pack], story, durable) == (), story.name
