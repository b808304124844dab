"""A text is told to be untranslated only where there is something to translate."""

import pytest

from engine.linting.texts import translation
from engine.rulebase.yaml_text import read


def said(en: str, zh: str) -> list[str]:
    document = read(f"title:\n  en: '{en}'\n  zh: '{zh}'\n", "pack.yaml")
    return [f"{one.line}:{one.column} {one.message}" for one in translation(document)]


@pytest.mark.parametrize(
    ("en", "zh"),
    [
        ("The program hangs", "程序卡死"),
        ("PostgreSQL 16", "PostgreSQL 16"),
        ("Redis Sentinel", "Redis Sentinel"),
        ("nginx", "nginx"),
        ("{process.name}", "{process.name}"),
        ("`supervisorctl start {process.name}`", "`supervisorctl start {process.name}`"),
        ("CPU > 95 %", "CPU > 95 %"),
        ("Mend {config.path}, twice {config.path}", "请修复 {config.path}"),
    ],
)
def test_there_is_nothing_to_say_of_a_translation_and_of_names(en: str, zh: str) -> None:
    assert said(en, zh) == []


@pytest.mark.parametrize(
    ("en", "zh", "told"),
    [
        ("The program hangs", "The program hangs", "3:7 the Chinese text is the English one"),
        ("The program hangs", "Le programme", "3:7 the Chinese text has no Chinese in it"),
        ("程序卡死", "程序卡死", "2:7 the English text has Chinese in it"),
        ("Look at {a.b}", "请查看", "3:7 the placeholder {a.b} is missing in the Chinese text"),
        ("Look", "请查看 {a.b}", "2:7 the placeholder {a.b} is missing in the English text"),
        ("Run `a b`", "请执行 `a c`", "3:7 the command `a b` is missing in the Chinese text"),
    ],
)
def test_what_differs_is_told_where_it_is_missing(en: str, zh: str, told: str) -> None:
    assert said(en, zh) == [told]
