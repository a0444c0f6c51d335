"""Answers that are kept: least recently used goes first, and bytes are what is counted."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

#: What an entry costs beside its body and its key: headers, and the tables of the cache.
_OVERHEAD_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that was given and can be given again.

    Attributes:
        etag: Its ETag.
        headers: All its headers.
        body: Its body.
    """

    etag: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Cache:
    """Kept answers by key, bounded in bytes. Safe to use from several threads."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._entries: OrderedDict[tuple[object, ...], tuple[Kept, int]] = OrderedDict()
        self.size_bytes = 0

    def get(self, key: tuple[object, ...]) -> Kept | None:
        """Find an answer, and count it as used."""
        with self._lock:
            found = self._entries.get(key)
            if found is None:
                return None
            self._entries.move_to_end(key)
            return found[0]

    def put(self, key: tuple[object, ...], kept: Kept) -> None:
        """Keep an answer, and let go of the ones that were used longest ago."""
        size = len(kept.body) + sum(_size(part) for part in key) + _OVERHEAD_BYTES
        if size > self._max_bytes:
            return
        with self._lock:
            _, old = self._entries.pop(key, (None, 0))
            self._entries[key] = (kept, size)
            self.size_bytes += size - old
            while self.size_bytes > self._max_bytes:
                _, (_, freed) = self._entries.popitem(last=False)
                self.size_bytes -= freed


def _size(part: object) -> int:
    return len(part) if isinstance(part, str | bytes) else 8
