"""Texts whose two languages do not say the same; it reads the text of a pack alone, so it works on packs that fail."""

import re
from collections import Counter
from collections.abc import Iterator

from engine.linting.findings import Finding, Kind, found
from engine.rulebase.schema import placeholders
from engine.rulebase.yaml_text import Document, Place

_CHINESE = re.compile("[\u3400-\u9fff]")
_WORD = re.compile(r"[A-Za-z]{2,}")
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_COMMAND = re.compile(r"`[^`]*`")


def translation(document: Document) -> Iterator[Finding]:
    """Texts that were not translated, or whose placeholders or commands differ."""
    for place in _texts(document, ()):
        en, zh = document.at((*place, "en")), document.at((*place, "zh"))
        if isinstance(en, str) and isinstance(zh, str):
            yield from (
                found(Kind.TRANSLATION, document.mistake((*place, language), message, hint))
                for language, message, hint in _wrong(en.strip(), zh.strip())
            )


def _wrong(en: str, zh: str) -> Iterator[tuple[str, str, str]]:
    if _is_sentence(en) and not _CHINESE.search(zh):
        message = "the Chinese text is the English one" if en == zh else "the Chinese text has no Chinese in it"
        yield "zh", message, "translate it"
    if _CHINESE.search(en):
        yield "en", "the English text has Chinese in it", "translate it"
    for what, of in (("placeholder", _braces), ("command", _commands)):
        missing, extra = of(en) - of(zh), of(zh) - of(en)
        if missing or extra:
            one, language = (next(iter(missing)), "zh") if missing else (next(iter(extra)), "en")
            other = "Chinese" if language == "zh" else "English"
            yield language, f"the {what} {one} is missing in the {other} text", "say the same in both languages"


def _texts(document: Document, place: Place) -> Iterator[Place]:
    data = document.at(place)
    if isinstance(data, dict):
        if set(data) == {"en", "zh"}:
            yield place
            return
        for key in data:
            yield from _texts(document, (*place, key))
    elif isinstance(data, list):
        for index in range(len(data)):
            yield from _texts(document, (*place, index))


def _is_sentence(text: str) -> bool:
    """Whether there is something to translate: several words, not all of them names, outside of commands."""
    words: list[str] = _WORD.findall(_PLACEHOLDER.sub("", _COMMAND.sub("", text)))
    return len(words) > 1 and any(one.islower() for one in words)


def _braces(text: str) -> Counter[str]:
    return Counter({f"{{{one}}}": 1 for one in placeholders(text)})


def _commands(text: str) -> Counter[str]:
    return Counter(_COMMAND.findall(text))
