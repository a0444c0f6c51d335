"""Where the graph's own files lie: in a checkout, or inside an installed wheel."""

from __future__ import annotations

from pathlib import Path

#: The shapes that are for anybody's data; the others are for the graph's own.
LIBRARY = "shapes/library"

_PACKAGE = Path(__file__).resolve().parent


def graph_files() -> Path:
    """Return the folder that holds ontology/, data/, shapes/ and queries/."""
    shipped = _PACKAGE / "files"
    return shipped if shipped.is_dir() else _PACKAGE.parent.parent


def shipped_shapes(name: str, folder: Path) -> Path | None:
    """Return the file of shapes for everybody that has a name, such as `ontology-style`."""
    library = {path.stem: path for path in (folder / LIBRARY).glob("*.ttl")}
    return library.get(name)
