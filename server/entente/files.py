"""Where the graph's own files lie: in a checkout, or inside an installed wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def graph_files() -> Path:
    """Return the folder that holds ontology/, data/, shapes/ and queries/."""
    shipped = _PACKAGE / "files"
    return shipped if shipped.is_dir() else _PACKAGE.parent.parent
