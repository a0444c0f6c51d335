"""Ask trivial queries, none twice, and note how long each takes."""

from __future__ import annotations

import http.client
import itertools
import time
from multiprocessing.connection import Connection

#: What a query that is not answered counts as.
UNANSWERED_MS = 1500.0
_PAUSE_S = 0.02
_SOURCE = ("127.0.0.2", 0)


def probe(port: int, path: str, pipe: Connection) -> None:
    """Ask until told to stop, from an address of its own; send the milliseconds."""
    latencies: list[float] = []
    connection, ready = None, False
    for number in itertools.count(time.time_ns()):
        started = time.perf_counter()
        try:
            if connection is None:
                connection = http.client.HTTPConnection(
                    "127.0.0.1", port, timeout=UNANSWERED_MS / 1000, source_address=_SOURCE
                )
            query = f"ASK%7B%3Curn:none{number}%3E%20?p%20?o%7D"
            headers = {"Accept": "application/sparql-results+json"}
            connection.request("GET", f"{path}?query={query}", headers=headers)
            response = connection.getresponse()
            body = response.read()
            right = response.status == 200 and b"false" in body.lower()
            latencies.append((time.perf_counter() - started) * 1000 if right else UNANSWERED_MS)
        except (OSError, http.client.HTTPException):
            latencies.append(UNANSWERED_MS)
            connection = None
        if not ready:
            ready = True
            latencies.clear()  # the first opens the connection
            pipe.send("ready")
        if pipe.poll(_PAUSE_S):
            pipe.recv()
            pipe.send(latencies)
            return
