"""The audit log as a chain: how an entry is sealed, and how a log is checked from end to end.

Each seal is a keyed hash over its entry and over the seal before it, so nothing inside the chain can be changed,
dropped, moved or put in without the key. What a chain cannot show by itself is that its tail is missing; for that its
head is kept a second time outside the log, as the `Anchor`.

It does not help against someone who has the key, nor against whole old copies of log and anchor put back together.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from engine.canonical import canonical, canonical_text
from engine.casefile import AuditEntry, AuditNote
from engine.errors import InternalError
from engine.model import Scalar

KEY_BYTES = 32
ACTOR_LIMIT = 200
EVENT_LIMIT = 100
TEXT_LIMIT = 4_000
BODY_LIMIT = 64_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The last entry of a log by number and seal; number 0 and seal "" for an empty log."""

    number: int = 0
    seal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A head that is kept outside the log; `mark` proves that it was made with the log's key."""

    number: int
    seal: str
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What came of checking a log: `entries` hold, up to `head`; `broken` is the first number that does not.

    `what` is one sentence, also when all is well.
    """

    ok: bool
    entries: int
    head: Head
    what: str
    broken: int | None = None


def sealed(note: AuditNote, head: Head, key: bytes) -> AuditEntry:
    """The entry that carries `note` after `head`.

    Texts over their limit are cut with a mark that tells their length, since a long message must not keep an entry
    from being written. InternalError when the body has more than `BODY_LIMIT` characters even so, or no canonical form.
    """
    body = canonical_text({bounded(name, EVENT_LIMIT): _bounded_value(value) for name, value in note.body.items()})
    if len(body) > BODY_LIMIT:
        raise InternalError(f"the audit body of {note.event} has {len(body)} characters, over {BODY_LIMIT}: say less")
    unsealed = AuditEntry(
        number=head.number + 1,
        at=float(note.at),
        actor=bounded(note.actor, ACTOR_LIMIT),
        event=bounded(note.event, EVENT_LIMIT),
        incident=note.incident or "",
        body=body,
        previous=head.seal,
        seal="",
    )
    return replace(unsealed, seal=seal_of(unsealed, key))


def seal_of(entry: AuditEntry, key: bytes) -> str:
    """The seal that an entry must bear under `key`: 64 hexadecimal digits over all its other fields."""
    return _keyed_hash(_covered(entry), key)


def anchored(head: Head, key: bytes) -> Anchor:
    """The anchor of a head."""
    return Anchor(number=head.number, seal=head.seal, mark=_keyed_hash({"anchor": head.number, "seal": head.seal}, key))


def genuine(anchor: Anchor, key: bytes) -> bool:
    """Whether an anchor was made with `key`."""
    return _same(anchor.mark, anchored(Head(number=anchor.number, seal=anchor.seal), key).mark)


def verify(entries: Iterable[AuditEntry], key: bytes, anchor: Anchor | None) -> Verification:
    """Check a whole log, in the order of its numbers, against its key and its anchor, up to the first break.

    The anchor may be older than the head, as after a crash between the two writes, never newer. None is a lost anchor.
    """
    head = Head()
    anchor_held = anchor is not None and anchor.number == 0 and not anchor.seal
    for entry in entries:
        what = _break(entry, head, key)
        if not what and anchor is not None and entry.number == anchor.number:
            anchor_held = _same(entry.seal, anchor.seal)
            what = (
                ""
                if anchor_held
                else f"entry {entry.number} is not the one that the anchor names: the tail was replaced"
            )
        if what:
            broken = min(entry.number, head.number + 1) if isinstance(entry.number, int) else head.number + 1
            return Verification(ok=False, entries=head.number, head=head, what=what, broken=broken)
        head = Head(number=entry.number, seal=entry.seal)
    if what := _anchor_break(anchor, head, key, held=anchor_held):
        return Verification(ok=False, entries=head.number, head=head, what=what, broken=head.number + 1)
    return Verification(ok=True, entries=head.number, head=head, what=f"all {head.number} entries hold")


def bounded(text: str, limit: int) -> str:
    """A text that can be kept: half surrogate pairs spelled out, and cut to `limit` characters with a mark."""
    readable = text.encode("utf-8", "backslashreplace").decode()
    if len(readable) <= limit:
        return readable
    mark = f"… ({len(readable)} characters)"
    return readable[: limit - len(mark)] + mark


def _bounded_value(value: Scalar | None) -> Scalar | None:
    return bounded(value, TEXT_LIMIT) if isinstance(value, str) else value


def _break(entry: AuditEntry, head: Head, key: bytes) -> str:
    """What is wrong with an entry after `head`, or ""."""
    due = head.number + 1
    if entry.number != due:
        return f"entry {due} is missing: after {head.number} comes {entry.number}"
    if not _same(entry.previous, head.seal):
        return f"entry {due} does not follow entry {head.number}: one of them was replaced"
    try:
        holds = _same(entry.seal, seal_of(entry, key))
    except InternalError as error:
        return f"entry {due} cannot be what was written: {error}"
    return "" if holds else f"entry {due} was changed, or sealed with another key"


def _anchor_break(anchor: Anchor | None, head: Head, key: bytes, *, held: bool) -> str:
    """What is wrong with the anchor at the end of a chain that holds by itself, or ""."""
    if anchor is None:
        return "" if head.number == 0 else "the anchor is missing, so nobody can tell whether the tail was cut off"
    if not genuine(anchor, key):
        return "the anchor was changed, or made with another key"
    if anchor.number > head.number:
        return f"the log ends at {head.number}, but was at {anchor.number} before: its tail was cut off"
    return "" if held else f"the anchor names entry {anchor.number} with a seal that it never had"


def _covered(entry: AuditEntry) -> Mapping[str, Scalar]:
    return {
        "number": entry.number,
        "at": entry.at,
        "actor": entry.actor,
        "event": entry.event,
        "incident": entry.incident,
        "body": entry.body,
        "previous": entry.previous,
    }


def _keyed_hash(covered: Mapping[str, Scalar], key: bytes) -> str:
    return hmac.digest(key, canonical(covered), hashlib.sha256).hex()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(str(one).encode("utf-8", "replace"), str(other).encode("utf-8", "replace"))
