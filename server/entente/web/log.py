"""A line a request. It holds no token, and no text of a query unless that is asked for."""

from __future__ import annotations

import hashlib
import json
import queue
import sys
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TextIO

from entente.config import Settings

_MAX_WAITING = 10_000


def hash_query(query: str) -> str:
    """Name a query in 16 characters: the beginning of the SHA-256 of its UTF-8."""
    return hashlib.sha256(query.encode("utf-8", "surrogatepass")).hexdigest()[:16]


class RequestLog:
    """Writes lines from a thread of its own, so that a slow reader of them holds up nobody.

    Args:
        settings: The form of a line.
        stream: Where lines go.
    """

    def __init__(self, settings: Settings, stream: TextIO = sys.stderr) -> None:
        self._form = settings.log_format
        self._stream = stream
        self._lines: queue.Queue[str | None] = queue.Queue(_MAX_WAITING)
        self._dropped = 0
        self._thread = threading.Thread(target=self._write_all, name="log", daemon=True)
        self._thread.start()

    def write(self, fields: Mapping[str, object]) -> None:
        """Write a line; where nobody reads them, lines are dropped and counted."""
        if self._form == "none":
            return
        try:
            self._lines.put_nowait(self._form_line(fields))
        except queue.Full:
            self._dropped += 1

    def close(self) -> None:
        """Write what waits, for two seconds at most."""
        try:
            self._lines.put(None, timeout=1)
        except queue.Full:
            return
        self._thread.join(1)

    def _form_line(self, fields: Mapping[str, object]) -> str:
        timed = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), **fields}
        if self._dropped:
            timed["dropped"], self._dropped = self._dropped, 0
        if self._form == "json":
            return json.dumps(timed)
        return " ".join(f"{name}={json.dumps(value)}" for name, value in timed.items())

    def _write_all(self) -> None:
        while (line := self._lines.get()) is not None:
            try:
                self._stream.write(line + "\n")
                if self._lines.empty():
                    self._stream.flush()
            except (OSError, ValueError):
                self._dropped += 1
