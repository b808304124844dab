"""`medicus rules graph`: how a pack hangs together, as a picture in Mermaid or for Graphviz."""

import sys
from pathlib import Path

from api.rules.reading import read
from engine.linting.drawing import Picture, drawn
from engine.linting.links import web


def graph(pack: Path, picture: Picture) -> int:
    """Print the picture of the pack in a file; always 0. TextError when it does not load."""
    sys.stdout.writelines(f"{line}\n" for line in drawn(web(read(pack)), picture))
    return 0
