"""A child that evaluates queries: few rights, bounded memory, replaceable at any time."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import socket
import threading
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from entente.errors import EntenteError
from entente.query.channel import receive_frame, send_frame
from entente.query.execute import Job, execute, write_error

#: The engine's parser recurses; deep but allowed queries need more than a usual stack.
STACK_BYTES = 512 * 1024 * 1024
_PR_SET_PDEATHSIG = 1


def run_worker(pipe: socket.socket, store: ox.Store, max_memory_bytes: int, parent: int) -> None:
    """Answer queries from a pipe until it closes. Never returns.

    Args:
        pipe: Where jobs come from and answers go.
        store: The data, shared with the parent by copy on write.
        max_memory_bytes: Address space that a query may take above what is there.
        parent: The process whose death ends this one.
    """
    die_with(parent)
    restrict(max_memory_bytes)
    # A thread of its own has its own stack, and its own random numbers: the main
    # thread's generator was copied by the fork, so UUID() would repeat across workers.
    threading.stack_size(STACK_BYTES)
    thread = threading.Thread(target=_answer_all, args=(pipe, store))
    thread.start()
    thread.join()
    os._exit(0)


def die_with(parent: int) -> None:
    """End this process when its parent ends, where the system knows how (Linux)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def restrict(max_memory_bytes: int) -> None:
    """Bound the memory of this process and take away files, sockets and core dumps."""
    ceiling = _address_space() + STACK_BYTES + max_memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def _address_space() -> int:
    statm = Path("/proc/self/statm")
    pages = int(statm.read_text().split()[0]) if statm.exists() else 0
    return pages * resource.getpagesize()


def _answer_all(pipe: socket.socket, store: ox.Store) -> None:
    with contextlib.suppress(EOFError, OSError):
        while True:
            header, _ = receive_frame(pipe)
            send_frame(pipe, *_answer(store, header))


def _answer(store: ox.Store, header: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    try:
        return {}, execute(store, Job(**header))
    except EntenteError as error:
        return write_error(error), b""
