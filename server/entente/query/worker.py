"""A child that evaluates queries: few rights, bounded memory, replaceable at any time."""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
import resource
import signal
import socket
import threading
import traceback
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from entente.errors import EntenteError
from entente.query.channel import FrameReader, receive_frame, send_frame
from entente.query.execute import Functions, Job, execute, write_error
from entente.query.priority import own_niceness
from entente.query.tasks import Abilities, Task, run_task

#: The engine's parser recurses; deep but allowed queries need more than a usual stack.
STACK_BYTES = 512 * 1024 * 1024
_PR_SET_PDEATHSIG = 1
_FIRST_TO_GO = "1000"


def run_worker(
    pipe: socket.socket,
    store: ox.Store,
    max_memory_bytes: int,
    parent: int,
    begun: mmap.mmap,
    abilities: Abilities,
) -> None:
    """Answer queries from a pipe until it closes. Never returns.

    Args:
        pipe: Where jobs come from and answers go.
        store: The data, shared with the parent by copy on write.
        max_memory_bytes: Address space that a query may take above what is there.
        parent: The process whose death ends this one.
        begun: Shared with the parent; its first byte is 1 from a job's coming to its answer.
        abilities: What it can do beside evaluating SPARQL's own.
    """
    die_with(parent)
    restrict(max_memory_bytes)
    answerer = partial(_answer, store, abilities.tasks, abilities.open_functions(store))
    threading.excepthook = _end
    # Threads have a stack of their own size, and their own random numbers: the main
    # thread's generator was copied by the fork, so UUID() would repeat across workers.
    # A thread that was put behind others cannot come forward again, but a new one can.
    threading.stack_size(STACK_BYTES)
    open_pipe = threading.Event()
    open_pipe.set()
    while open_pipe.is_set():
        thread = threading.Thread(target=_answer_some, args=(pipe, answerer, begun, open_pipe))
        thread.start()
        thread.join()
    os._exit(0)


def _end(bug: threading.ExceptHookArgs) -> None:
    """End the process where a thread ends by a bug: nobody is to wait for its answer."""
    traceback.print_exception(bug.exc_value)
    os._exit(1)


def die_with(parent: int) -> None:
    """End this process when its parent ends, where the system knows how (Linux)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def restrict(max_memory_bytes: int) -> None:
    """Bound the memory of this process and take away files, sockets and core dumps."""
    with contextlib.suppress(OSError):  # where memory ends, a worker goes and not the server
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO)
    ceiling = _address_space() + STACK_BYTES + max_memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def _address_space() -> int:
    statm = Path("/proc/self/statm")
    pages = int(statm.read_text().split()[0]) if statm.exists() else 0
    return pages * resource.getpagesize()


def _answer_some(
    pipe: socket.socket,
    answerer: Callable[[dict[str, Any]], tuple[dict[str, Any], bytes]],
    begun: mmap.mmap,
    open_pipe: threading.Event,
) -> None:
    """Answer until the pipe closes, or until this thread was put behind others."""
    usual, reader = own_niceness(), FrameReader()
    with contextlib.suppress(EOFError, OSError):
        while own_niceness() == usual:
            header, _ = receive_frame(pipe, reader)
            begun[0] = 1
            answer = answerer(header)
            begun[0] = 0
            send_frame(pipe, *answer)
        return
    open_pipe.clear()


def _answer(
    store: ox.Store, tasks: Mapping[str, Task], functions: Functions, header: dict[str, Any]
) -> tuple[dict[str, Any], bytes]:
    job = Job(**header)
    try:
        return {}, run_task(tasks, store, job) if job.task else execute(store, job, functions)
    except EntenteError as error:
        return write_error(error), b""
