"""Say where a violation stands in the files, and what the editor may have meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import replace

import pyoxigraph as ox

from entente import vocab
from entente.bridge import Term
from entente.errors import Place
from entente.pipeline.load import Loaded, graph_paths
from entente.shacl.places import Places
from entente.shacl.sources import read_source
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
    violations = [result for result in results if result.severity == "Violation"]
    lines = [(result.place, _explain(result)) for result in place_results(violations, loaded)]
    return [
        f"{place.file}:{place.line}: {text}" if place else text
        for place, text in sorted(lines, key=_order)
    ]


def place_results(results: Iterable[Result], loaded: Loaded) -> list[Result]:
    """Add to each result where it stands in the graph's files, and the names that are near."""
    found = list(results)
    if not found:
        return []
    known = _known_names(loaded.quads)
    places = find_places(loaded, found)
    return [
        replace(result, place=places.find(result), mend=_name_near(result, known) or result.mend)
        for result in found
    ]


def _order(found: tuple[Place | None, str]) -> tuple[str, int, int, str]:
    place, text = found
    where = place or Place()
    return where.file or "", where.line or 0, where.column or 0, text


def _known_names(quads: Iterable[ox.Quad]) -> set[str]:
    label = vocab.SKOS + "prefLabel"
    return {vocab.shorten(value_of(q.subject)) for q in quads if q.predicate.value == label}


def _explain(result: Result) -> str:
    text = f"{vocab.shorten(result.focus)}: {result.message}"
    if not result.value or result.value == result.focus:
        return text
    value = vocab.shorten(result.value) if result.value.startswith("http") else result.value
    return f"{text} ({value}{'; ' if result.mend else ''}{result.mend})"


def _name_near(result: Result, known: set[str]) -> str:
    if not result.value.startswith("http") or result.value == result.focus:
        return ""
    value = vocab.shorten(result.value)
    near = [] if value in known else difflib.get_close_matches(value, known, n=3, cutoff=0.75)
    return f"did you mean {' or '.join(near)}?" if near else ""


def find_places(loaded: Loaded, results: Iterable[Result] | None = None) -> Places:
    """Say where the triples of the graph's own files stand.

    A claim that was made of a member of a list stands where the list does.

    Args:
        loaded: What the files say.
        results: What will be looked for; None for anything.
    """
    sources = []
    for path in graph_paths(loaded.folder):
        source = read_source(str(path), base=vocab.BASE)
        sources.append(replace(source, name=str(path.relative_to(loaded.folder))))
    return Places(sources, _without_suffix, results)


def _without_suffix(term: Term) -> Term:
    """Name the claim that a member of a list was written in."""
    match = _MEMBER.match(term.value) if isinstance(term, ox.NamedNode) else None
    return ox.NamedNode(match[1]) if match else term


_MEMBER = re.compile(rf"({re.escape(vocab.CLAIM)}.*-\d{{3,}})-\D")
