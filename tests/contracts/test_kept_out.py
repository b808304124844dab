"""What must not be in a public repository: where it was written, where packages came from, whose machine it was."""

import re

import pytest

from tests.support.tree import ROOT, files, shown

# One letter of each word stands in brackets, so that this file does not find itself.
KEPT_OUT = {
    "an absolute path of a workplace": r"(?<![\w.~}-])/(?:[w]ork|[r]oot)(?:/|\b(?![\w.-]))",
    "a package index": r"[p]ypi\.org|[p]ythonhosted|[n]pmjs|(?<!emit)[-]index-url|[f]ind-links|[d]evpi|[a]rtifactory",
    "a secret": r"-----BEGIN [A-Z ]*[P]RIVATE KEY|[g]hp_[A-Za-z0-9]{20}|[A]KIA[0-9A-Z]{16}",
    "a tool of its writer": r"(?i)\b(?:[c]laude|[a]nthropic|[c]hatgpt|[o]penai|[c]opilot)\b",
}
PRODUCT = "(?i)[w]orktool"  # known to its pack only


def places(pattern: str, text: str, name: str) -> list[str]:
    return [
        f"{name}:{number}: {line[:160]}" for number, line in enumerate(text.splitlines(), 1) if re.search(pattern, line)
    ]


@pytest.mark.parametrize("what", KEPT_OUT)
def test_no_file_holds(what: str) -> None:
    found = [
        place
        for path in files()
        for place in places(KEPT_OUT[what], path.read_text(encoding="utf-8", errors="replace"), shown(path))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("what", "backwards"),
    [
        ("an absolute path of a workplace", ')"x/toor/"(nepo'),
        ("an absolute path of a workplace", "krow/ dc"),
        ("a package index", "segakcap/gro.detsohnohtyp.selif//:sptth"),
        ("a package index", "moc.elpmaxe lru-xedni-- llatsni pip"),
        ("a tool of its writer", "edualC yb nettirw"),
    ],
)
def test_it_would_be_found(what: str, backwards: str) -> None:
    line = backwards[::-1]
    assert places(KEPT_OUT[what], line, "x") == [f"x:1: {line}"]


def test_the_engine_knows_no_product() -> None:
    general = [path for path in files() if path.relative_to(ROOT).parts[0] in {"engine", "actions", "api"}]
    assert [place for path in general for place in places(PRODUCT, path.read_text(encoding="utf-8"), shown(path))] == []


def test_the_lock_names_packages_and_hashes_only() -> None:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    package = re.compile(r"[a-z0-9-]+==[\w.]+( ; [\w'.<>=! ()]+)? \\")
    digest = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
    assert [line for line in lines if not package.fullmatch(line) and not digest.fullmatch(line)] == []
    assert {"setuptools", "durable-rules", "hatchling"} <= {line.partition("==")[0] for line in lines}
    assert not (ROOT / "uv.lock").exists()
