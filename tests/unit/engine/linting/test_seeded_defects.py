"""Every planted defect is found, at its place, and nothing else is said: not of the sound packs, and not besides."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import TextError
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


LINES = (PACKS / "shop" / "pack.yaml").read_text(encoding="utf-8").splitlines(keepends=True)
AT = st.integers(0, len(LINES) - 1)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gone=st.sets(AT, max_size=3), twice=st.sets(AT, max_size=3), moved=st.tuples(AT, AT))
def test_whatever_happens_to_a_pack_lint_says_something_about_it_or_it_is_no_yaml(
    gone: set[int], twice: set[int], moved: tuple[int, int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = copied(tmp_path_factory.mktemp("packs"))
    lines = [LINES[at] * (2 if at in twice else 1) for at in range(len(LINES)) if at not in gone]
    lines.insert(moved[0], LINES[moved[1]])
    path.write_text("".join(lines), encoding="utf-8")
    try:
        said = findings(path)
    except TextError:
        return
    assert list(said) == sorted(set(said))
    assert all(one.line >= 1 and one.column >= 1 for one in said)
