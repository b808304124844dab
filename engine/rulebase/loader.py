"""Loads a rule pack: every mistake of every pass at once, each with file, line and column, or the whole pack."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Protocol, TypeVar

from pydantic import BaseModel

from engine.canonical import digest
from engine.errors import Mistake, RuleError, TextError
from engine.knowledge import Pack, Rule
from engine.model import Observable
from engine.params import did_you_mean
from engine.rulebase.compiler import Compiled, Levels, assemble, compile_draft
from engine.rulebase.extending import extended
from engine.rulebase.references import ActionFacts, Draft, Named, References
from engine.rulebase.schema import ExampleShape, PackHead, ProblemShape, RuleShape
from engine.rulebase.shape import fit
from engine.rulebase.yaml_text import Document, Place, read, read_path

Model = TypeVar("Model", bound=BaseModel)
PACK_FILE = "pack.yaml"
_FIRST_LINES = "a pack begins with `format: 1`, then `pack`, `version`, `title`, `kinds` and `problems`"


class Defect(Protocol):
    """A rule that the inference engines cannot take, with the reason and a way out."""

    @property
    def rule(self) -> str:
        """The rule's id."""
        ...

    @property
    def message(self) -> str:
        """What is wrong with it."""
        ...

    @property
    def hint(self) -> str:
        """What to do about it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What a text came to: as much of a pack as could be read, with the place of everything, and every mistake.

    `references` (with the draft in it) is absent when the head of the pack could not be read; `pack` is there exactly
    when there is no mistake.
    """

    document: Document
    references: References | None = None
    pack: Pack | None = None
    mistakes: tuple[Mistake, ...] = ()


def find_pack(name_or_path: str, base: Path) -> Path:
    """The file of a shipped pack by its name, or of a pack by its path relative to `base`; RuleError without one."""
    if "/" in name_or_path or name_or_path.endswith((".yaml", ".yml")):
        found = base / name_or_path
        file = found / PACK_FILE if found.is_dir() else found
        if not file.is_file():
            raise RuleError(f"there is no pack at {file}: check the path")
        plain = Path(os.path.normpath(file))
        return plain if plain.exists() and plain.samefile(file) else file  # a link may make `..` mean another folder
    shipped = Path(str(files("rules")))
    names = tuple(sorted(one.parent.name for one in shipped.glob(f"*/{PACK_FILE}")))
    if name_or_path not in names:
        hint = did_you_mean(name_or_path, names) or f"shipped packs: {', '.join(names)}"
        raise RuleError(f"there is no shipped pack '{name_or_path}' ({hint}; a pack of your own is named by its path)")
    return shipped / name_or_path / PACK_FILE


def load_pack(
    path: Path,
    *,
    probes: Mapping[str, Sequence[Observable]],
    actions: Mapping[str, ActionFacts],
    stratify: Callable[[Sequence[Rule]], Levels],
    defects: Callable[[Sequence[Rule]], Sequence[Defect]] = lambda _: (),
    settings: Mapping[str, tuple[str, ...]] | None = None,
) -> Pack:
    """The pack in a file; TextError with all its mistakes.

    `settings` has the names of each probe's settings, for what stands in braces; without it any name is taken.
    """
    return whole(_load(read_path(path), _referring(probes, actions, settings), stratify, defects))


def load_with_places(
    path: Path,
    *,
    probes: Mapping[str, Sequence[Observable]],
    actions: Mapping[str, ActionFacts],
    stratify: Callable[[Sequence[Rule]], Levels],
    defects: Callable[[Sequence[Rule]], Sequence[Defect]] = lambda _: (),
    settings: Mapping[str, tuple[str, ...]] | None = None,
) -> Loaded:
    """What could be read of the pack in a file, with its places and its mistakes; TextError when it is no YAML."""
    return _load(read_path(path), _referring(probes, actions, settings), stratify, defects)


def parse_pack(
    text: str,
    file: str,
    *,
    probes: Mapping[str, Sequence[Observable]],
    actions: Mapping[str, ActionFacts],
    stratify: Callable[[Sequence[Rule]], Levels],
    defects: Callable[[Sequence[Rule]], Sequence[Defect]] = lambda _: (),
    settings: Mapping[str, tuple[str, ...]] | None = None,
) -> Pack:
    """The pack in a text that `file` names in mistakes; otherwise as `load_pack`."""
    return whole(_load(read(text, file), _referring(probes, actions, settings), stratify, defects))


def whole(loaded: Loaded) -> Pack:
    """The pack that was loaded; TextError with all its mistakes when there is none."""
    if loaded.pack is None:
        raise TextError(loaded.mistakes)
    return loaded.pack


def _referring(
    probes: Mapping[str, Sequence[Observable]],
    actions: Mapping[str, ActionFacts],
    settings: Mapping[str, tuple[str, ...]] | None,
) -> Callable[[Draft], References]:
    return lambda draft: References(draft=draft, probes=probes, actions=actions, settings=settings or {})


def _load(
    document: Document,
    referring: Callable[[Draft], References],
    stratify: Callable[[Sequence[Rule]], Levels],
    defects: Callable[[Sequence[Rule]], Sequence[Defect]],
) -> Loaded:
    if document.data is None:
        return Loaded(document=document, mistakes=(document.mistake((), "the file is empty", _FIRST_LINES),))
    try:
        document = extended(document, find_pack)
    except TextError as error:
        return Loaded(document=document, mistakes=error.mistakes)
    mistakes = [*document.mistakes]
    draft = _draft(document, mistakes)
    if draft is None:
        return Loaded(document=document, mistakes=tuple(mistakes))
    references = referring(draft)
    mistakes += references.mistakes()
    if mistakes:
        return Loaded(document=document, references=references, mistakes=tuple(mistakes))
    compiled = compile_draft(references)
    mistakes += [_at_rule(document, compiled, one.rule, one.message, one.hint) for one in defects(compiled.rules)]
    pack = None
    try:
        pack = assemble(draft, compiled, digest(document.data), stratify)
    except RuleError as error:
        mistakes += [_at_rule(document, compiled, rule, str(error), "") for rule in _rules_of(error)]
    return Loaded(document=document, references=references, pack=None if mistakes else pack, mistakes=tuple(mistakes))


def _draft(document: Document, mistakes: list[Mistake]) -> Draft | None:
    head = fit(PackHead, document.data)
    mistakes += head.mistakes(document)
    rules = _pieces(document, "rules", RuleShape, mistakes)
    problems = _pieces(document, "problems", ProblemShape, mistakes)
    examples = _pieces(document, "examples", ExampleShape, mistakes)
    if head.value is None:
        return None
    return Draft(
        document=document,
        head=head.value,
        rules=rules,
        problems=problems,
        examples=examples,
        named=tuple(_named(document)),
    )


def _pieces(document: Document, name: str, model: type[Model], mistakes: list[Mistake]) -> dict[Place, Model]:
    found: dict[Place, Model] = {}
    for place in _items(document, (name,)):
        fitted = fit(model, document.at(place), place)
        mistakes += fitted.mistakes(document)
        if fitted.value is not None:
            found[place] = fitted.value
    return found


def _named(document: Document) -> Iterator[Named]:
    for sort in ("rule", "problem"):
        for place in _items(document, (f"{sort}s",)):
            kind = str(document.at((*place, "kind")))
            yield from _name(document, sort, kind, place)
            if sort == "problem":
                for inner in _items(document, (*place, "symptoms")):
                    yield from _name(document, "symptom", kind, inner)
                for inner in _items(document, (*place, "causes")):
                    yield from _name(document, "cause", str(document.at((*place, "id"))), inner)


def _items(document: Document, place: Place) -> Iterator[Place]:
    found = document.at(place)
    if isinstance(found, list):
        yield from ((*place, index) for index in range(len(found)))


def _name(document: Document, what: str, kind: str, place: Place) -> Iterator[Named]:
    found = document.at((*place, "id"))
    if isinstance(found, str):
        yield Named(id=found, what=what, kind=kind, place=place)


def _rules_of(error: RuleError) -> tuple[str, ...]:
    named = getattr(error, "rules", ())
    return tuple(named)[:1] or ("",)


def _at_rule(document: Document, compiled: Compiled, rule: str, message: str, hint: str) -> Mistake:
    return document.mistake(compiled.places.get(rule, ()), message, hint)
