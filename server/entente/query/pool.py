"""The pool: hands queries to workers, watches the clock, replaces what was lost."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from entente.config import Settings
from entente.errors import Busy, EntenteError
from entente.query.admission import Admission, Ledger
from entente.query.execute import Job
from entente.query.generation import Generation, ParentLost
from entente.query.hangup import Hangup
from entente.query.memory import MemoryWatch
from entente.query.remote import Remotes
from entente.query.served import Source

_log = logging.getLogger(__name__)
_LONG_QUERY_CHARACTERS = 8_000


class Pool:
    """One data set in service, and the processes that answer from it.

    Safe to use from several threads. `open` it, and `close` it at the end.
    """

    def __init__(self, source: Source, settings: Settings) -> None:
        self.settings = settings
        self._source = source
        self.admission = Admission(settings)
        self.ledger = Ledger(settings.max_in_flight_bytes)
        self.remotes = Remotes(settings)
        self._examining = threading.BoundedSemaphore(1)
        self._memory = MemoryWatch(settings.max_total_memory_bytes)
        self._retired: list[Generation] = []
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
            for generation in self._retired:
                generation.close()
        self._memory.close()

    @property
    def current(self) -> Generation:
        """The data set in service, with its version and its graphs."""
        if self._current is None:
            raise Busy("the endpoint is closing", fix="ask again in a moment")
        return self._current

    @property
    def version(self) -> str:
        """The version in service, or an empty string while the pool closes."""
        return self._current.served.version if self._current else ""

    def evaluate(self, generation: Generation, job: Job, hangup: Hangup) -> bytes:
        """Answer a query in a worker.

        The bytes of the answer are counted until `settle` says that they were sent.

        Args:
            generation: The data set on which the request was judged.
            job: The query.
            hangup: Tells when the client is gone, and what it may take.

        Raises:
            ClientBusy: The client has as many queries running as one may.
            Busy: No worker was free in time, or too many bytes are on their way.
            DeadlineExceeded: The query ran out of time.
            MemoryExceeded: It ran out of memory.
            WorkerLost: Its worker ended for another reason.
            EntenteError: What the worker raised.
        """
        allowed = hangup.allowance.max_answer_bytes
        if allowed is not None:
            job = dataclasses.replace(job, max_answer_bytes=allowed)
        if job.max_rows is not None and hangup.allowance.max_rows is not None:
            job = dataclasses.replace(job, max_rows=hangup.allowance.max_rows)
        deadline = hangup.began + (hangup.allowance.deadline_s or self.settings.deadline_s)
        with self.admission.admitted(hangup.allowance.client, deadline):
            if job.partial_s is not None:  # the worker's clock starts now
                spent_s = time.monotonic() - hangup.began
                job = dataclasses.replace(job, partial_s=max(0.0, job.partial_s - spent_s))
            try:
                return generation.evaluate(job, hangup, self.ledger)
            except ParentLost:
                return self._successor(generation).evaluate(job, hangup, self.ledger)

    def settle(self, hangup: Hangup) -> None:
        """Say that a request's answer was sent, or that nobody wants it."""
        self.ledger.release(hangup.held_bytes)
        hangup.held_bytes = 0

    @contextmanager
    def examining(self, size: int) -> Iterator[None]:
        """Examine one long query at a time: each takes the interpreter from all others."""
        if size < _LONG_QUERY_CHARACTERS:
            yield
        else:
            with self._examining:
                yield

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

    def _start_current(self) -> None:
        with self._swap:
            self._fingerprint = self._source.fingerprint()
            started = Generation(self._source.open(), self.settings, self._memory)
            old, self._current = self._current, started
            self._retired = [each for each in self._retired if each.alive]
            if old:
                self._retired.append(old)
                old.retire()

    def _revived(self, dead: Generation) -> Generation:
        with self._swap:
            if self._current is dead:
                self._start_current()
            return self.current

    def _successor(self, dead: Generation) -> Generation:
        alive = self._revived(dead)
        if alive.served.version != dead.served.version:
            raise Busy("the data set was replaced while you asked", fix="ask again")
        return alive

    def _watch(self) -> None:
        while not self._closing.wait(self.settings.watch_s):
            try:
                self.look_after()
            except EntenteError as error:
                _log.error("the old data set stays in service: %s", error)
