"""The warm parent: loads the store once and forks workers from it.

It is a process of its own and has one thread, so that a fork is safe; it evaluates
nothing but the counts of its graphs. `python -m entente.query.parent FD` runs it, FD
being the control socket, whose end ends it and its children.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from entente.errors import DataError, EntenteError, InputError, Place
from entente.query.channel import receive_frame, send_frame
from entente.query.worker import run_worker


def main() -> None:
    """Load what the first frame names, then do what the others say."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    control = socket.socket(fileno=int(sys.argv[1]))
    children: set[int] = set()
    try:
        order, _ = receive_frame(control)
        store = _load_and_report(control, order)
        while store is not None:
            request, _ = receive_frame(control)
            if "end" in request:
                send_frame(control, {"status": _end_child(request["end"], children)})
            else:
                _fork_child(control, store, order["max_memory_bytes"], children)
    except (EOFError, OSError):
        pass
    finally:
        for pid in list(children):
            _end_child(pid, children)


def load_store(files: list[str]) -> ox.Store:
    """Load files into a store in memory.

    Raises:
        DataError: A file is malformed, or holds a DOCTYPE.
        InputError: A file cannot be read, or its format is unknown.
    """
    store = ox.Store()
    for name in files:
        _load_file(store, Path(name))
    return store


def _load_and_report(control: socket.socket, order: dict[str, Any]) -> ox.Store | None:
    started = time.perf_counter()
    try:
        store = load_store(order["files"])
    except EntenteError as error:
        place = error.place or Place()
        send_frame(
            control,
            {"what": error.what, "fix": error.fix, "file": place.file, "line": place.line},
        )
        return None
    gc.collect()
    gc.freeze()
    graphs = count_graphs(store)
    seconds = time.perf_counter() - started
    send_frame(control, {"graphs": graphs, "triples": _count_default(store), "seconds": seconds})
    return store


def _load_file(store: ox.Store, path: Path) -> None:
    file_format = ox.RdfFormat.from_extension(path.suffix.lstrip("."))
    if file_format is None:
        raise InputError(
            f"{path.name}: '{path.suffix}' is no known RDF format",
            fix="name the file .ttl, .trig, .nt, .nq, .rdf or .jsonld",
        )
    try:
        data = path.read_bytes()
        if file_format == ox.RdfFormat.RDF_XML and b"<!DOCTYPE" in data:
            raise DataError(
                "the file has a DOCTYPE, whose entities can fill the memory",
                fix="remove it, or convert the file to Turtle",
                place=Place(file=str(path)),
            )
        store.bulk_load(data, file_format, base_iri=path.resolve().as_uri())
    except SyntaxError as error:
        raise DataError(
            " ".join(str(error.msg).split()),
            fix="mend the file",
            place=Place(file=str(path), line=error.lineno, column=error.offset),
        ) from None
    except OSError as error:
        raise InputError(
            f"{path}: {error.strerror or error}", fix="name a file that can be read"
        ) from None


def count_graphs(store: ox.Store) -> dict[str, int]:
    """Count the triples of each named graph, by its IRI."""
    rows = store.query("SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")
    counts = {str(row["g"].value): int(row["n"].value) for row in rows}  # type: ignore[union-attr]
    return dict(sorted(counts.items()))


def _count_default(store: ox.Store) -> int:
    return sum(1 for _ in store.quads_for_pattern(None, None, None, ox.DefaultGraph()))


def _fork_child(
    control: socket.socket, store: ox.Store, max_memory_bytes: int, children: set[int]
) -> None:
    mine, theirs = socket.socketpair()
    parent = os.getpid()
    pid = os.fork()
    if not pid:
        try:
            control.close()
            mine.close()
            run_worker(theirs, store, max_memory_bytes, parent)
        finally:
            os._exit(1)
    children.add(pid)
    with mine, theirs:
        send_frame(control, {"pid": pid})
        socket.send_fds(control, [b"."], [mine.fileno()])


def _end_child(pid: int, children: set[int]) -> int:
    """Kill a child if it lives, and give its wait status."""
    if pid not in children:
        return 0
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    children.discard(pid)
    return os.waitpid(pid, 0)[1]


if __name__ == "__main__":
    main()
