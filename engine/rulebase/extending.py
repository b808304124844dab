"""Packs that build on others: the texts become one, and every place remembers the file that it stands in.

Nothing is replaced by accident: what `overrides` changes must be there, what a pack adds must not, and what is left
out is named in `without`. A list is merged when its items have ids, else the new one replaces the old. The result is
checked as a whole, like a pack that was written in one file.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from engine.errors import Mistake, RuleError, TextError
from engine.params import did_you_mean
from engine.rulebase.yaml_text import Document, Place, Plain, Position, read_path

SECTIONS: Mapping[str, str] = {"rules": "id", "problems": "id", "examples": "name"}
"""The lists of a pack and what names their items."""

_INNER = ("symptoms", "causes")
Finder: TypeAlias = Callable[[str, Path], Path]
"""The file of a pack by its name, or by its path from a folder."""


def extended(document: Document, find: Finder) -> Document:
    """The document with everything of the packs that it extends; TextError when one of them cannot be had."""
    return _extended(document, find, (Path(document.file).resolve(),))


def _extended(document: Document, find: Finder, below: tuple[Path, ...]) -> Document:
    names = document.at(("extends",))
    if not isinstance(names, list) or not names or not all(isinstance(one, str) for one in names):
        return document  # whether the head has the right shape is checked with the rest
    bases = []
    for index, name in enumerate(names):
        place = ("extends", index)
        try:
            file = find(str(name), Path(document.file).parent)
        except RuleError as error:
            raise TextError((*document.mistakes, document.mistake(place, str(error)))) from error
        if file.resolve() in below:
            way = " -> ".join(one.parent.name for one in (*below, file))
            raise TextError((*document.mistakes, document.mistake(place, f"the pack extends itself: {way}")))
        bases.append(_extended(read_path(file), find, (*below, file.resolve())))
    return _Joining(top=document, bases=tuple(bases)).joined()


@dataclass(frozen=True, slots=True)
class _Piece:
    """A piece of a text with where it and its key stand; lists and mappings hold pieces."""

    content: "str | float | bool | list[_Piece] | dict[str, _Piece] | None"
    file: str
    value: Position
    key: Position

    @property
    def items(self) -> "list[_Piece]":
        return self.content if isinstance(self.content, list) else []

    @property
    def fields(self) -> "dict[str, _Piece]":
        return self.content if isinstance(self.content, dict) else {}

    def named(self, name: str) -> str:
        """What the piece calls itself under `name`; "" when it does not."""
        found = self.fields.get(name)
        return found.content if found and isinstance(found.content, str) else ""


def _piece(document: Document, place: Place = ()) -> _Piece:
    data = document.at(place)
    content: str | float | bool | list[_Piece] | dict[str, _Piece] | None
    if isinstance(data, dict):
        content = {key: _piece(document, (*place, key)) for key in data}
    elif isinstance(data, list):
        content = [_piece(document, (*place, index)) for index in range(len(data))]
    else:
        content = data
    return _Piece(content, document.file_of(place), document.where(place), document.where(place, key=True))


def _merged(under: _Piece, over: _Piece) -> _Piece:
    """`under` with what `over` says of it: mappings and lists of what has ids are merged, all else is replaced."""
    if isinstance(under.content, dict) and isinstance(over.content, dict):
        fields = {**under.content}
        for key, change in over.content.items():
            fields[key] = _merged(fields[key], change) if key in fields else change
            if change.content is None:  # `key: null` takes it out
                del fields[key]
        return replace(under, content=fields)
    lists = (*under.items, *over.items)
    if under.items and over.items and all(one.named("id") for one in lists):
        by_id = {one.named("id"): one for one in under.items}
        for change in over.items:
            known = by_id.get(change.named("id"))
            by_id[change.named("id")] = _merged(known, change) if known else change
        return replace(under, content=list(by_id.values()))
    return over


@dataclass(slots=True, kw_only=True)
class _Joining:
    """One pack laid over those that it extends."""

    top: Document
    bases: tuple[Document, ...]
    mistakes: list[Mistake] = field(default_factory=list)

    def joined(self) -> Document:
        """Everything in one document; what is wrong with the joining itself is among its mistakes."""
        top = _piece(self.top)
        bases = [_piece(base).fields for base in self.bases]
        inherited = {section: self._inherited(section, name, bases) for section, name in SECTIONS.items()}
        inherited = self._without(inherited)
        fields = {**top.fields}
        if "expires" in bases[0]:
            fields.setdefault("expires", bases[0]["expires"])
        for kinds in reversed([one["kinds"] for one in bases if "kinds" in one]):
            fields["kinds"] = _merged(kinds, fields["kinds"]) if "kinds" in fields else kinds
        for section, items in inherited.items():
            own = fields.get(section, replace(top, content=[]))
            fields[section] = replace(own, content=[*items, *own.items])
        inner = (one for base in self.bases for one in base.mistakes)
        mistakes = tuple(dict.fromkeys((*self.top.mistakes, *inner, *self.mistakes)))
        return _document(replace(top, content=fields), self.top.file, mistakes)

    def _inherited(self, section: str, name: str, bases: list[dict[str, _Piece]]) -> list[_Piece]:
        """The items of the bases with what `overrides` changes in them."""
        items = [one for base in bases if section in base for one in base[section].items]
        changes = _piece(self.top, ("overrides", section)).items
        for index, change in enumerate(changes):
            called = change.named(name)
            if called not in [one.named(name) for one in items]:
                place = ("overrides", section, index, name)
                known = tuple(one.named(name) for one in items)
                hint = did_you_mean(called, known) or f"add what is new under '{section}'"
                message = f"'{called}' is in no pack that is extended, so there is nothing to change"
                self.mistakes.append(self.top.mistake(place, message, hint))
            items = [_merged(one, change) if one.named(name) == called else one for one in items]
        return items

    def _without(self, inherited: dict[str, list[_Piece]]) -> dict[str, list[_Piece]]:
        """What is left of the inherited items, and of their symptoms and causes, without what `without` names."""
        words = _piece(self.top, ("without",)).items
        wanted = frozenset(one.content for one in words if isinstance(one.content, str))
        known: set[str] = set()

        def left(items: list[_Piece], name: str) -> list[_Piece]:
            known.update(one.named(name) for one in items)
            return [pruned(one) for one in items if one.named(name) not in wanted]

        def pruned(item: _Piece) -> _Piece:
            inner = {
                key: replace(one, content=left(one.items, "id")) for key, one in item.fields.items() if key in _INNER
            }
            return replace(item, content={**item.fields, **inner}) if inner else item

        rest = {section: left(items, SECTIONS[section]) for section, items in inherited.items()}
        for index, word in enumerate(words):
            if word.content not in known:
                message = f"'{word.content}' is in no pack that is extended, so there is nothing to leave out"
                hint = did_you_mean(str(word.content), tuple(sorted(known)))
                self.mistakes.append(self.top.mistake(("without", index), message, hint))
        return rest


def _document(root: _Piece, file: str, mistakes: tuple[Mistake, ...]) -> Document:
    """The pieces as a document again."""
    values: dict[Place, Position] = {}
    keys: dict[Place, Position] = {}
    files: dict[Place, str] = {}

    def plain(piece: _Piece, place: Place) -> Plain:
        values[place] = piece.value
        keys[place] = piece.key
        if piece.file != file:
            files[place] = piece.file
        if isinstance(piece.content, dict):
            return {key: plain(one, (*place, key)) for key, one in piece.content.items()}
        if isinstance(piece.content, list):
            return [plain(one, (*place, index)) for index, one in enumerate(piece.content)]
        return piece.content

    return Document(file=file, data=plain(root, ()), values=values, keys=keys, mistakes=mistakes, files=files)
