"""A real server on a free port of the loopback, for tests."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from entente.snapshot import write_snapshot

MAIN = "import sys; from entente.cli.main import main; sys.argv[0] = 'entente'; main()"
DATA = """\
@prefix : <http://example.org/> .
:a :p :b ; :name "Älpha <b>"@en ; :n 1 , 2.5 .
:b :p _:x .
:g { :a :q :c . }
:h { :c :q :a . :c :q :b . }
"""


@dataclass(frozen=True)
class Serving:
    sparql: str
    port: int
    process: subprocess.Popen
    said: str

    @property
    def home(self):
        return self.sparql.removesuffix("/sparql")

    def parents(self):
        """The warm parents of the server."""
        return children_of(self.process.pid)

    def workers(self):
        """The workers, each a child of a warm parent."""
        return [pid for parent in self.parents() for pid in children_of(parent)]


def children_of(pid):
    tasks = Path(f"/proc/{pid}/task")
    texts = [path.read_text() for path in tasks.glob("*/children")] if tasks.exists() else []
    return [int(child) for text in texts for child in text.split()]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run_entente(*args, **environment):
    return subprocess.run(
        [sys.executable, "-c", MAIN, *map(str, args)],
        capture_output=True,
        text=True,
        timeout=120,
        env=_environment(environment),
    )


@contextmanager
def serving(*args, **environment):
    """Start `entente serve`, wait until it says that it is ready, and stop it by its pid."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", MAIN, "serve", "--port", str(port), *map(str, args)],
        stdout=subprocess.PIPE,
        text=True,
        env=_environment(environment),
    )
    try:
        said = []
        for line in process.stdout:
            said.append(line)
            if line.startswith("Stop"):
                break
        assert process.poll() is None
        yield Serving(f"http://127.0.0.1:{port}/sparql", port, process, "".join(said))
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.stdout.close()
        process.wait(20)


def write_data(folder, text=DATA, name="data.trig"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def make_snapshot(root, nquads, version):
    return write_snapshot(root, version, {"dataset.nq": nquads.encode()}, {"graphs": {}})


def _environment(extra):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ENTENTE_")}
    return {**kept, **extra}
