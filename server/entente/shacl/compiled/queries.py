"""SHACL-SPARQL constraints: each query is asked of all focus nodes at once, in pyoxigraph.

Source: https://www.w3.org/TR/shacl/#sparql-constraints
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

import pyoxigraph as ox
from rdflib.term import Node

from entente.bridge import from_rdflib, to_rdflib
from entente.errors import InputError
from entente.shacl.compiled.columns import Columns, Statements
from entente.shacl.compiled.foreign import Foreign
from entente.shacl.compiled.rows import Check, Failure, Rows
from entente.shacl.compiled.setwise import ask_of_all
from entente.shacl.compiled.values import Component
from entente.shacl.compiled.write import Writer
from entente.shacl.prebind import CONSTANT, prebind
from entente.shacl.store import refuse_query

#: Up to how many focus nodes are asked about one by one.
FEW = 3
_FOCUS = ox.NamedNode("urn:entente:focus")
_DEFAULT = ox.DefaultGraph()
#: pySHACL's reader of a query, which has no types.
_Helper = Any
_Row = dict[str, Node]


class Queries:
    """Answers the queries of shapes."""

    def __init__(
        self, statements: Statements, columns: Columns, writer: Writer, foreign: Foreign
    ) -> None:
        self._statements = statements
        self._columns = columns
        self._writer = writer
        self._foreign = foreign
        self._sets = 0

    @cached_property
    def _store(self) -> ox.Store:
        """The data, as a user's query sees them; read when the first query is asked."""
        store = ox.Store()
        store.extend(map(_in_default_graph, self._statements))
        return store

    def compile(self, component: Component) -> list[Check]:
        """Return a check for each query of a constraint."""
        helpers = [one for one in component.sparql_constraints if not one.deactivated]
        return [self._compile(component, helper) for helper in helpers]

    def _compile(self, component: Component, helper: _Helper) -> Check:
        def check(rows: Rows) -> Iterator[Failure]:
            focus = [node for node, _ in rows.pairs]
            for node, found in self._answer(component, helper, focus):
                if isinstance(found, Failure):
                    yield found
                else:
                    yield from self._write(component, helper, node, found)

        return check

    def _answer(
        self, component: Component, helper: _Helper, focus: Sequence[int]
    ) -> Iterator[tuple[int, list[_Row] | Failure]]:
        """Yield what a query finds, by focus node."""
        bound, text = helper.pre_bind_variables(self._columns.node(focus[0]))
        text = helper.apply_prefixes(text)
        constants = {name: from_rdflib(node) for name, node in bound.items() if name != "this"}
        if any(isinstance(term, ox.BlankNode) for term in constants.values()):
            yield from self._pass_on(component, helper, focus)
            return
        text = prebind(text, constants)  # type: ignore[arg-type]
        blank = {node for node in focus if isinstance(self._columns.terms[node], ox.BlankNode)}
        if "this" in bound and (blank or len(focus) > FEW):
            together = self._ask_of_all(text, focus)
            if together is not None:
                yield from together
                return
        if "this" in bound and blank:
            yield from self._pass_on(component, helper, sorted(blank))
            focus = [node for node in focus if node not in blank]
        yield from self._ask_each(text, focus, bind="this" in bound)

    def _ask_each(
        self, text: str, focus: Iterable[int], *, bind: bool
    ) -> Iterator[tuple[int, list[_Row]]]:
        same: list[_Row] | None = None
        for node in focus:
            if bind:
                term = self._columns.terms[node]
                yield node, list(self._ask(prebind(text, {"this": term})))  # type: ignore[dict-item]
            else:
                same = list(self._ask(text)) if same is None else same
                yield node, same

    def _ask_of_all(
        self, text: str, focus: Sequence[int]
    ) -> Iterable[tuple[int, list[_Row]]] | None:
        """Ask a query about all nodes; None where it cannot be asked so."""
        self._sets += 1
        holds = ox.NamedNode(f"{_FOCUS.value}:{self._sets}")
        pattern = f"GRAPH {_FOCUS} {{ {_FOCUS} {holds} $this }}"
        query = ask_of_all(text, "this", pattern)
        if query is None:
            return None
        terms = self._columns.terms
        self._store.extend(ox.Quad(_FOCUS, holds, terms[node], _FOCUS) for node in focus)
        found: dict[int, list[_Row]] = {}
        for row in self._ask(query, [_FOCUS]):
            found.setdefault(self._columns.id_of(row["this"]), []).append(row)
        return found.items()

    def _ask(self, query: str, named: Sequence[ox.NamedNode] = ()) -> Iterator[_Row]:
        try:
            answer = self._store.query(query, named_graphs=list(named))
        except SyntaxError as error:
            raise refuse_query(query, error) from error
        if not isinstance(answer, ox.QuerySolutions):
            raise InputError("a shape is malformed: the query of sh:select is no SELECT")
        names = [v.value for v in answer.variables if not v.value.startswith(CONSTANT)]
        for solution in answer:
            yield {name: to_rdflib(term) for name in names if (term := solution[name]) is not None}

    def _pass_on(
        self, component: Component, helper: _Helper, focus: Iterable[int]
    ) -> Iterator[tuple[int, Failure]]:
        """Have pySHACL answer where a blank node would have to be written into the query."""
        single = copy.copy(component)
        single.sparql_constraints = {helper}
        rows = Rows([(node, (node,)) for node in focus])
        return ((failure.focus, failure) for failure in self._foreign.compile(single)(rows))

    def _write(
        self, component: Component, helper: _Helper, focus: int, rows: Iterable[_Row]
    ) -> Iterator[Failure]:
        """Yield the failures at a focus node, each once."""
        node = self._columns.node(focus)
        value = None if component.shape.is_property_shape else node
        templates = helper.messages or ()
        seen: set[object] = set()
        for row in rows:
            key = "failure" if "failure" in row else frozenset(row.items())
            if key not in seen:
                seen.add(key)
                result = self._writer.write_row(component, node, row, templates, value)
                yield Failure(focus, result=result)


def _in_default_graph(statement: ox.Triple | ox.Quad) -> ox.Quad:
    if isinstance(statement, ox.Quad) and statement.graph_name == _DEFAULT:
        return statement
    return ox.Quad(statement.subject, statement.predicate, statement.object)
