"""The pool: hands queries to workers, watches the clock, replaces what was lost."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import uvloop

from entente.config import Settings
from entente.errors import Busy, EntenteError
from entente.query.admission import Admission, Ledger
from entente.query.execute import Job
from entente.query.generation import Generation, ParentLost
from entente.query.hangup import Hangup
from entente.query.memory import MemoryWatch
from entente.query.remote import Remotes
from entente.query.served import Served, Source

_log = logging.getLogger(__name__)
_LONG_QUERY_CHARACTERS = 8_000
_T = TypeVar("_T")


class Pool:
    """One data set in service, and the processes that answer from it.

    `open` it, and `close` it at the end. It works in an event loop with a thread of its own, in
    which coroutines of others may run, too. All that is no coroutine is for other threads.
    """

    def __init__(self, source: Source, settings: Settings) -> None:
        self.settings = settings
        self._source = source
        self.admission = Admission(settings)
        self.ledger = Ledger(settings.max_in_flight_bytes)
        self.remotes = Remotes(settings)
        calls = settings.max_service_in_flight
        self._calls = Admission(
            dataclasses.replace(
                settings, max_in_flight=calls, max_client_in_flight=max(1, calls // 2)
            )
        )
        self._examining = threading.BoundedSemaphore(1)
        self._memory = MemoryWatch(settings.max_total_memory_bytes)
        self._retired: list[Generation] = []
        self._swap = asyncio.Lock()
        self._fingerprint = ""
        self._current: Generation | None = None
        self._watching: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Load the data set and start the workers.

        Raises:
            SnapshotMissing: Nothing was built yet.
            SnapshotCorrupt: The files do not fit their manifest.
            InputError: A file is malformed or cannot be read.
        """
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="loop", daemon=True)
        self._thread.start()
        try:
            self.run(self._open())
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the parent and its workers, and wait for their end."""
        self.run(self._close())
        self.call(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._memory.close()

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run a coroutine in the event loop, and wait for its end."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def call(self, function: Callable[[], object]) -> None:
        """Call a function in the event loop, and do not wait for it."""
        self._loop.call_soon_threadsafe(function)

    async def _open(self) -> None:
        await self._replaced(None)
        self._watching = asyncio.create_task(self._watch())

    async def _close(self) -> None:
        async with self._swap:  # so that nothing is half loaded
            if self._watching:
                self._watching.cancel()
            ending, self._current = [*self._retired, self._current], None
            for generation in ending:
                if generation:
                    await generation.close()
        await self._loop.shutdown_default_executor()

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
        """Answer a query in a worker, and wait for it.

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
        return self.run(self.answer(generation, job, hangup))

    async def answer(self, generation: Generation, job: Job, hangup: Hangup) -> bytes:
        """Answer a query as `evaluate` does, in the event loop."""
        job = job.within(hangup.allowance.max_answer_bytes, hangup.allowance.max_rows)
        deadline = hangup.began + (hangup.allowance.deadline_s or self.settings.deadline_s)
        with generation.kept():
            async with self.admission.admitted(hangup.allowance.client, deadline):
                if job.partial_s is not None:  # the worker's clock starts now
                    spent_s = time.monotonic() - hangup.began
                    job = dataclasses.replace(job, partial_s=max(0.0, job.partial_s - spent_s))
                try:
                    return await generation.evaluate(job, hangup, self.ledger)
                except ParentLost:
                    successor = await self._successor(generation)
                    return await successor.evaluate(job, hangup, self.ledger)

    def settle(self, hangup: Hangup) -> None:
        """Say that a request's answer was sent, or that nobody wants it."""
        self.ledger.release(hangup.held_bytes)
        hangup.held_bytes = 0

    @contextmanager
    def calling(self, client: str, deadline: float) -> Iterator[None]:
        """Hold a slot for asking a remote endpoint.

        Args:
            client: Who asks.
            deadline: When a slot is of no more use, by the monotonic clock.

        Raises:
            ClientBusy: The client has as many calls running as one may.
            Busy: Too many calls are running.
        """
        slot = self._calls.admitted(client, deadline)
        self.run(slot.__aenter__())
        try:
            yield
        finally:
            self.run(slot.__aexit__(None, None, None))

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
        return self.run(self._reload())

    async def _reload(self) -> bool:
        async with self._swap:
            self._fingerprint = self._source.fingerprint()
            served = await asyncio.to_thread(self._source.open)
            if self._current and served.version == self._current.served.version:
                return False
            await self._start(served)
            return True

    async def _replaced(self, dead: Generation | None) -> Generation:
        """Give what took the place of a generation that ended, or of none."""
        async with self._swap:
            if self._current is dead:
                self._fingerprint = self._source.fingerprint()
                await self._start(await asyncio.to_thread(self._source.open))
        return self.current

    async def _start(self, served: Served) -> None:
        started = await asyncio.to_thread(Generation, served, self.settings, self._memory)
        await started.start()
        old, self._current = self._current, started
        self._retired = [each for each in self._retired if each.alive]
        if old:
            self._retired.append(old)
            old.retire()

    async def _successor(self, dead: Generation) -> Generation:
        alive = await self._replaced(dead)
        if alive.served.version != dead.served.version:
            raise Busy("the data set was replaced while you asked", fix="ask again")
        return alive

    async def _watch(self) -> None:
        """Restart a parent that died, and follow the source to a new data set."""
        while True:
            await asyncio.sleep(self.settings.watch_s)
            try:
                await self._look_after()
            except EntenteError as error:
                _log.error("the old data set stays in service: %s", error)

    async def _look_after(self) -> None:
        current = self._current
        if current and not current.alive:
            await self._replaced(current)
        elif self._source.fingerprint() != self._fingerprint and await self._reload():
            _log.warning("serving version %s now", self.current.served.version)
