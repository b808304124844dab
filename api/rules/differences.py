"""How a difference between expected and found looks: on a terminal, and as plain data."""

from rich.console import Console
from rich.text import Text as Styled

from api import views
from engine.diagnosis.explanation import percent
from engine.model import Bearing, WeighedEvidence
from engine.rehearsing.expectations import Difference


def show(out: Console, difference: Difference, language: str = "en") -> None:
    """A difference with the evidence that decided."""
    after = f"at {difference.after:g} s, " if difference.after is not None else ""
    _line(out, f"      {after}{difference.about}: {difference.kind.value}")
    _line(out, f"        expected  {difference.expected}", "green")
    _line(out, f"        got       {difference.got}", "red")
    for seen in difference.seen:
        _line(out, f"        because   {seen}")
    for cause in difference.causes:
        _line(out, f"        {percent(cause.probability):>6}  {cause.id}", "bold")
        for one in cause.evidence:
            note = f" ({one.note})" if one.note else ""
            _line(out, f"{_weight(one):>20}  {one.title.in_language(language)}: {one.seen}{note}", _STYLE[one.bearing])


def view(difference: Difference) -> views.View:
    """A difference as plain data."""
    return {
        "kind": difference.kind.value,
        "about": difference.about,
        "after_s": difference.after,
        "expected": difference.expected,
        "got": difference.got,
        "seen": list(difference.seen),
        "causes": [views.cause(one) for one in difference.causes],
    }


def _line(out: Console, line: str, style: str = "") -> None:
    out.print(Styled(line, style=style), soft_wrap=True)


def _weight(one: WeighedEvidence) -> str:
    """How a piece of evidence counted: times, divided by, or not at all."""
    if one.ratio == 1:
        return "not counted"
    return f"{'x' if one.ratio > 1 else '/'} {max(one.ratio, 1 / one.ratio):.6g}"


_STYLE = {Bearing.FOR: "green", Bearing.AGAINST: "red", Bearing.MISSING: "dim"}
