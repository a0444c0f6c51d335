"""The memory of all long queries together: where it is short, the hungriest goes."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LOOK_S = 0.05


class MemoryWatch:
    """Ends the hungriest worker while all of them together take more than a cap.

    Address space is bounded for each worker by the system; this bounds what they have
    really taken above the store that they share.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._changed = threading.Condition()
        self._watched: dict[int, int] = {}
        self._ended: set[int] = set()
        self._closing = False
        self._thread = threading.Thread(target=self._watch, name="watch-memory", daemon=True)
        self._thread.start()

    @contextmanager
    def watching(self, pid: int, base_bytes: int) -> Iterator[None]:
        """Watch a worker during the block; `base_bytes` is what it shares with its parent."""
        with self._changed:
            self._watched[pid] = base_bytes
            self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._watched.pop(pid, None)

    def ended(self, pid: int) -> bool:
        """Say whether a worker was ended here, and forget it."""
        with self._changed:
            gone = pid in self._ended
            self._ended.discard(pid)
            return gone

    def close(self) -> None:
        """Stop watching."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    def _watch(self) -> None:
        with self._changed:
            while not self._closing:
                self._end_hungriest()
                self._changed.wait(_LOOK_S if self._watched else None)

    def _end_hungriest(self) -> None:
        taken = {pid: taken_bytes(pid) - base for pid, base in self._watched.items()}
        if taken and sum(size for size in taken.values() if size > 0) > self._max_bytes:
            pid = max(taken, key=lambda each: taken[each])
            del self._watched[pid]
            self._ended.add(pid)
            # It is waited for by its parent only, and that after `watching` ended.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def taken_bytes(pid: int) -> int:
    """Give the memory that a process has really taken, or 0 where it is gone."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * resource.getpagesize()
