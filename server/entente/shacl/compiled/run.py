"""Check a graph with compiled shapes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pyshacl.rdfutil.stringify import stringify_blank_node
from pyshacl.shapes_graph import ShapesGraph
from rdflib import Graph
from rdflib.term import Node

from entente.bridge import Term
from entente.shacl.compiled.columns import Statements
from entente.shacl.compiled.engine import Engine
from entente.shacl.culprits import WHOLE, tell_of_culprits
from entente.shacl.findings import Findings, describe, has_target
from entente.shacl.model import Checked, Exercised, Result, name_path
from entente.shacl.results import name_shape


def run_compiled(statements: Statements, shapes: Graph) -> Findings:
    """Check a graph, each constraint on all its focus nodes at once.

    Args:
        statements: The data.
        shapes: The shapes, none of which refers to itself.
    """
    stringify_blank_node.dict_cache.clear()  # it is keyed by addresses, which are used again
    shapes_graph = ShapesGraph(shapes)
    engine = Engine(statements, shapes_graph)
    columns = engine.columns
    checked: list[Checked] = []
    found: set[int] = set()
    results: list[Result] = []
    for shape in shapes_graph.shapes:
        if shape.deactivated or not has_target(shape):
            continue
        focus = engine.find_focus_nodes(shape.node)
        absent = _find_absent(engine, statements, shape.target_nodes())
        found |= focus - absent
        checked.append(describe(shape, len(focus - absent)))
        results.extend(engine.run(shape.node, focus))

    def pointing(iri: str, node: Node) -> Iterable[Node]:
        return map(columns.node, columns.inverse(iri).get(columns.id_of(node), ()))

    found.discard(columns.id_of(WHOLE))
    return Findings(
        checked,
        frozenset(columns.terms[number] for number in found),
        list(tell_of_culprits(results, pointing, shapes)),
        tuple((name_shape(node, shapes), name) for node, name in engine.foreign.constraints),
        tuple(sorted(_tell_exercised(engine, shapes), key=lambda one: (one.shape, one.path))),
    )


def _tell_exercised(engine: Engine, shapes: Graph) -> Iterator[Exercised]:
    """Yield what each constraint was tried on; of a shape that had nothing to check, nothing."""
    for plan in engine.plans.values():
        if not plan.shape.deactivated:
            for name, values, failures in engine.exercised(plan.node):
                component = name.removesuffix("ConstraintComponent")
                shape = name_shape(plan.node, shapes)
                yield Exercised(shape, name_path(plan.path), component, values, failures)


def _find_absent(engine: Engine, statements: Statements, nodes: Iterable[Node]) -> set[int]:
    """Return those of some nodes that the data do not speak of, the whole graph left out."""
    columns = engine.columns
    named = {columns.id_of(node) for node in nodes if node != WHOLE}
    absent = {number for number in named if not columns.occurs(number)}
    left = {columns.terms[number] for number in absent}
    if left:
        left.difference_update(_mentioned(statements, left))
    return {columns.id_of(term) for term in left}


def _mentioned(statements: Statements, terms: set[Term]) -> Iterator[Term]:
    """Yield those of some terms that a statement has as its subject or value."""
    for statement in statements:
        if statement.subject in terms:
            yield statement.subject  # type: ignore[misc]
        if statement.object in terms:
            yield statement.object  # type: ignore[misc]
