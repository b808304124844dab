"""Values over virtual time are written in short, and mean what they say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model import Unknown
from engine.rehearsing.series import Sample, Series, in_short


def looked(series: Series, looks: int, interval: float = 1.0) -> list[object]:
    """What each look sees: a value, "?" for unknown, "-" for no look."""
    found: list[object] = []
    for look in range(looks):
        sample = series.at(look * interval)
        value = sample.value if sample else "-"
        found.append("?" if isinstance(value, Unknown) else value)
    return found


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("running x2, fatal x3, unknown", ["running", "running", "fatal", "fatal", "fatal", "?", "?"]),
        ("running", ["running"] * 7),
        ("nothing x2, up, nothing", ["-", "-", "up", "-", "-", "-", "-"]),
        ("true, false x1, 5, 2.5, null", [True, False, 5, 2.5, "?", "?", "?"]),
        ("a b x2, c", ["a b", "a b", "c", "c", "c", "c", "c"]),
        ("x2 x2, x", ["x2", "x2", "x", "x", "x", "x", "x"]),
        (" up  x3 ,down", ["up", "up", "up", "down", "down", "down", "down"]),
    ],
)
def test_a_series_in_short_says_one_value_a_look_and_the_last_one_stays(text: str, values: list[object]) -> None:
    assert looked(in_short(text.split(","), 1.0), 7) == values


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a, , b", "should be values such as"),
        ("a,", "should be values such as"),
        ("", "should be values such as"),
        ("a x0", "'a x0' is no time at all"),
        ("a x100001", "is longer than 100000 looks"),
        ("a x9999999, b", "is longer than 100000 looks"),
    ],
)
def test_what_is_no_series_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        in_short(text.split(","), 1.0)


@pytest.mark.parametrize(
    ("items", "values"),
    [
        ([5], [5, 5, 5]),
        ([None, True], ["?", True, True]),
        (["a, b x2", "c"], ["a, b", "a, b", "c"]),
        ([False, "nothing", 2.5], [False, "-", 2.5]),
    ],
)
def test_a_list_says_the_same_as_a_text_and_its_items_may_hold_commas(
    items: list[object], values: list[object]
) -> None:
    assert looked(in_short(items, 1.0), 3) == values


@given(
    st.lists(st.tuples(st.sampled_from(["up", "down", "5", "true"]), st.integers(1, 9)), min_size=1, max_size=8),
    st.sampled_from([0.1, 0.25, 0.3, 1.0, 7.0, 60.0]),
)
def test_every_look_sees_its_own_value_whatever_the_interval(items: list[tuple[str, int]], interval: float) -> None:
    series = in_short([f"{word} x{times}" for word, times in items], interval)
    wanted = [word for word, times in items for _ in range(times)]
    assert [str(one).lower() for one in looked(series, len(wanted), interval)] == wanted


def test_before_the_first_sample_nobody_looks() -> None:
    series = Series(samples=(Sample(at=2.0, value="up"), Sample(at=4.0, value=None)))
    assert looked(series, 6) == ["-", "-", "up", "up", "-", "-"]
    assert looked(Series(samples=()), 2) == ["-", "-"]


def test_a_look_at_the_very_time_of_a_sample_sees_it_in_spite_of_rounding() -> None:
    assert 3 * 0.3 < 0.9
    series = Series(samples=(Sample(at=0.0, value="up"), Sample(at=0.9, value="down")))
    assert looked(series, 4, 0.3) == ["up", "up", "up", "down"]
