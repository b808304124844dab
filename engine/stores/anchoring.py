"""The anchor file: follows the head of the audit log, never backwards, and tells when the log no longer fits it."""

from dataclasses import dataclass

from engine.audit import Anchor, Head, anchored, genuine
from engine.errors import StoreError
from engine.model import Seconds
from engine.stores.folder import Folder

_PARTS = 3
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
        return Anchor(number=int(parts[0]), seal=parts[1].replace("-", ""), mark=parts[2])

    def follow(self, head: Head) -> None:
        """Move the anchor to `head`, unless it is there or further already. Raises OSError.

        When another process sits on the folder for seconds, the anchor stays behind; the next commit moves it.
        """
        with self.folder.held(_WAIT) as held:
            kept = self.read()
            if held and (kept is None or not genuine(kept, self.key) or kept.number < head.number):
                self.set(head)

    def set(self, head: Head) -> None:
        """Write the anchor, wherever it was; call it while the folder is held. Raises OSError."""
        anchor = anchored(head, self.key)
        self.folder.write(self.folder.anchor, f"{anchor.number} {anchor.seal or '-'} {anchor.mark}\n".encode())

    def check(self, anchor: Anchor | None, here: Head) -> None:
        """StoreError unless the anchor fits the log, of which `here` is the entry with the anchor's number."""
        if anchor is None:
            what = "is missing"
        elif not genuine(anchor, self.key):
            what = "was changed, or audit.key was"
        elif (here.number, here.seal) != (anchor.number, anchor.seal):
            what = f"names entry {anchor.number}, which the log does not have: its end was cut off or replaced"
        else:
            return
        raise StoreError(
            f"{self.folder.anchor} {what}; nothing is written to an audit log that does not fit its anchor. "
            "Put back the backup that fits, or accept the log as it stands (audit accept)"
        )
