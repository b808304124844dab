"""What is recorded is read again as it was; what no recorder would have written is refused with its line."""

import gzip
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ActionError, NotFoundError, TextError
from engine.model import (
    CauseId,
    Digest,
    IncidentId,
    Observable,
    Observation,
    ProblemId,
    ProblemRef,
    Severity,
    Target,
    TargetId,
    Unknown,
)
from engine.rehearsing.header import Header, PackName, Told
from engine.rehearsing.observables import LONGEST_TEXT, Vocabulary
from engine.rehearsing.recorded import LONGEST_LINE, reading
from engine.rehearsing.recording import Recorder, line_of, write
from tests.support.shop import DATABASE, NOON, SHOP, TARGETS
from tests.support.stretches import stretches

KNOWN: Vocabulary = {
    "app": {
        "http.answer": Observable(name="answer", type=str, values=("ok", "refused")),
        "process.pid": Observable(name="pid", type=int),
        "process.cpu": Observable(name="cpu", type=float),
        "process.user": Observable(name="user", type=str),
        "port.free": Observable(name="free", type=bool),
    }
}
HEADER = Header(packs=(PackName(id="shop", version="1.2.0", digest=Digest("ab")),), targets=TARGETS)
PLAIN_TEXT = st.text(max_size=LONGEST_TEXT).filter(str.isprintable)
VALUES = st.one_of(
    st.booleans(),
    st.integers(-(2**63) + 1, 2**63 - 1),
    st.floats(-1e18, 1e18),
    PLAIN_TEXT,
    st.builds(Unknown, because=PLAIN_TEXT),
)


def back(path: Path, known: Vocabulary = KNOWN) -> tuple[Header, list[Observation], str]:
    with reading(path, known) as recording:
        found = list(recording.observations())
        return recording.header, found, recording.torn


@given(stretches(), st.sampled_from(["stretch.jsonl", "stretch.jsonl.gz"]))
def test_a_stretch_is_read_as_it_was_written(stretch: list[Observation], name: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        assert write(path, HEADER, stretch) == len(stretch)
        assert back(path, {}) == (HEADER, stretch, "")


@given(VALUES, PLAIN_TEXT)
def test_every_value_that_a_probe_may_give_comes_back_as_it_was(value: object, detail: str) -> None:
    one = Observation(target=SHOP, name="any.thing", value=value, at=NOON, detail=detail)
    with TemporaryDirectory() as folder:
        write(Path(folder) / "one.jsonl", HEADER, [one])
        _, found, _ = back(Path(folder) / "one.jsonl")
    assert found == [one]
    assert type(found[0].value) is type(value)


def test_a_header_comes_back_with_everything_that_it_tells(tmp_path: Path) -> None:
    ref = ProblemRef(target=SHOP, problem=ProblemId("shop.down"))
    header = Header(
        packs=HEADER.packs,
        targets=(Target(id=SHOP, kind="app", parts={"process": {"port": 1, "ok": True}}, keep_running=True),),
        still=True,
        incident=IncidentId("ALT-2027-01-15-001"),
        told=(
            Told(
                ref=ref,
                severity=Severity.P0,
                causes=((CauseId("a"), 0.75), (CauseId("b"), 0.25)),
                follows=ProblemRef(target=DATABASE, problem=ProblemId("db.unreachable")),
            ),
        ),
        failed={ref: ((CauseId("a"), 0.5), (CauseId("b"), 1.0))},
    )
    write(tmp_path / "one.jsonl", header, [])
    assert back(tmp_path / "one.jsonl") == (header, [], "")


def test_each_line_is_with_the_system_as_soon_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "growing.jsonl"
    with Recorder(path, HEADER) as recorder:
        for count in range(1, 4):
            recorder.write([Observation(target=SHOP, name="a.b", value=count, at=NOON + count)])
            assert [one.value for one in back(path)[1]] == list(range(1, count + 1))


def test_nothing_is_written_over(tmp_path: Path) -> None:
    path = tmp_path / "there.jsonl"
    path.write_text("mine\n")
    with pytest.raises(ActionError, match="exists already"):
        write(path, HEADER, [])
    assert path.read_text() == "mine\n"


def test_a_recording_ends_where_the_clock_goes_back(tmp_path: Path) -> None:
    first = Observation(target=SHOP, name="a.b", value=1, at=NOON)
    with pytest.raises(ActionError, match=r"the clock went back by 2\.000 s"):
        write(tmp_path / "one.jsonl", HEADER, [first, replace(first, at=NOON - 2)])
    assert back(tmp_path / "one.jsonl")[1] == [first]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**63, "a\nb", "x" * 1001, "\ud800"])
def test_what_no_line_may_hold_is_recorded_as_unknown(value: object) -> None:
    one = Observation(target=SHOP, name="a.b", value=value, at=NOON, detail="one\x1b[2Jline")
    raw = json.loads(line_of(one))
    assert raw["unknown"].startswith("it could not be recorded: it should be")
    assert raw["detail"] == "oneline"


# --- what is torn


def test_a_torn_last_line_is_left_out_with_a_note_wherever_it_was_torn(tmp_path: Path) -> None:
    whole, part = tmp_path / "whole.jsonl", tmp_path / "part.jsonl"
    stretch = [Observation(target=SHOP, name="a.b", value="é", at=NOON + n) for n in range(3)]
    write(whole, HEADER, stretch)
    content = whole.read_bytes()
    last = content[:-1].rindex(b"\n") + 1
    for end in range(last, len(content)):
        part.write_bytes(content[:end])
        _, found, torn = back(part)
        complete = end in (last, len(content) - 1)
        assert found == (stretch if end == len(content) - 1 else stretch[:2]), end
        assert (torn == "") is complete
        assert complete or torn == "line 4 is not whole and was left out"


def test_a_torn_compressed_file_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "part.jsonl.gz"
    with Recorder(path, HEADER) as recorder:
        for n in range(300):
            recorder.write([Observation(target=SHOP, name="a.b", value=n, at=NOON + n)])
        flushed = path.read_bytes()
    path.write_bytes(flushed)
    _, found, torn = back(path)
    assert [one.value for one in found] == list(range(300))
    assert torn == "the compressed file breaks off after line 301"


def test_a_torn_header_tells_nothing(tmp_path: Path) -> None:
    path = tmp_path / "part.jsonl"
    for text in ("", '{"format":1,"kind":"medicus-rec', "\n"):
        path.write_text(text)
        with pytest.raises(TextError, match=r"part\.jsonl:1:1: "):
            back(path)


# --- what is wrong


def line(**fields: object) -> str:
    """A line as a recorder writes it."""
    content = {"at": NOON, "target": "shop", "name": "http.answer", "value": "ok"} | fields
    return json.dumps(content, separators=(",", ":"))


def lines_of(path: Path, lines: Sequence[bytes | str]) -> Path:
    write(path, HEADER, [])
    with path.open("ab") as file:
        for one in lines:
            file.write(one if isinstance(one, bytes) else one.encode() + b"\n")
    return path


HOSTILE: list[tuple[str | bytes, str]] = [
    ("", "this is not JSON"),
    ("[]", "this is no object"),
    ("12", "this is no object"),
    ("{" * 10, "this is not JSON"),
    ('{"value":' + "[" * 16000 + "\n", "this is nested too deeply|this is not JSON"),
    (line() + "x", "this is not JSON: Extra data in column"),
    (line()[:-1] + ',"at":1}', "a key is there twice"),
    (b'{"at":\xff}\n', "this is not UTF-8"),
    ("x" * (LONGEST_LINE + 1), "the line is longer than 16384 characters"),
    (line(at=float("nan")), "NaN is no number"),
    (line(at=float("-inf")), "-Infinity is no number"),
    (line(at="1800014400"), "'at' should be a time in seconds since 1970, not '1800014400'"),
    (line(at=True), "'at' should be a time in seconds since 1970, not True"),
    (line(at=None), "'at' should be a time in seconds since 1970, not None"),
    (line(at=-1), "'at' should be a time in seconds since 1970, up to the year 9999, not -1"),
    (line(at=1e300), "up to the year 9999"),
    (line(at=10**4000), "up to the year 9999"),
    (line(target="nobody"), "the header has no target 'nobody'"),
    (line(target=["shop"]), r"the header has no target \['shop'\]"),
    (line(name=""), "'name' should be the name of an observation, not ''"),
    (line(name="a\x1b[2Jb"), "'name' should be the name of an observation"),
    (line(name={}), "'name' should be the name of an observation, not {}"),
    (line(value="okay"), "the value of http.answer should be one of ok, refused, not 'okay'"),
    (line(value=None), "the value of http.answer should be one of ok, refused, not None"),
    (line(value=["ok"]), r"the value of http.answer should be one of ok, refused, not \['ok'\]"),
    (line(name="process.pid", value=1.5), "the value of process.pid should be a whole number, not 1.5"),
    (line(name="process.pid", value=True), "the value of process.pid should be a whole number, not True"),
    (line(name="process.pid", value=2**63), r"should be a finite number below 2\^63"),
    (line(name="process.cpu", value="hot"), "the value of process.cpu should be a number, not 'hot'"),
    (line(name="process.cpu", value=True), "the value of process.cpu should be a number, not True"),
    (line(name="process.user", value="a\nb"), "should be printable text of at most 1000 characters"),
    (line(name="process.user", value="a" * 1001), "should be printable text of at most 1000 characters"),
    (line(name="port.free", value=1), "the value of port.free should be true or false, not 1"),
    (line(name="not.known", value={}), "the value of not.known should be text, a number, true or false, not {}"),
    (line(detail=5), "'detail' should be printable text"),
    (line(detail=0), "'detail' should be printable text"),
    (line(detail=None), "'detail' should be printable text"),
    (line(detail="a\x07"), "'detail' should be printable text"),
    (line(unknown="why"), "needs 'at', 'target', 'name' and either a 'value' or why it is 'unknown'"),
    ('{"at":1800014400,"target":"shop","name":"http.answer"}', "either a 'value' or why it is 'unknown'"),
    ('{"at":1800014400,"target":"shop","name":"http.answer","unknown":7}', "'unknown' should say why"),
    ('{"at":1800014400,"target":"shop","name":"http.answer","unknown":"a\\u0000"}', "'unknown' should say why"),
    (line(extra=1), "unknown key 'extra'"),
]


@pytest.mark.parametrize(("wrong", "said"), HOSTILE)
def test_a_bad_line_is_refused_with_its_number(wrong: str | bytes, said: str, tmp_path: Path) -> None:
    good = line(name="first.one", value=1)
    path = lines_of(tmp_path / "bad.jsonl", [good, wrong, line(name="port.free", value=True)])
    with pytest.raises(TextError, match=f"bad.jsonl:3:1: .*({said})"):
        back(path)


@pytest.mark.parametrize(
    ("second", "said"),
    [
        (line(at=NOON - 0.5, name="port.free", value=True), "it is 0.500 s older than the line before it"),
        (line(), "http.answer of shop was observed at this very time already"),
    ],
)
def test_lines_out_of_order_are_refused(second: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(TextError, match=f":3:1: {said}"):
        back(lines_of(tmp_path / "bad.jsonl", [line(), second]))


def test_what_is_read_before_a_bad_line_has_come(tmp_path: Path) -> None:
    path = lines_of(tmp_path / "bad.jsonl", [line(), "x"])
    with reading(path, KNOWN) as recording:
        observations = recording.observations()
        assert next(observations).value == "ok"
        with pytest.raises(TextError):
            next(observations)


@pytest.mark.parametrize(
    "later",
    [
        line(at=NOON + 1).replace(",", ", ").replace(":", ": "),
        line(at=NOON + 1).replace("{", " {"),
        '{"target":"shop","name":"http.answer","value":"ok","at":1800014401.0}',
        line(at=int(NOON) + 1),
        line(at=NOON + 1).replace("1800014401.0", "1.800014401e9"),
        line(at=NOON + 1) + "\r",
    ],
)
def test_the_same_in_other_words_is_the_same(later: str, tmp_path: Path) -> None:
    _, found, _ = back(lines_of(tmp_path / "one.jsonl", [line(), line(at=NOON + 0.5), later]))
    assert found == [replace(found[0], at=NOON + after) for after in (0, 0.5, 1)]


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("01800014401", "this is not JSON"),
        ("1_800_014_401", "this is not JSON"),
        ("+1800014401", "this is not JSON"),
        ("1800014401.", "this is not JSON"),
        ("1e400", "up to the year 9999"),
        ("253402300800", "up to the year 9999"),
        ("1800014399.9", "older than the line before it"),
        ("1800014400.0", "observed at this very time already"),
        ('1800014401.0,"at":1', "a key is there twice"),
    ],
)
def test_a_line_that_repeats_another_is_checked_for_its_time(at: str, said: str, tmp_path: Path) -> None:
    again = line().replace("1800014400.0", at)
    with pytest.raises(TextError, match=f":3:1: .*{said}"):
        back(lines_of(tmp_path / "bad.jsonl", [line(), again]))


def test_a_whole_number_of_what_is_measured_is_a_measure(tmp_path: Path) -> None:
    _, found, _ = back(lines_of(tmp_path / "one.jsonl", [line(name="process.cpu", value=3, at=int(NOON))]))
    assert (type(found[0].value), type(found[0].at)) == (float, float)


def test_a_last_line_without_an_end_counts_when_it_is_whole(tmp_path: Path) -> None:
    _, found, torn = back(lines_of(tmp_path / "one.jsonl", [line().encode()]))
    assert (len(found), torn) == (1, "")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"format": 2}, "format: should be 1, not 2"),
        ({"kind": "tape"}, "kind: .*medicus-recording.*, not 'tape'"),
        ({"targets": []}, "targets: "),
        ({"targets": [{"id": "a", "kind": "app"}, {"id": "a", "kind": "app"}]}, "the target a is there twice"),
        ({"targets": [{"id": "a\x1b", "kind": "app"}]}, "should be printable text"),
        ({"targts": []}, r"unknown key 'targts' \(did you mean 'targets'\?\)"),
        ({"told": [{"target": "a", "problem": "b", "severity": "P7", "causes": []}]}, "severity"),
        ({"packs": None}, "packs: should be a list, not None"),
    ],
)
def test_a_wrong_header_is_told_with_what_is_wrong(changed: dict[str, object], said: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    good = {"format": 1, "kind": "medicus-recording", "packs": [], "targets": [{"id": "a", "kind": "app"}]}
    path.write_text(json.dumps(good | changed) + "\n")
    with pytest.raises(TextError, match=rf"bad\.jsonl:1:1: .*{said}"):
        back(path)


def test_what_is_no_file_and_what_is_not_compressed_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"no\.jsonl cannot be read: No such file"):
        back(tmp_path / "no.jsonl")
    (tmp_path / "plain.jsonl.gz").write_text("{}\n")
    with pytest.raises(TextError, match="it cannot be read any further: Not a gzipped file"):
        back(tmp_path / "plain.jsonl.gz")
    damaged = bytearray(gzip.compress(b"x" * 100_000))
    damaged[20] ^= 255
    (tmp_path / "damaged.jsonl.gz").write_bytes(damaged)
    with pytest.raises(TextError, match=r"damaged\.jsonl\.gz:1:1: "):
        back(tmp_path / "damaged.jsonl.gz")


def test_a_compressed_file_that_would_fill_the_memory_is_refused_at_its_first_line(tmp_path: Path) -> None:
    path = tmp_path / "bomb.jsonl.gz"
    path.write_bytes(gzip.compress(b"x" * (64 << 20)))
    with pytest.raises(TextError, match="the line is longer than"):
        back(path)


def test_a_target_of_a_kind_that_no_pack_knows_may_say_anything_proper(tmp_path: Path) -> None:
    path = lines_of(tmp_path / "one.jsonl", [line(value="anything"), line(target="orders-db", name="x", value=1)])
    assert [one.target for one in back(path, {})[1]] == [TargetId("shop"), TargetId("orders-db")]
