"""Reads and writes YAML, and keeps where everything stands; the only home of the yaml library.

Values are those of YAML 1.2 with less room for surprise: only true and false are booleans (`on`, `no`, `yes` are
text), `1:30`, `010`, `0x1f` and dates are text, numbers are finite and decimal. Keys are text, whatever they look
like. Duplicate keys, tags, a second document, and texts that are too large or too deep are mistakes.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from engine.errors import Mistake, TextError

Plain: TypeAlias = "str | int | float | bool | list[Plain] | dict[str, Plain] | None"
Place: TypeAlias = tuple[str | int, ...]
Position: TypeAlias = tuple[int, int]

LARGEST_TEXT = 1 << 20
MOST_NODES = 50_000
DEEPEST = 40
MOST_DIGITS = 300

_WORDS: Mapping[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_HINTS = (
    ("cannot start any token", "indent with spaces, and put text that starts with a special sign in quotes"),
    ("mapping values are not allowed", "put text that contains ': ' in quotes, or mend the indentation"),
    ("could not find expected ':'", "a key needs ': ' after it"),
    ("expected <block end>", "mend the indentation"),
    ("did not find expected key", "mend the indentation, or put text that contains a quote in other quotes"),
    ("did not find expected ',' or", "close the bracket, or put a comma between the items"),
    ("unexpected end of stream", "close the quote or the bracket"),
    ("unknown escape character", "in double quotes a backslash must be doubled; single quotes take it as it is"),
    ("control characters", "remove the invisible character"),
)
_Parser: Any = getattr(yaml, "CLoader", yaml.Loader)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A YAML text as plain data, with the position of every key and value.

    `mistakes` are those that did not keep the rest from being read (duplicate keys, tags); of a duplicate key the
    first value counts. `files` names the file of every place that does not come from `file`.
    """

    file: str
    data: Plain
    values: Mapping[Place, Position]
    keys: Mapping[Place, Position]
    mistakes: tuple[Mistake, ...] = ()
    files: Mapping[Place, str] = field(default_factory=dict)

    def where(self, place: Place, *, key: bool = False) -> Position:
        """Line and column, from 1, of the value at `place` (or of its key); of what it should be in when absent."""
        if key and place in self.keys:
            return self.keys[place]
        while place not in self.values and place:
            place = place[:-1]
        return self.values.get(place, (1, 1))

    def at(self, place: Place) -> Plain:
        """The data at `place`; None when there is nothing."""
        found = self.data
        for step in place:
            if isinstance(found, dict) and isinstance(step, str):
                found = found.get(step)
            elif isinstance(found, list) and isinstance(step, int) and 0 <= step < len(found):
                found = found[step]
            else:
                return None
        return found

    def mistake(self, place: Place, message: str, hint: str = "", *, key: bool = False) -> Mistake:
        """A mistake about what stands at `place`."""
        line, column = self.where(place, key=key)
        return Mistake(file=self.file_of(place), line=line, column=column, message=message, hint=hint)

    def file_of(self, place: Place) -> str:
        """The file in which `place` stands, or what it should be in when absent."""
        while place not in self.values and place:
            place = place[:-1]
        return self.files.get(place, self.file)


def read(text: str, file: str) -> Document:
    """The one document of a text; TextError with every mistake so far when the text is no YAML."""
    if len(text) > LARGEST_TEXT:
        raise TextError((Mistake(file=file, line=1, column=1, message=f"the text is longer than {LARGEST_TEXT}"),))
    builder = _Builder(file=file)
    try:
        for event in _events(text):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise TextError((*builder.mistakes, _syntax(error, file))) from error
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        line, column = _unreadable(text)
        said = "a character that YAML does not allow"
        mistake = Mistake(file=file, line=line, column=column, message=said, hint="remove the invisible character")
        raise TextError((*builder.mistakes, mistake)) from error
    return Document(
        file=file,
        data=builder.root,
        values=builder.values,
        keys=builder.keys,
        mistakes=tuple(builder.mistakes),
    )


def read_path(path: Path) -> Document:
    """The document in a file; TextError also when the file cannot be read or is not UTF-8."""
    try:
        with path.open("rb") as file:
            content = file.read(4 * LARGEST_TEXT + 1)
        return read(content.decode("utf-8-sig").replace("\r\n", "\n"), str(path))
    except OSError as error:
        message, line = f"the file cannot be read: {error.strerror}", 1
    except UnicodeDecodeError as error:
        message, line = "the text is not UTF-8", content.count(b"\n", 0, error.start) + 1
    raise TextError((Mistake(file=str(path), line=line, column=1, message=message),))


def scalar(text: str) -> str | int | float | bool | None:
    """What an unquoted word means."""
    if text in _WORDS:
        return _WORDS[text]
    if len(text) <= MOST_DIGITS:
        if _INTEGER.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text) and isfinite(float(text)):
            return float(text)
    return text


def dump(data: Plain) -> str:
    """YAML text that `read` reads as the same data; keys keep their order."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        del data
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if isinstance(scalar(text), str) else "'"
    if not text.isprintable():
        style = '"'  # line ends of other alphabets get lost in any other style
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


# --- from events to data ----------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class _Open:
    """A list or mapping that has begun and not ended."""

    place: Place
    data: "list[Plain] | dict[str, Plain]"
    anchor: str | None
    size: int = 1
    key: str | None = None
    skip: bool = False


@dataclass(slots=True, kw_only=True)
class _Builder:
    """Takes the events of a parser one by one, without recursion, whatever the depth of the text."""

    file: str
    root: Plain = None
    values: dict[Place, Position] = field(default_factory=dict)
    keys: dict[Place, Position] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)
    anchors: dict[str, tuple[Plain, int]] = field(default_factory=dict)
    documents: int = 0
    size: int = 0

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise self.stop(event, "a second document begins here", "keep one document a file")
        elif isinstance(event, yaml.CollectionEndEvent):
            self.close()
        elif isinstance(event, yaml.NodeEvent):
            self.node(event)

    def node(self, event: yaml.NodeEvent) -> None:
        parent = self.stack[-1] if self.stack else None
        if parent and isinstance(parent.data, dict) and parent.key is None:
            self.name(parent, event)
            return
        place = self.place(parent)
        if not (parent and parent.skip):
            self.values[place] = _position(event)
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self.anchors:
                raise self.stop(event, f"the alias '*{event.anchor}' names nothing that is complete above it", "")
            self.put(*self.anchors[event.anchor], event)
        elif isinstance(event, yaml.ScalarEvent):
            value = scalar(event.value) if not event.style and event.tag is None else event.value
            self.refuse_tag(event)
            self.put(value, 1, event)
            if event.anchor:
                self.anchors[event.anchor] = (value, 1)
        elif isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
            if len(self.stack) >= DEEPEST:
                raise self.stop(event, f"the text is nested more than {DEEPEST} deep", "")
            self.refuse_tag(event)
            data: list[Plain] | dict[str, Plain] = [] if isinstance(event, yaml.SequenceStartEvent) else {}
            self.stack.append(_Open(place=place, data=data, anchor=event.anchor, skip=bool(parent and parent.skip)))

    def place(self, parent: _Open | None) -> Place:
        if parent is None:
            return ()
        step = len(parent.data) if isinstance(parent.data, list) else parent.key
        return (*parent.place, step if step is not None else "")

    def name(self, mapping: _Open, event: yaml.NodeEvent) -> None:
        if not isinstance(event, yaml.ScalarEvent):
            raise self.stop(event, "a key must be a plain word", "")
        mapping.key = event.value
        place = (*mapping.place, event.value)
        mapping.skip = event.value in mapping.data or (len(self.stack) > 1 and self.stack[-2].skip)
        if event.value in mapping.data:
            first = self.keys.get(place)
            hint = f"it stands in line {first[0]} already" if first else ""
            self.mistakes.append(self.wrong(event, f"duplicate key '{event.value}'", hint))
        elif not mapping.skip:
            self.keys[place] = _position(event)

    def put(self, value: Plain, size: int, event: yaml.Event | None = None) -> None:
        self.size += size
        if self.size > MOST_NODES and event is not None:
            raise self.stop(event, f"the text holds more than {MOST_NODES} values", "use fewer aliases")
        if not self.stack:
            self.root = value
            return
        parent = self.stack[-1]
        parent.size += size
        if isinstance(parent.data, list):
            parent.data.append(value)
        else:
            parent.data.setdefault(parent.key or "", value)
            parent.key = None

    def close(self) -> None:
        ended = self.stack.pop()
        if ended.anchor:
            self.anchors[ended.anchor] = (ended.data, ended.size)
        self.size -= ended.size - 1
        self.put(ended.data, ended.size)

    def refuse_tag(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.tag not in (None, "!"):
            self.mistakes.append(self.wrong(event, f"the tag {event.tag} is not understood", "leave it out"))

    def wrong(self, event: yaml.Event, message: str, hint: str) -> Mistake:
        line, column = _position(event)
        return Mistake(file=self.file, line=line, column=column, message=message, hint=hint)

    def stop(self, event: yaml.Event, message: str, hint: str) -> TextError:
        return TextError((*self.mistakes, self.wrong(event, message, hint)))


def _events(text: str) -> Iterator[yaml.Event]:
    events: Iterator[yaml.Event] = yaml.parse(text, Loader=_Parser)
    return events


def _position(event: yaml.Event) -> Position:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _syntax(error: yaml.MarkedYAMLError, file: str) -> Mistake:
    mark = error.problem_mark or error.context_mark
    said = error.problem or "this is not YAML"
    hint = next((way for words, way in _HINTS if words in said), "")
    context = f" {error.context}" if error.context else ""
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return Mistake(file=file, line=line, column=column, message=f"this is not YAML: {said}{context}", hint=hint)


def _unreadable(text: str) -> Position:
    for number, line in enumerate(text.split("\n"), start=1):
        for column, sign in enumerate(line, start=1):
            if not (sign.isprintable() or sign in "\t\r\x85\xa0"):
                return number, column
    return 1, 1
