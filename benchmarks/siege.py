"""Attack the endpoint and its peers, and see who survives.

    python benchmarks/siege.py                       # all, against all; writes docs/siege.md
    python benchmarks/siege.py --servers entente --family reach --no-report
    python benchmarks/siege.py --data snapshot/current/dataset.nq --servers entente

Every attack of benchmarks/attacks is run by itself while a process of its own asks trivial
queries that no cache knows. A server that does not answer afterwards is started anew. All
is on the loopback, bounded in number and time.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import re
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import peers
from attack import Attack, Result, launch, read_attacks
from peers import OURS, OXIGRAPH, RDFLIB, Running
from probe import UNANSWERED_MS, probe

DOCS = Path(__file__).resolve().parents[1] / "docs"
_STATIC = DOCS.parent / "server" / "entente" / "web" / "static"
SECRET = "this-stands-in-the-file"
DEADLINE_S = 1.0
#: Beyond deadline and queue, what a client waits before it calls a server stuck.
_PATIENCE_S = 1.0
_CALM_S = 2.0
_OPTIONS = (
    *("--max-memory-bytes", str(512 << 20), "--max-total-memory-bytes", str(1 << 30)),
    *("--header-timeout-s", "1", "--body-timeout-s", "1", "--send-timeout-s", "1"),
    *("--log-format", "none"),
)
_OPENED = re.compile(r'^(\d+)\s.*?open(?:at)?\((?:AT_FDCWD, )?"([^"]+)".*\) = \d+')
_SOCKET = re.compile(r"^(\d+)\s.*?(socket|connect)\((?!AF_UNIX)(.*)\) = \d+")


@dataclass
class Outcome:
    """What became of a server under one attack."""

    attack: Attack
    results: list[Result]
    alive: bool
    reached: int
    slowest_ms: float

    @property
    def right(self) -> bool:
        return not self.faults and all(r.status in self.attack.expect for r in self.results)

    @property
    def faults(self) -> list[str]:
        found = {result.fault for result in self.results if result.fault}
        return sorted(found | ({"a connection to another server"} if self.reached else set()))

    @property
    def overshoot_s(self) -> float:
        ran = [r.seconds - DEADLINE_S for r in self.results if r.status in (200, 504, -1)]
        return max([0.0, *ran]) if self.attack.query else 0.0


@dataclass
class Survival:
    """What became of a server under all attacks."""

    name: str
    outcomes: list[Outcome] = field(default_factory=list)
    latencies_ms: list[float] = field(default_factory=list)
    calm_ms: list[float] = field(default_factory=list)
    peak_mb: float = 0.0
    base_mb: float = 0.0
    after_mb: float = 0.0
    load: float = 0.0
    cpu_busy: float = 0.0

    @property
    def deaths(self) -> int:
        return sum(not outcome.alive for outcome in self.outcomes)

    @property
    def wrong(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if not outcome.right]

    @property
    def wrong_200(self) -> int:
        return sum(bool(outcome.faults) for outcome in self.outcomes)

    @property
    def overshoot_s(self) -> float:
        return max([0.0, *(outcome.overshoot_s for outcome in self.outcomes)])


def percentile(latencies: Sequence[float], share: float) -> float:
    ordered = sorted(latencies) or [float("nan")]
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Canary:
    """A listener that nobody may reach; it counts who does."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.reached = 0
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/"

    def _listen(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            self.reached += 1
            with connection, contextlib.suppress(OSError):
                connection.settimeout(1)
                connection.recv(1000)
                connection.sendall(b"HTTP/1.1 500 no\r\nContent-Length: 0\r\n\r\n")


def write_data(folder: Path) -> Path:
    """Write 12,000 triples, always the same."""
    lines = []
    for i in range(3000):
        lines.append(f"<urn:n{i}> <urn:next> <urn:n{(i + 1) % 3000}> .")
        lines.append(f"<urn:n{i}> <urn:kind> <urn:k{i % 7}> .")
        lines.append(f'<urn:n{i}> <urn:label> "the thing {i}" .')
        lines.append(f"<urn:n{i}> <urn:far> <urn:n{i * 7919 % 3000}> .")
    path = folder / "siege.nt"
    path.write_text("\n".join(lines) + "\n")
    return path


def besiege(
    name: str, attacks: Sequence[Attack], data: Path, folder: Path, *, quiet: bool = False
) -> Survival:
    """Run attacks against one server, starting it anew where it dies or is stuck."""
    survival, canary = Survival(name), Canary()
    secret = folder / "secret.nt"
    secret.write_text(f'<urn:a> <urn:b> "{SECRET}" .\n')
    names = {"canary": canary.address, "file": str(secret), "secret": SECRET}
    server = peers.start(name, data, DEADLINE_S, _OPTIONS if name == OURS else ())
    survival.base_mb = peers.memory_mb(server.process.pid)
    busy = _busy_ticks()
    with _watching(server, survival, survival.calm_ms):
        time.sleep(_CALM_S)
    try:
        for attack in attacks:
            before, latencies = canary.reached, list[float]()
            with _watching(server, survival, latencies):
                results = launch(attack, server.port, server.path, names, DEADLINE_S + _PATIENCE_S)
            answered = latencies and latencies[-1] < UNANSWERED_MS
            alive = server.process.poll() is None and (answered or peers.answers(server, 0.5))
            survival.latencies_ms += latencies
            outcome = Outcome(
                attack, results, alive, canary.reached - before, max([0.0, *latencies])
            )
            survival.outcomes.append(outcome)
            if not quiet:
                _print_outcome(name, outcome)
            if not alive:
                peers.stop(server, grace_s=0.2)
                server = peers.start(name, data, DEADLINE_S, _OPTIONS if name == OURS else ())
        survival.after_mb = peers.memory_mb(server.process.pid)
    finally:
        peers.stop(server)
    survival.load = os.getloadavg()[0]
    survival.cpu_busy = _share_of(busy, _busy_ticks())
    return survival


@contextmanager
def _watching(server: Running, survival: Survival, latencies: list[float]) -> Iterator[None]:
    """Ask trivial queries and look at the memory during the block."""
    mine, theirs = multiprocessing.Pipe()
    asker = multiprocessing.Process(target=probe, args=(server.port, server.path, theirs))
    asker.start()
    mine.recv()
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.1):
            survival.peak_mb = max(survival.peak_mb, peers.memory_mb(server.process.pid))

    looker = threading.Thread(target=look)
    looker.start()
    try:
        yield
    finally:
        mine.send("stop")
        latencies += mine.recv()
        asker.join()
        done.set()
        looker.join()


def audit(attacks: Sequence[Attack], data: Path, folder: Path) -> list[str]:
    """Run attacks with every opened file and socket written down; list those that may not be."""
    trace = folder / "trace"
    wrap = ("strace", "-f", "--seccomp-bpf", "-qq", "-o", str(trace), "-e",
            "trace=open,openat,openat2,socket,connect")  # fmt: skip
    secret = folder / "secret.nt"
    secret.write_text(f'<urn:a> <urn:b> "{SECRET}" .\n')
    names = {"canary": Canary().address, "file": str(secret), "secret": SECRET}
    with peers.running(OURS, data, DEADLINE_S, _OPTIONS, wrap) as server:
        ready = trace.stat().st_size
        for attack in attacks:
            launch(attack, server.port, server.path, names, DEADLINE_S + _PATIENCE_S)
    seen = set()
    with trace.open(encoding="utf-8", errors="replace") as lines:
        lines.seek(ready)
        for line in lines:
            if (match := _OPENED.match(line)) and not _may_open(match[2], data):
                seen.add(f"file {match[2]}")
            if match := _SOCKET.match(line):
                seen.add(f"{match[2]} {match[3]}")
    return sorted(seen)


def _may_open(path: str, data: Path) -> bool:
    # /proc: the server looks at its own workers. .py and .so: modules imported late.
    own = (".py", ".pyc", ".so", ".html", "__pycache__", "site-packages")
    places = ("/proc/", "/sys/", f"{_STATIC}/")
    return path.startswith(places) or path == str(data) or path.endswith(own)


def _print_outcome(name: str, outcome: Outcome) -> None:
    statuses = sorted({result.status for result in outcome.results})
    verdict = "ok" if outcome.right and outcome.alive else "WRONG"
    if not outcome.alive:
        verdict = "DEAD"
    print(
        f"{name:16} {verdict:6} {outcome.attack.name[:52]:53} {statuses} "
        f"+{outcome.overshoot_s * 1000:.0f} ms, slowest trivial {outcome.slowest_ms:.0f} ms "
        f"{' '.join(outcome.faults)}",
        flush=True,
    )


def report(survivals: Sequence[Survival], opened: Sequence[str] | None, attacks: int) -> str:
    """Write the survival table."""
    lines = [
        "# Siege",
        "",
        f"{attacks} attacks (`benchmarks/attacks`), each run by itself against each server, "
        f"with a deadline of {DEADLINE_S:g} s. Written by `make siege`.",
        "",
        "What is right stands beside each attack: what cannot be served is refused. A peer that "
        "answers it with no rows has the wrong status, and no more.",
        "",
        "| | " + " | ".join(s.name for s in survivals) + " |",
        "|---|" + "---:|" * len(survivals),
    ]
    rows = (
        ("dead or stuck afterwards", lambda s: str(s.deaths)),
        ("status right", lambda s: f"{len(s.outcomes) - len(s.wrong)} of {len(s.outcomes)}"),
        ("wrong, cut or leaking 200", lambda s: str(s.wrong_200)),
        ("largest overshoot of the deadline, ms", lambda s: f"{s.overshoot_s * 1000:.0f}"),
        ("trivial query before, median ms", lambda s: f"{percentile(s.calm_ms, 0.5):.1f}"),
        ("trivial query before, p99 ms", lambda s: f"{percentile(s.calm_ms, 0.99):.1f}"),
        ("trivial query meanwhile, median ms", lambda s: f"{percentile(s.latencies_ms, 0.5):.1f}"),
        ("trivial query meanwhile, p99 ms", lambda s: f"{percentile(s.latencies_ms, 0.99):.1f}"),
        (
            "trivial queries unanswered",
            lambda s: str(sum(x >= UNANSWERED_MS for x in s.latencies_ms)),
        ),
        ("memory before, MB", lambda s: f"{s.base_mb:.0f}"),
        ("memory at its peak, MB", lambda s: f"{s.peak_mb:.0f}"),
        ("memory afterwards, MB", lambda s: f"{s.after_mb:.0f}"),
        ("load average of the machine", lambda s: f"{s.load:.1f}"),
    )
    for title, read in rows:
        lines.append(f"| {title} | " + " | ".join(read(s) for s in survivals) + " |")
    lines += ["", f"Machine: {os.cpu_count()} processors. The asker, the attackers and the server "
              "share them, and what else ran is in the load.", ""]  # fmt: skip
    if opened is not None:
        lines += ["## Files and sockets", ""]
        what = "Under strace, the server and its workers opened"
        lines += (
            [
                f"{what} no file beyond their own modules and static files "
                "and `/proc`, and no socket.",
                "",
            ]
            if (not opened)
            else [f"{what}:", "", *(f"- `{each}`" for each in opened), ""]
        )
    for survival in survivals:
        if wrong := [o for o in survival.outcomes if not (o.right and o.alive)]:
            lines += [f"## What {survival.name} got wrong", "", "| attack | family | got | right |",
                      "|---|---|---|---|"]  # fmt: skip
            lines += [_wrong_row(outcome) for outcome in wrong]
            lines.append("")
    return "\n".join(lines)


def _wrong_row(outcome: Outcome) -> str:
    got = ", ".join(_name(status) for status in sorted({r.status for r in outcome.results}))
    notes = [*outcome.faults, *([] if outcome.alive else ["dead or stuck"])]
    right = ", ".join(_name(status) for status in outcome.attack.expect)
    attack = outcome.attack
    return f"| {attack.name} | {attack.family} | {'; '.join([got, *notes])} | {right} |"


def _name(status: int) -> str:
    return {0: "closed", -1: "no answer"}.get(status, str(status))


def _busy_ticks() -> tuple[int, int]:
    numbers = [int(n) for n in Path("/proc/stat").read_text().split("\n")[0].split()[1:]]
    return sum(numbers) - numbers[3] - numbers[4], sum(numbers)


def _share_of(before: tuple[int, int], after: tuple[int, int]) -> float:
    return (after[0] - before[0]) / max(1, after[1] - before[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--servers", nargs="*", default=[OURS, OXIGRAPH, RDFLIB])
    parser.add_argument("--family", nargs="*", help="only these files of attacks")
    parser.add_argument("--name", help="only attacks whose name contains this")
    parser.add_argument("--data", type=Path, help="another data set")
    parser.add_argument("--no-report", action="store_true", help="do not write docs/siege.md")
    parser.add_argument("--no-audit", action="store_true", help="leave out strace")
    asked = parser.parse_args()
    attacks = [
        attack
        for attack in read_attacks()
        if (not asked.family or attack.family in asked.family)
        and (not asked.name or asked.name in attack.name)
    ]
    if set(asked.servers) - {OURS}:
        peers.install_peers()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = (asked.data or write_data(folder)).resolve()
        survivals = [besiege(each, attacks, data, folder) for each in asked.servers]
        opened = None
        if OURS in asked.servers and not asked.no_audit and peers.has_strace():
            near = [a for a in attacks if a.family in ("reach", "script")]
            near += [a for a in attacks if a.family in ("nesting", "strings")][::4]
            opened = audit(near, data, folder)
    text = report(survivals, opened, len(attacks))
    print(text)
    if not asked.no_report:
        (DOCS / "siege.md").write_text(text)
    ours = [s for s in survivals if s.name == OURS]
    failed = any(s.deaths or s.wrong_200 or s.wrong for s in ours) or bool(opened)
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
