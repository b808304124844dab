"""`medicus rules list`: what some packs know, as a tree: problems, their causes, what helps."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text as Styled

from api import output, views
from api.output import Format
from api.rules.reading import read
from engine.knowledge import Cause, Pack, Problem, Remedy
from engine.linting.subject import Subject
from engine.model import Risk, Text


def listing(packs: Sequence[Path], form: Format) -> int:
    """Print what the packs in these files know; always 0. TextError when one does not load."""
    subjects = [read(pack).subject for pack in packs]
    if form is Format.TABLE:
        out = output.console()
        for one in subjects:
            _pack(out, one)
    else:
        output.data(views.document(packs=[_view(one) for one in subjects]), form)
    return 0


def _pack(out: Console, subject: Subject) -> None:
    pack = subject.pack
    _line(out, 0, ("pack", "dim"), (f"{pack.id} {pack.version}", "bold"), title=pack.title)
    for problem in pack.problems:
        fault = f"[{problem.fault.type}/{problem.fault.kind}]"
        severity = (problem.severity.value, "bold red")
        _line(out, 1, severity, (problem.id, "bold"), (fault, "dim"), title=problem.title)
        for symptom in problem.symptoms:
            _line(out, 2, ("symptom", "dim"), (symptom.id, ""), title=symptom.title)
        for cause in problem.causes:
            _line(out, 2, (cause.likelihood.value, "cyan"), (cause.id, "bold"), title=cause.title)
            if cause.problem:
                _line(out, 3, ("is", "dim"), (_elsewhere(cause), ""))
            for remedy in cause.remedies:
                risk, style = _risk(subject, remedy)
                _line(out, 3, (risk, style), (remedy.id, ""), title=remedy.title)


def _line(out: Console, depth: int, *words: tuple[str, str], title: Text | None = None) -> None:
    line = Styled("  " * depth)
    for word, style in words:
        line.append(f"{word}  ", style=style)
    if title is not None:
        line.append(f"{title.en} / {title.zh}")
    line.rstrip()
    out.print(line, soft_wrap=True)


def _risk(subject: Subject, remedy: Remedy) -> tuple[str, str]:
    """Who carries a remedy out, and at which risk."""
    if not remedy.steps:
        return "person", "cyan"
    risk = max(subject.actions[step.action].risk for step in remedy.steps)
    return f"risk {risk.name.lower()}", "green" if risk <= Risk.LOW else "yellow"


def _elsewhere(cause: Cause) -> str:
    return f"{cause.problem}{f' of its {cause.of}' if cause.of else ''}"


def _view(subject: Subject) -> views.View:
    pack: Pack = subject.pack
    return {
        "id": pack.id,
        "version": pack.version,
        "digest": pack.digest,
        "title": views.text(pack.title),
        "problems": [_problem(subject, one) for one in pack.problems],
    }


def _problem(subject: Subject, problem: Problem) -> views.View:
    return {
        "id": problem.id,
        "kind": problem.kind,
        "severity": problem.severity.value,
        "class": {"type": problem.fault.type, "kind": problem.fault.kind},
        "title": views.text(problem.title),
        "symptoms": [{"id": one.id, "title": views.text(one.title)} for one in problem.symptoms],
        "causes": [
            {
                "id": cause.id,
                "likelihood": cause.likelihood.value,
                "title": views.text(cause.title),
                "problem": cause.problem,
                "of": cause.of,
                "remedies": [
                    {"id": one.id, "title": views.text(one.title), "by": _risk(subject, one)[0]}
                    for one in cause.remedies
                ],
            }
            for cause in problem.causes
        ],
    }
