"""A client that hangs up: whoever waits for it lets go of its worker."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class ClientGone(Exception):
    """The client hung up before its answer was ready."""


class Hangup:
    """Connects the client's connection with the work that is done for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._release: Callable[[], None] | None = None
        self.happened = False

    def tell(self) -> None:
        """Say that the client is gone; what runs for it is released."""
        with self._lock:
            self.happened = True
            if self._release:
                self._release()

    @contextmanager
    def releasing(self, release: Callable[[], None]) -> Iterator[None]:
        """Call `release` if the client hangs up inside the block, and never later.

        Raises:
            ClientGone: The client is gone already.
        """
        with self._lock:
            if self.happened:
                raise ClientGone
            self._release = release
        try:
            yield
        finally:
            with self._lock:
                self._release = None
