"""The web of a pack has every element once, and every link that its text makes; its pictures show the same."""

import re
from pathlib import Path

import pytest

from engine.linting.drawing import SHOWN, Picture, drawn
from engine.linting.links import How, Sort, web
from engine.linting.situations import Situations
from engine.linting.subject import subject
from tests.support.linted import PACKS, loaded

READ = loaded(PACKS / "shop" / "pack.yaml")
assert READ.pack is not None
assert READ.references is not None
SHOP = subject(READ.pack, READ.references)
WEB = web(Situations(subject=SHOP))

LINKS = [
    ("host.cpu", How.READ_BY, "app.overloaded", ""),
    ("host.cpu", How.READ_BY, "app.starved", "database"),
    ("app.keeps-failing", How.SHOWS, "app.down", ""),
    ("process.state", How.ENDS, "app.down", ""),
    ("process.started", How.ENDS, "app.down", ""),
    ("app.overloaded", How.SPEAKS_FOR, "app.busy-host", ""),
    ("host.cpu", How.SPEAKS_AGAINST, "app.busy-host", ""),
    ("app.busy-host", How.EXPLAINS, "app.slow", ""),
    ("store.down", How.IS, "app.down-without-database", "database"),
    ("restart-it", How.TREATS, "app.leaking", ""),
    ("restart-process", How.SERVES, "restart-it", ""),
    ("restart-it", How.BRINGS, "process.state", ""),
    ("app.put-down", How.INHIBITS, "app.slow", ""),
    ("app.overloaded", How.ESCALATES, "app.slow", ""),
    ("app.overloaded", How.WORSENS, "app.slow", ""),
    ("a busy host makes the shop slow", How.EXPECTS, "app.busy-host", ""),
]


@pytest.mark.parametrize(("source", "how", "target", "of"), LINKS)
def test_what_the_text_says_of_two_elements_is_a_link(source: str, how: How, target: str, of: str) -> None:
    assert (source, how, target, of) in [(one.source.id, one.how, one.target.id, one.of) for one in WEB.links]


def test_there_is_a_link_of_every_sort_and_no_element_twice() -> None:
    assert {one.how for one in WEB.links} == set(How)
    assert {one.sort for one in WEB.elements} == set(Sort)
    assert len({one.key for one in WEB.elements}) == len(WEB.elements)
    assert {one.key for link in WEB.links for one in (link.source, link.target)} <= {one.key for one in WEB.elements}


def test_the_same_observation_of_two_kinds_of_target_is_two_things() -> None:
    assert sorted(one.kind for one in WEB.elements if one.id == "process.state") == ["app", "store"]


def test_what_comes_from_another_pack_stands_in_its_file() -> None:
    (killed,) = [one for one in WEB.elements if one.id == "store.killed"]
    assert Path(SHOP.document.file_of(killed.place)).parent.name == "ground"
    (down,) = [one for one in WEB.elements if one.id == "app.down"]
    assert Path(SHOP.document.file_of(down.place)).parent.name == "shop"


@pytest.mark.parametrize(
    ("picture", "node", "link"),
    [
        (Picture.MERMAID, r'^  (n\d+)[\[({]+/?"', r"^  (n\d+) (?:--|-\.) [a-z ]+ (?:-->|\.->) (n\d+)$"),
        (Picture.DOT, r'^  (n\d+) \[label="', r'^  (n\d+) -> (n\d+) \[label="[a-z ]+"(?:, style=dashed)?\];$'),
    ],
)
def test_a_picture_has_a_node_for_each_element_and_links_between_them(picture: Picture, node: str, link: str) -> None:
    lines = list(drawn(WEB, picture))
    nodes = [found[1] for line in lines if (found := re.match(node, line))]
    links = [found.groups() for line in lines if (found := re.match(link, line))]
    assert len(nodes) == len(set(nodes)) == sum(one.sort in SHOWN for one in WEB.elements)
    assert {end for pair in links for end in pair} <= set(nodes)
    shown = [one for one in WEB.links if one.source.sort in SHOWN and one.target.sort in SHOWN]
    assert len(links) == len(shown)
    assert len(lines) == len(nodes) + len(links) + (1 if picture is Picture.MERMAID else 3)
