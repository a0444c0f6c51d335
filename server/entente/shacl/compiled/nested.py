"""The constraints that ask whether values conform to other shapes, answered for sets of values.

Source: https://www.w3.org/TR/shacl/#core-components-logical
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from pyshacl.errors import ReportableRuntimeError
from rdflib import SH
from rdflib.term import Node

from entente.shacl.compiled.columns import Columns
from entente.shacl.compiled.rows import Check, Conformance, Failure, Rows
from entente.shacl.compiled.values import Component

_MAX = SH.QualifiedMaxCountConstraintComponent
_MIN = SH.QualifiedMinCountConstraintComponent


def compile_node(component: Component, _columns: Columns, shapes: Conformance) -> list[Check]:
    """Compile `sh:node`."""
    nodes = component.node_shapes
    return [
        _conforming(component, [node], shapes, _all_pass, property_shape=False) for node in nodes
    ]


def compile_not(component: Component, _columns: Columns, shapes: Conformance) -> list[Check]:
    """Compile `sh:not`."""
    return [_conforming(component, [node], shapes, _none_passes) for node in component.not_list]


def compile_and(component: Component, _columns: Columns, shapes: Conformance) -> list[Check]:
    """Compile `sh:and`."""
    lists = _read_lists(component, component.and_list)
    return [_conforming(component, nodes, shapes, _all_pass) for nodes in lists]


def compile_or(component: Component, _columns: Columns, shapes: Conformance) -> list[Check]:
    """Compile `sh:or`."""
    lists = _read_lists(component, component.or_list)
    return [_conforming(component, nodes, shapes, _one_passes) for nodes in lists]


def compile_xone(component: Component, _columns: Columns, shapes: Conformance) -> list[Check]:
    """Compile `sh:xone`."""
    lists = _read_lists(component, component.xone_nodes)
    return [_conforming(component, nodes, shapes, _only_one_passes) for nodes in lists]


def _read_lists(component: Component, heads: Iterable[Node]) -> list[list[Node]]:
    return [list(component.shape.sg.graph.items(head)) for head in heads]


#: Gives the values that break a combination, from all values and those that fail each shape.
_Combine = Callable[[set[int], Sequence[set[int]]], set[int]]


def _all_pass(_values: set[int], failing: Sequence[set[int]]) -> set[int]:
    return set().union(*failing)


def _none_passes(values: set[int], failing: Sequence[set[int]]) -> set[int]:
    return values - set().union(*failing)


def _one_passes(values: set[int], failing: Sequence[set[int]]) -> set[int]:
    return values.intersection(*failing)


def _only_one_passes(values: set[int], failing: Sequence[set[int]]) -> set[int]:
    failed = Counter(value for some in failing for value in some)
    return {value for value in values if failed[value] != len(failing) - 1}


def _conforming(
    component: Component,
    nodes: Sequence[Node],
    shapes: Conformance,
    combine: _Combine,
    *,
    property_shape: bool = True,
) -> Check:
    for node in nodes:
        require_shape(component, node, property_shape=property_shape)

    def check(rows: Rows) -> Iterator[Failure]:
        failing = [shapes.failing(node, rows.values) for node in nodes]
        return rows.having(combine(rows.values, failing))

    return check


def require_shape(component: Component, node: Node, *, property_shape: bool = True) -> None:
    """Refuse a reference to what is no shape, or no node shape where one is needed.

    Raises:
        ReportableRuntimeError: The node is no such shape.
    """
    shape = component.shape.get_other_shape(node)
    if shape is None or (shape.is_property_shape and not property_shape):
        name = component.constraint_name().removesuffix("ConstraintComponent")
        raise ReportableRuntimeError(f"the shape that {name} points to is not well-formed: {node}")


def compile_qualified(component: Component, _columns: Columns, shapes: Conformance) -> list[Check]:
    """Compile `sh:qualifiedValueShape` with its counts."""
    return [_count(component, node, shapes) for node in component.value_shapes]


def _count(component: Component, node: Node, shapes: Conformance) -> Check:
    require_shape(component, node)
    siblings = _find_siblings(component, node) if component.is_disjoint else []
    most, least = component.max_count, component.min_count

    def check(rows: Rows) -> Iterator[Failure]:
        conforming = rows.values - shapes.failing(node, rows.values)
        for sibling in siblings:
            conforming &= shapes.failing(sibling, conforming)
        for focus, found in rows.pairs:
            count = sum(value in conforming for value in found)
            if most is not None and count > most:
                yield Failure(focus, component=_MAX)
            if least is not None and count < least:
                yield Failure(focus, component=_MIN)

    return check


def _find_siblings(component: Component, node: Node) -> list[Node]:
    """List the sibling shapes.

    Source: https://www.w3.org/TR/shacl/#dfn-sibling-shapes
    """
    graph = component.shape.sg.graph
    found = {
        shape: None
        for parent in graph.subjects(SH.property, component.shape.node)
        for property_ in graph.objects(parent, SH.property)
        for shape in graph.objects(property_, SH.qualifiedValueShape)
        if shape != node
    }
    return [shape for shape in found if component.shape.get_other_shape(shape) is not None]
