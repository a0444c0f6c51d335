"""Who may run now: slots in all, slots for one client, and bytes on their way."""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from entente.config import Settings
from entente.errors import Busy, ClientBusy


class Admission:
    """The slots of a pool. Safe to use from several threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._free = threading.BoundedSemaphore(settings.max_in_flight)
        self._lock = threading.Lock()
        self._clients: dict[str, threading.BoundedSemaphore] = {}
        self._asking: Counter[str] = Counter()
        self.running = 0

    @contextmanager
    def admitted(self, client: str, deadline: float = math.inf) -> Iterator[None]:
        """Hold a slot for the block; wait for it as long as the settings and the deadline allow.

        Args:
            client: Who asks, or an empty string where nobody is to be told apart.
            deadline: When a slot is of no more use, by the monotonic clock.

        Raises:
            ClientBusy: The client has as many queries running as one may.
            Busy: All slots are taken.
        """
        until = min(deadline, time.monotonic() + self._settings.queue_wait_s)
        with self._own_slot(client, until):
            if not self._free.acquire(timeout=max(0.0, until - time.monotonic())):
                raise Busy(
                    f"{self._settings.max_in_flight} queries are running, as many as may",
                    fix="ask again in a second",
                )
            try:
                with self._counted():
                    yield
            finally:
                self._free.release()

    @contextmanager
    def _own_slot(self, client: str, until: float) -> Iterator[None]:
        if not client:
            yield
            return
        slots = self._enter(client)
        try:
            if not slots.acquire(timeout=max(0.0, until - time.monotonic())):
                raise ClientBusy(
                    f"you have {self._settings.max_client_in_flight} queries running, "
                    "as many as one client may",
                    fix="wait for their answers",
                )
            try:
                yield
            finally:
                slots.release()
        finally:
            self._leave(client)

    def _enter(self, client: str) -> threading.BoundedSemaphore:
        with self._lock:
            self._asking[client] += 1
            return self._clients.setdefault(
                client, threading.BoundedSemaphore(self._settings.max_client_in_flight)
            )

    def _leave(self, client: str) -> None:
        with self._lock:
            self._asking[client] -= 1
            if not self._asking[client]:
                del self._asking[client], self._clients[client]

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._lock:
            self.running += 1
        try:
            yield
        finally:
            with self._lock:
                self.running -= 1


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
