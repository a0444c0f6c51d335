"""Run a step in a forked process beside the others, on the second core."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Generic, TypeVar

from entente.errors import EntenteError

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

    def result(self) -> T:
        """Wait for what the function returns.

        Raises:
            EntenteError: The function raised one; or the process ended without an answer.
        """
        try:
            answer = self._receiver.recv()
        except EOFError as error:
            raise EntenteError("a step of the build ended without a word") from error
        if isinstance(answer, EntenteError):
            raise answer
        return answer  # type: ignore[no-any-return]


def _run(function: Callable[[], T], sender: Connection) -> None:
    try:
        sender.send(function())
    except EntenteError as error:
        sender.send(error)
