"""Targets come from the settings, checked against the packs' kinds and the probes' own settings."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import AfterValidator, BaseModel, ConfigDict

from engine.errors import RuleError, TextError
from engine.inventory import build_targets
from engine.knowledge import Pack, Program
from engine.model import Digest, Target, Text
from engine.rulebase.loader import find_pack, load_pack
from engine.settings import read_settings
from tests.support.vocabulary import ACTIONS, PROBES, one_level

HEAD = "format: 1\npacks: [service]\ntargets:\n"


def absolute(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError("should begin at the root")
    return path


Absolute = Annotated[Path, AfterValidator(absolute)]


class ProcessSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    supervisor: Absolute
    name: str


class PortSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    address: str = "127.0.0.1"
    port: int
    supervisor: Absolute | None = None


PACK = Pack(
    id="service",
    version="1.0.0",
    digest=Digest("d"),
    title=Text(en="s", zh="s"),
    parts={"service": {"process": "process", "port": "port", "odd": "gone"}, "database": {"port": "port"}},
    detectors=(),
    program=Program(levels=(), given={}),
    problems=(),
    examples=(),
    roles={"service": {"database": "database"}, "database": {}},
)
MODELS: dict[str, type[BaseModel]] = {"process": ProcessSettings, "port": PortSettings}


def targets(folder: Path, text: str) -> tuple[Target, ...]:
    file = folder / "medicus.yaml"
    file.write_text(HEAD + text, encoding="utf-8")
    return build_targets(read_settings(file), (PACK,), MODELS)


def test_parts_get_their_probe_their_defaults_and_absolute_paths(tmp_path: Path) -> None:
    text = """\
  - id: api
    kind: service
    keep_running: true
    depends_on: {database: db}
    parts:
      process: {supervisor: run/s.sock, name: notes}
      port: {probe: port, port: 8080, supervisor: ../s.sock}
  - {id: db, kind: database, stoppable: true, parts: {port: {port: 5432}}}
"""
    api, database = targets(tmp_path, text)
    assert api.parts == {
        "process": {"probe": "process", "supervisor": f"{tmp_path}/run/s.sock", "name": "notes"},
        "port": {"probe": "port", "address": "127.0.0.1", "port": 8080, "supervisor": f"{tmp_path}/../s.sock"},
    }
    assert (api.keep_running, api.stoppable, dict(api.depends_on)) == (True, False, {"database": "db"})
    assert database.parts == {"port": {"probe": "port", "address": "127.0.0.1", "port": 5432}}
    assert database.stoppable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "  - {id: a, kind: servise, parts: {port: {port: 1}}}\n",
            "4:19: no pack knows the kind 'servise' (did you mean",
        ),
        (
            "  - {id: a, kind: service, parts: {prt: {port: 1}}}\n",
            "4:36: kind 'service' has no part 'prt' (did you mean",
        ),
        ("  - {id: a, kind: service, parts: {port: {prt: 1}}}\n", "4:42: 'port' is missing"),
        ("  - {id: a, kind: service, parts: {port: {port: x}}}\n", "4:49: should be a whole number, not 'x'"),
        ("  - {id: a, kind: service, parts: {port: {port: 1, probe: http}}}\n", "4:59: this part is seen by the probe"),
        ("  - {id: a, kind: service, parts: {odd: {}}}\n", "4:41: there is no probe 'gone' (known: port, process)"),
        (
            "  - {id: a, kind: database, parts: {port: {port: 1}}}\n" * 2,
            "5:10: the id 'a' is used already, in line 4",
        ),
        (
            "  - {id: a, kind: service, depends_on: {database: bb}, parts: {port: {port: 1}}}\n",
            "4:51: there is no target 'bb'",
        ),
        (
            "  - {id: a, kind: service, depends_on: {database: a}, parts: {port: {port: 1}}}\n",
            "4:51: the role 'database' is for a 'database', not a 'service'",
        ),
        (
            "  - {id: a, kind: database, depends_on: {up: a}, parts: {port: {port: 1}}}\n",
            "4:42: kind 'database' has no role 'up'",
        ),
    ],
)
def test_a_mistake_carries_its_place(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(TextError) as caught:
        targets(tmp_path, text)
    assert expected in str(caught.value)


def test_targets_that_depend_on_themselves_by_way_of_others_are_refused(tmp_path: Path) -> None:
    text = "".join(
        f"  - {{id: {one}, kind: service, depends_on: {{database: {other}}}, parts: {{port: {{port: 1}}}}}}\n"
        for one, other in (("a", "b"), ("b", "c"), ("c", "a"), ("d", "a"))
    )
    with pytest.raises(TextError) as caught:
        targets(tmp_path, text)
    assert "4:40: 'a' depends on itself: a -> b -> c -> a" in str(caught.value)
    assert "'d' depends on itself" not in str(caught.value)


def test_the_mistakes_of_all_targets_are_told_at_once(tmp_path: Path) -> None:
    text = """\
  - {id: a, kind: nope, parts: {port: {port: 1}}}
  - {id: a, kind: service, parts: {port: {port: true, adress: x}, process: {name: 1}}}
"""
    with pytest.raises(TextError) as caught:
        targets(tmp_path, text)
    assert [(one.line, one.column) for one in caught.value.mistakes] == [
        (4, 19),
        (5, 10),
        (5, 49),
        (5, 55),
        (5, 76),
        (5, 83),
    ]


def test_packs_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "medicus.yaml"
    file.write_text("format: 1\npacks: [service]\n", encoding="utf-8")
    other = replace(PACK, id="other", parts={"service": {"process": "port"}})
    with pytest.raises(RuleError, match="the pack other sees the part process of a service by port"):
        build_targets(read_settings(file), (PACK, other), MODELS)
    assert build_targets(read_settings(file), (PACK, PACK), MODELS) == ()


def test_packs_that_define_one_problem_twice_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "medicus.yaml"
    file.write_text("format: 1\npacks: [service]\n", encoding="utf-8")
    shipped = load_pack(find_pack("service", tmp_path), probes=PROBES, actions=ACTIONS, stratify=one_level)
    with pytest.raises(RuleError, match=r"the packs service and mine both define service\.does-not-start"):
        build_targets(read_settings(file), (shipped, replace(shipped, id="mine")), MODELS)
