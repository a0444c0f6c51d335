"""A request's other end: who asks, for how much, and whether somebody still waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


class ClientGone(Exception):
    """The client hung up before its answer was ready."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one request may take; None is what the settings say.

    Attributes:
        client: Who asks: a token's name or a remote address; empty where unknown.
        deadline_s: Seconds that its query may run.
        max_answer_bytes: Size of the largest answer.
        max_rows: Rows of the largest answer.
    """

    client: str = ""
    deadline_s: float | None = None
    max_answer_bytes: int | None = None
    max_rows: int | None = None


class Hangup:
    """Connects the client's connection with the work that is done for it.

    Attributes:
        allowance: What the request may take.
        began: When the request was there whole, by the monotonic clock; deadlines count
            from then, what it waits for a slot included.
        happened: Whether the client is gone.
        held_bytes: Bytes of the answer that the pool counts until it is told that they
            were sent.
    """

    def __init__(self, allowance: Allowance = Allowance()) -> None:
        self._lock = threading.Lock()
        self._release: Callable[[], None] | None = None
        self.allowance = allowance
        self.began = time.monotonic()
        self.happened = False
        self.held_bytes = 0

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
