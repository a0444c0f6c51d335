"""The page that compares us with pyrudof says what its command finds."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.w3c
@pytest.mark.slow
@pytest.mark.skipif("ENTENTE_W3C" not in os.environ, reason="needs ENTENTE_W3C")
@pytest.mark.skipif(find_spec("pyrudof") is None, reason="needs pyrudof (make shacl-engines)")
def test_the_table_of_differences_is_what_the_engines_give():
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "shacl_engines.py")],
        capture_output=True,
        text=True,
        timeout=900,
    )

    page = (ROOT / "docs" / "shacl-engines.md").read_text(encoding="utf-8")
    assert re.sub(r"pyrudof [\d.]+;", "", done.stdout.strip()) == re.sub(
        r"pyrudof [\d.]+;", "", page.strip()
    )


def test_each_difference_has_its_reason():
    page = (ROOT / "docs" / "shacl-engines.md").read_text(encoding="utf-8")
    listed = (
        (ROOT / "benchmarks" / "shacl_engines.csv").read_text(encoding="utf-8").splitlines()[1:]
    )

    rows = re.findall(r"^\| ((?:core|sparql|own)/\S+) \|", page, re.MULTILINE)

    assert rows == [line.split(",")[0] for line in listed]
