"""What could be read of a pack is handed out with its places, also when it does not load."""

from pathlib import Path

import pytest

from engine.errors import TextError
from engine.rulebase.loader import find_pack, whole
from tests.support.linted import PACKS, copied, loaded

SHOP = PACKS / "shop" / "pack.yaml"


def test_a_pack_without_mistakes_is_whole_and_every_piece_has_its_place() -> None:
    found = loaded(SHOP)
    assert found.mistakes == ()
    assert found.references is not None
    pack = whole(found)
    problems = found.references.draft.problems
    assert [shape.id for shape in problems.values()] == [one.id for one in pack.problems]
    for place, shape in problems.items():
        assert found.document.at((*place, "id")) == shape.id
    lines = SHOP.read_text(encoding="utf-8").splitlines()
    (place,) = [place for place, shape in problems.items() if shape.id == "app.slow"]
    line, column = found.document.where((*place, "id"))
    assert lines[line - 1][column - 1 :] == "app.slow"


def test_of_a_pack_with_mistakes_there_is_what_could_be_read(tmp_path: Path) -> None:
    path = copied(tmp_path)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("is: running", "is: runing").replace("severity: P2", "severity: P9"), encoding="utf-8")
    found = loaded(path)
    assert found.pack is None
    assert found.references is not None
    assert [shape.id for shape in found.references.draft.problems.values()] == ["store.down", "app.down"]
    assert len(found.mistakes) == 2
    with pytest.raises(TextError) as error:
        whole(found)
    assert error.value.mistakes == tuple(sorted(found.mistakes))


def test_of_a_pack_without_a_head_there_is_the_text(tmp_path: Path) -> None:
    path = tmp_path / "pack.yaml"
    path.write_text("pack: x\n", encoding="utf-8")
    found = loaded(path)
    assert (found.pack, found.references) == (None, None)
    assert found.document.data == {"pack": "x"}
    assert found.mistakes


def test_a_pack_whose_base_is_missing_is_told_so(tmp_path: Path) -> None:
    path = copied(tmp_path)
    (path.parents[1] / "ground" / "pack.yaml").unlink()
    (mistake,) = loaded(path).mistakes
    assert (mistake.line, mistake.column) == (6, 11)
    assert "there is no pack at" in mistake.message


def test_only_what_is_no_yaml_cannot_be_read_at_all(tmp_path: Path) -> None:
    path = tmp_path / "pack.yaml"
    path.write_text("a: [", encoding="utf-8")
    with pytest.raises(TextError, match="this is not YAML"):
        loaded(path)


def test_the_shipped_pack_is_the_same_however_it_is_loaded() -> None:
    assert whole(loaded(find_pack("service", Path()))).version == "1.1.0"
