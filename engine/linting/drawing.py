"""A pack as a picture: observations to the left, problems in the middle, remedies to the right.

Texts of packs are other people's: whatever they hold, the picture stays one that its reader can parse.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from engine.lines import one_line
from engine.linting.links import Element, How, Link, Sort, Web

SHOWN = (Sort.OBSERVATION, Sort.RULE, Sort.SYMPTOM, Sort.PROBLEM, Sort.CAUSE, Sort.REMEDY)
_MERMAID: Mapping[Sort, tuple[str, str]] = {
    Sort.OBSERVATION: ("[/", "/]"),
    Sort.RULE: ("(", ")"),
    Sort.SYMPTOM: ("([", "])"),
    Sort.PROBLEM: ("{{", "}}"),
    Sort.CAUSE: ("[", "]"),
    Sort.REMEDY: ("[[", "]]"),
}
_DOT: Mapping[Sort, str] = {
    Sort.OBSERVATION: "parallelogram",
    Sort.RULE: "oval",
    Sort.SYMPTOM: "note",
    Sort.PROBLEM: "hexagon",
    Sort.CAUSE: "box",
    Sort.REMEDY: "component",
}


class Picture(StrEnum):
    """The language of a picture."""

    MERMAID = "mermaid"  #: for Markdown pages
    DOT = "dot"  #: for Graphviz


def drawn(web: Web, picture: Picture) -> Iterator[str]:
    """The lines of the picture of a pack."""
    elements = [one for one in web.elements if one.sort in SHOWN]
    names = {one.key: f"n{number}" for number, one in enumerate(elements)}
    links = [one for one in web.links if one.source.key in names and one.target.key in names]
    match picture:
        case Picture.MERMAID:
            yield "flowchart LR"
            yield from (f"  {names[one.key]}{_node(one)}" for one in elements)
            yield from (f"  {names[one.source.key]} {_arrow(one)} {names[one.target.key]}" for one in links)
        case Picture.DOT:
            yield "digraph pack {"
            yield "  rankdir=LR;"
            for one in elements:
                yield f'  {names[one.key]} [label="{_quoted(_label(one))}", shape={_DOT[one.sort]}];'
            for link in links:
                style = ", style=dashed" if _dashed(link) else ""
                said = _quoted(_said(link))
                yield f'  {names[link.source.key]} -> {names[link.target.key]} [label="{said}"{style}];'
            yield "}"


def _node(element: Element) -> str:
    left, right = _MERMAID[element.sort]
    text = _label(element).replace("&", "#amp;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")
    return f'{left}"{text}"{right}'


def _arrow(link: Link) -> str:
    return f"{'-.' if _dashed(link) else '--'} {_said(link)} {'.->' if _dashed(link) else '-->'}"


def _dashed(link: Link) -> bool:
    """What speaks against something, or is only brought about, is drawn with a broken line."""
    return link.how in {How.SPEAKS_AGAINST, How.BRINGS, How.INHIBITS}


def _said(link: Link) -> str:
    return f"{link.how}{f' as {link.of}' if link.of else ''}"


def _label(element: Element) -> str:
    of = f" of {element.kind}" if element.sort is Sort.OBSERVATION else ""
    return one_line(f"{element.id}{of}")


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
