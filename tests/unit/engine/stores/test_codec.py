import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.canonical import digest
from engine.errors import InternalError, StoreError
from engine.model import Diagnosis, Effect, Outcome, Plan, Result, Risk, Step, Text, Touch, Unknown, Verdict
from engine.stores.codec import DOCUMENT_LIMIT, read, read_if_any, written
from tests.support.cases import diagnosis, plan, remediation
from tests.support.cases import incident as case

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SCALARS = TEXTS | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans()
BOTH = st.builds(Text, en=TEXTS, zh=TEXTS)
STEPS = st.builds(
    Step,
    action=TEXTS,
    params=st.dictionaries(st.text(string.ascii_lowercase), SCALARS, max_size=4),
    effect=st.builds(
        Effect,
        summary=BOTH,
        touches=st.lists(st.builds(Touch, kind=TEXTS, identity=TEXTS, label=TEXTS), max_size=3).map(tuple),
        risk=st.sampled_from(Risk),
        lines=st.lists(TEXTS, max_size=3).map(tuple),
        cannot_undo=TEXTS,
        ready=TEXTS,
    ),
)
OUTCOMES = st.builds(Outcome, result=st.sampled_from(Result), sentence=TEXTS, undo=st.dictionaries(TEXTS, SCALARS))


@given(STEPS | OUTCOMES | BOTH)
def test_a_value_comes_back_as_it_was_to_the_type_of_each_scalar(value: Step | Outcome | Text) -> None:
    text = written(value)
    assert text is not None
    back = read(type(value), text)
    assert back == value
    assert written(back) == text
    assert digest(back) == digest(value)


def test_whole_diagnoses_plans_and_verdicts_come_back() -> None:
    for value in (diagnosis(), plan(), remediation(case()).verdict, Verdict()):
        text = written(value)
        assert text is not None
        assert read(type(value), text) == value


def test_nothing_is_kept_as_nothing() -> None:
    assert written(None) is None
    assert read_if_any(Text, None) is None


@pytest.mark.parametrize("text", ["", "{}", "null", '{"en":1,"zh":"x"}', '{"en":"x"', '["x","y"]'])
def test_a_text_that_is_no_such_value_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="validation error"):
        read(Text, text)


def test_a_value_that_would_not_come_back_is_never_written() -> None:
    with pytest.raises(InternalError, match="nan"):
        written(Outcome(result=Result.DONE, sentence="", undo={"x": float("nan")}))
    with pytest.raises(StoreError, match="too long to keep"):
        written(Text(en="x" * DOCUMENT_LIMIT, zh=""))


def test_types_that_are_kept_have_no_other_fields_than_the_codec_reads_back() -> None:
    """A field of a kind that JSON cannot tell apart would come back as another value."""
    told = written(diagnosis())
    assert told is not None
    back = read(Diagnosis, told)
    assert isinstance(back.observations[-1].value, Unknown)
    assert isinstance(read(Plan, written(plan()) or "").steps[0].effect.risk, Risk)
