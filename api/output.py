"""How things look on a terminal: tables and short blocks for people, JSON and YAML for machines."""

import json
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Styled

from api import views
from engine.casefile import AuditEntry, Incident, Remediation
from engine.diagnosis.explanation import percent
from engine.model import (
    Bearing,
    Diagnosis,
    Plan,
    RankedCause,
    Risk,
    TargetId,
    Truth,
    Unknown,
)
from engine.remediation.guards import holding_back
from engine.remediation.rehearsal import Suggestion
from engine.rulebase.yaml_text import dump
from engine.world import World

_RISK_STYLE = {Risk.NONE: "dim", Risk.LOW: "green", Risk.MODERATE: "yellow", Risk.HIGH: "red", Risk.DESTRUCTIVE: "red"}
_STATE_STYLE = {"resolved": "green", "escalated": "red", "remediating": "yellow", "closed": "dim", "merged": "dim"}
_MARK = {Bearing.FOR: ("+", "green"), Bearing.AGAINST: ("-", "red"), Bearing.MISSING: ("?", "dim")}
SHORT_DIGEST = 12


class Format(StrEnum):
    """How to print."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"


def console(*, stderr: bool = False) -> Console:
    """A terminal console; plain text when it is not a terminal, and then as wide as it needs."""
    wide = None if (sys.stderr if stderr else sys.stdout).isatty() else 160
    return Console(stderr=stderr, highlight=False, width=wide, soft_wrap=False)


def indented(line: Styled, by: int) -> Padding:
    """A line that is indented by so many columns, also where it is wrapped."""
    return Padding(line, (0, 0, 0, by), expand=False)


def data(content: views.View, form: Format) -> None:
    """Print a document as JSON or YAML."""
    if form is Format.YAML:
        sys.stdout.write(dump(content))
    else:
        sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def diagnosed(out: Console, diagnosis: Diagnosis, suggestions: Sequence[Suggestion], language: str) -> None:
    """A problem, its causes with their evidence, and what could be done."""
    out.print(
        f"[bold red]{diagnosis.severity.value}[/] [bold]{escape(diagnosis.title.in_language(language))}[/]"
        f"  [dim]{escape(str(diagnosis.ref))}[/]"
    )
    if diagnosis.consequence_of:
        out.print(f"   a consequence of {escape(str(diagnosis.consequence_of))}")
    for rule in diagnosis.inhibited:
        out.print(f"   [yellow]nothing is done about it:[/] {escape(rule.in_language(language))}")
    for rule in diagnosis.escalated:
        out.print(f"   [yellow]a person decides:[/] {escape(rule.in_language(language))}")
    for symptom in diagnosis.symptoms:
        out.print(f"   symptom: {escape(symptom.in_language(language))}")
    causes(out, diagnosis.causes, language)
    for suggestion in suggestions:
        suggested(out, suggestion, language)


def causes(out: Console, ranked: Sequence[RankedCause], language: str) -> None:
    """Causes, most probable first, with the evidence of those that are in question."""
    for one in ranked:
        sure = " [bold green]proved[/]" if one.proved else ""
        out.print(f"   [bold]{percent(one.probability):>6}[/]  {escape(one.title.in_language(language))}{sure}")
        shown = [each for each in one.evidence if each.bearing is Bearing.FOR or one.probability >= LEAST_SHOWN]
        for each in shown:
            mark, style = _MARK[each.bearing]
            line = f"{each.title.in_language(language)}: {each.seen}"
            out.print(indented(Styled(f"{mark} {line}", style=style), 11))


LEAST_SHOWN = 0.05


def suggested(out: Console, suggestion: Suggestion, language: str) -> None:
    """A remedy in two lines: what, and what would be decided about it."""
    title = escape(suggestion.candidate.remedy.title.in_language(language))
    out.print(f"   remedy: {title}  {risk(suggestion.plan.risk)}  [dim]{suggestion.candidate.remedy.id}[/]")
    for step in suggestion.plan.steps:
        out.print(indented(Styled(f"{step.action}: {step.effect.summary.in_language(language)}"), 11))
    if suggestion.plan.instruction:
        out.print(indented(Styled(suggestion.plan.instruction.in_language(language), style="cyan"), 11))
    reasons = "; ".join(one.sentence for one in suggestion.withheld if suggestion.plan.steps)
    why = f" ({escape(reasons)})" if reasons else ""
    out.print(f"           decision: [bold]{views.decision(suggestion)}[/]{why}")


def planned(out: Console, remediation: Remediation, language: str) -> None:
    """A plan as an operator must see it before approving: every step, what it touches, what cannot be undone."""
    plan = remediation.plan
    out.print(f"[bold]{remediation.id}[/]  {remediation.state.value}  {risk(plan.risk)}  cause {plan.cause}")
    steps(out, plan, language)
    if plan.instruction:
        out.print(indented(Styled(plan.instruction.in_language(language), style="cyan"), 3))
    verdict = holding_back(remediation)
    if verdict and verdict.reason:
        out.print(f"   withheld: {verdict.reason.value}: {escape(verdict.sentence)}")
    out.print(f"   digest: [bold]{remediation.digest}[/]")


def steps(out: Console, plan: Plan, language: str) -> None:
    """The steps of a plan with their effects."""
    for number, step in enumerate(plan.steps, 1):
        effect = step.effect
        out.print(f"   {number}. [bold]{step.action}[/]  {escape(effect.summary.in_language(language))}")
        for line in effect.lines:
            out.print(indented(Styled(line, style=_line_style(line)), 6))
        for touch in effect.touches:
            if any(touch.label in line for line in effect.lines):
                continue
            out.print(indented(Styled(f"touches {touch.kind} {touch.label or touch.identity}"), 6))
        if effect.cannot_undo:
            out.print(indented(Styled(f"cannot be undone: {effect.cannot_undo}", style="yellow"), 6))
        if effect.ready:
            out.print(indented(Styled(f"cannot run now: {effect.ready}", style="red"), 6))


def risk(value: Risk) -> str:
    """A risk as markup."""
    return f"[{_RISK_STYLE[value]}]risk {value.name.lower()}[/]"


def incidents(out: Console, found: Sequence[Incident], language: str) -> None:
    """A table of incidents."""
    table = Table(
        "incident", "severity", "state", "target", "problem", "opened (UTC)", "times", box=None, pad_edge=False
    )
    for one in found:
        style = _STATE_STYLE.get(one.state.value, "")
        table.add_row(
            one.id,
            one.severity.value,
            Styled(one.state.value, style=style),
            one.ref.target,
            one.title.in_language(language),
            views.time(one.opened_at)[:19].replace("T", " "),
            str(one.times),
        )
    out.print(table if found else "no incidents")


def log(out: Console, entries: Sequence[AuditEntry]) -> None:
    """Audit entries, a line each."""
    table = Table("no", "at (UTC)", "who", "what", "incident", "particulars", box=None, pad_edge=False)
    for one in entries:
        body = json.loads(one.body)
        said = ", ".join(f"{name}={_cut(value)}" for name, value in body.items() if value not in {"", None})
        row = (str(one.number), views.time(one.at)[:23].replace("T", " "), one.actor, one.event, one.incident, said)
        table.add_row(*(Styled(cell) for cell in row))
    out.print(table)


def world(out: Console, seen: World, units: Mapping[tuple[TargetId, str], str]) -> None:
    """Everything that was observed, a line an observation."""
    table = Table("target", "observation", "value", "detail", box=None, pad_edge=False)
    for (target, name), one in sorted(seen.observations.items()):
        if isinstance(one.value, Unknown):
            table.add_row(target, name, Styled("unknown", style="dim"), Styled(one.value.because, style="dim"))
        else:
            value = f"{_shown(one.value)} {units.get((target, name), '')}"
            table.add_row(target, name, Styled(value), Styled(one.detail))
    out.print(table)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _cut(value: object) -> str:
    text = str(value)
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"


LONGEST_CELL = 80


def _line_style(line: str) -> str:
    return {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "dim")


def truth(value: Truth) -> str:
    """A truth value as markup."""
    return {Truth.TRUE: "[green]true[/]", Truth.FALSE: "[red]false[/]"}.get(value, "[dim]unknown[/]")
