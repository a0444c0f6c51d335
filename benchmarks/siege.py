"""Attack the endpoint and its peers, and see who survives.

    python benchmarks/siege.py                       # all attacks on all; writes docs/siege.md
    python benchmarks/siege.py --only oxigraph       # on one; the others as they are kept
    python benchmarks/siege.py --only entente --family reach         # prints, and writes nothing
    python benchmarks/siege.py --only entente --data snapshot/current/dataset.nq    # the same

Every attack of benchmarks/attacks is run by itself while a process of its own asks trivial
queries that no cache knows. A server that an attack broke is started anew, so that no attack
pays for the one before. What became of each server is kept in .tools/siege. All is on the
loopback, bounded in number and time.
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
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import peers
from attack import Attack, launch, read_attacks
from peers import OURS, SERVERS, Running
from probe import UNANSWERED_MS, probe
from survival import DEADLINE_S, After, Outcome, Survival, keep, read_kept, tell, tell_outcome

DOCS = Path(__file__).resolve().parents[1] / "docs"
_STATIC = DOCS.parent / "server" / "entente" / "web" / "static"
SECRET = "this-stands-in-the-file"
#: Beyond the deadline, what a client waits before it gives up.
_PATIENCE_S = 1.0
_CALM_S = 2.0
#: Between two looks at the memory, each of which takes some 20 ms and holds the server up.
_LOOK_S = 0.25
#: What a trivial query may take after an attack, and its work for nobody.
_ANSWERS_S, _CALMS_DOWN_S = 1.0, 2.0
_OPTIONS = (
    *("--max-memory-bytes", str(512 << 20), "--max-total-memory-bytes", str(1 << 30)),
    *("--header-timeout-s", "1", "--body-timeout-s", "1", "--send-timeout-s", "1"),
    *("--log-format", "none"),
)
_OPENED = re.compile(r'^(\d+)\s.*?open(?:at)?\((?:AT_FDCWD, )?"([^"]+)".*\) = \d+')
_SOCKET = re.compile(r"^(\d+)\s.*?(socket|connect)\((?!AF_UNIX)(.*)\) = \d+")


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


def besiege(name: str, attacks: Sequence[Attack], data: Path, folder: Path) -> Survival:
    """Run attacks against one server, starting it anew where one of them broke it."""
    survival, canary = Survival(name), Canary()
    names = _write_names(folder, canary)
    server = _start(name, data)
    survival.base_mb = peers.memory_mb(server.process.pid)
    with _watching(server, survival, survival.calm_ms):
        time.sleep(_CALM_S)
    try:
        for attack in attacks:
            before, latencies = canary.reached, list[float]()
            with _watching(server, survival, latencies):
                results = launch(attack, server.port, server.path, names, DEADLINE_S + _PATIENCE_S)
            after = _look_after(server)
            survival.latencies_ms += latencies
            unanswered = sum(each >= UNANSWERED_MS for each in latencies)
            outcome = Outcome(attack, results, after, canary.reached - before, unanswered)
            survival.outcomes.append(outcome)
            print(f"{name:16} {attack.name:53} {tell_outcome(outcome)}", flush=True)
            if after != "answers":
                peers.stop(server, grace_s=0)
                server = _start(name, data)
        survival.after_mb = peers.memory_mb(server.process.pid)
    finally:
        peers.stop(server)
    survival.load = os.getloadavg()[0]
    return survival


def _start(name: str, data: Path) -> Running:
    return peers.start(name, data, DEADLINE_S, _OPTIONS if name == OURS else ())


def _write_names(folder: Path, canary: Canary) -> dict[str, str]:
    """Write the file that nobody may read, and name what attacks speak of."""
    secret = folder / "secret.nt"
    secret.write_text(f'<urn:a> <urn:b> "{SECRET}" .\n')
    return {"canary": canary.address, "file": str(secret), "secret": SECRET}


def _look_after(server: Running) -> After:
    """Say what an attack left behind."""
    answers = peers.answers(server, _ANSWERS_S)
    if server.process.poll() is not None:
        return "died"
    if not answers:
        return "stuck"
    return "answers" if peers.is_calm(server, _CALMS_DOWN_S) else "busy"


@contextmanager
def _watching(server: Running, survival: Survival, latencies: list[float]) -> Iterator[None]:
    """Ask trivial queries and look at the memory during the block."""
    mine, theirs = multiprocessing.Pipe()
    asker = multiprocessing.Process(target=probe, args=(server.port, server.path, theirs))
    asker.start()
    mine.recv()
    done = threading.Event()

    def look() -> None:
        while not done.wait(_LOOK_S):
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
    names = _write_names(folder, Canary())
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", default=SERVERS, choices=SERVERS, metavar="SERVER")
    parser.add_argument("--family", nargs="+", help="only these files of attacks")
    parser.add_argument("--name", help="only attacks whose name contains this")
    parser.add_argument("--data", type=Path, help="another data set")
    asked = parser.parse_args()
    all_attacks = read_attacks()
    attacks = [
        attack
        for attack in all_attacks
        if (not asked.family or attack.family in asked.family)
        and (not asked.name or asked.name in attack.name)
    ]
    peers.install_peers()
    survivals = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = (asked.data or write_data(folder)).resolve()
        for each in asked.only:
            survivals.append(besiege(each, attacks, data, folder))
            if each == OURS and peers.has_strace():
                survivals[-1].opened = audit(_near(attacks), data, folder)
    if attacks == all_attacks and not asked.data:
        for survival in survivals:
            keep(survival)
        found = ", ".join(f"{name} {version}" for name, version in peers.versions().items())
        text = tell(read_kept(SERVERS, attacks), f"Peers: {found}.")
        (DOCS / "siege.md").write_text(text, encoding="utf-8")
    broken = [
        (survival.name, *promise)
        for survival in survivals
        for promise in survival.promises
        if not promise[-1]
    ]
    for name, what, seen, _ in broken:
        print(f"{name}: not so: {what}: {seen}")
    for survival in survivals:
        for each in survival.opened or ():
            print(f"{survival.name} opened {each}")
    raise SystemExit(any(name == OURS for name, *_ in broken))


def _near(attacks: Sequence[Attack]) -> list[Attack]:
    """Choose the attacks under which opened files are looked at."""
    near = [attack for attack in attacks if attack.family in ("reach", "script")]
    return near + [attack for attack in attacks if attack.family in ("nesting", "strings")][::4]


if __name__ == "__main__":
    main()
