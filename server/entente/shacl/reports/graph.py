"""A report as SHACL's own report graph.

Source: https://www.w3.org/TR/shacl/#validation-report
"""

from __future__ import annotations

from collections.abc import Iterator

import pyoxigraph as ox
from rdflib import RDF, SH, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from entente.bridge import from_rdflib_graph
from entente.shacl.model import Report, Result
from entente.shacl.paths import add_path

_Triple = tuple[Node, Node, Node]


def write_graph(report: Report, form: str = "turtle") -> str:
    """Write the report; it conforms where there is no result of any severity.

    Args:
        report: What was found.
        form: `turtle`, or the name of one of rdflib's serialisers.
    """
    triples = _say(report)
    if form == "turtle":
        stated = from_rdflib_graph(triples)
        prefixes = {"sh": str(SH)}
        written = ox.serialize(stated, format=ox.RdfFormat.TURTLE, prefixes=prefixes)
        return (written or b"").decode()
    graph = Graph()
    graph.bind("sh", SH)
    for triple in triples:
        graph.add(triple)
    return graph.serialize(format=form)


def _say(report: Report) -> Iterator[_Triple]:
    """Yield what the graph says, a node at a time."""
    head = BNode()
    results = [(BNode(), result) for result in report.results]
    yield head, RDF.type, SH.ValidationReport
    yield head, SH.conforms, Literal(not results)
    yield from ((head, SH.result, node) for node, _ in results)
    for node, result in results:
        yield from _say_result(node, result)


def _say_result(node: BNode, result: Result) -> Iterator[_Triple]:
    severity = result.severity
    path = Graph()
    parts = {
        RDF.type: SH.ValidationResult,
        SH.focusNode: result.focus_term,
        SH.resultPath: add_path(path, result.path_term) if result.path_term else None,
        SH.value: result.value_term,
        SH.resultSeverity: URIRef(severity) if ":" in severity else SH[severity],
        SH.sourceConstraintComponent: URIRef(result.component),
        SH.sourceShape: result.shape_term,
        SH.resultMessage: Literal(result.message) if result.message else None,
    }
    yield from ((node, predicate, value) for predicate, value in parts.items() if value is not None)
    yield from path
