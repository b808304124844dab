"""YAML is read strictly, every mistake with its place, and is written so that it reads back the same."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import Mistake, TextError
from engine.rulebase.yaml_text import LARGEST_TEXT, MOST_NODES, dump, read, read_path

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats(-1e12, 1e12) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


def mistakes(text: str) -> tuple[Mistake, ...]:
    try:
        return read(text, "p.yaml").mistakes
    except TextError as error:
        return error.mistakes or (Mistake(file="", line=0, column=0, message="a TextError without a mistake"),)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[
            (word, word)
            for word in ("on", "off", "yes", "No", "y", "1:30", "010", "0x1f", "0o17", "2026-11-23", ".inf")
        ],
        *[(word, word) for word in ("1_000", "+", "1.", ".5", "<<", "=", "'true'"[1:-1] + "ish")],
        ("true", True),
        ("False", False),
        ("'true'", "true"),
        ("~", None),
        ("null", None),
        ("", None),
        ("-7", -7),
        ("0", 0),
        ("2.50", 2.5),
        ("1e3", 1000.0),
    ],
)
def test_a_word_means_what_yaml_1_2_says_and_nothing_surprising(text: str, value: object) -> None:
    found = read(f"[{text}]" if text else "[~]", "x").data
    assert found == [value]
    assert isinstance(found, list)
    assert type(found[0]) is type(value)


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("a: [1, 2\nb: 3\n", 2, 2, "close the bracket"),
        ("a:\n\t- b\n", 2, 1, "indent with spaces"),
        ("a: b: c\n", 1, 5, "put text that contains ': ' in quotes"),
        ("a: 'x\n", 2, 1, "close the quote"),
        ('a: "\\d"\n', 1, 5, "in double quotes a backslash must be doubled"),
        ("a: 1\n b: 2\n", 2, 3, "mend the indentation"),
        ("a: *b\n", 1, 4, "the alias '*b' names nothing"),
        ("a: &b [*b]\n", 1, 8, "the alias '*b' names nothing that is complete"),
        ("a: 1\n---\nb: 2\n", 2, 1, "a second document"),
        ("? [a]\n: 1\n", 1, 3, "a key must be a plain word"),
        ("a: !!python/name:os.system x\n", 1, 4, "the tag tag:yaml.org,2002:python/name:os.system is not understood"),
        ("a: 1\nb: 2\na: 3\n", 3, 1, "duplicate key 'a' (it stands in line 1 already)"),
        ("a: 1\nx: \x07\n", 2, 4, "remove the invisible character"),
        ("[" * 50, 1, 41, "nested more than 40 deep"),
    ],
)
def test_a_mistake_carries_its_place_and_a_way_out(text: str, line: int, column: int, said: str) -> None:
    mistake = mistakes(text)[0]
    assert said in str(mistake)
    assert (mistake.file, mistake.line, mistake.column) == ("p.yaml", line, column)


def test_every_duplicate_is_told_and_the_first_value_counts() -> None:
    document = read("a: {x: 1, x: 2}\nb: 1\nb: {c: 1, c: 2}\na: [1]\n", "p")
    assert document.data == {"a": {"x": 1}, "b": 1}
    assert [(one.line, one.column) for one in document.mistakes] == [(1, 11), (3, 1), (3, 11), (4, 1)]
    assert document.where(("a", "x")) == (1, 8)
    assert document.where(("b",)) == (2, 4)


def test_duplicates_before_a_syntax_error_are_told_with_it() -> None:
    with pytest.raises(TextError) as caught:
        read("a: 1\na: 2\nb: [\n", "p")
    assert [one.line for one in caught.value.mistakes] == [2, 4]


def test_every_key_and_value_has_its_position() -> None:
    document = read("problems:\n  - id: a\n    causes: [{likelihood: rare}]\n", "p")
    assert document.where(("problems", 0, "causes", 0, "likelihood")) == (3, 27)
    assert document.where(("problems", 0, "causes", 0, "likelihood"), key=True) == (3, 15)
    assert document.where(("problems", 0, "absent", 3)) == (2, 5)
    assert document.at(("problems", 0, "causes", 0, "likelihood")) == "rare"
    assert document.at(("problems", 7, "causes")) is None


def test_an_alias_stands_for_its_value_where_it_is_written() -> None:
    document = read("a: &x {k: 1}\nb:\n  - *x\n", "p")
    assert document.data == {"a": {"k": 1}, "b": [{"k": 1}]}
    assert document.where(("b", 0, "k")) == (3, 5)
    assert read("[&word x, *word, &none ~, *none]", "p").data == ["x", "x", None, None]


def test_a_billion_laughs_are_not_laughed() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    with pytest.raises(TextError, match=f"more than {MOST_NODES} values"):
        read("\n".join(lines), "p")


def test_a_text_that_is_too_long_is_not_even_looked_at(tmp_path: Path) -> None:
    file = tmp_path / "long.yaml"
    file.write_text("# x\n" * (LARGEST_TEXT // 4 + 1), encoding="utf-8")
    with pytest.raises(TextError, match=rf"long\.yaml:1:1: the text is longer than {LARGEST_TEXT}"):
        read_path(file)


def test_a_file_that_cannot_be_read_or_is_not_utf_8_is_a_mistake(tmp_path: Path) -> None:
    broken = tmp_path / "b.yaml"
    broken.write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(TextError, match=r"b\.yaml:2:1: the text is not UTF-8"):
        read_path(broken)
    with pytest.raises(TextError, match="cannot be read: No such file"):
        read_path(tmp_path / "none.yaml")


def test_a_byte_order_mark_and_windows_line_ends_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "w.yaml"
    file.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: x\r\n")
    assert read_path(file).data == {"a": 1, "b": "x"}


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("ab: -[]{}&*!#|>'\"\n\t,?0%@`~\\") | st.characters(), max_size=60))
def test_any_text_is_read_or_is_a_text_error(text: str) -> None:
    assert all(one.line >= 1 and one.column >= 1 and one.message for one in mistakes(text))


@settings(deadline=None)
@given(plain)
def test_what_is_written_is_read_back_the_same(data: object) -> None:
    assert read(dump(data), "p").data == data  # type: ignore[arg-type]  # hypothesis cannot name the recursive type
