"""The servers that are compared: ours, the Oxigraph server and rdflib-endpoint.

Peers come from PyPI into a virtual environment of their own, .tools/peers, which is made on
first use.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
PEERS = HERE.parent / ".tools" / "peers"
PACKAGES = ("oxigraph==0.5.13", "rdflib-endpoint[cli]==0.6.3")
SERVERS = OURS, OXIGRAPH, RDFLIB = "entente", "oxigraph", "rdflib-endpoint"
_MAIN = "import sys; from entente.cli.main import main; sys.argv[0] = 'entente'; main()"
#: No server may eat the machine that it is tested on.
_ADDRESS_SPACE = 8 << 30
_LONG_S = 30
#: A server computes where it takes more than this share of a processor.
_BUSY_SHARE, _LOOK_S = 0.25, 0.1


@dataclass
class Running:
    """A server that answers.

    Attributes:
        name: Which one.
        port: Where.
        process: Its first process.
        path: The path of its endpoint.
    """

    name: str
    port: int
    process: subprocess.Popen
    path: str = "/sparql"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.path}"


def install_peers() -> None:
    """Install the peers, unless they are there."""
    stamp, wanted = PEERS / "installed", "\n".join(PACKAGES)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    # By the command: venv.create() from inside another environment copies Python onto itself.
    subprocess.run([sys.executable, "-m", "venv", "--clear", PEERS], check=True)
    pip = [PEERS / "bin" / "python", "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, *PACKAGES], check=True)
    stamp.write_text(wanted)


def versions() -> dict[str, str]:
    """Name the version of each server."""
    names = "'oxigraph', 'rdflib-endpoint', 'rdflib'"
    code = f"import importlib.metadata as m; print(*(m.version(n) for n in ({names})))"
    found = subprocess.run(
        [PEERS / "bin" / "python", "-c", code], capture_output=True, text=True, check=False
    ).stdout.split()
    return dict(zip((OXIGRAPH, RDFLIB, "rdflib"), found, strict=False))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(
    name: str, data: Path, deadline_s: float, options: Sequence[str] = (), wrap: Sequence[str] = ()
) -> Iterator[Running]:
    """Start a server on a free port of the loopback, and end it with all its children.

    Args:
        name: Which one.
        data: The RDF file that it serves.
        deadline_s: How long a query may run, where the server has such a limit.
        options: More options for ours.
        wrap: A command that the server's runs under, such as strace.
    """
    server = start(name, data, deadline_s, options, wrap)
    try:
        yield server
    finally:
        stop(server)


def start(
    name: str, data: Path, deadline_s: float, options: Sequence[str] = (), wrap: Sequence[str] = ()
) -> Running:
    port = free_port()
    command = _command(name, data, port, deadline_s, options)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ENTENTE_")}
    process = subprocess.Popen(
        [*wrap, *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=environment,
        preexec_fn=None if wrap else _bound_memory,
    )
    server = Running(name, port, process, "/query" if name == OXIGRAPH else "/sparql")
    if name == OXIGRAPH:
        _wait_for_port(server)
        _upload(server, data)
    if name == RDFLIB:
        server.path = "/"
    wait_until_it_answers(server)
    return server


def stop(server: Running, grace_s: float = 10) -> None:
    """End a server that we started, by its own process group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.process.pid, signal.SIGTERM)
    try:
        server.process.wait(grace_s)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.process.pid, signal.SIGKILL)
        server.process.wait(10)


def answers(server: Running, timeout_s: float = 2.0) -> bool:
    """Say whether a trivial query is answered in time."""
    url = f"{server.address}?query=ASK%7B%7D"
    request = urllib.request.Request(url, headers={"Accept": "application/sparql-results+json"})
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as response:
            return b"true" in response.read()
    except (OSError, urllib.error.HTTPError, ValueError):
        return False


def is_calm(server: Running, within_s: float) -> bool:
    """Say whether a server that nobody asks anything stops computing within a time."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        before = _computed_s(server.process.pid)
        time.sleep(_LOOK_S)
        if _computed_s(server.process.pid) - before < _BUSY_SHARE * _LOOK_S:
            return True
    return False


def _computed_s(pid: int) -> float:
    ticks = 0
    for each in family(pid):
        with contextlib.suppress(OSError):
            stat = Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(stat[11]) + int(stat[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def wait_until_it_answers(server: Running, within_s: float = 120) -> None:
    until = time.monotonic() + within_s
    while not answers(server):
        if server.process.poll() is not None or time.monotonic() > until:
            stop(server)
            raise SystemExit(f"{server.name} does not start")
        time.sleep(0.05)


def family(pid: int) -> list[int]:
    """List a process and all that it brought forth."""
    found, waiting = [], [pid]
    while waiting:
        each = waiting.pop()
        found.append(each)
        with contextlib.suppress(OSError):
            for path in Path(f"/proc/{each}/task").glob("*/children"):
                waiting += [int(child) for child in path.read_text().split()]
    return found


def memory_mb(pid: int) -> float:
    """Give the memory of a process and its children, what they share counted once."""
    total = 0
    for each in family(pid):
        with contextlib.suppress(OSError, ValueError):
            for line in Path(f"/proc/{each}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total / 1024


def _command(
    name: str, data: Path, port: int, deadline_s: float, options: Sequence[str]
) -> list[str]:
    if name == OURS:
        given = ["--data", data, "--port", port, "--deadline-s", deadline_s, *options]
        return [sys.executable, "-c", _MAIN, "serve", *map(str, given)]
    if name == OXIGRAPH:
        # Its timeout starts a thread a query that lives as long as the timeout, so that
        # some thousand quick queries exhaust it: measured without one where it is long.
        timeout = ["--timeout-s", str(max(1, int(deadline_s)))] if deadline_s < _LONG_S else []
        return [str(PEERS / "bin" / name), "serve", "--bind", f"127.0.0.1:{port}", *timeout]
    script = PEERS / "bin" / name
    return [str(script), "serve", "--host", "127.0.0.1", "--port", str(port), str(data)]


def _bound_memory() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))


def _wait_for_port(server: Running) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", server.port), 1).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise SystemExit(f"{server.name} does not listen") from None
            time.sleep(0.02)


def _upload(server: Running, data: Path) -> None:
    kind = {".ttl": "text/turtle", ".nt": "application/n-triples"}.get(data.suffix)
    target = "?default" if kind else ""
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/store{target}",
        data.read_bytes(),
        {"Content-Type": kind or "application/n-quads"},
        method="POST",
    )
    urllib.request.urlopen(request, timeout=120).close()


def has_strace() -> bool:
    return shutil.which("strace") is not None
