"""Who goes first: queries that run long make room for everything else."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path

# A tenth of what an ordinary process gets. The idle class would wait for good beside
# any other busy program, and every long query with it.
_NICENESS = 10
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


def spent_s(pid: int) -> float:
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
