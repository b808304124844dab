"""A stretch of observations as JSON Lines: a header, then one observation a line, in the order of their times.

    {"format":1,"kind":"medicus-recording","packs":[...],"targets":[...]}
    {"at":1800000000.0,"target":"notes","name":"port.owner","value":"other","detail":"pid 4711"}
    {"at":1800000000.0,"target":"notes","name":"config.parses","unknown":"the file does not exist"}

It is appended line by line and never written over, so that a crash costs at most the last line, and its length costs
no memory. A name that ends with ".gz" is compressed. It is read in `recorded`.
"""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, cast

from engine.errors import ActionError
from engine.lines import one_line
from engine.model import Instant, Observation, Scalar, Unknown
from engine.rehearsing import header as heads
from engine.rehearsing.header import Header
from engine.rehearsing.observables import LONGEST_TEXT, is_plain, unwritable


class Recorder:
    """A recording that is being written; what is in it is with the system after each line (of ".gz": each `write`)."""

    def __init__(self, path: Path, header: Header) -> None:
        self._path = path
        self._at: Instant = 0.0
        self._compressed = path.suffix == ".gz"
        try:
            self._file: BinaryIO = _created(path)
            self._put(heads.written(header))
            self._file.flush()
        except OSError as error:
            raise self._trouble(error) from error

    def write(self, observations: Iterable[Observation]) -> int:
        """Append observations, none of them older than the last; their number.

        Raises ActionError when the clock went back, or when they cannot be written.
        """
        count = 0
        try:
            for one in observations:
                if one.at < self._at:
                    raise ActionError(
                        f"the clock went back by {self._at - one.at:.3f} s: the recording {self._path} ends before that"
                    )
                self._at = one.at
                self._put(line_of(one))
                count += 1
            self._file.flush()
        except OSError as error:
            raise self._trouble(error) from error
        return count

    def close(self) -> None:
        """End the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def _put(self, line: str) -> None:
        self._file.write(f"{line}\n".encode())
        if not self._compressed:
            self._file.flush()

    def _trouble(self, error: OSError) -> ActionError:
        if isinstance(error, FileExistsError):
            return ActionError(f"{self._path} exists already: name another file, nothing is written over")
        return ActionError(f"the recording {self._path} cannot be written: {error.strerror or error}")


def line_of(observation: Observation) -> str:
    """The line of an observation, without its end; what no line may hold becomes unknown, or one safe line."""
    value = observation.value
    if not isinstance(value, Unknown) and (trouble := unwritable(value)):
        value = Unknown(because=f"it could not be recorded: it {trouble}")
    content: dict[str, Scalar] = {"at": observation.at, "target": observation.target, "name": observation.name}
    if isinstance(value, Unknown):
        content["unknown"] = _safe(value.because)
    else:
        content["value"] = value
    if observation.detail:
        content["detail"] = _safe(observation.detail)
    return _ENCODER.encode(content)


def write(path: Path, header: Header, observations: Iterable[Observation]) -> int:
    """Make a recording of `observations`, which must be in the order of their times; their number."""
    with Recorder(path, header) as recorder:
        return recorder.write(observations)


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def _safe(text: str) -> str:
    return text if is_plain(text) else one_line(text, LONGEST_TEXT)


def _created(path: Path) -> BinaryIO:
    if path.suffix == ".gz":
        return cast("BinaryIO", gzip.open(path, "xb"))
    return cast("BinaryIO", path.open("xb"))
