"""Who may run now: slots in all, slots for one client, and bytes on their way."""

from __future__ import annotations

import asyncio
import math
import sys
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from entente.config import Settings
from entente.errors import Busy, ClientBusy


class Admission:
    """The slots of a pool. All is done by the thread of the event loop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._free = asyncio.Semaphore(settings.max_in_flight)
        self._clients: dict[str, asyncio.Semaphore] = {}
        self._asking: Counter[str] = Counter()
        self.running = 0

    @asynccontextmanager
    async def admitted(self, client: str, deadline: float = math.inf) -> AsyncIterator[None]:
        """Hold a slot for the block; wait for it as long as the settings and the deadline allow.

        Args:
            client: Who asks, or an empty string where nobody is to be told apart.
            deadline: When a slot is of no more use, by the monotonic clock.

        Raises:
            ClientBusy: The client has as many queries running as one may.
            Busy: All slots are taken.
        """
        until = min(deadline, time.monotonic() + self._settings.queue_wait_s)
        own = self._enter(client)
        try:
            if not await _acquire(own, until):
                raise ClientBusy(
                    f"you have {self._settings.max_client_in_flight} queries running, "
                    "as many as one client may",
                    fix="wait for their answers",
                )
            try:
                if not await _acquire(self._free, until):
                    raise Busy(
                        f"{self._settings.max_in_flight} queries are running, as many as may",
                        fix="ask again in a second",
                    )
                self.running += 1
                try:
                    yield
                finally:
                    self.running -= 1
                    self._free.release()
            finally:
                own.release()
        finally:
            self._leave(client)

    def _enter(self, client: str) -> asyncio.Semaphore:
        self._asking[client] += 1
        if client in self._clients:
            return self._clients[client]
        slots = self._settings.max_client_in_flight if client else sys.maxsize
        self._clients[client] = asyncio.Semaphore(slots)
        return self._clients[client]

    def _leave(self, client: str) -> None:
        self._asking[client] -= 1
        if not self._asking[client]:
            del self._asking[client], self._clients[client]


async def _acquire(slots: asyncio.Semaphore, until: float) -> bool:
    """Take a slot, at once or until a time of the monotonic clock."""
    if not slots.locked():
        return await slots.acquire()
    try:
        async with asyncio.timeout_at(until):
            return await slots.acquire()
    except TimeoutError:
        return False


class Ledger:
    """The bytes of all answers between a worker and their clients, under one cap."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self.held_bytes = 0

    def hold(self, count: int) -> None:
        """Count bytes in; the same number has to be released.

        Raises:
            Busy: There is no room for them now.
        """
        with self._lock:
            if self.held_bytes + count > self._max_bytes:
                raise Busy(
                    f"the answer has {count} bytes, and with those that are on their way to "
                    f"clients there would be more than {self._max_bytes}",
                    fix="ask again in a moment, or for fewer rows",
                )
            self.held_bytes += count

    def release(self, count: int) -> None:
        """Count bytes out."""
        with self._lock:
            self.held_bytes -= count
