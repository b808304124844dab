"""The judgement of a file beside its backup, on real files of every odd kind."""

import os
from pathlib import Path

import pytest

from engine.systems.differences import AT_MOST, unified
from engine.systems.files import LARGEST, BackupState, Format, compare, damage, look, parse

GOOD = b'[server]\nport = 8080\nname = "notes"\n\n[store]\npath = "/var/lib/notes"\nsize = 10\n'
BAD_LINE = GOOD.replace(b'name = "notes"', b'name = "notes')


def at(folder: Path, data: bytes | None, backup: bytes | None = GOOD) -> tuple[Path, Path]:
    for name, content in (("app.toml", data), ("app.toml.bak", backup)):
        if content is not None:
            (folder / name).write_bytes(content)
    return folder / "app.toml", folder / "app.toml.bak"


@pytest.mark.parametrize(
    ("data", "parses", "differs", "only_where_broken"),
    [
        pytest.param(GOOD, True, False, None, id="identical"),
        pytest.param(BAD_LINE, False, True, True, id="one bad line"),
        pytest.param(BAD_LINE.replace(b"size = 10", b"size = 99"), False, True, False, id="bad line and an edit"),
        pytest.param(BAD_LINE.replace(b"8080", b"9090"), False, True, False, id="bad line and an edit beside it"),
        pytest.param(GOOD.replace(b"8080", b"9090"), True, True, None, id="an edit alone"),
        pytest.param(None, None, None, None, id="missing"),
        pytest.param(b"", True, True, None, id="empty"),
        pytest.param(GOOD[:-15], False, True, True, id="truncated within a line"),
        pytest.param(GOOD[: GOOD.index(b"[store]")], True, True, None, id="truncated between lines parses"),
        pytest.param(GOOD.replace(b"notes", b"n\xf6tes", 1), False, True, True, id="one line in another encoding"),
        pytest.param(GOOD.decode().encode("utf-16"), False, True, False, id="all in another encoding"),
        pytest.param(GOOD.replace(b"\n", b"\r\n"), True, True, None, id="CRLF"),
        pytest.param(BAD_LINE.replace(b"\n", b"\r\n"), False, True, False, id="CRLF and a bad line"),
        pytest.param(
            GOOD.replace(b'name = "notes"\n', b"<<<<<<<\nx\n=======\ny\n>>>>>>>\n"),
            False,
            True,
            False,
            id="a merge conflict",
        ),
        pytest.param(b"\0" * 100, False, True, True, id="overwritten with zeros on one line"),
        pytest.param(b"garbage\n" * 10, False, True, False, id="overwritten with garbage"),
    ],
)
def test_damage_is_told_from_edits(
    *, tmp_path: Path, data: bytes | None, parses: bool | None, differs: bool | None, only_where_broken: bool | None
) -> None:
    path, backup = at(tmp_path, data)
    found = damage(path, backup, Format.TOML)
    assert (found.parses, found.differs, found.only_where_broken) == (parses, differs, only_where_broken)
    assert found.backup_state is BackupState.USABLE


def test_an_empty_json_file_lost_nothing_that_the_backup_does_not_have(tmp_path: Path) -> None:
    path, backup = at(tmp_path, b"", b'{"a": 1}\n')
    assert damage(path, backup, Format.JSON).only_where_broken is True


@pytest.mark.parametrize(
    ("backup", "state"), [(GOOD, BackupState.USABLE), (BAD_LINE, BackupState.BROKEN), (None, BackupState.MISSING)]
)
def test_only_a_usable_backup_lets_anything_be_judged(tmp_path: Path, backup: bytes | None, state: BackupState) -> None:
    path, saved = at(tmp_path, BAD_LINE, backup)
    found = damage(path, saved, Format.TOML)
    assert found.backup_state is state
    assert (found.only_where_broken is None) == (state is not BackupState.USABLE)
    assert damage(path, None, Format.TOML).backup_state is BackupState.NONE


@pytest.mark.parametrize(
    ("file_format", "text", "line"),
    [
        (Format.TOML, b"a = 1\nb = \nc = 3\n", 2),
        (Format.TOML, b'a = """x\nb = 2\n', 3),
        (Format.TOML, b"a = " + b"1" * 5000, None),
        (Format.TOML, b"a = " + b"[" * 100_000, None),
        (Format.JSON, b'{"a": 1,\n"b" 2}\n', 2),
        (Format.JSON, b"[" * 100_000, None),
        (Format.YAML, b"a: 1\n b: 2\nc: 3\n", 2),
        (Format.YAML, b"a: 1\nb: *nowhere\n", 2),
        (Format.YAML, b"a: \xc3\xa9\nb: \x07\n", 2),
        (Format.YAML, b"\n" + b"[" * 100_000, 2),
        (Format.INI, b"[a]\nb = 1\nnonsense\n", 3),
        (Format.INI, b"b = 1\n", 1),
        (Format.INI, b"[a]\nb = 1\nb = 2\n", 3),
        (Format.TEXT, b"one\ntwo\xff\n", 2),
        (Format.TEXT, b"one\ntwo\0\n", 2),
    ],
)
def test_each_parser_tells_the_line(file_format: Format, text: bytes, line: int | None) -> None:
    broken = parse(text, file_format)
    assert broken is not None
    assert broken.line == line


@pytest.mark.parametrize(
    ("file_format", "text"),
    [
        (Format.YAML, b"a: !vault |\n  $ANSIBLE\nb: &x 1\nc: *x\n---\nd: 2\n"),
        (Format.INI, b"[a]\nb = %(nothing)s\n"),
        (Format.TEXT, "水\n".encode()),
        (Format.JSON, b'{"a": [1, 2]}'),
    ],
)
def test_the_targets_own_dialect_is_accepted(file_format: Format, text: bytes) -> None:
    assert parse(text, file_format) is None


def test_no_odd_thing_at_the_path_is_read_or_waited_on(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with (tmp_path / "huge").open("wb") as huge:
        huge.truncate(2 << 30)
    (tmp_path / "limit").write_bytes(b"x" * LARGEST)
    for name, word in (("fifo", "a FIFO"), ("folder", "a folder"), ("loop", "leads nowhere"), ("huge", "larger")):
        seen = look(tmp_path / name)
        assert (seen.exists, seen.content) == (True, None)
        assert word in seen.why
    assert look(Path("/dev/zero")).content is None
    assert look(tmp_path / "limit").content is not None
    assert look(tmp_path / "limit" / "below").exists is None


def test_a_link_is_followed_and_named(tmp_path: Path) -> None:
    (tmp_path / "real.toml").write_bytes(GOOD)
    (tmp_path / "link.toml").symlink_to("real.toml")
    seen = look(tmp_path / "link.toml")
    assert seen.identity.startswith(f"{tmp_path}/real.toml sha256:")


def test_comparing_very_different_texts_ends_soon_in_one_hunk() -> None:
    (hunk,) = compare(b"a\nb\n" * 20_000, b"b\nb\na\n" * 20_000)
    assert hunk.lines > 30_000


def test_the_difference_hides_every_secret(tmp_path: Path) -> None:
    now = (
        b'[db]\nurl = "postgres://app:hunter1@db/notes"\npassword = "hunter2\nport = 1\n'
        b'private_key = """\nhunter3\n  hunter4: x\n"""\ntokens = [\n  "hunter5",\n]\n'
        b"esc = \x1b[31m\n"
    )
    path, backup = at(tmp_path, now, now.replace(b'hunter2"', b"").replace(b"hunter", b"rabbit") + b"end = 1\r\n")
    lines = unified(damage(path, backup, Format.TOML))
    text = "\n".join(lines)
    assert "hunter" not in text
    assert "rabbit" not in text
    assert "\x1b" not in text
    assert "-password = ***" in lines
    assert any(line.startswith("+end = 1") for line in lines)


def test_a_long_difference_is_cut(tmp_path: Path) -> None:
    path, backup = at(tmp_path, b"".join(b"a%d = 1\n" % n for n in range(300)))
    lines = unified(damage(path, backup, Format.TOML))
    assert len(lines) == AT_MOST
    assert "more" in lines[-1]
