"""A report as SHACL's own report graph, in Turtle.

Source: https://www.w3.org/TR/shacl/#validation-report
"""

from __future__ import annotations

from rdflib import RDF, SH, BNode, Graph, Literal, URIRef

from entente.shacl.model import Report, Result
from entente.shacl.paths import add_path


def write_graph(report: Report, form: str = "turtle") -> str:
    """Write the report; it conforms where there is no result of any severity.

    Args:
        report: What was found.
        form: The name of one of rdflib's serialisers.
    """
    graph = Graph()
    graph.bind("sh", SH)
    node = BNode()
    graph.add((node, RDF.type, SH.ValidationReport))
    graph.add((node, SH.conforms, Literal(not report.results)))
    for result in report.results:
        graph.add((node, SH.result, _add_result(graph, result)))
    return graph.serialize(format=form)


def _add_result(graph: Graph, result: Result) -> BNode:
    """Add a result to a graph, changed in place."""
    node = BNode()
    severity = result.severity
    parts = {
        RDF.type: SH.ValidationResult,
        SH.focusNode: result.focus_term,
        SH.resultPath: add_path(graph, result.path_term) if result.path_term else None,
        SH.value: result.value_term,
        SH.resultSeverity: URIRef(severity) if ":" in severity else SH[severity],
        SH.sourceConstraintComponent: URIRef(result.component),
        SH.sourceShape: result.shape_term,
        SH.resultMessage: Literal(result.message) if result.message else None,
    }
    for predicate, value in parts.items():
        if value is not None:
            graph.add((node, predicate, value))
    return node
