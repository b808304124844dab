"""The packs that the documents show judge their own examples as they promise, and nothing about them is doubtful."""

from pathlib import Path

import pytest

from api.bootstrap import loaded_at, pack_at
from api.vocabulary import observables
from engine.knowledge import Pack
from engine.linting.checks import lint
from engine.rehearsing.examples import differences
from engine.rehearsing.scenario import differences as scenario_differences
from engine.rehearsing.scenario_text import parse_scenarios
from engine.rulebase.loader import find_pack
from tests.support.documents import Block, blocks_of
from tests.support.tree import ROOT

SHOWN = [one for one in blocks_of("yaml") if "\npack: " in one.text]


@pytest.fixture
def pack(request: pytest.FixtureRequest, tmp_path: Path) -> Pack:
    (tmp_path / "pack.yaml").write_text(request.param.text, encoding="utf-8")
    return pack_at(tmp_path / "pack.yaml")


@pytest.mark.parametrize("pack", SHOWN, indirect=True, ids=str)
def test_its_examples_hold(pack: Pack) -> None:
    assert len(pack.examples) > 1
    assert {one.name: found for one in pack.examples if (found := differences(pack, one))} == {}


@pytest.mark.parametrize("block", SHOWN, ids=str)
def test_nothing_about_it_is_doubtful(block: Block, tmp_path: Path) -> None:
    (tmp_path / "pack.yaml").write_text(block.text, encoding="utf-8")
    assert [str(one) for one in lint(loaded_at(tmp_path / "pack.yaml"))] == []


def test_the_documents_show_a_pack() -> None:
    assert SHOWN


@pytest.mark.parametrize("block", [one for one in blocks_of("yaml") if "\nscenarios:" in one.text], ids=str)
def test_the_scenarios_that_the_documents_show_go_as_they_are_told(block: Block) -> None:
    pack = pack_at(find_pack("service", ROOT))
    for scenario in parse_scenarios(block.text, str(block), [pack], observables()):
        assert scenario_differences([pack], scenario) == ()
