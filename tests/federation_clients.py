"""The clients that federate us, as programs of their own in `.tools`, which git ignores.

`python tests/federation_clients.py --fetch` brings all of them side by side, from npm, Maven
Central, Debian and PyPI, each by its ordinary client; `--fetch fuseki` brings one.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

TOOLS = Path(__file__).resolve().parent.parent / ".tools"
COMUNICA = TOOLS / "comunica" / "node_modules" / ".bin" / "comunica-sparql"
FUSEKI = TOOLS / "fuseki" / "jena-fuseki-server-5.2.0.jar"
VIRTUOSO = TOOLS / "virtuoso"
OXIGRAPH = TOOLS / "oxigraph" / "bin" / "oxigraph"
_LIBRARIES = f"{platform.machine()}-linux-gnu"
_STARTS_WITHIN_S = 90


def fetch_comunica() -> None:
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix"]
    subprocess.run([*command, TOOLS / "comunica", "@comunica/query-sparql@3.3.0"], check=True)


def fetch_fuseki() -> None:
    subprocess.run(
        [
            *("mvn", "--quiet", "--batch-mode"),
            "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy",
            "-Dartifact=org.apache.jena:jena-fuseki-server:5.2.0",
            f"-DoutputDirectory={FUSEKI.parent}",
        ],
        check=True,
    )


def fetch_virtuoso() -> None:
    """Unpack Debian's packages, so that neither root nor an installed service is needed."""
    with tempfile.TemporaryDirectory() as folder:
        download = ["apt-get", "--quiet", "download", "virtuoso-opensource-7-bin", "libpcre3"]
        if subprocess.run(download, cwd=folder, capture_output=True, check=False).returncode:
            subprocess.run(["apt-get", "--quiet=2", "update"], check=True)
            subprocess.run(download, cwd=folder, capture_output=True, check=True)
        for package in Path(folder).glob("*.deb"):
            subprocess.run(["dpkg", "--extract", package, VIRTUOSO], check=True)


def fetch_oxigraph() -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    folder = OXIGRAPH.parent.parent
    subprocess.run([*command, "--upgrade", "--target", folder, "oxigraph==0.5.*"], check=True)


CLIENTS = {
    "comunica": (COMUNICA, fetch_comunica, "node"),
    "fuseki": (FUSEKI, fetch_fuseki, "java"),
    "virtuoso": (VIRTUOSO / "usr" / "bin" / "virtuoso-t", fetch_virtuoso, ""),
    "oxigraph": (OXIGRAPH, fetch_oxigraph, ""),
}


def say_what_is_missing(name: str) -> str:
    """Name what a client lacks on this machine, or return an empty string."""
    program, _, runtime = CLIENTS[name]
    if runtime and shutil.which(runtime) is None:
        return f"there is no {runtime} on the path"
    if not program.exists():
        return f"no {name} in .tools; run python tests/federation_clients.py --fetch {name}"
    return ""


def ask_comunica(query: str, *sources: str) -> str:
    """Ask Comunica for a query over some addresses; it finds out what they are."""
    done = subprocess.run(
        ["node", COMUNICA, *sources, query, "--outputType", "text/csv"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def fuseki(port: int, data: Path) -> Iterator[str]:
    """Start Fuseki with a file, and give the address of its endpoint."""
    options = ("--port", str(port), "--localhost", f"--file={data}", "/ds")
    with _running(["java", "-Xmx512m", "-jar", str(FUSEKI), *options], f"http://127.0.0.1:{port}"):
        yield f"http://127.0.0.1:{port}/ds"


@contextmanager
def oxigraph(port: int, data: Path) -> Iterator[str]:
    """Start the Oxigraph server with a Turtle file, and give the address of its endpoint."""
    home = f"http://127.0.0.1:{port}"
    with _running([str(OXIGRAPH), "serve", "--bind", f"127.0.0.1:{port}"], home):
        kind = {"Content-Type": "text/turtle"}
        request = urllib.request.Request(f"{home}/store?default", data.read_bytes(), kind)
        urllib.request.urlopen(request, timeout=30).close()
        yield f"{home}/query"


@contextmanager
def virtuoso(port: int, sql_port: int, data: Path, folder: Path) -> Iterator[str]:
    """Start Virtuoso with N-Triples in the graph `urn:local`, and give its endpoint's address."""
    settings = folder / "virtuoso.ini"
    settings.write_text(_VIRTUOSO_INI.format(folder=folder, port=port, sql_port=sql_port))
    binaries = VIRTUOSO / "usr" / "bin"
    folders = [VIRTUOSO / "usr" / "lib" / _LIBRARIES, VIRTUOSO / "lib" / _LIBRARIES]
    environment = os.environ | {"LD_LIBRARY_PATH": ":".join(map(str, folders))}
    command = [str(binaries / "virtuoso-t"), "-f", "-c", str(settings)]
    with _running(command, f"http://127.0.0.1:{port}/sparql", environment):
        for order in (
            f"SPARQL INSERT DATA {{ GRAPH <urn:local> {{ {data.read_text()} }} }};",
            'GRANT SELECT ON "DB.DBA.SPARQL_SINV_2" TO "SPARQL";',
            'GRANT EXECUTE ON "DB.DBA.SPARQL_SINV_IMP" TO "SPARQL";',
        ):
            isql = [binaries / "isql-vt", f"127.0.0.1:{sql_port}", "dba", "dba", f"exec={order}"]
            done = subprocess.run(isql, env=environment, capture_output=True, text=True, check=True)
            assert "Error" not in done.stdout + done.stderr, done.stdout + done.stderr
        yield f"http://127.0.0.1:{port}/sparql"


_VIRTUOSO_INI = """\
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
[TempDatabase]
DatabaseFile = {folder}/temp.db
TransactionFile = {folder}/temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql_port}
NumberOfBuffers = 2000
[HTTPServer]
ServerPort = 127.0.0.1:{port}
ServerRoot = {folder}
ServerThreads = 5
"""


@contextmanager
def _running(command: list[str], address: str, environment: dict | None = None) -> Iterator[None]:
    """Run a server for the block, from its first answer on; end it by its process id."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, env=environment, **quiet)
    try:
        until = time.monotonic() + _STARTS_WITHIN_S
        while not _answers(address):
            assert process.poll() is None, f"{command[0]} ended with {process.returncode}"
            assert time.monotonic() < until, f"{command[0]} does not answer at {address}"
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(address, timeout=5).close()
    except urllib.error.HTTPError as error:
        error.close()
    except OSError:
        return False
    return True


def main(arguments: list[str]) -> int:
    """Fetch the clients that are named and not there yet, or all of them."""
    if arguments[:1] != ["--fetch"]:
        sys.exit(__doc__)
    wanted = arguments[1:] or list(CLIENTS)
    with ThreadPoolExecutor(len(wanted)) as threads:
        started = [threads.submit(CLIENTS[name][1]) for name in wanted if say_what_is_missing(name)]
    for future in started:
        future.result()
    missing = [text for name in wanted if (text := say_what_is_missing(name))]
    print(*missing, sep="\n", end="\n" if missing else "")  # noqa: T201
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
