"""Constraints that are not compiled, such as custom components: pySHACL checks them by node."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pyshacl.pytypes import SHACLExecutor
from rdflib import SH, Graph
from rdflib.term import Node

from entente.shacl.compiled.columns import Columns
from entente.shacl.compiled.rows import Check, Failure, Rows
from entente.shacl.compiled.values import Component
from entente.shacl.compiled.write import WholeGraph
from entente.shacl.model import Result
from entente.shacl.results import read_result


class Foreign:
    """Passes constraints on to pySHACL.

    Attributes:
        constraints: What was passed on: the shape's node and the constraint's name.
    """

    def __init__(self, columns: Columns, whole: WholeGraph) -> None:
        self._columns = columns
        self._whole = whole
        self.constraints: dict[tuple[Node, str], None] = {}

    def compile(self, component: Component) -> Check:
        """Return a check of a constraint by pySHACL."""

        def check(rows: Rows) -> Iterator[Failure]:
            self.constraints[component.shape.node, component.constraint_name()] = None
            return self._run(component, rows)

        return check

    def _run(self, component: Component, rows: Rows) -> Iterator[Failure]:
        node = self._columns.node
        values = {node(focus): {node(value) for value in found} for focus, found in rows.pairs}
        graph = self._whole.all
        path = [component.shape, component]
        _, reports = component.evaluate(SHACLExecutor(), graph, values, path)
        for _, head, triples in reports:
            result = read_triples(head, triples, component.shape.sg.graph)
            if result.focus_term is not None:
                yield Failure(self._columns.id_of(result.focus_term), result=result)


def read_triples(head: Node, triples: Iterable[tuple[Node, Node, Any]], shapes: Graph) -> Result:
    """Read a result that pySHACL has not put into a report yet: paths stand in the shapes."""
    report = Graph()
    for subject, predicate, object_ in triples:
        if subject == head:
            node = object_[1] if isinstance(object_, tuple) else object_
            report.add((subject, predicate, node))
            if predicate == SH.resultPath:
                report += shapes.cbd(node)
    return read_result(report, head, shapes)
