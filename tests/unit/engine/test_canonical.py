import json
import math
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.canonical import canonical, canonical_text, digest
from engine.errors import InternalError
from engine.model import Digest, Effect, Fact, FactName, Risk, Severity, Step, TargetId, Text, Touch, Truth

STEP = Step(
    action="restore-file",
    params={"path": "/etc/app.toml", "format": "toml"},
    effect=Effect(
        summary=Text(en="Put the file back", zh="恢复文件"),
        touches=(Touch(kind="file", identity="/etc/app.toml absent"),),
        risk=Risk.LOW,
    ),
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (1, "1"),
        (1.0, "1.0"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e22, "1e+22"),
        (-0.0, "-0.0"),
        (10**30, "1" + "0" * 30),
        ("数据库 é \u2028", '"数据库 é \u2028"'),
        ('a"\\\n\x00', '"a\\"\\\\\\n\\u0000"'),
        (Severity.P0, '"P0"'),
        (Risk.HIGH, "3"),
        (("b", "a"), '["b","a"]'),
        ({"b": 1, "a": {"z": [], "é": {}}}, '{"a":{"z":[],"é":{}},"b":1}'),
        ({Truth.TRUE: 1, Truth.FALSE: 2}, '{"false":2,"true":1}'),
        (MappingProxyType({"x": 1}), '{"x":1}'),
        (Text(zh="停", en="stop"), '{"en":"stop","zh":"停"}'),
        (
            STEP,
            (
                '{"action":"restore-file","effect":{"cannot_undo":"","lines":[],"ready":"","risk":1,'
                '"summary":{"en":"Put the file back","zh":"恢复文件"},'
                '"touches":[{"identity":"/etc/app.toml absent","kind":"file","label":""}]},'
                '"params":{"format":"toml","path":"/etc/app.toml"}}'
            ),
        ),
    ],
)
def test_a_value_has_exactly_one_text(value: object, text: str) -> None:
    assert canonical_text(value) == text
    assert canonical(value) == text.encode()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (math.nan, "value is nan"),
        ({"cpu": [1.0, math.inf]}, r"value\['cpu'\]\[1\] is inf"),
        (Text(en="x", zh=-math.inf), r"value\.zh is -inf"),  # type: ignore[arg-type]  # wrong on purpose
        ("a\udc80", "half a surrogate pair"),
        ({"\ud800": 1}, "half a surrogate pair"),
        ({1: "x"}, "has the key 1"),
        ({Risk.LOW: "x"}, "has the key 1"),
        (b"bytes", "type bytes"),
        ({1, 2}, "type set"),
        (Path("/"), "type PosixPath"),
        (Text, "type type"),
        (Fact(target=TargetId("t"), name=object()), r"value\.name is of type object"),  # type: ignore[arg-type]
    ],
)
def test_what_has_no_canonical_form_is_refused_with_its_place(value: object, said: str) -> None:
    with pytest.raises(InternalError, match=said):
        canonical(value)


def test_what_is_nested_too_deeply_or_too_long_a_number_is_refused() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    for value in (deep, 10**5000):
        with pytest.raises(InternalError, match="nested too deeply, or a number too long"):
            canonical(value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_the_text_is_json_that_says_the_same(value: object) -> None:
    assert json.loads(canonical(value)) == value
    assert canonical(json.loads(canonical(value))) == canonical(value)


@given(st.dictionaries(st.text(), st.integers(), min_size=2))
def test_the_order_of_insertion_does_not_matter(value: dict[str, int]) -> None:
    backwards = dict(reversed(value.items()))
    assert canonical(value) == canonical(backwards)
    assert digest(value) == digest(backwards)


def test_a_digest_is_the_sha256_of_the_text() -> None:
    assert digest({}) == Digest("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a")
    assert digest(1) != digest(1.0)
    assert digest(Fact(target=TargetId("a"), name=FactName("b"))) == digest({"target": "a", "name": "b"})
