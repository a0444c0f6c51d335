"""The warm parent: loads the store once and forks workers from it.

It is a process of its own and has one thread, so that a fork is safe; it evaluates
nothing but the counts of its graphs. `python -m entente.query.parent FD` runs it, FD
being the control socket, whose end ends it and its children.
"""

from __future__ import annotations

import contextlib
import gc
import mmap
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from entente.errors import EntenteError, Place
from entente.query.channel import receive_frame, send_frame
from entente.query.disk import ensure_store, open_store
from entente.query.loading import count_default, count_graphs, load_files
from entente.query.tasks import Abilities, load_abilities
from entente.query.worker import run_worker


def main() -> None:
    """Load what the first frame names, then do what the others say."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    control = socket.socket(fileno=int(sys.argv[1]))
    children: dict[int, mmap.mmap] = {}
    try:
        order, _ = receive_frame(control)
        abilities = load_abilities(order["tasks"], order["texts"], order["functions"])
        opener = _load_and_report(control, order)
        while opener is not None:
            request, _ = receive_frame(control)
            if "end" in request:
                send_frame(control, _end_child(request["end"], children, os.WNOHANG))
            else:
                _fork_child(control, opener, order["max_memory_bytes"], children, abilities)
    except (EOFError, OSError):
        pass
    finally:
        for pid in list(children):
            _end_child(pid, children, 0)


def _load_and_report(
    control: socket.socket, order: dict[str, Any]
) -> Callable[[], ox.Store] | None:
    """Load the data; give what opens the store in a worker, or None where it failed."""
    started = time.perf_counter()
    try:
        opener, graphs, triples = _load(order["files"], order["on_disk"])
    except EntenteError as error:
        place = error.place or Place()
        send_frame(
            control,
            {"what": error.what, "fix": error.fix, "file": place.file, "line": place.line},
        )
        return None
    seconds = time.perf_counter() - started
    send_frame(control, {"graphs": graphs, "triples": triples, "seconds": seconds})
    return opener


def _load(
    files: list[str], on_disk: str | None
) -> tuple[Callable[[], ox.Store], dict[str, int], int]:
    if on_disk is not None:
        graphs, triples = ensure_store(Path(on_disk), files)
        return partial(open_store, Path(on_disk)), graphs, triples
    store = ox.Store()
    load_files(store, files)
    gc.collect()
    gc.freeze()
    return lambda: store, count_graphs(store), count_default(store)


def _fork_child(
    control: socket.socket,
    opener: Callable[[], ox.Store],
    max_memory_bytes: int,
    children: dict[int, mmap.mmap],
    abilities: Abilities,
) -> None:
    mine, theirs = socket.socketpair()
    parent, begun = os.getpid(), mmap.mmap(-1, mmap.PAGESIZE)
    pid = os.fork()
    if not pid:
        try:
            control.close()
            mine.close()
            run_worker(theirs, opener(), max_memory_bytes, parent, begun, abilities)
        finally:
            os._exit(1)
    children[pid] = begun
    with mine, theirs:
        send_frame(control, {"pid": pid})
        socket.send_fds(control, [b"."], [mine.fileno()])


def _end_child(pid: int, children: dict[int, mmap.mmap], options: int) -> dict[str, Any]:
    """Kill a child if it lives; tell its wait status, and whether it had begun a job.

    Where it is not yet dead and `options` say not to wait, tell that: a child that was put
    behind others dies behind others, and nothing is forked while the parent waits.
    """
    if pid not in children:
        return {"status": 0, "begun": False}
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    ended, status = os.waitpid(pid, options)
    if not ended:
        return {"dying": True}
    with children.pop(pid) as shared:
        return {"status": status, "begun": bool(shared[0])}


if __name__ == "__main__":
    main()
