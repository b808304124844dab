"""`medicus rules show`: everything about one element of some packs: its text, where it stands, who uses it."""

from collections.abc import Sequence
from pathlib import Path
from textwrap import indent

from rich.console import Console
from rich.text import Text as Styled

from api import output, views
from api.output import Format
from api.rules.reading import read
from engine.errors import NotFoundError
from engine.linting.links import Element, Link, Web, web
from engine.linting.situations import Situations
from engine.params import did_you_mean
from engine.rulebase.yaml_text import dump


def show(packs: Sequence[Path], name: str, form: Format) -> int:
    """Print what the packs in these files say of every element called `name`; always 0.

    It may be an id, an observation, an action, or the name of an example. NotFoundError when there is no such thing,
    TextError when a pack does not load.
    """
    found: list[tuple[Situations, Web, Element]] = []
    known: list[str] = []
    for pack in packs:
        situations = read(pack)
        woven = web(situations)
        found += [(situations, woven, one) for one in woven.elements if one.id == name]
        known += [one.id for one in woven.elements]
    if not found:
        hint = did_you_mean(name, tuple(dict.fromkeys(known))) or "see `medicus rules list`"
        raise NotFoundError(f"no pack speaks of '{name}' ({hint})")
    if form is Format.TABLE:
        out = output.console()
        for one in found:
            _print(out, *one)
    else:
        output.data(views.document(elements=[_view(*one) for one in found]), form)
    return 0


def _print(out: Console, situations: Situations, woven: Web, element: Element) -> None:
    kind = f" of kind {element.kind}" if element.kind else ""
    head = Styled.assemble((element.sort.value, "dim"), " ", (element.id, "bold"), (kind, "dim"))
    out.print(head, soft_wrap=True)
    if element.title is not None:
        out.print(Styled(f"   {element.title.en} / {element.title.zh}"), soft_wrap=True)
    if element.place:
        out.print(Styled(f"   at {_where(situations, element)}"), soft_wrap=True)
    for link in woven.links:
        if line := _said(link, element):
            out.print(Styled(f"   {line}"), soft_wrap=True)
    text = situations.subject.document.at(element.place) if element.place else None
    if isinstance(text, dict):
        out.print(Styled(indent(dump(text).rstrip(), "      "), style="dim"), soft_wrap=True)


def _said(link: Link, element: Element) -> str:
    """A link in words, from the side of the element; "" when it has no part in it."""
    of = f" (as its {link.of})" if link.of else ""
    if link.source.key == element.key:
        return f"{link.how} {link.target.sort} {link.target.id}{of}"
    if link.target.key == element.key:
        return f"{link.source.sort} {link.source.id}{of} {link.how} it"
    return ""


def _where(situations: Situations, element: Element) -> str:
    at = situations.subject.document.mistake(element.place, "")
    return f"{at.file}:{at.line}:{at.column}"


def _view(situations: Situations, woven: Web, element: Element) -> views.View:
    return {
        "sort": element.sort.value,
        "id": element.id,
        "kind": element.kind,
        "title": views.text(element.title),
        "at": _where(situations, element) if element.place else None,
        "links": [
            {"source": one.source.id, "how": one.how.value, "target": one.target.id, "of": one.of}
            for one in woven.links
            if element.key in {one.source.key, one.target.key}
        ],
        "text": situations.subject.document.at(element.place) if element.place else None,
    }
