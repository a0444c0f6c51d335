"""A shape as it is run: its path, and the checks of its constraints, compiled when first needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pyshacl.constraints import CONSTRAINT_PARAMETERS_MAP
from pyshacl.errors import ConstraintLoadWarning
from rdflib import SH, Graph
from rdflib.term import Node

from entente.shacl.compiled.columns import SUBCLASS, TYPE
from entente.shacl.compiled.values import Component
from entente.shacl.paths import Path, properties_of, read_path

#: pySHACL's Shape, which has no types.
Shape = Any

_PAIRS = (SH.equals, SH.disjoint, SH.lessThan, SH.lessThanOrEquals)
_SHAPES = (SH.property, SH.node, SH["not"], SH.qualifiedValueShape)
_LISTS = (SH["and"], SH["or"], SH.xone)


@dataclass(slots=True)
class Plan:
    """A shape, read.

    Attributes:
        shape: pySHACL's shape.
        path: Its path; None for a node shape.
        failed: The nodes that are known not to conform.
        seen: The nodes of which it is known whether they conform.
    """

    shape: Shape
    path: Path | None
    failed: set[int] = field(default_factory=set)
    seen: set[int] = field(default_factory=set)

    @property
    def node(self) -> Node:
        """The shape's node."""
        return self.shape.node  # type: ignore[no-any-return]


def read_plan(shape: Shape) -> Plan:
    """Read a shape's path; its constraints are read when it first has something to check."""
    return Plan(shape, read_path(shape.sg.graph, shape.path()) if shape.is_property_shape else None)


def read_components(shape: Shape) -> Iterator[Component]:
    """Yield the constraints of a shape as pySHACL reads them, in its order.

    Raises:
        ConstraintLoadError: A constraint is malformed.
    """
    parameters = (p for p, _ in shape.sg.predicate_objects(shape.node))
    found = (CONSTRAINT_PARAMETERS_MAP[p] for p in parameters if p in CONSTRAINT_PARAMETERS_MAP)
    for component in dict.fromkeys(found):
        try:
            yield component(shape)
        except ConstraintLoadWarning:
            continue
    for custom in shape.find_custom_constraints():
        yield custom.make_validator_for_shape(shape)


def find_recursive(graph: Graph) -> set[Node]:
    """Return the shapes that refer to themselves, be it over others.

    What recursion means is left open by SHACL.

    Source: https://www.w3.org/TR/shacl/#shapes-recursion
    """
    edges: dict[Node, set[Node]] = {}
    for parameter in _SHAPES:
        for shape, other in graph.subject_objects(parameter):
            edges.setdefault(shape, set()).add(other)
    for parameter in _LISTS:
        for shape, members in graph.subject_objects(parameter):
            edges.setdefault(shape, set()).update(graph.items(members))
    return {shape for shape in edges if shape in _reachable(edges, shape)}


def _reachable(edges: dict[Node, set[Node]], start: Node) -> set[Node]:
    found: set[Node] = set()
    left = list(edges.get(start, ()))
    while left:
        node = left.pop()
        if node not in found:
            found.add(node)
            left.extend(edges.get(node, ()))
    return found


def needed_properties(plans: Iterable[Plan], graph: Graph) -> set[str]:
    """Return the properties whose values the shapes look at, closed shapes left out."""
    needed = {TYPE, SUBCLASS}
    for plan in plans:
        if plan.path is not None:
            needed.update(iri for iri, _ in properties_of(plan.path))
    for parameter in (*_PAIRS, SH.targetSubjectsOf, SH.targetObjectsOf):
        needed.update(map(str, graph.objects(None, parameter)))
    return needed


def closed_properties(shape: Shape) -> set[str]:
    """Return the properties that a shape would allow if it were closed."""
    graph = shape.sg.graph
    paths = {
        path
        for node in graph.objects(shape.node, SH.property)
        for path in graph.objects(node, SH.path)
    }
    ignored = graph.objects(shape.node, SH.ignoredProperties)
    return set(map(str, paths.union(*map(graph.items, ignored))))


class AllBut:
    """All properties but some, as a container."""

    def __init__(self, properties: set[str]) -> None:
        self._properties = properties

    def __contains__(self, iri: object) -> bool:
        return iri not in self._properties
