"""Answers that were recorded to be cited: beside the snapshots, never changed, bounded in bytes.

`answers/<hash>/query.rq` is the text of a query, named by the SHA-256 of its UTF-8, and
`answers/<hash>/<version>` its answer on a version of the data set. They outlive the version's
files.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from entente.errors import RecordsFull

FOLDER = "answers"
_QUERY = "query.rq"
_HASH = re.compile(r"[0-9a-f]{64}")
_VERSION = re.compile(r"[A-Za-z0-9]{1,64}")


@dataclass(frozen=True, slots=True)
class Record:
    """A recorded answer.

    Attributes:
        query_hash: The SHA-256 of the query's text.
        version: The version that answered.
        content: The answer, canonically.
    """

    query_hash: str
    version: str
    content: bytes


def hash_text(query: str) -> str:
    """Name a query: the SHA-256 of its UTF-8, in hexadecimal."""
    return hashlib.sha256(query.encode("utf-8", "surrogatepass")).hexdigest()


class Records:
    """The recorded answers below a snapshot root. Safe to use from several threads.

    Args:
        root: The snapshot root.
        max_bytes: The size of all of them beyond which no other is recorded.
    """

    def __init__(self, root: Path, max_bytes: int) -> None:
        self._folder = root / FOLDER
        self._max_bytes = max_bytes
        self._lock = threading.Lock()

    def find(self, query_hash: str, version: str) -> Record | None:
        """Find a recorded answer, or give None."""
        if not (_HASH.fullmatch(query_hash) and _VERSION.fullmatch(version)):
            return None
        try:
            content = (self._folder / query_hash / version).read_bytes()
        except OSError:
            return None
        return Record(query_hash, version, content)

    def has(self, query_hash: str, version: str) -> bool:
        """Say whether an answer is recorded."""
        named = _HASH.fullmatch(query_hash) and _VERSION.fullmatch(version)
        return bool(named) and (self._folder / query_hash / version).is_file()

    def find_query(self, query_hash: str) -> str | None:
        """Find the text of a query of which an answer was recorded, or give None."""
        if not _HASH.fullmatch(query_hash):
            return None
        try:
            return (self._folder / query_hash / _QUERY).read_bytes().decode("utf-8")
        except OSError:
            return None

    def record(self, query: str, version: str, content: bytes) -> Record:
        """Record an answer, unless one is recorded: what stands there is never changed.

        Raises:
            RecordsFull: There is no room for another, or the folder cannot be written.
        """
        query_hash = hash_text(query)
        with self._lock:
            if found := self.find(query_hash, version):
                return found
            size = len(content) + len(query.encode())
            if self._size() + size > self._max_bytes:
                raise RecordsFull(
                    f"recorded answers take all of their {self._max_bytes} bytes",
                    fix="cite the query and the version; the operator can raise max_record_bytes",
                )
            try:
                folder = self._folder / query_hash
                folder.mkdir(parents=True, exist_ok=True)
                _write(folder / _QUERY, query.encode())
                _write(folder / version, content)
            except OSError as error:
                raise RecordsFull(
                    f"answers cannot be recorded here: {error.strerror}",
                    fix="cite the query and the version",
                ) from None
        return Record(query_hash, version, content)

    def all(self) -> Iterator[Record]:
        """Give every recorded answer, by query and version."""
        for path in sorted(self._folder.glob("*/*")):
            if _VERSION.fullmatch(path.name) and (found := self.find(path.parent.name, path.name)):
                yield found

    def _size(self) -> int:
        return sum(path.stat().st_size for path in self._folder.glob("*/*"))


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, unless it is there."""
    if path.exists():
        return
    handle, name = tempfile.mkstemp(prefix=".draft-", dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(name).chmod(0o644)
    Path(name).rename(path)
