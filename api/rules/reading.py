"""Packs as the doors read them: whole, or with all their mistakes."""

from pathlib import Path

from api.bootstrap import loaded_at
from engine.errors import TextError
from engine.linting.situations import Situations
from engine.linting.subject import subject


def read(pack: Path) -> Situations:
    """The pack in a file with its places; TextError with all its mistakes when it does not load."""
    loaded = loaded_at(pack)
    if loaded.pack is None or loaded.references is None:
        raise TextError(loaded.mistakes)
    return Situations(subject=subject(loaded.pack, loaded.references))
