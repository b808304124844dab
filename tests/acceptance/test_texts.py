"""Settings and packs with mistakes: all are told at once, each with its place, and nothing runs."""

import re

import pytest

from tests.support.stage import Stage

WRONG_SETTINGS = """\
format: 1
packs: [service]
interval: 5 minutes
policy:
  profile: selfheal
  confidense: 0.9
listen: 0.0.0.0:8017
targets:
  - id: notes
    kind: service
    kind: service
    parts:
      process: {supervisor: run/supervisor.sock, nam: notes}
"""


@pytest.mark.parametrize("words", [("run",), ("run", "--once"), ("diagnose",), ("incidents",)])
def test_every_mistake_of_the_settings_is_told_with_its_place(stage: Stage, words: tuple[str, ...]) -> None:
    stage.config.write_text(WRONG_SETTINGS)
    done = stage.medicus(*words, ok=False)
    assert done.status == 1
    places = re.findall(rf"{re.escape(str(stage.config))}:(\d+):(\d+): ", done.err)
    assert {int(line) for line, _ in places} >= {3, 5, 6, 7, 11}, done.err
    assert "'confidense'" in done.err
    assert "confidence" in done.err  # what was probably meant
    assert "Traceback" not in done.err
    assert not stage.state_folder.exists()


def test_a_wrong_setting_of_a_part_is_told_with_its_place(stage: Stage) -> None:
    stage.config.write_text(stage.config.read_text().replace("name: notes}", "nam: notes}", 1))
    done = stage.medicus("diagnose", ok=False)
    line = next(at for at, text in enumerate(stage.config.read_text().splitlines(), 1) if "nam:" in text)
    assert done.status == 1
    assert f"{stage.config}:{line}:" in done.err
    assert "nam" in done.err


def test_wrong_settings_are_unknown_to_a_monitor(stage: Stage) -> None:
    stage.config.write_text(WRONG_SETTINGS)
    assert stage.medicus("check", ok=False).status == 3


IN_ITS_SHAPE = (("likelihood: common", "likelihood: comon"), ("expires: 30s", "expires: 30s\nexpires: 40s"))
IN_ITS_NAMES = (("action: stop-listener", "action: stop-listner"), ("observe: config.exists", "observe: config.exits"))


@pytest.mark.parametrize("mistakes", [IN_ITS_SHAPE, IN_ITS_NAMES])
def test_every_mistake_of_a_pack_is_told_with_its_place(stage: Stage, mistakes: tuple[tuple[str, str], ...]) -> None:
    """First those of its shape, all at once; then those of what it refers to, all at once."""
    pack = stage.folder / "quick/pack.yaml"
    text = pack.read_text()
    for right, wrong in mistakes:
        text = text.replace(right, wrong, 1)
    pack.write_text(text)
    done = stage.medicus("run", ok=False)
    assert done.status == 1
    for _, wrong in mistakes:
        last = wrong.splitlines()[-1]
        line = next(at for at, one in enumerate(text.splitlines(), 1) if last in one)
        assert re.search(rf"{re.escape(str(pack))}:{line}:\d+: ", done.err), (last, done.err)
    assert "Traceback" not in done.err


def test_what_is_no_yaml_at_all_is_told_with_its_place(stage: Stage) -> None:
    stage.config.write_text("format: 1\npacks: [service\ntargets: {\n")
    done = stage.medicus("run", ok=False)
    assert done.status == 1
    assert re.search(r"medicus\.yaml:\d+:\d+: ", done.err)


def test_settings_that_are_not_there_are_told_with_the_remedy(stage: Stage) -> None:
    stage.config.unlink()
    done = stage.medicus("run", ok=False)
    assert done.status == 1
    assert "medicus init" in done.err
