"""Numbers with units: what they are in the unit that a probe observes."""

import pytest

from engine.rulebase.shape import Quantity, quantity


@pytest.mark.parametrize(
    ("written", "unit", "number"),
    [
        (90, "%", 90.0),
        (0.25, "", 0.25),
        ("85 %", "%", 85.0),
        ("85%", "%", 85.0),
        ("500ms", "s", 0.5),
        ("2 h", "s", 7200.0),
        ("2 GiB", "B", 2.0 * 1024**3),
        ("1.5MB", "KiB", 1500000 / 1024),
        ("10 /min", "/s", 10 / 60),
        ("-3s", "s", -3.0),
        ("500ms", "%", None),
        ("500ms", "", None),
        ("1 B", "parsec", None),
    ],
)
def test_a_quantity_in_another_unit(written: object, unit: str, number: float | None) -> None:
    assert quantity(written).within(unit) == pytest.approx(number)


@pytest.mark.parametrize("written", ["", "many", "5 apples", "1e3 s", "5", True, None, [1], "∞ s", "1" * 40 + " s"])
def test_what_is_no_quantity_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match=r"should be a number|is no unit"):
        quantity(written)


def test_it_is_shown_as_it_is_read() -> None:
    for one in (Quantity(90.0), Quantity(0.5, "s"), Quantity(85.0, "%")):
        assert quantity(str(one) if one.unit else one.number) == one
