"""The pool: hands queries to workers, watches the clock, replaces what was lost."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from entente.config import Settings
from entente.errors import Busy, EntenteError
from entente.query.execute import Job
from entente.query.generation import Generation, ParentLost
from entente.query.hangup import Hangup
from entente.query.served import Source

_log = logging.getLogger(__name__)


class Pool:
    """One data set in service, and the processes that answer from it.

    Safe to use from several threads. `open` it, and `close` it at the end.
    """

    def __init__(self, source: Source, settings: Settings) -> None:
        self.settings = settings
        self._source = source
        self._free = threading.BoundedSemaphore(settings.max_in_flight)
        self._swap = threading.RLock()
        self._closing = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="watch-snapshot", daemon=True)
        self._fingerprint = ""
        self._current: Generation | None = None

    def open(self) -> None:
        """Load the data set and start the workers.

        Raises:
            SnapshotMissing: Nothing was built yet.
            SnapshotCorrupt: The files do not fit their manifest.
            InputError: A file is malformed or cannot be read.
        """
        self._start_current()
        self._watcher.start()

    def close(self) -> None:
        """End the parent and its workers, and wait for their end."""
        self._closing.set()
        with contextlib.suppress(RuntimeError):
            self._watcher.join()
        with self._swap:
            if self._current:
                self._current.close()
                self._current = None

    @property
    def current(self) -> Generation:
        """The data set in service, with its version and its graphs."""
        if self._current is None:
            raise Busy("the endpoint is closing", fix="ask again in a moment")
        return self._current

    def evaluate(self, generation: Generation, job: Job, hangup: Hangup) -> bytes:
        """Answer a query in a worker.

        Args:
            generation: The data set on which the request was judged.
            job: The query.
            hangup: Tells when the client is gone.

        Raises:
            Busy: No worker was free in time.
            DeadlineExceeded: The query ran out of time.
            MemoryExceeded: It ran out of memory.
            WorkerLost: Its worker ended for another reason.
            EntenteError: What the worker raised.
        """
        with self._admitted():
            try:
                return generation.evaluate(job, hangup)
            except ParentLost:
                return self._revived(generation).evaluate(job, hangup)

    def reload(self) -> bool:
        """Put the data set that is there now into service, and let the old one finish.

        Returns:
            Whether another version is in service.

        Raises:
            EntenteError: The new data set cannot be loaded; the old one stays.
        """
        with self._swap:
            self._fingerprint = self._source.fingerprint()
            served = self._source.open()
            if self._current and served.version == self._current.served.version:
                return False
            self._start_current()
            return True

    def look_after(self) -> None:
        """Restart a parent that died, and follow the source to a new data set."""
        current = self._current
        if current and not current.alive:
            self._revived(current)
        elif self._source.fingerprint() != self._fingerprint and self.reload():
            _log.warning("serving version %s now", self.current.served.version)

    @contextmanager
    def _admitted(self) -> Iterator[None]:
        if not self._free.acquire(timeout=self.settings.queue_wait_s):
            raise Busy(
                f"{self.settings.max_in_flight} queries are running, as many as may",
                fix="ask again in a second",
            )
        try:
            yield
        finally:
            self._free.release()

    def _start_current(self) -> None:
        with self._swap:
            self._fingerprint = self._source.fingerprint()
            started = Generation(self._source.open(), self.settings)
            old, self._current = self._current, started
        if old:
            old.retire()

    def _revived(self, dead: Generation) -> Generation:
        with self._swap:
            if self._current is dead:
                self._start_current()
            return self.current

    def _watch(self) -> None:
        while not self._closing.wait(self.settings.watch_s):
            try:
                self.look_after()
            except EntenteError as error:
                _log.error("the old data set stays in service: %s", error)
