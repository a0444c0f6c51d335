"""Our endpoint beside the Oxigraph server and rdflib-endpoint: same data, same clients, one run.

    python benchmarks/endpoint.py                 # writes docs/benchmarks/endpoint.md
    python benchmarks/endpoint.py --only entente oxigraph --turns 2 --no-report

Cold queries differ in a comment; hot ones are the same each time, and were asked once before.
Servers take turns within each case, several times, so that what else runs on the machine meets
them alike.
Clients are processes that keep their connections. What is no answer - another status than 200, a
connection that breaks, no word for a minute - is counted as a failure and in nothing else.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import socket
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parent))

import peers
from peers import OURS, OXIGRAPH, RDFLIB, SERVERS, Running

DOCS = Path(__file__).resolve().parents[1] / "docs" / "benchmarks"
DEADLINE_S = 60.0
SUBJECTS = 25_000
CASES = {
    "point": "SELECT ?o { <urn:n77> <urn:label> ?o }",
    "star": "SELECT ?s ?l ?n ?k { ?s <urn:kind> <urn:k3> ; <urn:label> ?l ; <urn:next> ?n ; "
    "<urn:far> ?k } LIMIT 100",
    "path": "SELECT (COUNT(?o) AS ?n) { <urn:n5> <urn:next>+ ?o }",
    "aggregate": "SELECT ?k (COUNT(?s) AS ?n) { ?s <urn:kind> ?k } GROUP BY ?k",
    "100,000 rows": "SELECT ?s ?p ?o { ?s ?p ?o } LIMIT 100000",
}
_SLOW = ("100,000 rows", "path")
#: What a client waits for the next bytes.
_WAIT_S = 60
#: A client gives up where more of its requests than this fail.
_MOST_FAILURES = 20


@dataclass(frozen=True)
class Row:
    """One server in one case.

    Attributes:
        case: Which query.
        hot: Whether it is the same each time.
        clients: How many ask at the same time.
        server: Which one.
        seconds: How long they asked.
        latencies_ms: Of each answer, in ascending order.
        size: The bytes of the body of an answer.
        failures: What there was in the place of answers, and how often.
    """

    case: str
    hot: bool
    clients: int
    server: str
    seconds: float
    latencies_ms: tuple[float, ...]
    size: int
    failures: Counter[str]

    @property
    def per_s(self) -> float:
        return len(self.latencies_ms) / self.seconds

    @property
    def median_ms(self) -> float:
        return statistics.median(self.latencies_ms)

    @property
    def p99_ms(self) -> float:
        count = len(self.latencies_ms)
        return self.latencies_ms[min(count - 1, int(0.99 * count))]


def write_data(folder: Path) -> Path:
    """Write 100,000 triples, always the same; a chain of 2,000 for the path."""
    lines = []
    for i in range(SUBJECTS):
        following = (i + 1) % 2000 if i < 2000 else i + 1
        lines.append(f"<urn:n{i}> <urn:next> <urn:n{following}> .")
        lines.append(f"<urn:n{i}> <urn:kind> <urn:k{i % 97}> .")
        lines.append(f'<urn:n{i}> <urn:label> "the thing {i}" .')
        lines.append(f"<urn:n{i}> <urn:far> <urn:n{i * 7919 % SUBJECTS}> .")
    path = folder / "bench.nt"
    path.write_text("\n".join(lines) + "\n")
    return path


def client(
    port: int, path: str, query: str, hot: bool, seconds: float, number: int, pipe: Connection
) -> None:
    """Ask as often as it goes; send the milliseconds, the size of an answer, and the failures."""
    latencies, size, failures = list[float](), 0, Counter[str]()
    asked = f"GET {path}?query={quote(query)}"
    head = f" HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: application/sparql-results+json\r\n\r\n"
    if hot:
        with contextlib.suppress(OSError, ValueError), _connect(port) as connection:
            _ask(connection, f"{asked}{head}".encode())
    pipe.send("ready")
    pipe.recv()
    open_connection: socket.socket | None = None
    until = time.perf_counter() + seconds
    while time.perf_counter() < until or not (latencies or failures):
        count = len(latencies) + failures.total()
        different = "" if hot else f"%20%23{number}-{count}-{time.time_ns()}"
        request = f"{asked}{different}{head}".encode()
        try:
            open_connection = open_connection or _connect(port)
            started = time.perf_counter()
            status, length = _ask(open_connection, request)
        except (OSError, ValueError) as error:
            failures["no answer" if isinstance(error, TimeoutError) else "hung up"] += 1
            open_connection = None
        else:
            if status == 200:
                latencies.append((time.perf_counter() - started) * 1000)
                size = length
            else:
                failures[str(status)] += 1
        if failures.total() > _MOST_FAILURES:
            break
    pipe.send((latencies, size, failures))


def _connect(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), _WAIT_S)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _ask(connection: socket.socket, request: bytes) -> tuple[int, int]:
    """Read an answer, by its length or by its chunks; give its status and the body's size."""
    connection.sendall(request)
    head = b""
    while b"\r\n\r\n" not in head:
        head += _receive(connection)
    head, _, body = head.partition(b"\r\n\r\n")
    status, lower = int(head[9:12]), head.lower()
    if b"content-length:" in lower:
        length = int(lower.split(b"content-length:")[1].split(b"\r\n")[0])
        got = len(body)
        while got < length:
            got += len(_receive(connection))
        return status, length
    got, tail = len(body), body[-5:]
    while tail != b"0\r\n\r\n":
        part = _receive(connection)
        got += len(part)
        tail = (tail + part)[-5:]
    return status, got


def _receive(connection: socket.socket) -> bytes:
    part = connection.recv(1 << 18)
    if not part:
        raise ConnectionResetError("the server hung up")
    return part


def measure(server: Running, case: str, hot: bool, clients: int, seconds: float) -> Row:
    """Run one case against one server."""
    pipes, processes = [], []
    for number in range(clients):
        mine, theirs = multiprocessing.Pipe()
        args = (server.port, server.path, CASES[case], hot, seconds, number, theirs)
        process = multiprocessing.Process(target=client, args=args)
        process.start()
        pipes.append(mine)
        processes.append(process)
    for pipe in pipes:
        pipe.recv()
    started = time.perf_counter()
    for pipe in pipes:
        pipe.send("go")
    found = [pipe.recv() for pipe in pipes]
    took = time.perf_counter() - started
    for process in processes:
        process.join()
    latencies = tuple(sorted(each for latencies, _, _ in found for each in latencies))
    size = max(size for _, size, _ in found)
    failures = sum((failures for _, _, failures in found), Counter[str]())
    return Row(case, hot, clients, server.name, took, latencies, size, failures)


def join(turns: Sequence[Row]) -> Row:
    """Make one row of the turns that a server had in a case."""
    latencies = tuple(sorted(each for turn in turns for each in turn.latencies_ms))
    return replace(
        turns[0],
        seconds=sum(turn.seconds for turn in turns),
        latencies_ms=latencies,
        size=max(turn.size for turn in turns),
        failures=sum((turn.failures for turn in turns), Counter[str]()),
    )


def run(
    names: Sequence[str], data: Path, seconds: float, turns: int
) -> tuple[list[Row], dict[str, float]]:
    """Run all cases; give the rows, and the memory of each server afterwards."""
    rows = []
    with ExitStack() as stack:
        # All clients have one address, and none is to be told to come back.
        options = ("--log-format", "none", "--max-in-flight", "24", "--max-client-in-flight", "24",
                   "--max-long-in-flight", "20")  # fmt: skip
        servers = [
            stack.enter_context(peers.running(name, data, DEADLINE_S, options)) for name in names
        ]
        for case in CASES:
            for clients in (1, 16):
                for hot in (True, False):
                    asked = [
                        server
                        for server in servers  # one takes minutes for an answer
                        if (server.name, clients, case in _SLOW) != (RDFLIB, 16, True)
                    ]
                    found = [
                        [measure(server, case, hot, clients, seconds) for server in asked]
                        for _ in range(turns)
                    ]
                    rows += [join(each) for each in zip(*found, strict=True)]
                    print(*map(_line, rows[-len(asked) :]), sep="\n", flush=True)
        memory = {server.name: peers.memory_mb(server.process.pid) for server in servers}
    return rows, memory


def _line(row: Row) -> str:
    numbers = ("none", "", "", "")
    if row.latencies_ms:
        numbers = (f"{row.per_s:,.{0 if row.per_s >= 10 else 1}f}", f"{row.median_ms:.2f}",
                   f"{row.p99_ms:.2f}", f"{row.size:,}")  # fmt: skip
    failed = (
        f"{row.failures.total()} of {row.failures.total() + len(row.latencies_ms)}: "
        + ", ".join(f"{what} ({count} times)" for what, count in sorted(row.failures.items()))
    )
    cells = (row.case, _temper(row), str(row.clients), row.server, *numbers)
    return f"| {' | '.join(cells)} | {failed if row.failures else ''} |"


def _temper(row: Row) -> str:
    return "hot" if row.hot else "cold"


def report(
    rows: Sequence[Row], memory: dict[str, float], told: str, versions: dict[str, str]
) -> str:
    named = ", ".join(f"{name} {version}" for name, version in versions.items())
    lines = [
        "# The endpoint beside its peers",
        "",
        f"{SUBJECTS * 4:,} triples in memory, {told} in each case, servers in turn; "
        f"{os.cpu_count()} processors that servers and clients share, load average "
        f"{os.getloadavg()[0]:.1f} at the end. Peers: {named}. Written by `make bench`.",
        "",
        "| case | | clients | server | answers/s | median ms | p99 ms | bytes | failed |",
        "|---|---|---:|---|---:|---:|---:|---:|---|",
        *(_line(row) for row in rows),
        "",
        "| server | memory afterwards, MB |",
        "|---|---:|",
        *(f"| {name} | {size:.0f} |" for name, size in memory.items()),
        "",
        "## Ours against the Oxigraph server",
        "",
        "| case | | clients | median, ours less theirs, ms | answers/s, ours to theirs |",
        "|---|---|---:|---:|---:|",
    ]
    by_key = {(r.case, r.hot, r.clients, r.server): r for r in rows}
    for row in rows:
        other = by_key.get((row.case, row.hot, row.clients, OXIGRAPH))
        if row.server == OURS and other and row.latencies_ms and other.latencies_ms:
            lines.append(
                f"| {row.case} | {_temper(row)} | {row.clients} | "
                f"{row.median_ms - other.median_ms:+.2f} | {row.per_s / other.per_s:.2f} |"
            )
    return "\n".join([*lines, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", default=SERVERS, choices=SERVERS, metavar="SERVER")
    parser.add_argument("--seconds", type=float, default=1.0, help="of each turn")
    parser.add_argument("--turns", type=int, default=4, help="of each server in each case")
    parser.add_argument("--no-report", action="store_true")
    asked = parser.parse_args()
    peers.install_peers()
    with tempfile.TemporaryDirectory() as name:
        rows, memory = run(asked.only, write_data(Path(name)), asked.seconds, asked.turns)
    told = f"{asked.turns} turns of {asked.seconds:g} s"
    text = report(rows, memory, told, peers.versions())
    print(text)
    if not asked.no_report:
        DOCS.mkdir(parents=True, exist_ok=True)
        (DOCS / "endpoint.md").write_text(text)


if __name__ == "__main__":
    main()
