"""Say where a violation stands in the files, and what the editor may have meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox

from entente import vocab
from entente.pipeline.load import Loaded, graph_paths
from entente.shacl.validate import Result
from entente.terms import value_of


def explain_results(results: Iterable[Result], loaded: Loaded) -> list[str]:
    """Write one line a violation: `file:line: claim: message (value; near names)`.

    Args:
        results: What the shapes found; those below a violation are left out.
        loaded: What the files say.

    Returns:
        The lines, in the order of the files.
    """
    known = _known_names(loaded.quads)
    places = _Places(loaded.folder)
    lines = [
        (*places.find(result.focus), _explain(result, known))
        for result in results
        if result.severity == "Violation"
    ]
    return [f"{file}:{line}: {text}" if file else text for file, line, text in sorted(lines)]


def _known_names(quads: Iterable[ox.Quad]) -> set[str]:
    label = vocab.SKOS + "prefLabel"
    return {vocab.shorten(value_of(q.subject)) for q in quads if q.predicate.value == label}


def _explain(result: Result, known: set[str]) -> str:
    text = f"{vocab.shorten(result.focus)}: {result.message}"
    if not result.value or result.value == result.focus:
        return text
    value = vocab.shorten(result.value) if result.value.startswith("http") else result.value
    near = [] if value in known else difflib.get_close_matches(value, known, n=3, cutoff=0.75)
    meant = f"; did you mean {' or '.join(near)}?" if near else ""
    return f"{text} ({value}{meant})"


class _Places:
    """Finds the line on which a thing is first described; each file is read once."""

    def __init__(self, folder: Path) -> None:
        self._lines: dict[str, tuple[str, int]] = {}
        for path in graph_paths(folder):
            file = str(path.relative_to(folder))
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if match := _SUBJECT.match(line):
                    self._lines.setdefault(match[1], (file, number))

    def find(self, iri: str) -> tuple[str, int]:
        """Return file and line of a subject; an empty file where it is nowhere described."""
        name = vocab.shorten(iri)
        candidates = (name, *_without_suffix(name))
        return next((self._lines[c] for c in candidates if c in self._lines), ("", 0))


#: What stands first on a line as a subject does: a name, then its predicate.
_SUBJECT = re.compile(r"\s*([a-z]+:[\w.-]+|<[^>]*>)\s+(?=a\s|[a-z]+:|<)")


def _without_suffix(name: str) -> list[str]:
    """Name the claim that a member of a list was written in."""
    match = re.match(r"(claim:.*-\d{3,})-\D", name)
    return [match[1]] if match else []
