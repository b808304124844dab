"""Replacing a real file while somebody else is at it: what was not seen is never overwritten."""

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import ConflictError
from engine.systems.files import Content, look
from engine.systems.replacing import Exchange, ReplacingError, kept_path, put_back, replace

NEW = b"new\n"


def exchange(path: Path, like: Path) -> Exchange:
    seen, content = look(path), look(like).content
    assert isinstance(content, Content)
    return Exchange(seen=seen, data=NEW, like=content, kept=kept_path(seen))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "app.toml").write_bytes(b"old\n")
    return tmp_path / "app.toml"


def names(path: Path) -> set[str]:
    return {one.name for one in path.parent.iterdir()}


def edited(path: Path) -> None:
    path.write_bytes(b"edited\n")


def saved_by_an_editor(path: Path) -> None:
    (path.parent / "swap").write_bytes(b"edited\n")
    (path.parent / "swap").rename(path)


def turned_into_a_link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def removed(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("meanwhile", [edited, saved_by_an_editor, turned_into_a_link])
def test_what_somebody_did_after_the_look_stays(path: Path, meanwhile: Callable[[Path], None]) -> None:
    prepared = exchange(path, path)
    meanwhile(path)
    before, there = path.read_bytes(), names(path)
    with pytest.raises((ConflictError, ReplacingError)):
        replace(prepared)
    assert (path.read_bytes(), names(path)) == (before, there)


def test_a_file_that_was_removed_after_the_look_is_not_created(path: Path) -> None:
    prepared = exchange(path, path)
    removed(path)
    with pytest.raises(ReplacingError):
        replace(prepared)
    assert names(path) == set()


def test_a_file_that_was_created_after_the_look_is_not_overwritten(path: Path) -> None:
    prepared = exchange(path.with_name("other.toml"), path)
    path.with_name("other.toml").write_bytes(b"theirs\n")
    with pytest.raises(ConflictError, match="created by somebody else"):
        replace(prepared)
    assert path.with_name("other.toml").read_bytes() == b"theirs\n"
    assert names(path) == {"app.toml", "other.toml"}


def test_what_an_editor_still_writes_to_the_old_file_is_in_the_kept_one(path: Path) -> None:
    prepared = exchange(path, path)
    with path.open("ab") as editor:
        replace(prepared)
        editor.write(b"late\n")
    assert path.read_bytes() == NEW
    assert prepared.kept
    assert prepared.kept.read_bytes() == b"old\nlate\n"


def test_only_what_was_kept_is_put_back(path: Path) -> None:
    prepared = exchange(path, path)
    replace(prepared)
    assert prepared.kept
    assert prepared.seen.content
    wrote, was = look(path).content, prepared.seen.content.sha256
    assert wrote
    prepared.kept.write_bytes(b"forged\n")
    with pytest.raises(ConflictError, match="broken-"):
        put_back(path, wrote.sha256, prepared.kept, was)
    assert path.read_bytes() == NEW


def test_a_folder_that_is_gone_is_an_error_that_says_so(path: Path) -> None:
    prepared = exchange(path, path)
    removed(path)
    path.parent.rmdir()
    with pytest.raises(ReplacingError, match="No such file or directory"):
        replace(prepared)
