"""Answers that are kept: least recently used goes first, and bytes are what is counted."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from http import HTTPStatus

from entente.web.wire import Headers, write_head

Key = tuple[object, ...]

#: What an entry costs beside its body and its key: heads, and the tables of the cache.
_OVERHEAD_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that was given and can be given again.

    Attributes:
        etag: Its ETag.
        query: The hash of its query.
        head: Its head, written for the wire but for its last lines.
        headers: The headers of which the head for a client that has it already is written.
        body: Its body.
    """

    etag: str
    query: str
    head: bytes
    headers: Headers
    body: bytes

    @property
    def unchanged(self) -> bytes:
        """The head for a client that has it already."""
        passed = tuple(pair for pair in self.headers if not pair[0].startswith("Content-"))
        return write_head(HTTPStatus.NOT_MODIFIED, passed, b"")


@dataclass(frozen=True, slots=True)
class Repeat:
    """A request that is known by its bytes alone: the same bytes get the same answer.

    Attributes:
        key: The key of its answer.
        unchanged: Whether its client has the answer already.
        method: Its method.
        path: Its path.
        token: Who asks, where a token says so, or an empty string.
    """

    key: Key
    unchanged: bool
    method: str
    path: str
    token: str


class Cache:
    """Kept answers by key, and the requests that are known to ask for them.

    Bounded in bytes. All is done by one thread.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._answers: dict[Key, Kept] = {}
        self._repeats: dict[bytes, Repeat] = {}
        self._sizes: OrderedDict[Key | bytes, int] = OrderedDict()
        self.size_bytes = 0

    def get(self, key: Key) -> Kept | None:
        """Find an answer, and count it as used."""
        found = self._answers.get(key)
        if found is not None:
            self._sizes.move_to_end(key)
        return found

    def put(self, key: Key, kept: Kept) -> None:
        """Keep an answer, and let go of what was used longest ago."""
        if self._make_room(key, len(kept.body) + sum(_size(part) for part in key)):
            self._answers[key] = kept

    def find_repeat(self, raw: bytes) -> tuple[Repeat, Kept] | None:
        """Find what a request asks by its bytes, and count it as used."""
        repeat = self._repeats.get(raw)
        kept = None if repeat is None else self.get(repeat.key)
        if repeat is None or kept is None:
            return None
        self._sizes.move_to_end(raw)
        return repeat, kept

    def put_repeat(self, raw: bytes, repeat: Repeat) -> None:
        """Know a request again by its bytes."""
        if self._make_room(raw, len(raw)):
            self._repeats[raw] = repeat

    def _make_room(self, key: Key | bytes, size: int) -> bool:
        size += _OVERHEAD_BYTES
        if size > self._max_bytes:
            return False
        self._forget(key)
        self._sizes[key] = size
        self.size_bytes += size
        while self.size_bytes > self._max_bytes:
            self._forget(next(iter(self._sizes)))
        return True

    def _forget(self, key: Key | bytes) -> None:
        self.size_bytes -= self._sizes.pop(key, 0)
        if isinstance(key, bytes):
            self._repeats.pop(key, None)
        else:
            self._answers.pop(key, None)


def _size(part: object) -> int:
    return len(part) if isinstance(part, str | bytes) else 8
