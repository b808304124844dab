"""Turns the targets of the settings into `Target` values, checked against the packs' kinds and the probes' settings."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import get_args

from pydantic import BaseModel

from engine.errors import Mistake, RuleError, TextError
from engine.knowledge import Pack
from engine.model import Scalar, Target, TargetId
from engine.params import did_you_mean
from engine.rulebase.shape import fit
from engine.rulebase.yaml_text import Document, Place, Plain
from engine.settings import Settings, TargetShape

PROBE = "probe"


def build_targets(
    settings: Settings, packs: Sequence[Pack], part_models: Mapping[str, type[BaseModel]]
) -> tuple[Target, ...]:
    """The targets of the settings; `part_models` has the settings model of each probe by its name.

    Every part has all its settings (defaults too, absent ones left out), paths absolute, and its `probe`. Raises
    TextError with all mistakes, and RuleError when two packs contradict each other.
    """
    roles = {kind: dict(of) for pack in packs for kind, of in pack.roles.items()}
    inventory = _Inventory(settings=settings, kinds=_kinds(packs), models=part_models)
    mistakes = [
        *_ids(settings.document, settings.inventory),
        *_dependencies(settings.document, settings.inventory, roles),
    ]
    targets = []
    for index, shape in enumerate(settings.inventory):
        parts, wrong = inventory.parts(shape, ("targets", index))
        mistakes += wrong
        targets.append(
            Target(
                id=TargetId(shape.id),
                kind=shape.kind,
                parts=parts,
                depends_on={role: TargetId(other) for role, other in shape.depends_on.items()},
                keep_running=shape.keep_running,
                stoppable=shape.stoppable,
            )
        )
    if mistakes:
        raise TextError(tuple(mistakes))
    return tuple(targets)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inventory:
    """What the parts of a target are checked against."""

    settings: Settings
    kinds: Mapping[str, Mapping[str, str]]
    models: Mapping[str, type[BaseModel]]

    def parts(self, shape: TargetShape, place: Place) -> tuple[dict[str, dict[str, Scalar]], list[Mistake]]:
        """The parts of a target with all their settings, and what is wrong with them."""
        document = self.settings.document
        known = self.kinds.get(shape.kind)
        if known is None:
            hint = _known(shape.kind, tuple(self.kinds))
            return {}, [document.mistake((*place, "kind"), f"no pack knows the kind '{shape.kind}'", hint)]
        settled: dict[str, dict[str, Scalar]] = {}
        wrong: list[Mistake] = []
        for name, raw in shape.parts.items():
            here = (*place, "parts", name)
            if name not in known:
                message = f"kind '{shape.kind}' has no part '{name}'"
                wrong.append(document.mistake(here, message, _known(name, tuple(known)), key=True))
                continue
            settled[name], said = self._part(known[name], raw, here)
            wrong += said
        return settled, wrong

    def _part(self, probe: str, raw: Mapping[str, Scalar], place: Place) -> tuple[dict[str, Scalar], list[Mistake]]:
        document = self.settings.document
        wrong = []
        if raw.get(PROBE, probe) != probe:
            message = f"this part is seen by the probe '{probe}', not by '{raw[PROBE]}'"
            wrong.append(document.mistake((*place, PROBE), message, "leave 'probe' out"))
        if probe not in self.models:
            hint = _known(probe, tuple(self.models))
            return {}, [*wrong, document.mistake(place, f"there is no probe '{probe}'", hint)]
        model = self.models[probe]
        own = {key: value for key, value in raw.items() if key != PROBE}
        fitted = fit(model, _with_absolute_paths(model, own, self.settings.folder), place)
        wrong += fitted.mistakes(document)
        settled = _flat(fitted.value) if fitted.value is not None else {}
        return {PROBE: probe, **settled}, wrong


def _kinds(packs: Sequence[Pack]) -> dict[str, dict[str, str]]:
    """The parts of each kind with their probes, over all packs; RuleError when packs get in each other's way."""
    kinds: dict[str, dict[str, str]] = {}
    problems: dict[str, str] = {}
    for pack in packs:
        for problem in pack.problems:
            if problem.id in problems:
                raise RuleError(
                    f"the packs {problems[problem.id]} and {pack.id} both define {problem.id}: rename one, or, "
                    "when one extends the other, name only that one in `packs`"
                )
            problems[problem.id] = pack.id
        for kind, parts in pack.parts.items():
            known = kinds.setdefault(kind, {})
            for part, probe in parts.items():
                if known.setdefault(part, probe) != probe:
                    raise RuleError(
                        f"the pack {pack.id} sees the part {part} of a {kind} by {probe}, "
                        f"another pack by {known[part]}: rename one of the parts"
                    )
    return kinds


def _with_absolute_paths(model: type[BaseModel], raw: Mapping[str, Scalar], folder: Path) -> dict[str, Plain]:
    """The raw settings with every path taken from `folder`, for probes refuse a path that depends on where they run."""
    paths = {name for name, field in model.model_fields.items() if _is_path(field.annotation)}
    return {
        name: str(folder / value) if name in paths and isinstance(value, str) else value for name, value in raw.items()
    }


def _is_path(annotation: object) -> bool:
    return annotation is Path or any(_is_path(inner) for inner in get_args(annotation))


def _flat(model: BaseModel) -> dict[str, Scalar]:
    """The settings as scalars; what is absent is left out."""
    flat: dict[str, Scalar] = {}
    for name, value in model.model_dump().items():
        if isinstance(value, Path):
            flat[name] = str(value)
        elif isinstance(value, Enum):
            flat[name] = str(value.value)
        elif isinstance(value, str | int | float | bool):
            flat[name] = value
        elif value is not None:
            raise TypeError(f"the setting {name} of {type(model).__name__} is no scalar")
    return flat


def _ids(document: Document, shapes: Sequence[TargetShape]) -> Iterator[Mistake]:
    first: dict[str, int] = {}
    for index, shape in enumerate(shapes):
        seen = first.setdefault(shape.id, index)
        if seen != index:
            line, _ = document.where(("targets", seen, "id"))
            yield document.mistake(("targets", index, "id"), f"the id '{shape.id}' is used already, in line {line}")


def _dependencies(
    document: Document, shapes: Sequence[TargetShape], roles: Mapping[str, Mapping[str, str]]
) -> Iterator[Mistake]:
    kinds = {shape.id: shape.kind for shape in shapes}
    for index, shape in enumerate(shapes):
        known = roles.get(shape.kind, {})
        for role, other in shape.depends_on.items():
            place = ("targets", index, "depends_on", role)
            if other not in kinds:
                yield document.mistake(place, f"there is no target '{other}'", _known(other, tuple(kinds)))
            elif role in known and kinds[other] != known[role]:
                yield document.mistake(place, f"the role '{role}' is for a '{known[role]}', not a '{kinds[other]}'")
            elif shape.kind in roles and role not in known:
                message = f"kind '{shape.kind}' has no role '{role}'"
                yield document.mistake(place, message, _known(role, tuple(known)), key=True)
    yield from _cycles(document, shapes)


def _cycles(document: Document, shapes: Sequence[TargetShape]) -> Iterator[Mistake]:
    """One mistake for each target that depends on itself, by way of others or not."""
    ahead = {shape.id: tuple(shape.depends_on.values()) for shape in shapes}
    for index, shape in enumerate(shapes):
        path = _path(shape.id, ahead)
        if path:
            message = f"'{shape.id}' depends on itself: {' -> '.join(path)}"
            yield document.mistake(("targets", index, "depends_on"), message)


def _path(start: str, ahead: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The shortest way from `start` back to it; empty when there is none."""
    reached: dict[str, tuple[str, ...]] = {}
    ways: list[tuple[str, ...]] = [(start,)]
    while ways:
        way = ways.pop(0)
        for step in ahead.get(way[-1], ()):
            if step == start:
                return (*way, step)
            if step not in reached:
                reached[step] = (*way, step)
                ways.append(reached[step])
    return ()


def _known(word: str, known: tuple[str, ...]) -> str:
    return did_you_mean(word, known) or (f"known: {', '.join(sorted(known))}" if known else "")
