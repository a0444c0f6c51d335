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
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
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
        with ThreadPoolExecutor(1) as beside:  # it is gone before the first fork
            asked = (order["tasks"], order["texts"], order["functions"])
            preparing = beside.submit(load_abilities, *asked)
            # Not the other way round: what another thread loads is slower to read afterwards.
            loaded = _load(order["files"], order["on_disk"], trusted=order["trusted"])
            abilities = preparing.result()
        opener = _report(control, loaded)
        gc.collect()
        gc.freeze()
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


def _report(control: socket.socket, loaded: Loaded | EntenteError) -> Callable[[], ox.Store] | None:
    """Tell what was loaded; give what opens the store in a worker, or None where it failed."""
    if isinstance(loaded, EntenteError):
        place = loaded.place or Place()
        send_frame(
            control,
            {"what": loaded.what, "fix": loaded.fix, "file": place.file, "line": place.line},
        )
        return None
    report = {"graphs": loaded.graphs, "triples": loaded.triples, "seconds": loaded.seconds}
    send_frame(control, report)
    return loaded.opener


@dataclass(frozen=True, slots=True)
class Loaded:
    """The data.

    Attributes:
        opener: Opens the store in a worker.
        graphs: The triples of each named graph, by its IRI.
        triples: Those of the default graph.
        seconds: What loading took.
    """

    opener: Callable[[], ox.Store]
    graphs: dict[str, int]
    triples: int
    seconds: float


def _load(files: list[str], on_disk: str | None, *, trusted: bool) -> Loaded | EntenteError:
    started = time.perf_counter()
    opener: Callable[[], ox.Store]
    try:
        if on_disk is not None:
            graphs, triples = ensure_store(Path(on_disk), files)
            opener = partial(open_store, Path(on_disk))
        else:
            store = ox.Store()
            load_files(store, files, trusted=trusted)
            graphs, triples = count_graphs(store), count_default(store)
            opener = lambda: store  # noqa: E731
    except EntenteError as error:
        return error
    return Loaded(opener, graphs, triples, time.perf_counter() - started)


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
        socket.send_fds(control, [b"."], [mine.fileno()])
        send_frame(control, {"pid": pid})


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
