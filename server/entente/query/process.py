"""The processes behind a data set, as the server sees them."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass


@dataclass(eq=False, slots=True)
class Worker:
    """A forked child.

    Attributes:
        pid: Its process id.
        pipe: The pipe to it.
        tired: Whether it is to be replaced.
        made: The graphs that it made on request, beyond what its parent loaded.
    """

    pid: int
    pipe: socket.socket
    tired: bool = False
    made: frozenset[str] = frozenset()


def start_parent(control: socket.socket) -> subprocess.Popen[bytes]:
    """Start the warm parent of workers at the other end of a control socket."""
    # A group of its own: Ctrl-C in a terminal is for the server, which ends its workers. Not
    # a session of its own: Linux may schedule sessions against each other, and then a worker
    # could not be put behind the server.
    return subprocess.Popen(
        [sys.executable, "-m", "entente.query.parent", str(control.fileno())],
        pass_fds=[control.fileno()],
        stdin=subprocess.DEVNULL,
        process_group=0,
    )


def kill(worker: Worker) -> None:
    """End a worker at once, whatever it does."""
    # Nobody but the parent waits for the child, so its id cannot have been given away.
    with contextlib.suppress(ProcessLookupError):
        os.kill(worker.pid, signal.SIGKILL)


def readable(pipe: socket.socket, timeout_s: float) -> bool:
    """Say whether there is something to read, or the other end is gone, within a time."""
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    return bool(poll.poll(max(0.0, timeout_s * 1000)))
