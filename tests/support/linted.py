"""Lints packs as tests need them: against the vocabulary of the tests, and copies with one thing changed."""

import shutil
from pathlib import Path

from engine.inference.levels import problems_of, stratify
from engine.linting.checks import lint
from engine.linting.findings import Finding
from engine.rehearsing.examples import in_one_line
from engine.rulebase.loader import Loaded, load_with_places
from tests.support.vocabulary import ACTIONS, PROBES, SETTINGS

PACKS = Path(__file__).parent / "packs"


def loaded(path: Path) -> Loaded:
    return load_with_places(
        path, probes=PROBES, actions=ACTIONS, stratify=stratify, defects=problems_of, settings=SETTINGS
    )


def findings(path: Path, *, played: bool = True) -> tuple[Finding, ...]:
    """What lint says about the pack at `path`, with its examples `played` or not."""
    return lint(loaded(path), in_one_line if played else None)


def copied(folder: Path) -> Path:
    """The packs of the tests, copied into `folder`; the path of the shop's."""
    shutil.copytree(PACKS, folder / "packs")
    return folder / "packs" / "shop" / "pack.yaml"
