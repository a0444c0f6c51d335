"""Run compiled shapes over a graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from pyshacl.errors import ReportableRuntimeError
from pyshacl.shapes_graph import ShapesGraph
from rdflib import SH, Graph
from rdflib.term import Node

from entente.shacl.compiled.columns import Columns, Follow, Statements
from entente.shacl.compiled.constraints import COMPILED
from entente.shacl.compiled.foreign import Foreign
from entente.shacl.compiled.plan import (
    AllBut,
    Plan,
    closed_properties,
    needed_properties,
    read_components,
    read_plan,
)
from entente.shacl.compiled.queries import Queries
from entente.shacl.compiled.rows import Check, Failure, Rows
from entente.shacl.compiled.values import Component
from entente.shacl.compiled.write import WholeGraph, Writer
from entente.shacl.model import Result


@dataclass(slots=True)
class Constraint:
    """A constraint, compiled.

    Attributes:
        component: As pySHACL read it.
        checks: What finds its failures, one for each rule.
        values: How many value nodes it has looked at.
        failures: How many failures it has found.
    """

    component: Component
    checks: list[Check]
    values: int = 0
    failures: int = 0

    @property
    def name(self) -> str:
        """The name of its component."""
        return str(self.component.constraint_name())


class Engine:
    """Shapes and data, ready to be checked.

    Attributes:
        columns: The data.
        plans: The shapes by their nodes.
        constraints: What was compiled of each shape that had something to check.
        foreign: What was passed on to pySHACL.
    """

    def __init__(self, statements: Statements, shapes: ShapesGraph) -> None:
        """Compile shapes and index what they need of the data.

        Args:
            statements: The data.
            shapes: The shapes as pySHACL holds them.
        """
        self.plans: dict[Node, Plan] = {shape.node: read_plan(shape) for shape in shapes.shapes}
        self.columns = Columns(statements, self._wanted(shapes.graph))
        self.constraints: dict[Node, list[Constraint]] = {}
        self._follow: dict[Node, Follow] = {}
        whole = WholeGraph(statements)
        self.foreign = Foreign(self.columns, whole)
        self._writer = Writer(self.columns, whole)
        self._queries = Queries(statements, self.columns, self._writer, self.foreign)

    def _wanted(self, graph: Graph) -> Container[str]:
        """Return the properties that are needed; for closed shapes all but those they allow."""
        needed = needed_properties(self.plans.values(), graph)
        closed = [
            self.plans[node].shape for node in graph.subjects(SH.closed) if node in self.plans
        ]
        if not closed:
            return needed
        allowed = [closed_properties(shape) for shape in closed]
        return AllBut(set.intersection(*allowed) - needed)

    def find_focus_nodes(self, shape: Node) -> set[int]:
        """Return the nodes that a shape's targets name.

        Source: https://www.w3.org/TR/shacl/#targets
        """
        nodes, classes, implicit, objects_of, subjects_of = self.plans[shape].shape.target()
        columns = self.columns
        found = {columns.id_of(node) for node in nodes}
        found |= columns.instances(columns.id_of(class_) for class_ in chain(classes, implicit))
        for property_ in subjects_of:
            found.update(columns.column(str(property_)))
        for property_ in objects_of:
            found.update(columns.inverse(str(property_)))
        return found

    def exercised(self, shape: Node) -> Iterator[tuple[str, int, int]]:
        """Yield each constraint of a shape: its name, values looked at, failures found."""
        if shape in self.constraints:
            for constraint in self.constraints[shape]:
                yield constraint.name, constraint.values, constraint.failures
        else:
            names = (one.constraint_name() for one in read_components(self.plans[shape].shape))
            yield from ((name, 0, 0) for name in names)

    def run(self, shape: Node, focus: Iterable[int]) -> Iterator[Result]:
        """Check some nodes against a shape, and yield what is found."""
        return self._emit(self.plans[shape], dict.fromkeys(focus, 1))

    def _emit(self, plan: Plan, focus: Mapping[int, int]) -> Iterator[Result]:
        """Yield the results of a shape, each as often as its focus node is reached."""
        if plan.shape.deactivated or not focus:
            return
        rows = self._rows(plan, focus)
        for constraint in self._constraints(plan):
            if constraint.name == "PropertyConstraintComponent":
                reached = focus if plan.path is None else _count_values(rows, focus)
                constraint.values += len(reached)
                for node in constraint.component.property_shapes:
                    yield from self._emit(self._property_shape(node), reached)
                continue
            for failure in self._check(constraint, rows):
                result = self._writer.write(constraint.component, failure)
                yield from (result for _ in range(focus[failure.focus]))

    def _check(self, constraint: Constraint, rows: Rows) -> Iterator[Failure]:
        constraint.values += len(rows.values)
        for check in constraint.checks:
            for failure in check(rows):
                constraint.failures += 1
                yield failure

    def failing(self, shape: Node, nodes: set[int]) -> set[int]:
        """Return those of some nodes that do not conform to a shape."""
        plan = self.plans[shape]
        if plan.shape.deactivated:
            return set()
        fresh = nodes - plan.seen
        if fresh:
            plan.seen |= fresh
            rows = self._rows(plan, fresh)
            for constraint in self._constraints(plan):
                plan.failed.update(failure.focus for failure in self._check(constraint, rows))
        return nodes & plan.failed

    def _rows(self, plan: Plan, focus: Iterable[int]) -> Rows:
        if plan.path is None:
            return Rows([(node, (node,)) for node in focus])
        follow = self._follow.get(plan.node)
        if follow is None:
            follow = self._follow[plan.node] = self.columns.follow(plan.path)
        return Rows([(node, follow(node)) for node in focus])

    def _constraints(self, plan: Plan) -> list[Constraint]:
        found = self.constraints.get(plan.node)
        if found is None:
            components = list(read_components(plan.shape))
            found = [Constraint(one, self._compile(one)) for one in components]
            self.constraints[plan.node] = found
        return found

    def _compile(self, component: Component) -> list[Check]:
        name = type(component).__name__
        if name == "PropertyConstraintComponent":
            return [self._fails_property(node) for node in component.property_shapes]
        if name == "SPARQLBasedConstraint":
            return self._queries.compile(component)
        if name in COMPILED:
            return COMPILED[name](component, self.columns, self)
        return [self.foreign.compile(component)]

    def _property_shape(self, node: Node) -> Plan:
        plan = self.plans.get(node)
        if plan is None or plan.path is None:
            raise ReportableRuntimeError(f"the value of sh:property is no property shape: {node}")
        return plan

    def _fails_property(self, node: Node) -> Check:
        return lambda rows: rows.having(self.failing(self._property_shape(node).node, rows.values))


def _count_values(rows: Rows, focus: Mapping[int, int]) -> Mapping[int, int]:
    """Count how often each value node is reached."""
    reached: Counter[int] = Counter()
    for node, values in rows.pairs:
        for value in values:
            reached[value] += focus[node]
    return reached
