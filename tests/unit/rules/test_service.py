"""The shipped service pack loads without a mistake and says everything in both languages."""

import re
from pathlib import Path

import pytest

from engine.inference.levels import problems_of, stratify
from engine.knowledge import Pack
from engine.linting.checks import lint
from engine.rulebase.loader import find_pack, load_pack, load_with_places
from engine.rulebase.yaml_text import dump, read_path
from tests.support.vocabulary import ACTIONS, PROBES, SETTINGS

CHINESE = re.compile("[\u4e00-\u9fff]")
ASCII_STOP = re.compile("[\u4e00-\u9fff][,;:!?()]|[,;:!?()][\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def pack() -> Pack:
    path = find_pack("service", Path())
    return load_pack(path, probes=PROBES, actions=ACTIONS, stratify=stratify, defects=problems_of, settings=SETTINGS)


def texts(data: object) -> list[dict[str, str]]:
    if isinstance(data, dict):
        return [data] if set(data) == {"en", "zh"} else [one for inner in data.values() for one in texts(inner)]
    return [one for inner in data for one in texts(inner)] if isinstance(data, list) else []


def test_it_knows_two_problems_and_their_causes(pack: Pack) -> None:
    assert {problem.id: [cause.id for cause in problem.causes] for problem in pack.problems} == {
        "service.does-not-start": [
            "service.port-taken",
            "service.config-broken",
            "service.secret-missing",
            "service.given-up",
        ],
        "service.unreachable": ["service.unreachable-because-down", "service.hung", "service.stopped-by-hand"],
    }


def test_every_text_is_in_both_languages_with_the_punctuation_of_each() -> None:
    found = texts(read_path(find_pack("service", Path())).data)
    assert len(found) > 30
    for text in found:
        assert CHINESE.search(text["zh"]), text
        assert not CHINESE.search(text["en"]), text
        assert not ASCII_STOP.search(text["zh"]), text


def test_both_languages_name_the_same_settings() -> None:
    for text in texts(read_path(find_pack("service", Path())).data):
        assert set(re.findall(r"\{[^}]*\}", text["en"])) == set(re.findall(r"\{[^}]*\}", text["zh"]))


def test_lint_has_nothing_to_say() -> None:
    path = find_pack("service", Path())
    loaded = load_with_places(
        path, probes=PROBES, actions=ACTIONS, stratify=stratify, defects=problems_of, settings=SETTINGS
    )
    assert [str(one) for one in lint(loaded)] == []


def test_a_missing_secret_is_left_to_a_person(pack: Pack) -> None:
    (remedy,) = next(cause for cause in pack.problems[0].causes if cause.id == "service.secret-missing").remedies
    assert remedy.steps == ()
    assert remedy.instruction is not None
    assert "{secret.path}" in remedy.instruction.en


def test_every_cause_has_an_example_and_some_situations_have_no_known_cause(pack: Pack) -> None:
    first = {cause for example in pack.examples for cause in example.expect_first.values()}
    assert first == {cause.id for problem in pack.problems for cause in problem.causes} | {"none-of-these"}
    assert any(example.expect_none and not example.given for example in pack.examples)


def test_written_anew_it_is_the_same_pack(pack: Pack, tmp_path: Path) -> None:
    copy = tmp_path / "pack.yaml"
    copy.write_text(dump(read_path(find_pack("service", Path())).data), encoding="utf-8")
    assert load_pack(copy, probes=PROBES, actions=ACTIONS, stratify=stratify, defects=problems_of) == pack
