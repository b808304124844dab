"""What the command line tells an operator who paused everything."""

from pathlib import Path

import pytest

from api.cli import Exit, main


def said(capsys: pytest.CaptureFixture[str], folder: Path, *words: str) -> str:
    """What `medicus WORDS` prints in a folder with settings; it must end well."""
    with pytest.raises(SystemExit) as ended:
        main(["--config", str(folder / "medicus.yaml"), *words])
    assert ended.value.code == Exit.DONE
    return capsys.readouterr().out


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    with pytest.raises(SystemExit):
        main(["init", str(tmp_path)])
    capsys.readouterr()
    return tmp_path


def test_the_list_of_incidents_says_that_and_why_nothing_is_begun(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "paused" not in said(capsys, folder, "incidents")
    said(capsys, folder, "pause", "--why", "moving [db]")
    assert "(moving [db]): nothing is begun" in said(capsys, folder, "incidents")
    assert said(capsys, folder, "resume") == "resumed\n"
    assert "paused" not in said(capsys, folder, "incidents")


def test_resume_says_when_the_stop_file_keeps_the_pause(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stop = folder / "state/STOP"
    stop.write_text("release 4.2\n")
    assert said(capsys, folder, "resume") == f"still paused by the stop file: remove {stop}\n"
    assert "paused by stop file (release 4.2)" in said(capsys, folder, "incidents")
    stop.unlink()
    assert said(capsys, folder, "resume") == "resumed\n"
