"""The demo's story: three faults on a real service, and what becomes of each.

Everything that is shown comes from the running Medicus by HTTP and from its audit log; nothing is acted out, but for
the breaking itself and for the person (who is asked with `--interactive`).
"""

import re
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console, Group
from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from api.demo.stage import Stage
from api.demo.words import Words, words
from engine.diagnosis.explanation import percent

View = Mapping[str, Any]
_OVER = frozenset({"resolved", "closed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act: what is broken, how, and what Medicus may do about it."""

    title: str
    broke: str
    break_it: Callable[[Stage], object]


def play(*, language: str, interactive: bool, keep: bool, record: Path | None) -> None:
    """Play the three acts; DemoError when the stage cannot be set or an act does not end as it should."""
    said = words(language)
    out = Console(
        record=record is not None, highlight=False, width=_WIDTH if record or not sys.stdout.isatty() else None
    )
    began = time.monotonic()
    out.print(Panel(said.prologue, title="[bold]medicus demo[/]", border_style="blue"))
    with Stage(language, keep=keep) as stage:
        out.print(said.stage.format(folder=stage.folder, port=stage.port), style="dim")
        acts = (
            Act(title=said.port_title, broke=said.port_broke, break_it=Stage.take_port),
            Act(title=said.config_title, broke=said.config_broke, break_it=Stage.break_config),
            Act(title=said.mend_title, broke=said.mend_broke, break_it=Stage.remove_secret),
        )
        for number, act in enumerate(acts, 1):
            _Telling(stage, out, said, language, interactive=interactive).act(number, act)
        _epilogue(stage, out, said, time.monotonic() - began)
    if keep:
        out.print(said.kept.format(folder=stage.folder))
    if record:
        picture = out.export_svg(title="make demo")
        record.write_text(_WEB_FONT.sub("", picture), encoding="utf-8")  # no request may leave the page


def _epilogue(stage: Stage, out: Console, said: Words, took: float) -> None:
    verified = stage.api("/api/v1/audit/verification")["verification"]
    mark = "[green]✓[/]" if verified["ok"] else "[red]✗[/]"
    out.print()
    out.rule(f"[bold]{said.audit_title}[/]", style="blue")
    out.print(f"  $ medicus log verify\n  {mark} {escape(stage.medicus('log', 'verify').strip())}")
    out.print(f"\n{said.epilogue.format(took=took)}")


class _Telling:
    """Tells one act while it happens, from what Medicus itself says."""

    def __init__(self, stage: Stage, out: Console, said: Words, language: str, *, interactive: bool) -> None:
        self._stage, self._out, self._said, self._language = stage, out, said, language
        self._interactive = interactive
        self._began = time.monotonic()

    def act(self, number: int, act: Act) -> None:
        """Break, wait for the diagnosis, see what Medicus does, help only where it asks."""
        before = self._last_entry()
        self._out.print()
        self._out.rule(f"[bold]{number}  {act.title}[/]", style="blue")
        act.break_it(self._stage)
        self._began = time.monotonic()
        self._line("✗", "red", act.broke)
        incident = self._until_decided(before)
        self._diagnosis(incident)
        self._follow(incident["id"], before)

    def _until_decided(self, before: int) -> View:
        self._stage.until("Medicus decided nothing", lambda: bool(self._entries(before, {"proposed", "escalated"})))
        name = self._entries(before, {"proposed", "escalated"})[0]["incident"]
        found: View = self._stage.api(f"/api/v1/incidents/{name}")["incident"]
        return found

    def _diagnosis(self, incident: View) -> None:
        diagnosis = self._stage.api(f"/api/v1/incidents/{incident['id']}/diagnosis")["diagnosis"]
        symptom = ", ".join(self._in(one) for one in diagnosis["symptoms"])
        self._line("●", "yellow", f"[bold]{escape(self._in(incident['title']))}[/]: {escape(symptom)}")
        for place, cause in enumerate(diagnosis["causes"]):
            style = "bold" if place == 0 else "dim"
            bar = "█" * round(20 * cause["probability"])
            sure = f"[{style}]{percent(cause['probability']):>5} {escape(self._in(cause['title']))}[/]"
            self._out.print(f"        {sure} [blue]{bar}[/]")
            if place == 0:
                for one in cause["evidence"]["for"]:
                    said = Text(f"+ {self._in(one['title'])}", style="green").append(f": {one['seen']}", style="dim")
                    self._out.print(Padding(said, (0, 0, 0, 14)))

    def _follow(self, incident: str, before: int) -> None:
        """Tell each thing that Medicus does to the incident until it is over; act as the person when it asks."""
        told = before
        asked: set[str] = set()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            state = self._stage.api(f"/api/v1/incidents/{incident}")["incident"]["state"]
            for entry in self._entries(told, None):  # after the state: the entry of its end is told, too
                told = max(told, entry["number"])
                if entry["incident"] == incident:
                    self._tell(incident, entry, asked)
            if state in _OVER:
                return
            time.sleep(0.1)
        raise self._stage.failed(f"{incident} did not end")

    def _tell(self, incident: str, entry: View, asked: set[str]) -> None:
        body = entry["body"]
        match entry["event"]:
            case "proposed":
                self._plan(incident, body["remediation"])
            case "withheld" if body["reason"] == "risk-needs-approval" and incident not in asked:
                asked.add(incident)
                self._line("■", "yellow", f"{self._said.withheld}: {escape(body['why'])}")
                self._approve(incident)
            case "approved":
                self._line("✓", "green", self._said.approved.format(by=escape(entry["actor"])))
            case "attempt-ended":
                style = "green" if body["result"] == "done" else "red"
                self._line("→", style, f"{body['action']}: {escape(body['said'])}")
            case "verifying":
                self._line("…", "dim", self._said.verifying)
            case "recovered":
                self._line("✓", "bold green", self._said.recovered)
            case "escalated":
                self._hand_over(incident, body, asked)
            case "voided":
                self._line("✗", "dim", f"{self._said.voided}: {escape(body['why'])}")
            case _:
                pass

    def _plan(self, incident: str, remediation: str) -> None:
        known = self._stage.api(f"/api/v1/incidents/{incident}/remediations")["remediations"]
        plan = next(one["plan"] for one in known if one["id"] == remediation)
        lines: list[Text | Padding] = []
        for number, step in enumerate(plan["steps"], 1):
            lines.append(Text(f"{number}. {step['action']}: {self._in(step['summary'])}"))
            lines += [Padding(Text(line, style=_diff_style(line)), (0, 0, 0, 3)) for line in step["lines"][:12]]
        title = f"{self._said.plan} {plan['remedy']}  ·  {self._said.risk} {plan['risk']}  ·  {plan['digest'][:12]}"
        self._out.print(Padding(Panel(Group(*lines), title=title, border_style="dim"), (0, 4, 0, 8)))

    def _approve(self, incident: str) -> None:
        digest = self._stage.api(f"/api/v1/incidents/{incident}/plan")["remediation"]["digest"]
        if self._interactive:
            answer = self._out.input(f"        [bold yellow]{self._said.ask}[/] ")
            if answer.strip().lower() not in {"", "y", "yes", "j", "是"}:
                raise self._stage.failed(self._said.refused)
        else:
            self._out.print(
                f"        [dim]$ medicus approve {incident} --digest {digest[:12]}   {self._said.for_you}[/]"
            )
        self._stage.medicus("approve", incident, "--digest", digest[:12], "--by", self._said.you)

    def _hand_over(self, incident: str, body: View, asked: set[str]) -> None:
        self._line("■", "red", f"{self._said.escalated}: {escape(body['note'])}")
        if body["instruction"]:
            self._out.print(Padding(Text(body["instruction"], style="cyan"), (0, 4, 0, 10)))
        if incident not in asked:
            asked.add(incident)
            self._be_the_person()

    def _be_the_person(self) -> None:
        if self._interactive:
            self._out.input(f"        [bold yellow]{self._said.ask_person}[/] ")
        else:
            time.sleep(1.0)
        self._stage.be_the_person()
        self._line("☺", "cyan", self._said.put_back)

    def _line(self, mark: str, style: str, text: str) -> None:
        at = time.monotonic() - self._began
        row = Table.grid(padding=(0, 1, 0, 0))
        row.add_column(width=7)
        row.add_column(width=1)
        row.add_column(overflow="fold")
        row.add_row(f"[dim]{at:5.1f} s[/]", f"[{style}]{mark}[/]", text)
        self._out.print(row)

    def _entries(self, after: int, events: set[str] | None) -> list[View]:
        entries: list[View] = self._stage.api(f"/api/v1/audit?after={after}&limit=500")["entries"]
        return [one for one in entries if events is None or one["event"] in events]

    def _last_entry(self) -> int:
        return max((one["number"] for one in self._entries(0, None)), default=0)

    def _in(self, text: Mapping[str, str]) -> str:
        return text.get(self._language) or text["en"]


def _diff_style(line: str) -> str:
    return {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "dim")


_WEB_FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
_WIDTH = 110
