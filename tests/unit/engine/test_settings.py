"""medicus.yaml is read strictly, the environment overrides it, and every mistake has its place."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as given_with
from hypothesis import strategies as st

from engine.errors import SettingsError, TextError
from engine.remediation.policy import Policy, Profile
from engine.settings import Listen, Settings, find_settings, read_settings

SMALLEST = "format: 1\npacks: [service]\n"
WHOLE = """\
format: 1
language: zh
packs: [service, packs/mine.yaml]
state: var/state
inference: native
interval: 500ms
listen: "[::1]:9000"
policy:
  profile: self-heal
  confidence: 0.95
  approval_expires: 1h
  cooldown: 2m
  flapping: {times: 4, within: 2h}
  blast_radius: 2
targets:
  - id: notes-api
    kind: service
    keep_running: true
    parts:
      process: {supervisor: run/supervisor.sock, name: notes}
"""


def settings(folder: Path, text: str, **environment: str) -> Settings:
    file = folder / "medicus.yaml"
    file.write_text(text, encoding="utf-8")
    return read_settings(file, environment)


def said(folder: Path, text: str, **environment: str) -> list[str]:
    with pytest.raises(TextError) as caught:
        settings(folder, text, **environment)
    return [str(one).removeprefix(f"{folder}/") for one in caught.value.mistakes]


def test_what_is_left_out_is_safe(tmp_path: Path) -> None:
    found = settings(tmp_path, SMALLEST)
    assert found.policy == Policy()
    assert found.policy.profile is Profile.SUGGEST
    assert (found.language, found.inference, found.interval) == ("en", "auto", 2.0)
    assert found.listen == Listen(host="127.0.0.1", port=8017)
    assert found.state == tmp_path / "state"
    assert found.inventory == ()


def test_every_setting_is_read(tmp_path: Path) -> None:
    found = settings(tmp_path, WHOLE)
    assert found.language == "zh"
    assert found.packs == ("service", "packs/mine.yaml")
    assert found.state == tmp_path / "var/state"
    assert found.listen == Listen(host="::1", port=9000)
    assert found.interval == 0.5
    assert found.policy == Policy(
        profile=Profile.SELF_HEAL,
        confidence=0.95,
        approval_expires=3600.0,
        cooldown=120.0,
        flapping_times=4,
        flapping_within=7200.0,
        blast_radius=2,
    )
    assert [target.id for target in found.inventory] == ["notes-api"]


def test_the_environment_overrides_the_file_and_is_read_like_it(tmp_path: Path) -> None:
    found = settings(
        tmp_path,
        WHOLE,
        MEDICUS_LANGUAGE="en",
        MEDICUS_LISTEN="127.0.0.1:0",
        MEDICUS_STATE="/var/lib/medicus",
        MEDICUS_PACKS="[other]",
        MEDICUS_POLICY__PROFILE="suggest",
        MEDICUS_POLICY__FLAPPING__TIMES="9",
        MEDICUS_INTERVAL="",
        MEDICUS_CONFIG="elsewhere.yaml",
    )
    assert (found.language, found.listen.port, found.packs) == ("en", 0, ("other",))
    assert found.state == Path("/var/lib/medicus")
    assert (found.policy.profile, found.policy.flapping_times) == (Profile.SUGGEST, 9)
    assert found.policy.cooldown == 120.0
    assert found.interval == 0.5
    assert settings(tmp_path, SMALLEST, MEDICUS_POLICY__COOLDOWN="5s").policy.cooldown == 5.0


def test_the_environment_does_not_hide_a_broken_file(tmp_path: Path) -> None:
    assert said(tmp_path, SMALLEST + "policy: no\n", MEDICUS_POLICY__COOLDOWN="5s") == [
        "medicus.yaml:3:9: should be a mapping, not 'no'"
    ]


def test_a_wrong_variable_is_named_as_such(tmp_path: Path) -> None:
    assert said(tmp_path, SMALLEST, MEDICUS_POLICY__BLAST_RADIUS="many", MEDICUS_LANGUAGE="de") == [
        "MEDICUS_LANGUAGE:1:1: should be 'en' or 'zh', not 'de' (an environment variable)",
        "MEDICUS_POLICY__BLAST_RADIUS:1:1: should be a whole number, not 'many' (an environment variable)",
    ]


def test_a_variable_that_means_the_policy_and_misses_it_is_refused(tmp_path: Path) -> None:
    assert said(tmp_path, SMALLEST, MEDICUS_POLICY_PROFILE="suggest") == [
        "MEDICUS_POLICY_PROFILE:1:1: sets nothing (did you mean 'MEDICUS_POLICY__PROFILE'?)"
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("packs: [service]\n", "1:1: 'format' is missing"),
        ("format: 2\npacks: [a]\n", "1:9: should be 1, not 2"),
        ("format: 1\npacks: []\n", "2:8: should have at least 1 item"),
        (SMALLEST + "langauge: en\n", "3:1: unknown key 'langauge' (did you mean 'language'?)"),
        (SMALLEST + "language: en\nlanguage: zh\n", "4:1: duplicate key 'language' (it stands in line 3 already)"),
        (SMALLEST + "interval: 50ms\n", "3:11: should be between 100ms and 1h, not 50ms"),
        (SMALLEST + "interval: 2h\n", "3:11: should be between 100ms and 1h, not 2h"),
        (SMALLEST + "interval: 2\n", "3:11: should be a duration such as 500ms, 10s, 10m, 2h or 1d, not 2"),
        (SMALLEST + "listen: 0.0.0.0:80\n", "3:9: listens on this machine only"),
        (SMALLEST + "listen: example.org:80\n", "3:9: listens on this machine only"),
        (SMALLEST + "listen: 8017\n", "3:9: should be an address and a port such as 127.0.0.1:8017, not 8017"),
        (SMALLEST + "listen: 127.0.0.1:99999\n", "3:9: should be an address and a port"),
        (SMALLEST + "policy: {confidence: 1.5}\n", "3:22: should be less than or equal to 1, not 1.5"),
        (SMALLEST + "policy: {confidence: 0.4}\n", "3:22: should be greater than or equal to 0.5, not 0.4"),
        (SMALLEST + "policy: {flapping: {times: 0}}\n", "3:28: should be greater than or equal to 1, not 0"),
        (SMALLEST + "policy: {profile: on}\n", "3:19: should be 'suggest' or 'self-heal', not 'on'"),
        (SMALLEST + "policy:\n", "3:8: should be a mapping, not None"),
        (SMALLEST + "targets:\n  - {id: A_b, kind: s, parts: {p: {}}}\n", "4:10: should be lower-case words joined"),
        (SMALLEST + "targets:\n  - {id: a, kind: s, parts: {}}\n", "4:29: should have at least 1 item"),
        (SMALLEST + "targets:\n  - {id: a, kind: s, parts: {p: [1]}}\n", "4:33: should be a mapping, not [1]"),
        (SMALLEST + "targets:\n  - {id: a, kind: s, parts: {p: {x: [1]}}}\n", "4:37: should be text, a number, true"),
        ("- format: 1\n", "1:1: should be a mapping"),
        ("", "1:1: should be a mapping, not None"),
    ],
)
def test_a_mistake_carries_its_place(tmp_path: Path, text: str, expected: str) -> None:
    assert said(tmp_path, text)[0].startswith(f"medicus.yaml:{expected}")


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = "format: 1\npacks: service\nlanguage: en\nlanguage: en\nlisten: 1.2.3.4:1\nintervall: 2s\n"
    text += "policy: {cooldown: 1}\n"
    assert [one.split(" ")[0] for one in said(tmp_path, text)] == [
        "medicus.yaml:2:8:",
        "medicus.yaml:4:1:",
        "medicus.yaml:5:9:",
        "medicus.yaml:6:1:",
        "medicus.yaml:7:20:",
    ]


def test_the_file_is_found_by_name_by_variable_or_where_one_stands(tmp_path: Path) -> None:
    named, here = tmp_path / "named.yaml", tmp_path / "medicus.yaml"
    named.touch()
    here.touch()
    assert find_settings(named, {"MEDICUS_CONFIG": "other.yaml"}, tmp_path) == named
    assert find_settings(None, {"MEDICUS_CONFIG": "named.yaml"}, tmp_path) == named
    assert find_settings(None, {}, tmp_path) == here


def test_a_file_that_is_named_but_absent_is_never_replaced_by_another(tmp_path: Path) -> None:
    (tmp_path / "medicus.yaml").touch()
    with pytest.raises(SettingsError, match=r"there is no settings file .*gone\.yaml: check the path"):
        find_settings(Path("gone.yaml"), {}, tmp_path)


def test_without_any_file_the_way_out_is_medicus_init(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="run `medicus init`"):
        find_settings(None, {}, tmp_path)


@given_with(deadline=None)
@given(st.text(alphabet=st.sampled_from("formatpckslien: 1[]{}-\n\t'\"&*") | st.characters(codec="utf-8"), max_size=60))
def test_any_text_is_settings_or_a_text_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.getbasetemp()
    try:
        settings(folder, SMALLEST + text)
    except TextError as error:
        assert error.mistakes  # noqa: PT017 - an error is only one of the two allowed ends
