"""What a condition of a pack means: its test, the readable name of its fact, and its text in both languages.

Equal conditions have equal names, whatever the order in which their values were written, so that two of them are one
detector.
"""

from engine.knowledge import Above, Below, OneOf, Test
from engine.model import FactName, Observable, ProblemId, Scalar, Text
from engine.rulebase.schema import Condition
from engine.rulebase.shape import Quantity, duration


def test_of(condition: Condition, unit: str) -> Test:
    """The test of a condition that has 'observe', with bounds in the unit observed; KeyError when that cannot be."""
    if condition.above is not None:
        return Above(bound=_number(condition.above, unit), clear=_number(condition.clear or condition.above, unit))
    if condition.below is not None:
        return Below(bound=_number(condition.below, unit), clear=_number(condition.clear or condition.below, unit))
    values = condition.one_of if condition.is_ is None else (condition.is_,)
    return OneOf(values=tuple(sorted(set(values or ()), key=_word)))


def observed_fact(condition: Condition, observable: Observable) -> FactName:
    """The name of a detector's fact: "process.state is backoff or fatal for 1s"."""
    return FactName(observed_title(condition, observable).en)


def observed_title(condition: Condition, observable: Observable) -> Text:
    """What a detector's fact says, in both languages."""
    unit = f" {observable.unit}" if observable.unit else ""
    match test_of(condition, observable.unit):
        case Above(bound=bound, clear=clear):
            en, zh = f"above {bound:.12g}{unit}", f"高于 {bound:.12g}{unit}"
            until = (
                "" if bound == clear else f" until {clear:.12g}",
                "" if bound == clear else f"（降到 {clear:.12g} 为止）",
            )
        case Below(bound=bound, clear=clear):
            en, zh = f"below {bound:.12g}{unit}", f"低于 {bound:.12g}{unit}"
            until = (
                "" if bound == clear else f" until {clear:.12g}",
                "" if bound == clear else f"（升到 {clear:.12g} 为止）",
            )
        case OneOf(values=values):
            words = [_word(value) for value in values]
            en, zh = f"is {_listed(words, ', ', ' or ')}{unit}", f"为 {_listed(words, '、', ' 或 ')}{unit}"
            until = ("", "")
    held = duration(condition.hold)
    lasting = (f" for {held}", f"，持续 {held}") if condition.hold else ("", "")
    return Text(
        en=f"{condition.observe} {en}{until[0]}{lasting[0]}", zh=f"{condition.observe} {zh}{until[1]}{lasting[1]}"
    )


def symptom_fact(symptom: str) -> FactName:
    """The fact that a symptom shows."""
    return FactName(f"symptom {symptom}")


def problem_fact(problem: str) -> FactName:
    """The fact that a problem exists."""
    return FactName(f"problem {problem}")


def recovered_fact(problem: ProblemId) -> FactName:
    """The fact that a target looks as it should after a problem."""
    return FactName(f"recovered {problem}")


def _number(quantity: Quantity, unit: str) -> float:
    number = quantity.within(unit)
    if number is None:
        raise KeyError(quantity)  # the references are checked before
    return number


def _word(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _listed(words: list[str], between: str, last: str) -> str:
    return last.join(part for part in (between.join(words[:-1]), words[-1]) if part)
