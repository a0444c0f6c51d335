"""Write the results of compiled constraints, worded as pySHACL words them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pyshacl.graph_abstraction import DataGraph
from rdflib import BNode, Graph, Literal
from rdflib.term import Node

from entente.shacl.compiled.columns import Columns, Statements
from entente.shacl.compiled.rows import Failure
from entente.shacl.compiled.values import Component
from entente.shacl.mend import suggest
from entente.shacl.model import Result
from entente.shacl.paths import Path, read_path
from entente.shacl.results import choose_message, name_severity, name_shape
from entente.shacl.store import hold_graph


class WholeGraph:
    """The data as pySHACL takes them, made when first needed."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self._nothing = DataGraph.from_rdflib(hold_graph([]))
        self._all: DataGraph | None = None

    @property
    def all(self) -> DataGraph:
        """All data."""
        if self._all is None:
            self._all = DataGraph.from_rdflib(hold_graph(self._statements))
        return self._all

    def describing(self, *nodes: Node | None) -> DataGraph:
        """Return the graph that a message on some nodes needs: all only for blank nodes."""
        return self.all if any(isinstance(node, BNode) for node in nodes) else self._nothing


@dataclass(frozen=True, slots=True)
class _Said:
    """What the results of a shape have in common."""

    name: str
    path: Path | None
    severity: str
    spoken: bool
    messages: tuple[Literal, ...]


class Writer:
    """Writes results."""

    def __init__(self, columns: Columns, whole: WholeGraph) -> None:
        self._columns = columns
        self._whole = whole
        self._said: dict[Node, _Said] = {}
        self._hints: dict[tuple[Node, str], str] = {}

    def write(self, component: Component, failure: Failure) -> Result:
        """Write what a constraint of SHACL Core found."""
        if failure.result is not None:
            return failure.result
        node = self._columns.node
        focus = node(failure.focus)
        value = None if failure.value is None else node(failure.value)
        said = self._say(component)
        messages: Iterable[Node] = said.messages
        if not said.spoken:
            graph = self._whole.describing(focus, value)
            messages = component.make_generic_messages(graph, focus, value)
        path = Path("", (failure.predicate,)) if failure.predicate else said.path
        iri = str(failure.component or component.shacl_constraint_component)
        return self._make(component, focus, value, path, messages, iri)

    def write_row(
        self,
        component: Component,
        focus: Node,
        row: Mapping[str, Node],
        templates: Iterable[Literal],
        value: Node | None,
    ) -> Result:
        """Write what a query found.

        Args:
            component: The constraint.
            focus: The focus node.
            row: What the query bound.
            templates: The messages of the constraint, in which the row's values take the
                place of `{?variable}`.
            value: The value where the query names none.
        """
        said = self._say(component)
        known = {"this": focus, "value": value} | dict(row)
        if "failure" in row:
            known = {name: node for name, node in row.items() if name not in _OWN}
        messages = [_fill(text, known) for text in dict.fromkeys([*templates, *said.messages])]
        path = said.path
        if "path" in row and "failure" not in row:
            path = read_path(component.shape.sg.graph, row["path"])
        return self._make(
            component,
            focus if "failure" in row else row.get("this", focus),
            value if "failure" in row else row.get("value", value),
            path,
            messages,
            str(component.shacl_constraint_component),
        )

    def _make(
        self,
        component: Component,
        focus: Node,
        value: Node | None,
        path: Path | None,
        messages: Iterable[Node],
        iri: str,
    ) -> Result:
        said = self._say(component)
        return Result(
            focus_term=focus,
            path_term=path,
            value_term=value,
            shape_term=component.shape.node,
            shape=said.name,
            message=choose_message(messages),
            severity=said.severity,
            component=iri,
            mend="" if said.spoken else self._suggest(iri, component.shape),
        )

    def _say(self, component: Component) -> _Said:
        shape = component.shape
        said = self._said.get(shape.node)
        if said is None:
            graph: Graph = shape.sg.graph
            messages = tuple(shape.message)
            said = self._said[shape.node] = _Said(
                name=name_shape(shape.node, graph),
                path=read_path(graph, shape.path()) if shape.is_property_shape else None,
                severity=name_severity(shape.severity),
                spoken=bool(messages),
                messages=messages,
            )
        return said

    def _suggest(self, iri: str, shape: Component) -> str:
        key = shape.node, iri
        if key not in self._hints:
            self._hints[key] = suggest(iri, shape.node, shape.sg.graph)
        return self._hints[key]


_OWN = ("failure", "this", "path", "value")


def _fill(template: Literal, row: Mapping[str, Node | None]) -> Literal:
    """Put the values of a row into a message; it loses its language, as in pySHACL."""
    text = _PLACE.sub(lambda place: _show(row.get(place[1]), place[0]), str(template))
    return Literal(text)


def _show(value: Node | None, place: str) -> str:
    return place if value is None else str(value)


_PLACE = re.compile(r"\{[?$](\w+)\}")
