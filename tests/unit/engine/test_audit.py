"""The audit chain: whatever is done to a log without its key is found; so is a lost tail."""

import itertools
import json
import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from engine.audit import (
    ACTOR_LIMIT,
    TEXT_LIMIT,
    Anchor,
    Head,
    anchored,
    bounded,
    genuine,
    seal_of,
    sealed,
    verify,
)
from engine.casefile import AuditEntry, AuditNote
from engine.errors import InternalError
from engine.model import IncidentId, Scalar

KEY = bytes(range(32))
WRONG_KEY = bytes(range(1, 33))


def note(number: int) -> AuditNote:
    incident = IncidentId(f"ALT-2026-01-02-{number:03d}") if number % 3 else None
    body: dict[str, Scalar | None] = {"n": number, "share": number / 7, "text": "启动 ok", "fine": True, "none": None}
    return AuditNote(
        at=1_700_000_000 + number / 3, actor=f"bob{number}", event="attempt.begun", incident=incident, body=body
    )


def chain(length: int, key: bytes = KEY, head: Head | None = None) -> list[AuditEntry]:
    entries: list[AuditEntry] = []
    head = head or Head()
    for number in range(head.number + 1, length + 1):
        entries.append(sealed(note(number), head, key))
        head = head_of(entries)
    return entries


def head_of(entries: Sequence[AuditEntry]) -> Head:
    return Head(number=entries[-1].number, seal=entries[-1].seal) if entries else Head()


LOG = chain(200)
ANCHOR = anchored(head_of(LOG), KEY)


def test_an_untouched_log_holds_to_its_head() -> None:
    found = verify(iter(LOG), KEY, ANCHOR)
    assert (found.ok, found.entries, found.head, found.broken) == (True, 200, head_of(LOG), None)
    assert found.what == "all 200 entries hold"


def test_an_empty_log_holds() -> None:
    assert verify([], KEY, None).ok
    assert verify([], KEY, anchored(Head(), KEY)).ok


@pytest.mark.parametrize("number", [0, 1, 7, 199, 200])
def test_an_anchor_that_was_left_behind_by_a_crash_is_accepted(number: int) -> None:
    assert verify(LOG, KEY, anchored(head_of(LOG[:number]), KEY)).ok


def test_an_entry_says_what_its_note_said() -> None:
    entry = LOG[0]
    assert (entry.number, entry.previous, entry.actor, entry.event) == (1, "", "bob1", "attempt.begun")
    assert entry.incident == "ALT-2026-01-02-001"
    assert LOG[2].incident == ""
    assert entry.body == '{"fine":true,"n":1,"none":null,"share":0.14285714285714285,"text":"启动 ok"}'
    assert len(entry.seal) == 64
    assert all(one.previous == before.seal for before, one in itertools.pairwise(LOG))


def test_a_whole_number_of_seconds_is_sealed_as_the_float_that_comes_back() -> None:
    entry = sealed(AuditNote(at=5, actor="a", event="e"), Head(), KEY)
    assert entry.seal == seal_of(replace(entry, at=5.0), KEY)


def test_long_and_unreadable_texts_are_cut_and_spelled_out_but_written() -> None:
    entry = sealed(
        AuditNote(at=0.0, actor="x" * 999, event="e", body={"why": "y" * 99_999, "name": "a\udc80"}), Head(), KEY
    )
    body = json.loads(entry.body)
    assert len(entry.actor) == ACTOR_LIMIT
    assert entry.actor.endswith("x… (999 characters)")
    assert len(body["why"]) == TEXT_LIMIT
    assert body["why"].endswith("… (99999 characters)")
    assert body["name"] == "a\\udc80"
    assert bounded("short", 5) == "short"


def test_a_body_beyond_all_bounds_or_without_a_form_is_refused() -> None:
    with pytest.raises(InternalError, match="say less"):
        sealed(AuditNote(at=0.0, actor="a", event="e", body={str(n): "y" * 4_000 for n in range(17)}), Head(), KEY)
    with pytest.raises(InternalError, match="nan"):
        sealed(AuditNote(at=0.0, actor="a", event="e", body={"cpu": math.nan}), Head(), KEY)
    with pytest.raises(InternalError, match="inf"):
        sealed(AuditNote(at=math.inf, actor="a", event="e"), Head(), KEY)


# --- what is found, and what is said about it


@pytest.mark.parametrize(
    ("entries", "broken", "said"),
    [
        (LOG[:99] + LOG[100:], 100, "entry 100 is missing: after 99 comes 101"),
        (LOG[1:], 1, "entry 1 is missing: after 0 comes 2"),
        ([*LOG[:5], LOG[6], LOG[5], *LOG[7:]], 6, "entry 6 is missing: after 5 comes 7"),
        ([*LOG[:5], LOG[4], *LOG[5:]], 5, "entry 6 is missing: after 5 comes 5"),
        ([*LOG[:9], replace(LOG[9], actor="eve"), *LOG[10:]], 10, "entry 10 was changed, or sealed with another key"),
        ([*LOG[:9], replace(LOG[9], at=math.nan), *LOG[10:]], 10, "entry 10 cannot be what was written"),
        ([*LOG[:9], replace(LOG[9], previous=LOG[3].seal), *LOG[10:]], 10, "entry 10 does not follow entry 9"),
        (LOG[:190], 191, "the log ends at 190, but was at 200 before: its tail was cut off"),
        ([], 1, "the log ends at 0, but was at 200 before: its tail was cut off"),
    ],
)
def test_a_break_is_named_by_its_first_number(entries: list[AuditEntry], broken: int, said: str) -> None:
    found = verify(entries, KEY, ANCHOR)
    assert (found.ok, found.broken) == (False, broken)
    assert said in found.what
    assert found.entries == found.head.number < 200


def test_a_tail_that_was_rewritten_with_the_key_does_not_fit_the_anchor() -> None:
    fork = sealed(AuditNote(at=0.0, actor="eve", event="nothing"), head_of(LOG[:150]), KEY)
    rewritten = [*LOG[:150], fork, *chain(260, head=Head(number=151, seal=fork.seal))]
    found = verify(rewritten, KEY, ANCHOR)
    assert (found.ok, found.broken) == (False, 200)
    assert "the tail was replaced" in found.what


def test_a_lost_or_forged_anchor_is_no_anchor() -> None:
    assert "anchor is missing" in verify(LOG, KEY, None).what
    moved_back = Anchor(number=150, seal=LOG[149].seal, mark=ANCHOR.mark)
    for forged in (moved_back, replace(ANCHOR, mark=""), anchored(head_of(LOG), WRONG_KEY)):
        found = verify(LOG[:150] if forged.number == 150 else LOG, KEY, forged)
        assert not found.ok
        assert "made with another key" in found.what
        assert not genuine(forged, KEY)


def test_another_key_fits_nothing() -> None:
    found = verify(LOG, WRONG_KEY, anchored(head_of(LOG), WRONG_KEY))
    assert (found.ok, found.broken, found.entries) == (False, 1, 0)


# --- mutations


def mutated(rng: random.Random) -> tuple[str, list[AuditEntry], Anchor]:
    log = list(LOG)
    place = rng.randrange(len(log))
    kind = rng.choice(["field", "field", "field", "drop", "swap", "cut", "duplicate", "splice", "renumber"])
    match kind:
        case "field":
            log[place] = changed(log[place], rng)
        case "drop":
            del log[place]
        case "swap":
            other = rng.choice([at for at in range(len(log)) if at != place])
            log[place], log[other] = log[other], log[place]
        case "cut":
            del log[place:]
        case "duplicate":
            log.insert(rng.randrange(len(log) + 1), log[place])
        case "splice":
            before = head_of(log[:place])
            length = rng.randint(1, 5)
            forged = chain(before.number + length, WRONG_KEY, before)
            forged[0] = replace(forged[0], actor="eve")
            forged[0] = replace(forged[0], seal=seal_of(forged[0], WRONG_KEY))
            log[place : place + length] = forged
        case "renumber":
            del log[place]
            log = log[:place] + [replace(one, number=one.number - 1) for one in log[place:]]
    return kind, log, ANCHOR


def changed(entry: AuditEntry, rng: random.Random) -> AuditEntry:
    """The entry with one field another; a text has one character changed, put in or taken out."""
    name = rng.choice(["number", "at", "actor", "event", "incident", "body", "previous", "seal"])
    value = getattr(entry, name)
    match value:
        case int():
            return replace(entry, number=value + rng.choice([-200, -1, 1, 200]))
        case float():
            return replace(entry, at=rng.choice([math.nextafter(value, math.inf), -value, 0.0, math.nan, math.inf]))
    at = rng.randrange(len(value) + 1)
    letter = rng.choice("0aZ é\x00\u200b")
    new = rng.choice(
        [value[:at] + letter + value[at:], value[:at] + letter + value[at + 1 :], value[:at] + value[at + 1 :]]
    )
    return replace(entry, **{name: new if new != value else value + "0"})


def test_each_of_thousands_of_single_mutations_is_found() -> None:
    rng = random.Random(20_260_102)
    tried: Counter[str] = Counter()
    while tried.total() < 2_500:
        kind, log, anchor = mutated(rng)
        assert log != LOG
        found = verify(log, KEY, anchor)
        assert not found.ok, (kind, log)
        assert found.broken is not None
        assert log[: found.entries] == LOG[: found.entries], "what is said to hold is what was written"
        tried[kind] += 1
    assert min(tried.values()) >= 200
