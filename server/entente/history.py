"""The versions that were: their order, and what is left of those whose files are gone.

A snapshot root holds `history/<number>-<version>.json`, a copy of each version's manifest; the
greatest number was made current last. A manifest stays when its version's files go, so that the
version can be told from one that never was, and be built again from the inputs that it names.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HISTORY = "history"
MANIFEST = "manifest.json"
#: How many versions are remembered.
_REMEMBERED = 1000
_ENTRY = re.compile(r"(?P<number>\d{6,})-(?P<version>[A-Za-z0-9]+)\.json")


@dataclass(frozen=True, slots=True)
class Past:
    """A version that is or was there.

    Attributes:
        version: Its name.
        manifest: What its manifest said.
        kept: Whether its files are there.
    """

    version: str
    manifest: Mapping[str, Any]
    kept: bool


def list_versions(root: Path) -> list[Past]:
    """List the versions below a snapshot root, the newest first."""
    return [_read_past(root, path) for path in reversed(_entries(root))]


def note_version(root: Path, version: str) -> None:
    """Note that a version was made current just now.

    Args:
        root: The snapshot root.
        version: A version whose folder is there.
    """
    entries = _entries(root)
    last = max((int(_parse(path)["number"]) for path in entries), default=0)
    text = (root / version / MANIFEST).read_bytes()
    (root / HISTORY).mkdir(exist_ok=True)
    draft = root / HISTORY / f".{version}"
    draft.write_bytes(text)
    draft.rename(root / HISTORY / f"{last + 1:06}-{version}.json")
    for path in entries:
        if _parse(path)["version"] == version:
            path.unlink()
    for path in _entries(root)[:-_REMEMBERED]:
        path.unlink()


def drop_old(root: Path, keep: int) -> None:
    """Remove the files of all versions but the newest.

    Args:
        root: The snapshot root.
        keep: How many are kept.
    """
    kept = {past.version for past in list_versions(root)[:keep]}
    for path in root.glob(f"*/{MANIFEST}"):
        folder = path.parent
        if not (folder.is_symlink() or folder.name.startswith(".") or folder.name in kept):
            shutil.rmtree(folder, ignore_errors=True)


def _entries(root: Path) -> list[Path]:
    found = [path for path in (root / HISTORY).glob("*.json") if _ENTRY.fullmatch(path.name)]
    return sorted(found, key=lambda path: int(_parse(path)["number"]))


def _parse(path: Path) -> re.Match[str]:
    match = _ENTRY.fullmatch(path.name)
    if match is None:
        raise ValueError(path.name)
    return match


def _read_past(root: Path, path: Path) -> Past:
    version = _parse(path)["version"]
    try:
        manifest = json.loads(path.read_bytes())
    except (OSError, ValueError):
        manifest = {}
    return Past(version, manifest, (root / version / MANIFEST).exists())
