"""Data on disk, for files that are too large for the memory: a folder for each version.

The engine's store on disk has threads, and a process with threads must not be forked. So
a process of its own builds it (`python -m entente.query.disk FOLDER FILE...`), the parent
never opens it, and each worker opens it for itself, read-only.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from entente.errors import DataError, EntenteError, Place
from entente.query.loading import count_default, count_graphs, load_files

_COUNTS = "counts.json"
_STORE = "store"


def ensure_store(folder: Path, files: Sequence[str]) -> tuple[dict[str, int], int]:
    """Build the store of a version, unless it is there.

    Args:
        folder: The folder of the version.
        files: The RDF files to load where it is not there.

    Returns:
        The triples of each named graph, by its IRI, and those of the default graph.

    Raises:
        DataError: A file is malformed, or cannot be read.
        EntenteError: The process that builds ended without an answer.
    """
    if not (folder / _COUNTS).exists():
        _build_apart(folder, files)
    counts = json.loads((folder / _COUNTS).read_text("utf-8"))
    return counts["graphs"], counts["triples"]


def open_store(folder: Path) -> ox.Store:
    """Open the store of a version, read-only."""
    return ox.Store.read_only(str(folder / _STORE))


def build_store(folder: Path, files: Sequence[str]) -> None:
    """Build the store of a version; its folder is there when it is whole, and not before.

    Raises:
        DataError: A file is malformed, or holds a DOCTYPE.
        InputError: A file cannot be read, or its format is unknown.
    """
    fresh = folder.with_name(f"{folder.name}.{os.getpid()}")
    fresh.mkdir(parents=True)
    try:
        store = ox.Store(str(fresh / _STORE))
        load_files(store, files)
        store.optimize()
        store.flush()
        counts = {"graphs": count_graphs(store), "triples": count_default(store)}
        (fresh / _COUNTS).write_text(json.dumps(counts), "utf-8")
        del store
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _build_apart(folder: Path, files: Sequence[str]) -> None:
    command = [sys.executable, "-m", "entente.query.disk", str(folder), *files]
    done = subprocess.run(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False)
    if done.returncode == 0:
        return
    if not done.stdout:
        raise EntenteError("the process that loads the data ended; is the disk full?")
    report: dict[str, Any] = json.loads(done.stdout)
    place = Place(report["file"], report["line"]) if report["file"] else None
    raise DataError(report["what"], fix=report["fix"], place=place)


def _main(folder: str, *files: str) -> int:
    try:
        build_store(Path(folder), files)
    except EntenteError as error:
        place = error.place or Place()
        report = {"what": error.what, "fix": error.fix, "file": place.file, "line": place.line}
        sys.stdout.write(json.dumps(report))
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
