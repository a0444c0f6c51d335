"""The reference: pySHACL itself, on a graph in memory."""

from __future__ import annotations

from collections.abc import Iterable

import pyshacl
from pyshacl.errors import ValidationFailure
from pyshacl.shapes_graph import ShapesGraph
from rdflib import SH, Graph, URIRef
from rdflib.term import Node

from entente.bridge import from_rdflib
from entente.shacl.culprits import WHOLE, tell_of_culprits
from entente.shacl.findings import Findings, describe, has_target
from entente.shacl.model import Result
from entente.shacl.results import read_result


def run_reference(data: Graph, shapes: Graph, *, advanced: bool) -> Findings:
    """Check a graph with pySHACL.

    Args:
        data: The data; with advanced features, rules may add to it.
        shapes: The shapes.
        advanced: Whether SHACL's advanced features run.
    """
    checked = []
    found: set[Node] = set()
    for shape in ShapesGraph(shapes).shapes:
        shape.set_advanced(advanced)
        targets = has_target(shape) or (advanced and any(shape.advanced_target()))
        if not shape.deactivated and targets:
            focus = {node for node in shape.focus_nodes(data) if _occurs(node, data)}
            found |= focus - {WHOLE}
            checked.append(describe(shape, len(focus)))
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes, inplace=True, advanced=advanced)
    if isinstance(report, ValidationFailure):  # it is returned, not raised
        raise report

    def pointing(iri: str, node: Node) -> Iterable[Node]:
        return data.subjects(URIRef(iri), node)

    results = tell_of_culprits(_read(report, shapes), pointing, shapes)
    return Findings(checked, frozenset(map(from_rdflib, found)), list(results))


def _read(report: Graph, shapes: Graph) -> Iterable[Result]:
    return (read_result(report, node, shapes) for node in report.objects(None, SH.result))


def _occurs(node: Node, data: Graph) -> bool:
    """Tell whether a focus node is in the data: `sh:targetNode` may name one that is not."""
    return node == WHOLE or (node, None, None) in data or (None, None, node) in data
