"""What validators say by their exit code: Entente, pySHACL, pyrudof and, where Java is, Jena.

    python benchmarks/shacl_exit_codes.py            # prints the table
    python benchmarks/shacl_exit_codes.py --write    # writes docs/benchmarks/shacl-exit-codes.md

Each validator is called as a pipeline calls it, in a process of its own. pyrudof has no command
on PyPI: a script of three lines exits with 1 where its report does not conform. "line" says that
the output names the file and the line of the cause.
"""

from __future__ import annotations

import argparse
import gzip
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from shacl import JENA, find_jena

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "benchmarks" / "shacl-exit-codes.md"
TIMEOUT_S = 120
ENTENTE = "import sys; from entente.cli.main import main; sys.argv[0] = 'entente'; main()"
PYRUDOF = """
import sys, pyrudof
rudof = pyrudof.Rudof(pyrudof.RudofConfig())
rudof.read_data(sys.argv[1], format=pyrudof.RDFFormat.Turtle)
rudof.read_shacl(sys.argv[2], format=pyrudof.ShaclFormat.Turtle)
rudof.validate_shacl()
text = rudof.serialize_shacl_validation_results(format=pyrudof.ResultShaclValidationFormat.Turtle)
print(text)
sys.exit("conforms false" in text)
"""
SH = "PREFIX sh: <http://www.w3.org/ns/shacl#>\nPREFIX ex: <http://example.org/>\n"
GOOD = 'PREFIX ex: <http://example.org/>\n\nex:one a ex:Thing ; ex:name "one" .\n'
BAD = "PREFIX ex: <http://example.org/>\n\nex:one a ex:Thing .\n"


def shape(text: str, target: str = "sh:targetClass ex:Thing") -> str:
    return f"{SH}ex:Shape a sh:NodeShape ; {target} ; {text} .\n"


NAMED = shape("sh:property [ sh:path ex:name ; sh:minCount 1 ]")
MILD = NAMED.replace("sh:minCount 1", "sh:minCount 1 ; sh:severity sh:Warning")
#: What is given: data, shapes, the exit code that a pipeline wants, and the file of the data.
CASES: dict[str, tuple[str | bytes | None, str | None, int, str]] = {
    "data that conform": (GOOD, NAMED, 0, "data.ttl"),
    "a violation": (BAD, NAMED, 1, "data.ttl"),
    "a warning": (BAD, MILD, 0, "data.ttl"),
    "a misspelt target class": (
        BAD,
        NAMED.replace("sh:targetClass ex:Thing", "sh:targetClass ex:Thin"),
        3,
        "data.ttl",
    ),
    "no shape": (BAD, SH, 3, "data.ttl"),
    "no data": ("", NAMED, 3, "data.ttl"),
    "data and shapes swapped": (NAMED, BAD, 2, "data.ttl"),
    "a missing file of data": (None, NAMED, 2, "data.ttl"),
    "a missing file of shapes": (BAD, None, 2, "data.ttl"),
    "malformed data": (BAD.replace(" .", " ;"), NAMED, 2, "data.ttl"),
    "malformed shapes": (BAD, NAMED[:-3], 2, "data.ttl"),
    "gzip that is cut off": (gzip.compress(GOOD.encode())[:-9], NAMED, 2, "data.ttl.gz"),
    "an unknown ending": (BAD, NAMED, 2, "data.txt"),
    "a misspelt constraint": (BAD, NAMED.replace("minCount", "minCuont"), 2, "data.ttl"),
    "a shape that is named and not there": (BAD, shape("sh:node ex:Missing"), 2, "data.ttl"),
    "a path that is none": (
        BAD,
        shape("sh:property [ sh:path [] ; sh:minCount 1 ]"),
        2,
        "data.ttl",
    ),
    "a regular expression that is none": (
        GOOD,
        shape('sh:property [ sh:path ex:name ; sh:pattern "(" ]'),
        2,
        "data.ttl",
    ),
    "a shape that needs itself": (
        GOOD + "ex:one ex:next ex:one .",
        shape("sh:property [ sh:path ex:next ; sh:node ex:Shape ]"),
        2,
        "data.ttl",
    ),
    "a query on the network": (
        BAD,
        shape(
            "sh:sparql [ sh:select "
            '"SELECT $this { SERVICE <http://127.0.0.1:9/> { $this ?p ?o } }" ]'
        ),
        2,
        "data.ttl",
    ),
}


@dataclass(frozen=True)
class Outcome:
    """What a validator did: its exit code, and whether it named file and line."""

    code: int | None
    names_line: bool

    def write(self, wanted: int) -> str:
        code = "no end" if self.code is None else str(self.code)
        mark = f"**{code}**" if self.code == wanted else code
        return f"{mark}{' line' if self.names_line else ''}"


def commands() -> dict[str, list[str]]:
    """Say how each validator is called, DATA and SHAPES in the places of the files."""
    python = [sys.executable, "-c"]
    found = {
        f"entente {version('entente')}": [
            *python,
            ENTENTE,
            "validate",
            "DATA",
            "--shapes",
            "SHAPES",
        ],
        f"pyshacl {version('pyshacl')}": [sys.executable, "-m", "pyshacl", "-s", "SHAPES", "DATA"],
    }
    if find_spec("pyrudof"):
        found[f"pyrudof {version('pyrudof')}"] = [*python, PYRUDOF, "DATA", "SHAPES"]
    else:
        print("pyrudof is left out: pip install pyrudof", file=sys.stderr)
    if home := find_jena():
        jena = ["java", "-cp", f"{home}/lib/*", "shacl.shacl_validate"]
        found[f"jena {JENA}"] = [*jena, "--shapes", "SHAPES", "--data", "DATA"]
    return found


def run(command: list[str], data: str, folder: Path) -> Outcome:
    """Run a validator on the files of a folder."""
    files = {"DATA": data, "SHAPES": "shapes.ttl"}
    called = [files.get(part, part) for part in command]
    try:
        done = subprocess.run(
            called, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return Outcome(None, False)
    said = done.stdout + done.stderr
    return Outcome(done.returncode, bool(re.search(r"(data|shapes)\.\w+(\.gz)?:\d+", said)))


def run_case(name: str, validators: dict[str, list[str]]) -> list[str]:
    data, shapes, wanted, file = CASES[name]
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        if data is not None:
            (folder / file).write_bytes(data if isinstance(data, bytes) else data.encode())
        if shapes is not None:
            (folder / "shapes.ttl").write_text(shapes)
        told = [run(command, file, folder).write(wanted) for command in validators.values()]
    return [name, str(wanted), *told]


def write_table(rows: list[list[str]], validators: list[str]) -> str:
    head = ["case", "wanted", *validators]
    lines = ["| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows]]
    return "\n".join(
        [
            "# Exit codes of SHACL validators",
            "",
            "Wanted: 0 conforms, 1 violations, 2 bad input, 3 nothing was checked. Bold is as",
            'wanted; "line" says that the output names the file and the line of the cause. pyrudof',
            "is called by a script that exits with 1 where the report does not conform.",
            "",
            *lines,
            "",
            "Made by `python benchmarks/shacl_exit_codes.py --write`.",
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--write", action="store_true", help=f"write {TABLE.relative_to(ROOT)}")
    arguments = parser.parse_args()
    validators = commands()
    text = write_table([run_case(name, validators) for name in CASES], list(validators))
    print(text)
    if arguments.write:
        TABLE.write_text(text)


if __name__ == "__main__":
    main()
