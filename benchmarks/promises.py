"""Figures beside what was promised, and the page that shows them.

The page has a section for each benchmark, which that benchmark alone writes.
"""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks" / "viewpoints.md"
HEAD = """# Viewpoints, proofs and evidence: time beside the promise

Written by `make bench-viewpoints`. Each section is one benchmark's: in one process, with the rules
read and the data loaded.
"""
SECTIONS = ("Viewpoints", "Proofs", "Evidence")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and the promise that it is set against.

    Attributes:
        what: What was measured.
        value: The figure.
        limit: What it must stay below.
        unit: The unit of both.
    """

    what: str
    value: float
    limit: float
    unit: str

    def __str__(self) -> str:
        verdict = "kept" if self.value < self.limit else "missed"
        return f"| {self.what} | {self.value:,.2f} {self.unit} | {self.limit:g} | {verdict} |"


def report(section: str, table: Sequence[str], figures: Sequence[Figure], write: bool) -> None:
    """Print a benchmark's section, and put it into the page.

    Args:
        section: One of `SECTIONS`.
        table: The lines of a Markdown table, or of several.
        figures: The figures that were promised.
        write: Whether the page is written.
    """
    machine = (
        f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores; "
        f"pyoxigraph {version('pyoxigraph')}."
    )
    head = ["| promised | measured | less than | |", "|---|---:|---:|---|"]
    text = "\n".join([machine, "", *head, *map(str, figures), "", *table])
    print(text, flush=True)
    if write:
        page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
        PAGE.write_text(replace_section(page, section, text), encoding="utf-8")


def replace_section(page: str, section: str, text: str) -> str:
    """Put a section in place of the one of its name; the others stay, in their order."""
    found = re.split(r"^## (.+)\n", page, flags=re.MULTILINE)[1:]
    texts = dict(zip(found[::2], found[1::2], strict=True)) | {section: f"\n{text}\n"}
    parts = [f"## {name}\n\n{texts[name].strip()}\n" for name in SECTIONS if name in texts]
    return "\n".join([HEAD, *parts])
