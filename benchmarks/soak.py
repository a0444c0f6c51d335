"""Many clients for some minutes, good and bad mixed, and workers killed at random.

    python benchmarks/soak.py                 # 64 clients, 120 seconds; writes docs/soak.md
    python benchmarks/soak.py --seconds 20 --clients 16 --no-report

What is looked for is what grows: memory, descriptors, threads, processes. The answers of
good clients have to be right; those of bad ones only have to be answers.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import os
import random
import signal
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parent))

import peers
from peers import OURS, Running
from siege import write_data

DOCS = Path(__file__).resolve().parents[1] / "docs"
DEADLINE_S = 1.0
_ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER(?a != ?l) }"
_HUNGRY = "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?f ?a ?c"
_LARGE = "SELECT * { ?s ?p ?o . ?s ?q ?r }"
_OPTIONS = ("--max-memory-bytes", str(256 << 20), "--max-total-memory-bytes", str(512 << 20),
            "--queue-wait-s", "0.5", "--send-timeout-s", "2", "--body-timeout-s", "2",
            "--log-format", "none")  # fmt: skip
_KILL_EVERY_S = 0.5
#: Of good queries, on a machine that is wholly taken.
_MOST_LATE = 0.01


@dataclass
class Soak:
    """What happened."""

    statuses: Counter = field(default_factory=Counter)
    wrong: Counter = field(default_factory=Counter)
    samples: list[dict[str, float]] = field(default_factory=list)
    killed: int = 0
    done: threading.Event = field(default_factory=threading.Event)


def ask(port: int, source: str, query: str, accept: str = "text/csv") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(
        "127.0.0.1", port, timeout=20, source_address=(source, 0)
    )
    try:
        connection.request("GET", f"/sparql?query={quote(query)}", headers={"Accept": accept})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def be_good(server: Running, source: str, soak: Soak, chance: random.Random) -> None:
    """Ask what has one right answer."""
    number = chance.randrange(3000)
    query = f"SELECT ?l {{ <urn:n{number}> <urn:label> ?l }} # {chance.random()}"
    status, body = ask(server.port, source, query)
    soak.statuses[f"good {status}"] += 1
    # That a worker was killed, or that time was up, is told as such: it is no wrong answer.
    if status not in (200, 429, 500, 503, 504):
        soak.wrong[f"status {status}"] += 1
    if status == 200 and body != f"l\r\nthe thing {number}\r\n".encode():
        soak.wrong["another answer"] += 1


def be_bad(server: Running, source: str, soak: Soak, chance: random.Random) -> None:
    """Do what hurts."""
    query = chance.choice([_ENDLESS, _HUNGRY, _LARGE, "ASK " + "{" * 5000, "SERVICE", "\0" * 100])
    status, _ = ask(server.port, source, f"{query} # {chance.random()}")
    soak.statuses[f"bad {status}"] += 1


def be_rude(server: Running, source: str, soak: Soak, chance: random.Random) -> None:
    """Hang up, stop halfway, or never read."""
    with socket.create_connection(("127.0.0.1", server.port), 5, (source, 0)) as connection:
        query = quote(chance.choice([_ENDLESS, _LARGE]))
        request = f"GET /sparql?query={query} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        connection.sendall(request[: chance.choice([30, len(request), len(request)])])
        soak.done.wait(chance.random() * 0.5)
    soak.statuses["rude"] += 1


def _live(
    behave: Callable, server: Running, source: str, soak: Soak, chance: random.Random
) -> None:
    while not soak.done.is_set():
        try:
            behave(server, source, soak, chance)
        except (OSError, http.client.HTTPException) as error:
            soak.statuses[f"{behave.__name__} {type(error).__name__}"] += 1
            if behave is be_good:
                soak.wrong[type(error).__name__] += 1
        soak.done.wait(0.01)


def _kill_at_random(server: Running, soak: Soak, chance: random.Random) -> None:
    while not soak.done.wait(_KILL_EVERY_S):
        # A worker is the child of a warm parent, which is the child of the server.
        parents = [
            p for p in peers.family(server.process.pid)[1:] if _parent(p) == server.process.pid
        ]
        workers = [w for p in parents for w in peers.family(p)[1:]]
        if workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(workers), signal.SIGKILL)
                soak.killed += 1


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except OSError:
        return 0


def sample(server: Running) -> dict[str, float]:
    """Look at what may leak."""
    pid = server.process.pid
    family = peers.family(pid)
    status = Path(f"/proc/{pid}/status").read_text()
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    return {
        "memory of all, MB": peers.memory_mb(pid),
        "memory of the server, MB": int(fields["VmRSS"].split()[0]) / 1024,
        "descriptors": len(list(Path(f"/proc/{pid}/fd").iterdir())),
        "threads": int(fields["Threads"]),
        "processes": len(family),
    }


def run(
    seconds: float, clients: int, data: Path
) -> tuple[Soak, dict[str, float], dict[str, float]]:
    """Run it; give what happened, and what there was before and afterwards."""
    soak, seed = Soak(), random.Random(4)
    with peers.running(OURS, data, DEADLINE_S, _OPTIONS) as server:
        _warm_up(server)
        before = sample(server)
        threads = []
        for number in range(clients):
            behave = (be_good, be_good, be_bad, be_rude)[number % 4]
            args = (behave, server, f"127.0.{1 + number % 8}.1", soak, random.Random(seed.random()))
            threads.append(threading.Thread(target=_live, args=args))
        threads.append(threading.Thread(target=_kill_at_random, args=(server, soak, seed)))
        for thread in threads:
            thread.start()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(min(2.0, max(0.1, until - time.monotonic())))
            soak.samples.append(sample(server))
        soak.done.set()
        for thread in threads:
            thread.join()
        time.sleep(DEADLINE_S + 3)
        after = sample(server)
        if soak.statuses["good 504"] > _MOST_LATE * soak.statuses["good 200"]:
            soak.wrong["too many good queries ran out of time"] += 1
        if not peers.answers(server):
            soak.wrong["dead at the end"] += 1
    return soak, before, after


def _warm_up(server: Running) -> None:
    # What is allocated once - threads, arenas, caches - is no leak.
    threads = [
        threading.Thread(target=ask, args=(server.port, f"127.0.9.{1 + i}", f"{_LARGE} #{i}"))
        for i in range(32)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    time.sleep(DEADLINE_S + 1)


def leaks(before: dict[str, float], after: dict[str, float]) -> list[str]:
    """Name what has grown more than noise."""
    allowed = {"memory of all, MB": 120, "memory of the server, MB": 100,
               "descriptors": 8, "threads": 45, "processes": 1}  # fmt: skip
    return [name for name, most in allowed.items() if after[name] - before[name] > most]


def report(soak: Soak, before: dict, after: dict, seconds: float, clients: int) -> str:
    lines = [
        "# Soak",
        "",
        f"{clients} clients for {seconds:g} s: half good, a quarter asking what hurts, a quarter "
        f"hanging up; {soak.killed} workers killed at random. A short query whose worker is killed "
        "is asked once more of another, a longer one gets 500. Written by `make soak`.",
        "",
        "| | before | most meanwhile | afterwards |",
        "|---|---:|---:|---:|",
    ]
    for name in before:
        most = max(each[name] for each in soak.samples)
        lines.append(f"| {name} | {before[name]:.0f} | {most:.0f} | {after[name]:.0f} |")
    lines += ["", "| answers | number |", "|---|---:|"]
    lines += [f"| {name} | {count} |" for name, count in sorted(soak.statuses.items())]
    lines += ["", f"Wrong answers: {dict(soak.wrong) or 'none'}. "
              f"Leaks: {', '.join(leaks(before, after)) or 'none'}. "
              f"Load average: {os.getloadavg()[0]:.1f}.", ""]  # fmt: skip
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--no-report", action="store_true", help="do not write docs/soak.md")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        soak, before, after = run(asked.seconds, asked.clients, write_data(Path(name)))
    text = report(soak, before, after, asked.seconds, asked.clients)
    print(text)
    if not asked.no_report:
        (DOCS / "soak.md").write_text(text)
    raise SystemExit(1 if soak.wrong or leaks(before, after) else 0)


if __name__ == "__main__":
    main()
