"""A line a request. It holds no token, and no text of a query unless that is asked for."""

from __future__ import annotations

import hashlib
import json
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TextIO

from entente.config import Settings

_MAX_WAITING = 10_000
_LOOK_S = 0.05


def hash_query(query: str) -> str:
    """Name a query in 16 characters: the beginning of the SHA-256 of its UTF-8."""
    return hashlib.sha256(query.encode("utf-8", "surrogatepass")).hexdigest()[:16]


class RequestLog:
    """Writes lines from a thread of its own, so that a slow reader of them holds up nobody.

    The thread looks for them now and then: to wake it for each would cost more than the line.

    Args:
        settings: The form of a line.
        stream: Where lines go.
    """

    def __init__(self, settings: Settings, stream: TextIO = sys.stderr) -> None:
        self._form = settings.log_format
        self._stream = stream
        self._waiting: deque[tuple[float, Mapping[str, object]]] = deque()
        self._dropped = 0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._write_all, name="log", daemon=True)
        if self._form != "none":
            self._thread.start()

    @property
    def wanted(self) -> bool:
        """Say whether anybody wants lines."""
        return self._form != "none"

    def write(self, fields: Mapping[str, object]) -> None:
        """Write a line; where nobody reads them, lines are dropped and counted."""
        if len(self._waiting) < _MAX_WAITING:
            self._waiting.append((time.time(), fields))
        else:
            self._dropped += 1

    def close(self) -> None:
        """Write what waits, for a second at most."""
        self._closing.set()
        if self.wanted:
            self._thread.join(1)

    def _form_line(self, at: float, fields: Mapping[str, object]) -> str:
        moment = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
        timed = {"time": moment, **fields}
        if self._dropped:
            timed["dropped"], self._dropped = self._dropped, 0
        if self._form == "json":
            return json.dumps(timed)
        return " ".join(f"{name}={json.dumps(value)}" for name, value in timed.items())

    def _write_all(self) -> None:
        while True:
            last = self._closing.wait(_LOOK_S)
            self._write_waiting()
            if last:
                return

    def _write_waiting(self) -> None:
        try:
            while self._waiting:
                self._stream.write(self._form_line(*self._waiting.popleft()) + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            self._dropped += 1
