"""Run W3C's SPARQL suites over HTTP on Entente and its peers, and write docs/conformance.md.

    ENTENTE_W3C=folder python benchmarks/conformance.py

The folder holds a clone of github.com/w3c/rdf-tests.
"""

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path

import httpx
import peers
from peers import PEERS

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from serving import free_port  # noqa: E402  from the tests, whose runner this is
from w3c.cases import FOLDERS, NOT_RUN, read_cases  # noqa: E402
from w3c.known import KNOWN  # noqa: E402
from w3c.run import run_case  # noqa: E402
from w3c.targets import entente_target  # noqa: E402

TARGET_FILE = ROOT / "docs" / "conformance.md"


class Oxigraph:
    """The Oxigraph server: a data set comes in over its graph store."""

    read_only = False

    def __init__(self, home):
        self.sparql, self.store = home + "/query", home + "/store"
        self.client = httpx.Client(timeout=10)
        self._update = home + "/update"

    def ensure(self, nquads):
        """Put a data set in the place of what is there, whatever a case before did to it."""
        self.client.post(self._update, data={"update": "DROP ALL"}).raise_for_status()
        headers = {"Content-Type": "application/n-quads"}
        self.client.post(self.store, content=nquads, headers=headers).raise_for_status()


class RdflibEndpoint:
    """rdflib-endpoint: its INSERT DATA fails on named graphs, so it starts anew with a file."""

    read_only = False

    def __init__(self, folder):
        self.client = httpx.Client(timeout=10)
        self._file, self._data, self._stack = folder / "data.nq", None, ExitStack()
        self._refused = set()

    def ensure(self, nquads):
        """Start the server with a data set, unless it runs with it."""
        if nquads == self._data:
            return
        if nquads in self._refused:
            raise NoAnswerError("rdflib-endpoint does not start with these data")
        self.close()
        self._file.write_bytes(nquads)
        home = f"http://127.0.0.1:{(port := free_port())}"
        command = [PEERS / "bin" / "rdflib-endpoint", "serve", self._file, "--enable-update"]
        command += ["--host", "127.0.0.1", "--port", str(port)]
        self._refused.add(nquads)
        self._stack.enter_context(running(command, home + "/"))
        self._refused.remove(nquads)
        self.sparql, self.store, self._data = home + "/", home + "/store", nquads

    def close(self):
        """Stop the server."""
        self._stack.close()
        self._data = None


@contextmanager
def running(command, endpoint):
    """Run a peer until the block ends; it is stopped by its process id."""
    silence = subprocess.DEVNULL
    process = subprocess.Popen(command, stdout=silence, stderr=silence, cwd=PEERS)
    try:
        until = time.monotonic() + 30
        while not answers(endpoint):
            if time.monotonic() > until or process.poll() is not None:
                raise NoAnswerError(f"{Path(command[0]).name} does not start with these data")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(20)


class NoAnswerError(Exception):
    """A server does not answer."""


def answers(endpoint):
    try:
        return httpx.get(endpoint, params={"query": "ASK {}"}).status_code == 200
    except httpx.HTTPError:
        return False


@contextmanager
def oxigraph_target(_folder):
    home = f"http://127.0.0.1:{(port := free_port())}"
    command = [PEERS / "bin" / "oxigraph", "serve", "--bind", f"127.0.0.1:{port}"]
    with running(command, home + "/query"):
        yield Oxigraph(home)


@contextmanager
def rdflib_target(folder):
    target = RdflibEndpoint(folder)
    try:
        yield target
    finally:
        target.close()


def name_targets():
    """Give what starts each server, by its name and version."""
    found = peers.versions()
    return {
        f"Entente {version('entente')}": entente_target,
        f"Oxigraph server {found[peers.OXIGRAPH]}": oxigraph_target,
        f"rdflib-endpoint {found[peers.RDFLIB]}": rdflib_target,
    }


def run_all(start, cases):
    """Run all cases on a target; give the failures by the case's id."""
    failures = {}
    with tempfile.TemporaryDirectory() as folder, start(Path(folder)) as target:
        for case in sorted(cases, key=lambda case: case.data):
            failure = run_one(target, case)
            if failure:
                failures[case.id] = failure
    return failures


def run_one(target, case):
    """Run a case; what a server does to the connection or to the answer's form is a failure."""
    try:
        target.ensure(case.data)
        return run_case(target, case)
    except (NoAnswerError, httpx.HTTPError, SyntaxError, ValueError, UnicodeError) as error:
        return f"{type(error).__name__}: {error}"


def write_report(cases, results):
    """Write the table, our failures, and what is not run."""
    lines = [
        "# Conformance",
        "",
        "<!-- Written by `make conformance`; change benchmarks/conformance.py instead. -->",
        "",
        "W3C's test suites, run over HTTP by one runner; the peers are as PyPI installs them.",
        "Entente and rdflib-endpoint serve the cases' files, Oxigraph takes them by its graph",
        "store. A case passes when status, format and answer are as the manifest says; answers are",
        "compared up to the names of blank nodes, literals in the form in which stores keep them.",
        "",
        "| suite | cases | " + " | ".join(results) + " |",
        "|---|" + "---:|" * (len(results) + 1),
    ]
    for suite in FOLDERS:
        ids = {case.id for case in cases if case.suite == suite}
        passed = (len(ids - failures.keys()) for failures in results.values())
        lines.append(f"| {suite} | {len(ids)} | " + " | ".join(map(str, passed)) + " |")
    lines += ["", "## What fails here", "", "| case | reason |", "|---|---|"]
    ours = next(iter(results.values()))
    lines += [f"| `{name}` | {KNOWN.get(name, ours[name])} |" for name in sorted(ours)]
    lines += [
        "",
        "## How to read it",
        "",
        "- The protocol suite is its query part. Where a case names a graph for which the suite",
        "  gives no data, a graph of one triple stands for it: the endpoint fetches nothing.",
        "- The graph store suite is run in full on the peers. On Entente each write must be",
        "  refused with 405, and what the case then reads is asked of the data set that the write",
        "  would have left.",
        "- Relative IRIs of a query are resolved by a `BASE` line that the runner puts before it.",
        "",
        "Not run:",
        "",
        *(f"- {what}: {why}." for what, why in NOT_RUN.items()),
        "",
        "## Run it yourself",
        "",
        "```sh",
        "git clone https://github.com/w3c/rdf-tests w3c/rdf-tests",
        "make conformance ENTENTE_W3C=w3c                          # this table",
        "ENTENTE_W3C=w3c .venv/bin/python -m pytest tests/test_w3c.py",
        "```",
        "",
    ]
    TARGET_FILE.write_text("\n".join(lines), encoding="utf-8")


def main():
    folder = os.environ.get("ENTENTE_W3C")
    if not folder:
        raise SystemExit("ENTENTE_W3C: not set; name the folder that holds rdf-tests")
    peers.install_peers()
    cases = read_cases(Path(folder) / "rdf-tests")
    targets = name_targets()
    with ThreadPoolExecutor(len(targets)) as threads:  # most of the time servers start
        runs = [threads.submit(run_all, start, cases) for start in targets.values()]
        results = {name: run.result() for name, run in zip(targets, runs, strict=True)}
    for name, failures in results.items():
        print(f"{name}: {len(cases) - len(failures)} of {len(cases)}")
        if "-v" in sys.argv:
            for identity, failure in sorted(failures.items()):
                print(f"  {identity}: {failure[:150]}")
    write_report(cases, results)
    print(TARGET_FILE.read_text(encoding="utf-8").split("## What fails")[0])


if __name__ == "__main__":
    main()
