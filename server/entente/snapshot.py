"""Snapshots: what a build leaves and a server opens.

A snapshot root holds one folder a version, and `current`, a symbolic link to one of them
that is swapped atomically. A version's folder holds the data set as canonical N-Quads
and `manifest.json`, which names the SHA-256 of every file beside it. `history/` tells the order
of the versions, those included whose files are gone.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from entente.errors import Busy, SnapshotCorrupt, SnapshotMissing, VersionGone, VersionUnknown
from entente.history import MANIFEST, Past, drop_old, list_versions, note_version

CURRENT = "current"
DATASET = "dataset.nq"
#: How many versions are kept.
KEPT_VERSIONS = 5
_LEAST_PREFIX = 6


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An opened snapshot.

    Attributes:
        version: The SHA-256 over the data set's RDFC-1.0 canonical N-Quads, in hexadecimal.
        folder: The folder that holds its files.
        manifest: What `manifest.json` says: version, counts by graph, files, inputs.
    """

    version: str
    folder: Path
    manifest: Mapping[str, Any]

    @property
    def dataset(self) -> Path:
        """The data set, its default graph included, as N-Quads."""
        return self.folder / DATASET


def open_snapshot(root: Path) -> Snapshot:
    """Open the current snapshot and check its files against their hashes.

    Args:
        root: The snapshot root.

    Raises:
        SnapshotMissing: Nothing has been built there.
        SnapshotCorrupt: A file is absent or differs from its hash.
    """
    folder = root / CURRENT
    if not folder.exists():
        raise SnapshotMissing(f"no snapshot in {root}", fix="run `entente build` first")
    return _open_version(folder.resolve())


def open_version(root: Path, name: str) -> Snapshot:
    """Open a version by its name, the beginning of its name, `latest` or `previous`.

    Raises:
        VersionUnknown: There never was such a version, or the beginning fits several.
        VersionGone: There was, and its files were removed.
        SnapshotMissing: Nothing has been built there.
        SnapshotCorrupt: A file differs from its hash.
    """
    if name == "latest":
        return open_snapshot(root)
    return _open_version(root / find_version(root, name).version)


def find_version(root: Path, name: str) -> Past:
    """Find a version that is there by its name, the beginning of its name, or `previous`.

    Raises:
        VersionUnknown: There never was such a version, or the beginning fits several.
        VersionGone: There was, and its files were removed.
    """
    versions = list_versions(root)
    if name == "previous":
        found = versions[1:2]
    else:
        found = [past for past in versions if past.version == name]
        if not found and len(name) >= _LEAST_PREFIX:
            found = [past for past in versions if past.version.startswith(name)]
    if len(found) != 1:
        there = ", ".join(past.version[:12] for past in versions if past.kept)
        raise VersionUnknown(
            f"{name[:80]} names no version" if not found else f"{name} names several versions",
            fix=f"there are {there or 'none'}, and `latest`",
        )
    if not found[0].kept:
        raise VersionGone(
            f"version {found[0].version} is kept no longer", fix=explain_rebuild(found[0])
        )
    return found[0]


def explain_rebuild(past: Past) -> str:
    """Say how a version whose files are gone is made again."""
    inputs = past.manifest.get("inputs", {})
    return (
        f"check out the revision of Entente {past.manifest.get('entente', '')} whose "
        f"{len(inputs)} input files have the SHA-256 that history/ names in its manifest, and run "
        "`entente build`: equal files make this version again"
    )


def _open_version(folder: Path) -> Snapshot:
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        version, files = manifest["version"], manifest["files"]
        damaged = [name for name, sha256 in files.items() if hash_file(folder / name) != sha256]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SnapshotCorrupt(
            f"{folder} is damaged: {error}", fix="run `entente build` again"
        ) from error
    if damaged or folder.name != version:
        what = ", ".join(damaged) or f"the manifest, which says version {version},"
        raise SnapshotCorrupt(
            f"{folder}: {what} does not fit its hash", fix="run `entente build` again"
        )
    return Snapshot(version, folder, manifest)


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_snapshot(
    root: Path,
    version: str,
    files: Mapping[str, bytes],
    about: Mapping[str, Any],
    keep: int = KEPT_VERSIONS,
) -> Snapshot:
    """Write a version and make it the current one, atomically.

    Whatever fails before the last step leaves the old version current.

    Args:
        root: The snapshot root; made if it is absent.
        version: The data set's version.
        files: Content by file name; `dataset.nq` is one of them.
        about: What the manifest says beside version and files.
        keep: How many versions are kept, this one included.
    """
    root.mkdir(parents=True, exist_ok=True)
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    manifest = {"version": version, **about, "files": hashes}
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=root))
    try:
        for name, content in files.items():
            _write(draft / name, content)
        text = json.dumps(manifest, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
        _write(draft / MANIFEST, text.encode())
        draft.chmod(0o755)
        _install(draft, root / version)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    _point_current(root, version)
    note_version(root, version)
    drop_old(root, keep)
    return Snapshot(version, root / version, manifest)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _install(draft: Path, folder: Path) -> None:
    """Move a finished draft into place; a sound version of that name stays as it is."""
    if folder.exists():
        try:
            _open_version(folder)
        except SnapshotCorrupt:
            shutil.rmtree(folder)
        else:
            return
    draft.rename(folder)


def _point_current(root: Path, version: str) -> None:
    link = root / f".{CURRENT}-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(version)
    link.replace(root / CURRENT)


@contextmanager
def build_lock(root: Path) -> Iterator[None]:
    """Hold the right to build into a snapshot root.

    Raises:
        Busy: Another build holds it.
    """
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy(
                f"another build is writing into {root}", fix="wait until it ends, then try again"
            ) from error
        yield
