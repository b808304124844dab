"""The JSON Schema for editors takes every sound pack and refuses what an editor can see to be wrong."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from engine.rulebase.loader import find_pack
from engine.rulebase.schema import json_schema
from engine.rulebase.yaml_text import read, read_path
from tests.support.documents import Block, blocks_of
from tests.support.linted import PACKS, loaded

SERVICE = find_pack("service", Path())
SHOP = PACKS / "shop" / "pack.yaml"
VALIDATOR = jsonschema_rs.validator_for(json_schema())


@pytest.mark.parametrize("path", [SERVICE, SHOP, PACKS / "ground" / "pack.yaml"], ids=lambda one: one.parent.name)
def test_a_sound_pack_is_taken(path: Path) -> None:
    assert [str(one) for one in VALIDATOR.iter_errors(read_path(path).data)] == []


@pytest.mark.parametrize("block", [one for one in blocks_of("yaml") if "\npack: " in one.text], ids=str)
def test_the_packs_of_the_documents_are_taken(block: Block) -> None:
    assert VALIDATOR.is_valid(read(block.text, str(block)).data)


def test_it_is_a_schema_of_the_draft_that_it_names() -> None:
    assert json_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert jsonschema_rs.meta.is_valid(json_schema())
    json.dumps(json_schema())


BROKEN = [
    ("a key that nobody knows", "    severity: P1\n", "    severty: P1\n"),
    (
        "a severity that there is not",
        "severity: P1\n    class: {type: service",
        "severity: P7\n    class: {type: service",
    ),
    ("a text in one language", "title: {en: A shop and its database, zh: 商店及其数据库}", "title: {en: A shop}"),
    ("a number where a duration must be", "      over: 20s\n", "      over: 20\n"),
    ("a duration that is none", "            cost: 1d\n", "            cost: a day\n"),
    ("an id without a subject", "  - id: app.overloaded\n", "  - id: overloaded\n"),
    ("a strength that there is not", "            strength: weak\n", "            strength: feeble\n"),
    ("a share above one", "            fixes: 0.8\n", "            fixes: 8\n"),
    ("no looks at all", "      looks: 3\n", "      looks: 0\n"),
    ("neither observation nor fact", "{observe: host.load, above: 8}", "{above: 8}"),
    ("both observation and fact", "{observe: host.load, above: 8}", "{observe: host.load, fact: app.x, above: 8}"),
    (
        "a list and a test",
        "      when: {observe: health.duration, below",
        "      when: {all: [], observe: health.duration, below",
    ),
    ("a bound in a unit that is written wrongly", "above: 95 %}", "above: 95 percent}"),
    ("another format", "format: 1\n", "format: 2\n"),
    ("a version of two numbers", "version: 1.0.0\n", 'version: "1.0"\n'),
]


@pytest.mark.parametrize(("old", "new"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_what_is_broken_is_refused_by_the_schema_and_by_the_loader(old: str, new: str, tmp_path: Path) -> None:
    text = SHOP.read_text(encoding="utf-8")
    assert text.count(old) >= 1
    changed = text.replace(old, new, 1)
    assert not VALIDATOR.is_valid(read(changed, "changed").data)
    (tmp_path / "pack.yaml").write_text(changed.replace("../ground", str(PACKS / "ground")), encoding="utf-8")
    assert loaded(tmp_path / "pack.yaml").mistakes


def test_kinds_and_problems_are_only_left_out_by_a_pack_that_extends_another() -> None:
    head = {"format": 1, "pack": "x", "version": "1.0.0", "title": {"en": "X", "zh": "某"}}
    assert not VALIDATOR.is_valid(head)
    assert VALIDATOR.is_valid({**head, "extends": ["service"]})


def test_an_editor_can_show_what_every_key_means() -> None:
    schema: dict[str, Any] = json_schema()
    shapes = {"pack": schema, **schema["$defs"]}
    untold = [
        f"{name}.{key}"
        for name, shape in shapes.items()
        for key, what in shape.get("properties", {}).items()
        if not what.get("description") and name != "BothTexts"
    ]
    assert untold == []
