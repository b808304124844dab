"""Coverage counts what there is of each cause, and names what it lacks."""

from pathlib import Path

import pytest

from engine.linting.coverage import Covered, Lack, coverage
from engine.linting.situations import Situations
from engine.linting.subject import subject
from tests.support.linted import PACKS, copied, loaded


def covered(path: Path) -> dict[str, Covered]:
    read = loaded(path)
    assert read.pack is not None, read.mistakes
    assert read.references is not None
    return {one.cause.id: one for one in coverage(Situations(subject=subject(read.pack, read.references)))}


def test_evidence_remedies_examples_and_checks_are_counted() -> None:
    found = covered(PACKS / "shop" / "pack.yaml")
    broken = found["app.config-broken"]
    assert (broken.evidence, broken.proving, broken.automatic, broken.personal) == (3, 2, 1, 1)
    assert (broken.expected, broken.near_misses) == (1, 3)
    assert found["app.certificate-missing"].checks == ("certificate",)
    assert {cause: one.lacks for cause, one in found.items() if one.lacks} == {}


CHANGES = [
    (
        "    expect: {app.slow: app.busy-host}\n    at_least: 0.8\n",
        "    expect: {app.slow: none-of-these}\n    at_least: 0.1\n",
        "app.busy-host",
        (Lack.EXAMPLE,),
    ),
    (
        "            if_false: proves\n            title: {en: The certificate",
        "            if_false: none\n            against: true\n            title: {en: The certificate",
        "app.certificate-missing",
        (Lack.EVIDENCE_FOR,),
    ),
    (
        """        remedies:
          - id: ask-for-more
            title: {en: Give the database more, zh: 为数据库增加资源}
            instruction: {en: Give the database a larger machine., zh: 请为数据库更换更大的机器。}
            cost: 1d
""",
        "",
        "app.slow-database",
        (Lack.REMEDY,),
    ),
    (
        "    given: {process.state: fatal, config.parses: true, certificate.exists: true, port.owner: none}\n",
        "    given: {process.state: fatal, config.parses: true, port.owner: none}\n",
        "app.certificate-missing",
        (Lack.NEAR_MISS,),
    ),
]


@pytest.mark.parametrize(("old", "new", "cause", "lacks"), CHANGES)
def test_what_is_missing_is_named(old: str, new: str, cause: str, lacks: tuple[Lack, ...], tmp_path: Path) -> None:
    path = copied(tmp_path)
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert {one: found.lacks for one, found in covered(path).items() if found.lacks} == {cause: lacks}
