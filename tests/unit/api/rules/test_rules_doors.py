"""The doors to rule packs say the same on a terminal and to machines, and find what is planted."""

import json
from pathlib import Path

import pytest

from api.output import Format
from api.rules.coverage import coverage
from api.rules.graph import graph
from api.rules.lint import lint
from api.rules.listing import listing
from api.rules.schema import schema
from api.rules.show import show
from engine.errors import NotFoundError, TextError
from engine.linting.drawing import Picture
from engine.rulebase.loader import find_pack
from engine.rulebase.yaml_text import read

SERVICE = find_pack("service", Path())


@pytest.fixture
def doubtful(tmp_path: Path) -> Path:
    """The shipped pack with a recovery that is seen too soon and a title that was not translated."""
    path = tmp_path / "pack.yaml"
    text = SERVICE.read_text(encoding="utf-8").replace("looks: 3", "looks: 1", 1)
    path.write_text(text.replace("zh: 停止占用端口的进程，再启动程序", "zh: Free the port", 1), encoding="utf-8")
    return path


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "pack.yaml"
    text = SERVICE.read_text(encoding="utf-8").replace("port.owner", "port.onwer")
    path.write_text(text.replace("zh: 停止占用端口的进程，再启动程序", "zh: Free the port", 1), encoding="utf-8")
    return path


def said(capsys: pytest.CaptureFixture[str], form: Format) -> dict[str, object]:
    text = capsys.readouterr().out
    data = json.loads(text) if form is Format.JSON else read(text, "out").data
    assert isinstance(data, dict)
    return data


def test_a_sound_pack_ends_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert lint([SERVICE], Format.TABLE) == 0
    assert capsys.readouterr().out == "nothing to say about 1 pack\n"


def test_each_finding_is_one_line_with_its_place_first(doubtful: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint([doubtful, SERVICE], Format.TABLE) == 1
    first, second, last = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{doubtful}:33:14: [unverified] one healthy look is enough")
    assert second.startswith(f"{doubtful}:50:")
    assert "[translation] the Chinese text has no Chinese in it (translate it)" in second
    assert last == "1 warning, 1 advice in 2 packs"


@pytest.mark.parametrize("form", [Format.JSON, Format.YAML])
def test_machines_are_told_the_same(doubtful: Path, form: Format, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint([doubtful], form) == 1
    document = said(capsys, form)
    assert document["format"] == 1
    findings = document["findings"]
    assert isinstance(findings, list)
    assert [list(one) for one in findings] == [
        ["file", "line", "column", "kind", "level", "message", "hint"],
    ] * 2
    assert [(one["kind"], one["level"], one["line"]) for one in findings] == [
        ("unverified", "warning", 33),
        ("translation", "advice", 50),
    ]


def test_a_pack_that_does_not_load_is_told_every_mistake_and_what_its_text_shows(
    broken: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lint([broken], Format.JSON) == 1
    findings = said(capsys, Format.JSON)["findings"]
    assert isinstance(findings, list)
    kinds = {one["kind"] for one in findings}
    assert kinds == {"mistake", "translation"}
    assert sum(one["kind"] == "mistake" for one in findings) > 3
    assert all("did you mean 'port.owner'?" in one["hint"] for one in findings if one["kind"] == "mistake")


def test_what_is_no_yaml_is_a_finding_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "pack.yaml"
    path.write_text("a: [b", encoding="utf-8")
    assert lint([path], Format.TABLE) == 1
    assert f"{path}:2:1: [mistake] this is not YAML" in capsys.readouterr().out


def test_the_tree_has_everything_in_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    assert listing([SERVICE], Format.TABLE) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "pack  service 1.1.0  Programs under supervisord / supervisord 管理的程序"
    assert (
        "  P1  service.does-not-start  [service/application-down]  The program does not start / 程序无法启动" in lines
    )
    assert "      risk low  restore-the-backup  " in "\n".join(lines)
    assert "      person  provide-the-secret  Put the secret back by hand / 人工补回密钥文件" in lines
    assert "      is  service.does-not-start" in lines


def test_the_tree_is_told_to_machines(capsys: pytest.CaptureFixture[str]) -> None:
    assert listing([SERVICE], Format.JSON) == 0
    (pack,) = json.loads(capsys.readouterr().out)["packs"]
    causes = [cause["id"] for problem in pack["problems"] for cause in problem["causes"]]
    assert causes[:2] == ["service.port-taken", "service.config-broken"]
    assert [one["by"] for one in pack["problems"][0]["causes"][1]["remedies"]] == ["risk low", "person"]


def test_an_element_is_shown_with_its_place_its_text_and_who_uses_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert show([SERVICE], "service.does-not-start", Format.TABLE) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "problem service.does-not-start of kind service"
    assert f"   at {SERVICE}:22:5" in lines
    assert "   symptom service.keeps-failing shows it" in lines
    assert "   is cause service.unreachable-because-down" in lines
    assert "      severity: P1" in lines


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("port.owner", "   speaks for cause service.port-taken"),
        ("start-process", "   is a step of remedy free-the-port"),
        ("restart-it", "   treats cause service.hung"),
        ("a missing configuration file counts as broken", "   expects cause service.config-broken"),
    ],
)
def test_whatever_a_pack_names_can_be_shown(name: str, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert show([SERVICE], name, Format.TABLE) == 0
    assert line in capsys.readouterr().out.splitlines()


def test_what_no_pack_names_is_refused_with_what_may_be_meant() -> None:
    with pytest.raises(NotFoundError, match=r"speaks of 'service\.hungry' \(did you mean 'service\.hung'\?\)"):
        show([SERVICE], "service.hungry", Format.TABLE)


def test_an_element_is_told_to_machines(capsys: pytest.CaptureFixture[str]) -> None:
    assert show([SERVICE], "service.hung", Format.JSON) == 0
    (element,) = json.loads(capsys.readouterr().out)["elements"]
    assert element["sort"] == "cause"
    assert {"source": "restart-it", "how": "treats", "target": "service.hung", "of": ""} in element["links"]
    assert element["text"]["likelihood"] == "occasional"


def test_a_pack_that_does_not_load_cannot_be_shown(broken: Path) -> None:
    for door in (
        lambda: listing([broken], Format.TABLE),
        lambda: show([broken], "port.owner", Format.TABLE),
        lambda: graph(broken, Picture.DOT),
        lambda: coverage([broken], Format.TABLE),
    ):
        with pytest.raises(TextError, match=r"port\.onwer|onwer"):
            door()


def test_the_schema_tells_how_an_editor_finds_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert schema() == 0
    document = json.loads(capsys.readouterr().out)
    assert "# yaml-language-server: $schema=medicus-pack.schema.json" in document["$comment"]
    assert document["title"] == "Medicus rule pack"


@pytest.mark.parametrize(
    ("picture", "first", "line"),
    [(Picture.MERMAID, "flowchart LR", '"port.owner of service"'), (Picture.DOT, "digraph pack {", "speaks for")],
)
def test_a_pack_is_drawn(picture: Picture, first: str, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert graph(SERVICE, picture) == 0
    text = capsys.readouterr().out
    assert text.splitlines()[0] == first
    assert line in text


def test_what_a_cause_lacks_is_told_and_counts_when_strict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert coverage([SERVICE], Format.TABLE, strict=True) == 0
    path = tmp_path / "pack.yaml"
    text = SERVICE.read_text(encoding="utf-8")
    path.write_text(text.replace("expect: {service.unreachable: service.hung}", "expect: {}"), encoding="utf-8")
    capsys.readouterr()
    assert coverage([path], Format.TABLE, strict=True) == 1
    (hung,) = [line for line in capsys.readouterr().out.splitlines() if " service.hung " in line]
    assert hung.split()[2:8] == ["3", "0", "1", "0", "0", "17"]
    assert hung.rstrip().endswith("an example")
    assert coverage([path], Format.TABLE) == 0


def test_what_tells_causes_apart_is_told_with_its_factor(capsys: pytest.CaptureFixture[str]) -> None:
    assert coverage([SERVICE], Format.JSON, matrix=True, strict=True) == 0
    first = json.loads(capsys.readouterr().out)["apart"][0]
    assert first["problem"] == "service.does-not-start"
    assert len(first["pairs"]) == 6
    taken = next(one for one in first["pairs"] if one["other"] == "service.given-up")
    # port.owner is other: 1000 for the one, 1/1000 for the other; is none: 1/20 and 2
    assert taken["one"] == "service.port-taken"
    assert taken["factor"] == pytest.approx(1000 * 1000 * 20 * 2)
    assert (taken["for_the_one"], taken["for_the_other"]) == ({"port.owner": "other"}, {"port.owner": "none"})
    assert coverage([SERVICE], Format.TABLE, matrix=True) == 0
    assert "told apart: service.unreachable" in capsys.readouterr().out
