"""Who goes first: queries that run long make room for everything else."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

# A tenth of what an ordinary process gets. The idle class would wait for good beside
# any other busy program, and every long query with it.
_NICENESS = 10
_STARVED = 4
#: How the kernel tells the clock of a process from others: what its scheduler counted.
_PROCESS_CLOCK = 2


def put_behind(pid: int) -> None:
    """Put the evaluating thread of a worker behind everything that is not nice.

    On Linux a priority belongs to a thread and not to its process. The main thread stays
    as it is: it starts the next evaluating thread, which inherits its priority.
    """
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            if task.name != str(pid):
                os.setpriority(os.PRIO_PROCESS, int(task.name), _NICENESS)


@contextmanager
def patience(pid: int, seconds: float, lose: Callable[[], None]) -> Iterator[None]:
    """Call something if a worker takes long; call it in the event loop, within the block.

    What only waits for a processor does not take long; after four times the patience it does all
    the same, so that others find a worker.

    Args:
        pid: The worker's process.
        seconds: Of a processor.
        lose: What is called.
    """
    watch = _Watch(pid, seconds, lose)
    try:
        yield
    finally:
        watch.end()


class _Watch:
    """A timer that looks again where a process has only waited.

    No more than a timer: most answers are there long before, and a wait with a limit costs more.
    """

    def __init__(self, pid: int, seconds: float, lose: Callable[[], None]) -> None:
        self._pid, self._seconds, self._lose = pid, seconds, lose
        self._began, self._spent_s = time.monotonic(), _spent_s(pid)
        self._wait(seconds)

    def end(self) -> None:
        self._timer.cancel()

    def _wait(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._look)

    def _look(self) -> None:
        left_s = self._seconds - (_spent_s(self._pid) - self._spent_s)
        if left_s > 0 and time.monotonic() - self._began < _STARVED * self._seconds:
            self._wait(max(left_s, self._seconds / _STARVED))
        else:
            self._lose()


def _spent_s(pid: int) -> float:
    """Give the processor time that a process has taken; where the system does not tell, the time.

    Source: https://man7.org/linux/man-pages/man3/clock_getcpuclockid.3.html
    """
    if sys.platform != "linux":
        return time.monotonic()
    try:
        return time.clock_gettime(~pid << 3 | _PROCESS_CLOCK)
    except OSError:  # it is gone
        return 0.0


def own_niceness() -> int:
    """Give the niceness of the calling thread."""
    return os.getpriority(os.PRIO_PROCESS, 0)
