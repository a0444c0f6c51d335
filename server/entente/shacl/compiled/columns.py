"""The data as columns: for each property, the values of each subject, as numbers.

A node is a number, so that the sets of a validation are sets of small integers; a literal is
told apart by its lexical form, which a store of pyoxigraph would not keep.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from itertools import chain

import pyoxigraph as ox
from rdflib.term import Node

from entente.bridge import Term, from_rdflib, to_rdflib
from entente.shacl.paths import Path

#: What triples say, in the order in which they were given; quads are taken without their graph.
Statements = Sequence[ox.Triple] | Sequence[ox.Quad]
#: The values of each node that has any, each value once.
Column = Mapping[int, Sequence[int]]
#: Gives the nodes that a path leads to, each once.
Follow = Callable[[int], Collection[int]]


class Columns:
    """The properties that a validation needs, indexed by subject and, on request, by object."""

    def __init__(self, statements: Statements, wanted: Container[str] | None) -> None:
        """Read the statements.

        Args:
            statements: The data.
            wanted: The properties that are needed; None for all.
        """
        self.terms: list[Term] = []
        self._ids: dict[Term, int] = {}
        self._nodes: dict[int, Node] = {}
        self._columns: dict[str, dict[int, list[int]]] = {}
        self._inverse: dict[str, dict[int, list[int]]] = {}
        self._read(statements, wanted)

    def _read(self, statements: Statements, wanted: Container[str] | None) -> None:
        """Fill the columns: the loop that all data go through."""
        by_predicate: dict[object, dict[int, list[int]] | None] = {}
        ids, terms = self._ids, self.terms
        for statement in statements:
            predicate = statement.predicate
            try:
                column = by_predicate[predicate]
            except KeyError:
                iri = predicate.value
                needed = wanted is None or iri in wanted
                column = self._columns.setdefault(iri, {}) if needed else None
                by_predicate[predicate] = column
            if column is None:
                continue
            term = statement.subject
            subject = ids.get(term)  # type: ignore[arg-type]
            if subject is None:
                subject = ids[term] = len(terms)  # type: ignore[index]
                terms.append(term)  # type: ignore[arg-type]
            value = statement.object
            object_ = ids.get(value)  # type: ignore[arg-type]
            if object_ is None:
                object_ = ids[value] = len(terms)  # type: ignore[index]
                terms.append(value)  # type: ignore[arg-type]
            values = column.get(subject)
            if values is None:
                column[subject] = [object_]
            else:
                values.append(object_)
        for column in self._columns.values():
            _drop_repetitions(column)

    def id_of(self, node: Node | Term) -> int:
        """Return the number of a node; one that the data do not have gets a new one."""
        term = from_rdflib(node) if isinstance(node, Node) else node
        number = self._ids.get(term)
        if number is None:
            number = self._ids[term] = len(self.terms)
            self.terms.append(term)
        return number

    def node(self, number: int) -> Node:
        """Return a node as a term of rdflib."""
        node = self._nodes.get(number)
        if node is None:
            node = self._nodes[number] = to_rdflib(self.terms[number])
        return node

    def predicates(self) -> Iterable[str]:
        """List the properties that are held."""
        return self._columns

    def column(self, iri: str) -> Column:
        """Return the values of a property by subject."""
        return self._columns.get(iri, {})

    def inverse(self, iri: str) -> Column:
        """Return the subjects of a property by value."""
        found = self._inverse.get(iri)
        if found is None:
            found = self._inverse[iri] = {}
            for subject, values in self.column(iri).items():
                for value in values:
                    found.setdefault(value, []).append(subject)
        return found

    def instances(self, classes: Iterable[int]) -> set[int]:
        """Return the instances of some classes and of the classes below them."""
        types, below = self.inverse(TYPE), self.inverse(SUBCLASS)
        found: set[int] = set()
        for class_ in _reach(set(classes), lambda node: below.get(node, ())):
            found.update(types.get(class_, ()))
        return found

    def occurs(self, number: int) -> bool:
        """Tell whether a node is the subject or a value of a property that is held."""
        return any(number in column for column in self._columns.values()) or any(
            number in self.inverse(iri) for iri in self._columns
        )

    def follow(self, path: Path, *, backwards: bool = False) -> Follow:
        """Return what gives the nodes that a path leads to.

        Args:
            path: The path.
            backwards: Whether it is followed from its end.
        """
        if not path.operator:
            column = self.inverse(path.iri) if backwards else self.column(path.iri)
            return lambda node: column.get(node, ())
        parts = [part for part in path.parts if isinstance(part, Path)]
        if path.operator == "^":
            return self.follow(parts[0], backwards=not backwards)
        steps = [self.follow(part, backwards=backwards) for part in parts]
        if path.operator == "|":
            return lambda node: set(chain.from_iterable(step(node) for step in steps))
        if path.operator == "/":
            return _in_turn(steps[::-1] if backwards else steps)
        step = steps[0]
        if path.operator == "?":
            return lambda node: {node, *step(node)}
        if path.operator == "*":
            return lambda node: _reach({node}, step)
        return lambda node: _reach(set(step(node)), step)


TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
SUBCLASS = "http://www.w3.org/2000/01/rdf-schema#subClassOf"


def _drop_repetitions(column: dict[int, list[int]]) -> None:
    """Keep each value of a subject once; the column is changed in place."""
    for subject, values in column.items():
        if len(values) > 1 and len(values) != len(set(values)):
            column[subject] = list(dict.fromkeys(values))


def _in_turn(steps: Sequence[Follow]) -> Follow:
    first, *others = steps

    def follow(node: int) -> Collection[int]:
        nodes = first(node)
        for step in others:
            nodes = set(chain.from_iterable(map(step, nodes)))
        return nodes

    return follow


def _reach(nodes: set[int], step: Follow) -> set[int]:
    """Return all that some nodes lead to by any number of steps, themselves included."""
    found, fresh = set(nodes), nodes
    while fresh:
        fresh = set(chain.from_iterable(map(step, fresh))) - found
        found |= fresh
    return found
