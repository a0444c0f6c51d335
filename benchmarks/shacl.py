"""Time SHACL validation end to end: Entente, pySHACL, pyrudof and, where Java is, Jena.

    python benchmarks/shacl.py                   # 10 000 and 100 000 triples
    python benchmarks/shacl.py --all --write     # 1 000 000 too; writes docs/benchmarks/shacl.md
    python benchmarks/shacl.py --sizes 20000 --only entente,jena --timeout-s 120

Each engine is a process of its own that reads the N-Triples and the shapes from files, validates
and writes its results; the seconds, wall clock and processor, and the peak memory are that
process's. The results are counted by constraint component, and the counts compared. pyrudof
takes part where it is installed. Jena comes with Maven into .tools/jena, once, or is taken from
the folder JENA_HOME.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections import Counter
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pyoxigraph as ox
import shacl_data

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "benchmarks" / "shacl.md"
TOOLS = ROOT / ".tools" / "jena"
JENA = "5.5.0"
SIZES = (10_000, 100_000, 1_000_000)
COMPONENT = re.compile(r"sourceConstraintComponent>?\s+\S+?([A-Za-z]+)ConstraintComponent")

ENTENTE = """
import json, sys
from entente.cli.main import main
sys.argv = ["entente", "validate", sys.argv[1], "--shapes", sys.argv[2], "--format", "turtle",
            "-o", sys.argv[3], "--max-data-bytes", str(10**10), *sys.argv[4:]]
main()
"""
PYSHACL = """
import sys
from pyshacl.cli import main
sys.argv = ["pyshacl", "-s", sys.argv[2], "-df", "nt", "-sf", "turtle", "-f", "turtle",
            "-o", sys.argv[3], sys.argv[1]]
sys.exit(main())
"""
PYRUDOF = """
import sys
import pyrudof
rudof = pyrudof.Rudof(pyrudof.RudofConfig())
rudof.read_data(sys.argv[1], format=pyrudof.RDFFormat.NTriples)
rudof.read_shacl(sys.argv[2], format=pyrudof.ShaclFormat.Turtle)
rudof.validate_shacl()
text = rudof.serialize_shacl_validation_results(format=pyrudof.ResultShaclValidationFormat.Turtle)
open(sys.argv[3], "w", encoding="utf-8").write(text)
"""


@dataclass(frozen=True)
class Run:
    """What a run of an engine gave."""

    engine: str
    triples: int
    seconds: float
    processor_seconds: float
    mebibytes: float
    results: Counter[str]
    failed: str = ""


def commands(data: Path, shapes: Path, report: Path) -> dict[str, list[str]]:
    """Say how each engine is called."""
    arguments = [str(data), str(shapes), str(report)]
    ours = [sys.executable, "-c", ENTENTE, *arguments]
    found = {
        "entente": ours,
        "entente --engine pyshacl": [
            sys.executable,
            "-c",
            ENTENTE,
            *arguments,
            "--engine",
            "pyshacl",
        ],
        "pyshacl": [sys.executable, "-c", PYSHACL, *arguments],
    }
    if importlib.util.find_spec("pyrudof"):
        found["pyrudof"] = [sys.executable, "-c", PYRUDOF, *arguments]
    home = find_jena()
    if home:
        found["jena"] = ["java", "-cp", f"{home}/lib/*", "shacl.shacl_validate"]
        found["jena"] += ["--shapes", str(shapes), "--data", str(data)]
    return found


def find_jena() -> Path | None:
    """Find Jena's folder, fetching it where Maven is; None where Java or both are missing."""
    if shutil.which("java") is None:
        return None
    if "JENA_HOME" in os.environ:
        return Path(os.environ["JENA_HOME"])
    home = TOOLS / f"apache-jena-{JENA}"
    if not home.is_dir():
        if shutil.which("mvn") is None:
            print("Jena is left out: no JENA_HOME, and no mvn to fetch it", file=sys.stderr)
            return None
        artifact = f"org.apache.jena:apache-jena:{JENA}:zip"
        plugin = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
        TOOLS.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["mvn", "-q", "-B", plugin, f"-Dartifact={artifact}", f"-DoutputDirectory={TOOLS}"],
            check=True,
        )
        with zipfile.ZipFile(TOOLS / f"apache-jena-{JENA}.zip") as archive:
            archive.extractall(TOOLS)
    return home


def run(engine: str, command: list[str], triples: int, report: Path, timeout_s: float) -> Run:
    """Run an engine once, and stop it after its time."""
    report.unlink(missing_ok=True)
    began = time.perf_counter()
    with report.with_suffix(".out").open("wb") as out, report.with_suffix(".err").open("wb") as err:
        process = subprocess.Popen(command, stdout=out, stderr=err)
        timer = threading.Timer(timeout_s, process.kill)
        timer.start()
        try:
            _, _, usage = os.wait4(process.pid, 0)
        except KeyboardInterrupt:
            process.kill()
            raise
        finally:
            timer.cancel()
    seconds = time.perf_counter() - began
    written = report if report.exists() else report.with_suffix(".out")
    results = count_results(written)
    failed = "" if results else last_line(report.with_suffix(".err"))
    if seconds >= timeout_s:
        failed = f"stopped after {timeout_s:.0f} s"
    processor_seconds = usage.ru_utime + usage.ru_stime
    memory = usage.ru_maxrss / 1024
    return Run(engine, triples, seconds, processor_seconds, memory, results, failed)


def count_results(report: Path) -> Counter[str]:
    """Count the results of a report graph in Turtle by component, without their details."""
    text = report.read_text(encoding="utf-8", errors="replace")
    try:
        quads = list(ox.parse(text.encode(), format=ox.RdfFormat.TURTLE))
    except SyntaxError:  # a line of a log stands in it
        return Counter(COMPONENT.findall(text))
    results = {quad.object for quad in quads if quad.predicate.value.endswith("#result")}
    return Counter(
        quad.object.value.rpartition("#")[2].removesuffix("ConstraintComponent")
        for quad in quads
        if quad.subject in results and quad.predicate.value.endswith("#sourceConstraintComponent")
    )


def last_line(file: Path) -> str:
    lines = file.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1][:200] if lines else "no result and no word"


def compare(runs: list[Run]) -> list[str]:
    """Say where the counts of two engines differ."""
    first = runs[0]
    lines = []
    for other in runs[1:]:
        if other.failed:
            lines.append(f"{other.triples:,} triples, {other.engine}: {other.failed}")
        for component in sorted(first.results.keys() | other.results.keys()):
            ours, theirs = first.results[component], other.results[component]
            if ours != theirs and not other.failed:
                lines.append(
                    f"{other.triples:,} triples, {component}: {first.engine} {ours:,}, "
                    f"{other.engine} {theirs:,}"
                )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--all", action="store_true", help="1 000 000 triples too")
    parser.add_argument("--sizes", help="other sizes, with commas between")
    parser.add_argument("--only", help="some engines, with commas between")
    parser.add_argument("--write", action="store_true", help=f"write {TABLE.relative_to(ROOT)}")
    parser.add_argument(
        "--timeout-s",
        type=float,
        default=3600.0,
        help="seconds after which an engine is stopped; larger sizes are not tried on it",
    )
    options = parser.parse_args()
    sizes = SIZES if options.all else SIZES[:2]
    if options.sizes:
        sizes = tuple(map(int, options.sizes.split(",")))
    rows, differences, left_out = [], [], set()
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            runs = measure(size, Path(folder), options.only, left_out, options.timeout_s)
        left_out |= {one.engine for one in runs if one.failed.startswith("stopped")}
        rows += runs
        differences += compare(runs)
    text = write_table(rows, differences)
    print(text)
    if options.write:
        TABLE.write_text(text, encoding="utf-8")


def measure(
    size: int, folder: Path, only: str | None, left_out: set[str], timeout_s: float
) -> list[Run]:
    data, shapes, report = (folder / name for name in ("data.nt", "shapes.ttl", "report.ttl"))
    triples = 0
    with data.open("w", encoding="utf-8") as file:
        for text in shacl_data.write_data(size):
            triples += file.write(text) and text.count("\n")
    shapes.write_text(shacl_data.SHAPES, encoding="utf-8")
    runs = []
    for engine, command in commands(data, shapes, report).items():
        if engine not in left_out and (only is None or engine in only.split(",")):
            one = run(engine, command, triples, report, timeout_s)
            print(
                f"{triples:>9}  {engine:<26}{one.seconds:>8.2f} s {one.mebibytes:>7.0f} MiB "
                f"{one.results.total():>7} results  {one.failed}",
                file=sys.stderr,
                flush=True,
            )
            runs.append(one)
    return runs


def write_table(rows: list[Run], differences: list[str]) -> str:
    ours = {run.triples: run.seconds for run in rows if run.engine == "entente"}
    names = ("entente", "pyshacl", "pyrudof", "pyoxigraph", "rdflib")
    known = [name for name in names if importlib.util.find_spec(name)]
    versions = ", ".join(f"{name} {version(name)}" for name in known)
    lines = [
        "# SHACL validation: time end to end",
        "",
        "Written by `python benchmarks/shacl.py --all --write`. A process each: it reads N-Triples",
        "and shapes, validates, and writes SHACL's report graph; the time is the process's, start",
        "and parsing included. The shapes hold core constraints, three queries, a qualified count",
        "and closed shapes (`benchmarks/shacl_data.py`).",
        "",
        f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores; "
        f"{versions}, Jena {JENA}.",
        "",
        "| triples | engine | seconds | times ours | processor s | MiB | results |",
        "|---:|---|---:|---:|---:|---:|---:|",
    ]
    for one in rows:
        ratio = f"{one.seconds / ours[one.triples]:.1f}" if one.triples in ours else "-"
        lines.append(
            f"| {one.triples:,} | {one.engine} | {one.seconds:.1f} | {ratio} "
            f"| {one.processor_seconds:.1f} "
            f"| {one.mebibytes:,.0f} | {one.results.total():,} |"
        )
    lines += ["", "## Where the counts differ", ""]
    lines += [f"- {line}" for line in differences] or ["Nowhere."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
