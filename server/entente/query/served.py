"""What is served: a snapshot that may change, or files as they are."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from entente.errors import InputError
from entente.snapshot import open_snapshot

#: The functions that queries on the graph of Entente may call; they stand in a higher layer.
_FUNCTIONS = "entente.provenance.functions"


@dataclass(frozen=True, slots=True)
class Served:
    """A data set, as it is at one time.

    Attributes:
        version: Its name; two data sets of one version are equal.
        files: The RDF files to load, in their order.
        own: Whether it is the graph of Entente, and not somebody's files.
        on_disk: The folder of its store, where it is too large for the memory, or None.
        tasks: The module of what its workers can do beside queries, or an empty string.
        texts: The folder of the texts for these tasks, or an empty string.
        functions: The module of the functions that queries may call beside SPARQL's own, or an
            empty string.
        folder: The folder of the snapshot, or None where it is none.
    """

    version: str
    files: tuple[Path, ...]
    own: bool
    on_disk: Path | None = None
    tasks: str = ""
    texts: str = ""
    functions: str = ""
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where the data set comes from.

    Attributes:
        open: Gives the data set as it is now.
        fingerprint: Gives a text that changes when another data set is there.
    """

    open: Callable[[], Served]
    fingerprint: Callable[[], str]


def snapshot_source(root: Path, tasks: str = "", texts: str = "") -> Source:
    """Serve the current snapshot below a folder.

    Opening raises SnapshotMissing where nothing was built, and SnapshotCorrupt where
    files do not fit their manifest.

    Args:
        root: The folder of the snapshots.
        tasks: The module of what workers can do beside queries, or an empty string.
        texts: The folder of the texts for these tasks, or an empty string.
    """

    def open_current() -> Served:
        snapshot = open_snapshot(root)
        files, folder = (snapshot.dataset,), snapshot.folder.resolve()
        return Served(snapshot.version, files, True, None, tasks, texts, _FUNCTIONS, folder)

    return Source(open_current, lambda: os.path.realpath(root / "current"))


def files_source(
    paths: Sequence[Path],
    max_loaded_bytes: int | None = None,
    stores: Path = Path("stores"),
    tasks: str = "",
) -> Source:
    """Serve RDF files as they are; their hash is the version. Opening reads them.

    Opening raises InputError where a file cannot be read.

    Args:
        paths: The files.
        max_loaded_bytes: The size of all files beyond which their store stays on disk.
        stores: Where such stores are kept, each in a folder named by its version.
        tasks: The module of what workers can do beside queries, or an empty string.
    """

    def open_files() -> Served:
        digest = hashlib.sha256()
        for path in paths:
            digest.update(_hash_file(path))
        version, files = digest.hexdigest(), tuple(path.resolve() for path in paths)
        large = max_loaded_bytes is not None and _size(files) > max_loaded_bytes
        on_disk = (stores / version).resolve() if large else None
        return Served(version, files, False, on_disk, tasks)

    return Source(open_files, lambda: "")


def _size(files: Sequence[Path]) -> int:
    return sum(path.stat().st_size for path in files)


def _hash_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}", fix="name a file that can be read") from None
