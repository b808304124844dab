"""Whatever stands in a recording or a scenario file, it is read or refused with its place: nothing else happens."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from engine.errors import TextError
from engine.model import Observable, Observation, Unknown
from engine.rehearsing.header import Header
from engine.rehearsing.observables import Vocabulary, is_plain, refusal, unwritable
from engine.rehearsing.recorded import reading
from engine.rehearsing.recording import write
from engine.rehearsing.scenario import differences
from engine.rehearsing.scenario_text import parse_scenarios
from engine.rulebase.yaml_text import dump
from tests.support.chain import chain
from tests.support.shop import NOON, TARGETS
from tests.support.stretches import stretches
from tests.support.vocabulary import PROBES

HEADER = Header(packs=(), targets=TARGETS)
KNOWN: Vocabulary = {"app": {"port.owner": Observable(name="owner", type=str, values=("self", "other"))}}
PACK = chain()
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["shop", "orders-db", "port.owner", "other", "1s", "5s", "up x3", "unknown", "app.down", "none"]),
)
PLAIN = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
WORDS = ["at", "target", "name", "value", "unknown", "detail"]
LINES = st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=5), PLAIN, max_size=7)


def read_or_refused(content: bytes) -> list[Observation]:
    """What was read of a recording, up to where it was refused."""
    found: list[Observation] = []
    with TemporaryDirectory() as folder:
        path = Path(folder) / "any.jsonl"
        path.write_bytes(content)
        try:
            with reading(path, KNOWN) as recording:
                found.extend(recording.observations())
        except TextError as error:
            assert all(one.line >= 1 for one in error.mistakes)  # noqa: PT017 - it may also be read
    return found


def bytes_of(stretch: list[Observation]) -> bytes:
    with TemporaryDirectory() as folder:
        write(Path(folder) / "one.jsonl", HEADER, stretch)
        return (Path(folder) / "one.jsonl").read_bytes()


@given(stretches(), st.lists(st.tuples(st.integers(0, 5000), st.binary(max_size=3)), max_size=3))
def test_a_recording_with_some_bytes_replaced(stretch: list[Observation], changes: list[tuple[int, bytes]]) -> None:
    content = bytearray(bytes_of(stretch))
    for place, new in changes:
        content[place % len(content) : place % len(content) + 1] = new
    read_or_refused(bytes(content))


@given(st.binary(max_size=200))
def test_any_bytes_at_all(content: bytes) -> None:
    read_or_refused(content)
    read_or_refused(bytes_of([]) + content)


@given(st.lists(LINES, max_size=3))
def test_lines_of_any_values(lines: list[dict[str, object]]) -> None:
    good = {"at": NOON, "target": "shop", "name": "port.owner", "value": "self"}
    content = "".join(f"{json.dumps(one)}\n" for one in [good, *({**good, "at": NOON + 1} | one for one in lines)])
    for one in read_or_refused(bytes_of([]) + content.encode()):
        assert one.target in {target.id for target in TARGETS}
        assert is_plain(one.detail)
        if isinstance(one.value, Unknown):
            assert is_plain(one.value.because)
        elif (one.target, one.name) == ("shop", "port.owner"):
            assert refusal(KNOWN["app"]["port.owner"], one.value) == ""
        else:
            assert unwritable(one.value) == ""


@given(st.dictionaries(st.sampled_from(["format", "kind", "packs", "targets", "still", "told", "failed"]), PLAIN))
def test_a_header_of_any_values(changed: dict[str, object]) -> None:
    header = json.loads(bytes_of([]))
    assert read_or_refused(json.dumps(header | changed).encode() + b"\n") == []


GOOD = {
    "name": "any",
    "targets": [{"id": "shop", "kind": "app"}],
    "series": {"shop": {"health.answer": "ok"}},
    "expect": [{"at": "1s", "problems": []}],
}


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "name": PLAIN,
            "interval": st.sampled_from(["0s", "1ms", "1s", "1h"]) | PLAIN,
            "targets": st.lists(st.fixed_dictionaries({"id": PLAIN, "kind": PLAIN}, optional={"depends_on": PLAIN})),
            "series": PLAIN | st.dictionaries(st.just("shop"), st.dictionaries(st.just("health.answer"), PLAIN)),
            "expect": PLAIN
            | st.lists(
                st.fixed_dictionaries(
                    {"at": st.sampled_from(["0s", "2s", "1d"]) | PLAIN},
                    optional={"problems": PLAIN, "facts": PLAIN},
                )
            ),
        },
    )
)
def test_a_scenario_of_any_values(changed: dict[str, object]) -> None:
    text = dump({"format": 1, "scenarios": [GOOD | changed]})
    try:
        scenarios = parse_scenarios(text, "any.yaml", [PACK], PROBES)
    except TextError:
        return
    for one in scenarios:
        if one.checks[-1].at / one.interval < 100:
            differences([PACK], one)
