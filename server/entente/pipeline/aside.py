"""Run a step in a forked process beside the others, on the second core."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Generic, TypeVar

from entente.errors import DeadlineExceeded, EntenteError

T = TypeVar("T")
_FORK = multiprocessing.get_context("fork")


class Aside(Generic[T]):
    """A function that runs in a child process, which sees everything as it was at the fork."""

    def __init__(self, function: Callable[[], T]) -> None:
        self._receiver, sender = _FORK.Pipe(duplex=False)
        self._process = _FORK.Process(target=_run, args=(function, sender), daemon=True)
        self._process.start()
        sender.close()

    def __enter__(self) -> Aside[T]:
        return self

    def __exit__(self, *_exception: object) -> None:
        """End the process; what it has not told by now is no longer wanted."""
        self._process.kill()
        self._process.join()
        self._receiver.close()

    def result(self, timeout_s: float | None = None) -> T:
        """Wait for what the function returns.

        Args:
            timeout_s: Seconds to wait; None to wait without end.

        Raises:
            DeadlineExceeded: It took longer.
            EntenteError: The function raised one; or the process ended without an answer.
        """
        try:
            if not self._receiver.poll(timeout_s):
                raise DeadlineExceeded(f"it takes longer than {timeout_s:g} s")
            answer = self._receiver.recv()
        except EOFError as error:
            raise EntenteError(
                "a process that works beside ended without a word", fix="give it more memory"
            ) from error
        if isinstance(answer, EntenteError):
            raise answer
        return answer  # type: ignore[no-any-return]


def _run(function: Callable[[], T], sender: Connection) -> None:
    try:
        sender.send(function())
    except EntenteError as error:
        sender.send(error)
