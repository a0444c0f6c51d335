"""A report for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rdflib import BNode, URIRef
from rdflib.term import Node

from entente import vocab
from entente.bridge import from_rdflib
from entente.shacl.model import Report, Result
from entente.shacl.paths import write_path

#: Of what is no violation, how many results of a shape are shown.
SHOWN = 10


def write_text(report: Report) -> str:
    """Write each result as a block of labelled lines, then what was checked."""
    blocks = [write_result(result) for result in _choose(report)]
    return "\n".join([*blocks, *_write_more(report), *write_summary(report)]) + "\n"


def write_result(result: Result) -> str:
    """Write a result: severity and place, then what concerns it, one thing a line."""
    rows = {
        "focus": show_term(result.focus_term),
        "path": write_path(result.path_term, vocab.shorten) if result.path_term else "",
        "value": "" if result.value_term is None else show_term(result.value_term),
        "message": result.message,
        "mend": result.mend,
        "shape": shorten(result.shape),
        "inferred": ", ".join(result.inferred),
    }
    head = f"{result.severity.lower()}: {result.place or 'place unknown'}"
    return "\n".join([head, *(f"  {label:<9}{text}" for label, text in rows.items() if text)])


def write_summary(report: Report) -> list[str]:
    """Say what was checked, and which shapes had nothing to check."""
    warnings = sum(result.rank > 0 for result in report.results)
    lines = [
        f"checked {report.shapes} shapes on {report.focus_nodes:,} nodes "
        f"in {report.seconds:.1f} s: "
        f"{len(report.results) - warnings} violations, {warnings} warnings"
    ]
    unused = [one.shape for one in report.checked if not one.focus_nodes]
    if unused:
        names = ", ".join(shorten(shape) for shape in unused)
        lines.append(f"nothing to check for {len(unused)} of them: {names}")
    return lines


def _choose(report: Report) -> Iterator[Result]:
    """Yield the violations, and of the other results of each shape the first few."""
    seen: Counter[str] = Counter()
    for result in report.results:
        seen[result.shape] += result.rank > 0
        if not result.rank or seen[result.shape] <= SHOWN:
            yield result


def _write_more(report: Report) -> Iterator[str]:
    others = Counter(result.shape for result in report.results if result.rank)
    for shape, count in others.items():
        if count > SHOWN:
            more = f"{count - SHOWN:,} more like these"
            yield f"  and {more} ({shorten(shape)}); --format json shows all"


def show_term(node: Node | None) -> str:
    """Write a term for people: an IRI with its prefix, a literal as Turtle writes it."""
    if node is None or isinstance(node, BNode):
        return "a node without a name"
    return shorten(str(node)) if isinstance(node, URIRef) else str(from_rdflib(node))


def shorten(iri: str) -> str:
    """Write an IRI with its prefix, or in angle brackets."""
    return vocab.shorten(iri) if iri else "a shape without a name"
