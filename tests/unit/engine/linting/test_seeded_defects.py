"""Every planted defect is found, at its place, and nothing else is said: not of the sound packs, and not besides."""

from collections import Counter
from pathlib import Path

import pytest

from engine.linting.findings import Kind
from tests.support.linted import PACKS, copied, findings
from tests.support.seeds import Seed, plant, seeds

SEEDS = seeds()


@pytest.mark.parametrize("name", ["ground", "shop"])
def test_nothing_is_said_of_a_sound_pack(name: str) -> None:
    assert [str(one) for one in findings(PACKS / name / "pack.yaml")] == []


@pytest.mark.parametrize("seed", SEEDS, ids=str)
def test_a_planted_defect_is_found_and_nothing_else(seed: Seed, tmp_path: Path) -> None:
    top = copied(tmp_path)
    path = top.parents[1] / seed.pack / "pack.yaml"
    planted = plant(path.read_text(encoding="utf-8"), seed)
    path.write_text(planted.text, encoding="utf-8")
    said = findings(top, played=seed.kind is Kind.EXAMPLE)  # a defect may well keep an example from holding
    told = [str(one) for one in said]
    hits = [one for one in said if one.kind is seed.kind and seed.says in one.message]
    assert hits, told
    place = (str(path.resolve()), planted.line, planted.column)
    assert place in [(str(Path(one.file).resolve()), one.line, one.column) for one in hits], told
    follow = Counter(one.kind for one in said if one is not hits[0])
    assert follow == Counter(seed.also), told


def test_there_is_a_seed_of_every_kind() -> None:
    assert {seed.kind for seed in SEEDS} == set(Kind)
    assert len(SEEDS) >= 60
