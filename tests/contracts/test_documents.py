"""What the documents show is so: their Python runs, their YAML and data can be loaded (commands run in integration)."""

import doctest
import json
import os
import tomllib
from pathlib import Path

import pytest

from api.bootstrap import house, pack_at
from api.vocabulary import observables
from engine.errors import MedicusError
from engine.rehearsing.scenario_text import parse_scenarios
from engine.rulebase.loader import find_pack
from engine.rulebase.yaml_text import read
from tests.support.documents import CHECKED, SHOWN_ONLY, Block, blocks, blocks_of, documents, page_id, pages_with
from tests.support.tree import ROOT, shown


@pytest.mark.parametrize("path", documents(), ids=shown)
def test_every_block_says_what_it_is(path: Path) -> None:
    untold = [f"{one}: {one.tag!r}" for one in blocks(path, path.read_text()) if one.tag not in CHECKED | SHOWN_ONLY]
    assert untold == []


@pytest.mark.parametrize("page", pages_with("python"), ids=page_id)
def test_the_python_of_the_page_runs(page: list[Block]) -> None:
    names: dict[str, object] = {}
    for block in page:
        if ">>>" in block.text:
            examples = doctest.DocTestParser().get_doctest(block.text, names, str(block), str(block.path), block.line)
            told: list[str] = []
            runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
            assert runner.run(examples, out=told.append, clear_globs=False).failed == 0, "".join(told)
            names = examples.globs
        else:
            exec(compile(block.text, str(block), "exec"), names)


def test_the_yaml_of_all_pages_is_what_it_seems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("MEDICUS_")]:
        monkeypatch.delenv(name)
    wrong = [f"{block}: {error}" for block in blocks_of("yaml") if (error := trouble_with(block, tmp_path))]
    assert wrong == []


def trouble_with(block: Block, folder: Path) -> str:
    """What keeps a block from being a pack, scenarios, or settings, or any YAML at all, or ""."""
    try:
        data = read(block.text, "block").data
        if isinstance(data, dict) and "scenarios" in data:
            parse_scenarios(block.text, "block", [pack_at(find_pack("service", ROOT))], observables())
        elif isinstance(data, dict) and data.get("format") == 1:
            file = folder / ("pack.yaml" if "pack" in data else "medicus.yaml")
            file.write_text(block.text)
            (pack_at if "pack" in data else house)(file)
    except MedicusError as error:
        return str(error)
    return ""


def test_the_data_of_all_pages_can_be_parsed() -> None:
    for block in blocks_of("toml", "json"):
        assert (tomllib.loads if block.tag == "toml" else json.loads)(block.text), str(block)


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("format: 1\npacks: [service]\n", ""),
        ("policy: {profile: suggest}\n", ""),
        ("a: [1\n", "block:"),
        ("format: 1\npacks: [service]\npolcy: {}\n", "polcy"),
        ("format: 1\npack: x\n", "pack.yaml:1:1"),
        ("format: 1\nscenarios: []\n", "block:2:12"),
    ],
)
def test_trouble_with_yaml_is_found(text: str, trouble: str, tmp_path: Path) -> None:
    told = trouble_with(Block(path=ROOT / "x.md", line=1, tag="yaml", text=text, not_run=False), tmp_path)
    assert trouble in told
    assert bool(told) == bool(trouble)


def test_blocks_are_found_and_taken_out_with_a_reason_only() -> None:
    text = "a\n```sh\nls\n```\n<!-- not run: needs root -->\n```sh\nrm\n```\n"
    text += "<!-- not run: -->\n- b\n  ```yaml\n  c: d\n  ```\n"
    found = list(blocks(ROOT / "x.md", text))
    assert [(one.line, one.tag, one.text, one.not_run) for one in found] == [
        (2, "sh", "ls\n", False),
        (6, "sh", "rm\n", True),
        (11, "yaml", "c: d\n", False),
    ]
    with pytest.raises(ValueError, match=r"x\.md:1: the block does not end"):
        list(blocks(ROOT / "x.md", "```sh\nls\n"))
