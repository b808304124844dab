"""`medicus replay`: a recording through the present packs, or through two versions of a pack; nothing is touched.

It ends with 1 when there are two sides and they differ, and with 0 otherwise, as `diff` does.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.text import Text as Styled

from api import bootstrap, output, views, vocabulary
from api.output import Format
from api.rules.testing import shipped
from engine.diagnosis.explanation import percent
from engine.errors import SettingsError
from engine.knowledge import Pack
from engine.model import Diagnosis, Instant
from engine.rehearsing.comparison import Disagreement
from engine.rehearsing.header import PackName
from engine.rehearsing.observables import vocabulary as known_by
from engine.rehearsing.recorded import reading
from engine.rehearsing.replaying import Replay, called, described
from engine.rehearsing.stage import Change, What
from engine.rehearsing.treatments import Treatment
from engine.rulebase.loader import find_pack
from engine.settings import CONFIG

SAME, DIFFERENT = 0, 1
_STYLE = {What.APPEARED: "red", What.CHANGED: "yellow", What.OVER: "green", What.OUT_OF_SIGHT: "dim"}
_WORDS = {What.APPEARED: "appears", What.CHANGED: "changes", What.OVER: "is over", What.OUT_OF_SIGHT: "out of sight"}


def replay(
    file: Path,
    form: Format,
    *,
    config: Path | None = None,
    packs: Sequence[str] = (),
    against: Sequence[str] = (),
) -> int:
    """Replay a recording and print what becomes of its problems; 1 when the two sides differ, else 0.

    `packs` and `against` are names of shipped packs or paths; without `packs` those of the settings, else all shipped.
    A pack of `against` takes the place of the one with its id. Without `against` the other side is what the recording
    tells.
    """
    ours, language = _packs(config, packs)
    theirs = _in_place(ours, [_pack(one) for one in against]) if against else None
    known = known_by([*(theirs or ()), *ours], vocabulary.observables())
    with reading(file, known) as recording:
        played = Replay(recording, ours, theirs, vocabulary.hands())
        if form is Format.TABLE:
            _print(output.console(), played, file, ours, language)
        else:
            output.data(_document(played, ours, theirs), form)
    return DIFFERENT if played.disagreements() else SAME


def _packs(config: Path | None, names: Sequence[str]) -> tuple[tuple[Pack, ...], str]:
    """The packs to judge by, and the language of the operator."""
    if names:
        return tuple(_pack(name) for name in names), "en"
    try:
        home = bootstrap.house(config)
    except SettingsError:
        if config is not None or os.environ.get(CONFIG):
            raise
        return tuple(_pack(name) for name in shipped()), "en"
    return home.packs, home.settings.language


def _pack(name: str) -> Pack:
    return bootstrap.pack_at(find_pack(name, Path.cwd()))


def _in_place(ours: Sequence[Pack], others: Sequence[Pack]) -> tuple[Pack, ...]:
    """Our packs with each of the others in the place of the one with its id; only the others when none has one."""
    by_id = {one.id: one for one in others}
    kept = [by_id.pop(one.id, one) for one in ours]
    return (*kept, *by_id.values()) if len(by_id) < len(others) else tuple(others)


# --- for people -------------------------------------------------------------------------------------------


def _print(out: Console, played: Replay, file: Path, packs: Sequence[Pack], language: str) -> None:
    header = played.recording.header
    out.print(f"[bold]{escape(str(file))}[/], recorded with {escape(_named(header.packs))}", soft_wrap=True)
    now = [PackName.of(one) for one in packs]
    if tuple(now) != header.packs:
        out.print(f"replayed with {escape(_named(now))}", soft_wrap=True)
    count = 0
    for change in _changes(played):
        count += 1
        out.print(_line(change), soft_wrap=True)
    if played.recording.torn:
        out.print(f"[yellow]note: {escape(played.recording.torn)}[/]")
    seen = f"{played.count} observations of {len(header.targets)} target(s)"
    if not played.count:
        out.print(f"no observations of {len(header.targets)} target(s)")
    elif header.still:
        out.print(f"{seen}, the moment {_clock(played.until)}, taken to have lasted")
    else:
        seconds = played.until - played.since
        out.print(f"{seen} over {seconds:.0f} s, {count} change(s), until {_clock(played.until)}")
    treatments = played.treatments()
    for diagnosis in played.diagnoses().values():
        _diagnosed(out, diagnosis, [one for one in treatments if one.ref == diagnosis.ref], language)
    _disagreed(out, played)


def _changes(played: Replay) -> Iterator[Change]:
    """Play it through; the changes by our packs, but for one moment none, for their times would be made up."""
    for moment in played.moments():
        if not played.recording.header.still:
            yield from moment.changes[0]


def _named(packs: Sequence[PackName]) -> str:
    return ", ".join(f"{one.id} {one.version} ({one.digest[: output.SHORT_DIGEST]})" for one in packs) or "no pack"


def _line(change: Change) -> Styled:
    line = Styled(f"{_clock(change.at)}  ")
    line.append(f"{_WORDS[change.what]:12}", style=_STYLE[change.what])
    line.append(f"  {change.ref}")
    if change.after:
        line.append(f"  {_gist(change.after)}")
    if change.what is What.CHANGED and change.before:
        line.append(f"  (was {_gist(change.before)})", style="dim")
    return line


def _gist(diagnosis: Diagnosis) -> str:
    first = diagnosis.causes[0]
    root = f", a consequence of {diagnosis.consequence_of}" if diagnosis.consequence_of else ""
    return f"{diagnosis.severity.value} {first.id} {percent(first.probability)}{root}"


def _diagnosed(out: Console, diagnosis: Diagnosis, treatments: Sequence[Treatment], language: str) -> None:
    output.diagnosed(out, diagnosis, (), language)
    for one in treatments:
        remedy = one.remedy
        out.print(f"   remedy: {escape(remedy.title.in_language(language))}  [dim]{remedy.id}[/]")
        for call in remedy.steps:
            out.print(Styled(f"           {called(call)}"), soft_wrap=True)
        if remedy.instruction:
            out.print(output.indented(Styled(remedy.instruction.in_language(language), style="cyan"), 11))


def _disagreed(out: Console, played: Replay) -> None:
    then = played.recording.header.told
    found = played.disagreements()
    if played.compares or then:
        sides = ("now", "other") if played.compares else ("now", "then")
        out.print(Styled(_verdict(played, found), style="yellow" if found else "green"))
        for one in found:
            out.print(_difference(one, sides), soft_wrap=True)


def _verdict(played: Replay, found: Sequence[Disagreement]) -> str:
    if played.compares:
        many = f"{len(found)} respect{'' if len(found) == 1 else 's'}"
        return f"the packs differ in {many}:" if found else "the packs agree all along"
    incident = played.recording.header.incident or "the recording"
    return f"the diagnosis differs from that of {incident}:" if found else f"same diagnosis as {incident}"


def _difference(one: Disagreement, sides: tuple[str, str]) -> Styled:
    until = f" to {_clock(one.until)}" if one.until is not None else ""
    line = Styled(f"   {one.ref} {one.aspect.value}, from {_clock(one.since)}{until}")
    for side, said in zip(sides, (one.ours, one.theirs), strict=True):
        line.append(f"\n      {side + ':':7}{said}")
    return line


def _clock(at: Instant) -> str:
    return views.time(at)[:23].replace("T", " ")


# --- for machines -----------------------------------------------------------------------------------------


def _document(played: Replay, packs: Sequence[Pack], against: Sequence[Pack] | None) -> views.View:
    problems = {one.id: one for pack in packs for one in pack.problems}
    changes = [_change(one) for one in _changes(played)]
    treatments = played.treatments()
    found = played.disagreements()
    header = played.recording.header
    return views.document(
        recording={
            "packs": [_pack_name(one) for one in header.packs],
            "targets": [target.id for target in header.targets],
            "incident": header.incident,
            "observations": played.count,
            "since": views.time(played.since) if played.count else None,
            "until": views.time(played.until) if played.count else None,
            "still": header.still,
            "torn": played.recording.torn or None,
        },
        packs=[_pack_name(PackName.of(one)) for one in packs],
        against=None if against is None else [_pack_name(PackName.of(one)) for one in against],
        changes=changes,
        problems=[
            {
                **views.problem(one, problems[one.ref.problem]),
                "remedies": [_remedy(each) for each in treatments if each.ref == one.ref],
            }
            for one in played.diagnoses().values()
        ],
        same=not found if against is not None or header.told else None,
        differences=[_disagreement(one) for one in found],
    )


def _pack_name(name: PackName) -> views.View:
    return {"id": name.id, "version": name.version, "digest": name.digest}


def _change(one: Change) -> views.View:
    return {
        "at": views.time(one.at),
        "what": one.what.value,
        "problem": one.ref.problem,
        "target": one.ref.target,
        "before": _short(one.before),
        "after": _short(one.after),
    }


def _short(diagnosis: Diagnosis | None) -> views.View | None:
    if diagnosis is None:
        return None
    first = diagnosis.causes[0]
    return {
        "severity": diagnosis.severity.value,
        "first": first.id,
        "probability": round(first.probability, 4),
        "consequence_of": str(diagnosis.consequence_of) if diagnosis.consequence_of else None,
    }


def _remedy(one: Treatment) -> views.View:
    return {
        "id": one.remedy.id,
        "title": views.text(one.remedy.title),
        "cause": one.cause,
        "probability": round(one.probability, 4),
        "steps": [{"action": call.action, "params": dict(call.params)} for call in one.remedy.steps],
        "instruction": views.text(one.remedy.instruction),
        "in_short": described(one),
    }


def _disagreement(one: Disagreement) -> views.View:
    return {
        "problem": one.ref.problem,
        "target": one.ref.target,
        "aspect": one.aspect.value,
        "ours": one.ours,
        "theirs": one.theirs,
        "since": views.time(one.since),
        "until": views.time(one.until) if one.until is not None else None,
    }
