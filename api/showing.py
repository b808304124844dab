"""The commands that show what is on the books."""

from rich.markup import escape

from api import bootstrap, output, views
from api.bootstrap import House
from api.output import Format
from engine.casefile import AuditNote
from engine.diagnosis.explanation import explain as how
from engine.diagnosis.explanation import lines
from engine.incidents import live_remediation
from engine.lifecycle import ALL_INCIDENTS, OPEN_INCIDENT
from engine.model import IncidentId
from engine.remediation.approvals import Approvals
from engine.stores.sql import SqlStore


def approvals(home: House, store: SqlStore) -> Approvals:
    """The operators' desk."""
    return bootstrap.services(home, store).approvals


def incidents(home: House, store: SqlStore, form: Format, *, only_open: bool) -> None:
    """Print the incidents."""
    found = store.incidents(among=OPEN_INCIDENT if only_open else ALL_INCIDENTS)
    if form is Format.TABLE:
        output.incidents(output.console(), found, home.settings.language)
        pause = store.pause()
        if pause.paused:
            why = f" ({pause.why})" if pause.why else ""
            output.console().print(f"[yellow]paused by {escape(pause.by)}{escape(why)}: nothing is begun[/]")
        return
    output.data(views.document(incidents=[views.incident(one) for one in found]), form)


def explain(home: House, store: SqlStore, incident: IncidentId, form: Format) -> None:
    """Print how an incident's diagnosis came about and what was done about it."""
    found = store.incident(incident)
    remediations = [(one, store.approvals(one.id), store.attempts(one.id)) for one in store.remediations(incident)]
    packs = {problem.id: pack for pack in home.packs for problem in pack.problems}
    if form is not Format.TABLE:
        diagnosis = views.diagnosis_body(found.diagnosis) if found.diagnosis else None
        tried = [views.remediation(one, given, made) for one, given, made in remediations]
        output.data(
            views.document(incident=views.incident(found), diagnosis=diagnosis, remediations=tried),
            form,
        )
        return
    out, language = output.console(), home.settings.language
    output.incidents(out, [found], language)
    if found.note:
        out.print(escape(found.note.in_language(language)))
    if found.instruction:
        out.print(f"[cyan]{escape(found.instruction.in_language(language))}[/]")
    if found.diagnosis:
        for line in lines(how(packs[found.ref.problem], found.diagnosis, language)):
            out.print(escape(line))
    for one, _, made in remediations:
        output.planned(out, one, language)
        for attempt in made:
            ended = attempt.outcome.sentence if attempt.outcome else "no end on the books"
            verb = "undo of step" if attempt.undoing else "step"
            out.print(f"   {verb} {attempt.step + 1}, try {attempt.number}: {escape(ended)}")


def plan(home: House, store: SqlStore, incident: IncidentId, form: Format) -> str:
    """Print the plan of an incident; its digest."""
    remediation = live_remediation(store, store.incident(incident)) or approvals(home, store).live(incident)
    if form is Format.TABLE:
        output.planned(output.console(), remediation, home.settings.language)
        output.console().print(f"   approve it: medicus approve {incident} --digest {remediation.digest[:12]}")
    else:
        view = views.remediation(remediation, store.approvals(remediation.id), store.attempts(remediation.id))
        output.data(views.document(remediation=view), form)
    return remediation.digest


def log(store: SqlStore, form: Format, *, after: int, limit: int) -> None:
    """Print the audit log."""
    entries = store.entries(after=after, limit=limit)
    if form is Format.TABLE:
        output.log(output.console(), entries)
    else:
        output.data(views.document(entries=[views.audit_entry(one) for one in entries]), form)


def accept(home: House, store: SqlStore, *, by: str, why: str) -> None:
    """Go on with a log that does not fit its anchor; ConflictError when it fits."""
    at = bootstrap.services(home, store).clock.now()
    store.accept_log(AuditNote(at=at, actor=by, event="log-accepted", body={"why": why}))


def verify(store: SqlStore, form: Format) -> bool:
    """Verify the audit log and print the result; True when it is whole."""
    result = store.verify()
    if form is Format.TABLE:
        style = "green" if result.ok else "red"
        output.console().print(f"[{style}]{escape(result.what)}[/]")
    else:
        output.data(views.document(verification=views.verification(result)), form)
    return result.ok
