"""The anchor file: follows the head of the audit log, never backwards, and tells when the log no longer fits it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from engine.audit import Anchor, Head, anchored, genuine
from engine.errors import StoreError
from engine.model import Seconds
from engine.stores.folder import Folder

_PARTS = 3
_NONE = "-"
_WAIT: Seconds = 5.0


@dataclass(frozen=True, slots=True)
class AnchorFile:
    """The anchor of one log, in its folder; one line of number, seal and mark."""

    folder: Folder
    key: bytes

    def read(self) -> Anchor | None:
        """The anchor, None when the file is missing; one that cannot be understood bears no valid mark."""
        content = self.folder.read(self.folder.anchor)
        if content is None:
            return None
        parts = content.decode("ascii", "replace").strip().split(" ")
        if len(parts) != _PARTS or not parts[0].isdecimal():
            return Anchor(number=0, seal="", mark="")
        return Anchor(number=int(parts[0]), seal="" if parts[1] == _NONE else parts[1], mark=parts[2])

    def follow(self, head: Head) -> None:
        """Move the anchor to `head`, unless it is there or further already; StoreError when it cannot be written."""
        with self._held():
            kept = self.read()
            if kept is not None and genuine(kept, self.key) and kept.number < head.number:
                self.set(head)

    def rewrite(self) -> None:
        """Write the anchor as it is, to prove that it can be written; StoreError when it cannot."""
        with self._held():
            kept = self.read()
            if kept is not None and genuine(kept, self.key):
                self.set(Head(number=kept.number, seal=kept.seal))

    def replace(self, head: Head) -> None:
        """Move the anchor to `head`, wherever it was; StoreError when it cannot be written."""
        with self._held():
            self.set(head)

    def set(self, head: Head) -> None:
        """Write the anchor, wherever it was; call it while the folder is held. Raises OSError."""
        anchor = anchored(head, self.key)
        self.folder.write(self.folder.anchor, f"{anchor.number} {anchor.seal or _NONE} {anchor.mark}\n".encode())

    def misfit(self, entry: Callable[[int], Head]) -> str:
        """What is wrong with the anchor of a log whose heads `entry` looks up by number, "" when it fits."""
        anchor = self.read()
        if anchor is None:
            return f"{self.folder.anchor} is missing"
        if not genuine(anchor, self.key):
            return f"{self.folder.anchor} was changed, or {self.folder.key.name} was"
        if entry(anchor.number) != Head(number=anchor.number, seal=anchor.seal):
            return f"{self.folder.database} has lost audit entry {anchor.number}: its end was cut off or replaced"
        return ""

    @contextmanager
    def _held(self) -> Iterator[None]:
        try:
            with self.folder.held(_WAIT) as held:
                if not held:
                    raise StoreError(f"{self.folder.path} was held by another process for {_WAIT:.0f} s: end that one")
                yield
        except OSError as error:
            raise self.folder.cannot("write the anchor of the audit log", self.folder.anchor, error) from error
