"""The page that both engines are held to says what is so."""

import doctest
from pathlib import Path

PAGE = Path(__file__).parents[4] / "docs" / "explanation" / "semantics.md"


def test_every_example_of_the_page_is_true() -> None:
    options = doctest.ELLIPSIS
    result = doctest.testfile(str(PAGE), module_relative=False, optionflags=options, encoding="utf-8")
    assert result.failed == 0
    assert result.attempted > 20
