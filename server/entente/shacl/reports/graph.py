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


def write_graph(report: Report, media_type: str = "text/turtle") -> str:
    """Write the report; it conforms where there is no result of any severity.

    Args:
        report: What was found.
        media_type: That of a format of RDF.
    """
    # rdflib's own writers give out an ill-typed literal as another one, or as no RDF at all.
    rdf_format = ox.RdfFormat.from_media_type(media_type)
    prefixes = {"sh": str(SH)}
    written = ox.serialize(from_rdflib_graph(_say(report)), format=rdf_format, prefixes=prefixes)
    return (written or b"").decode()


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
