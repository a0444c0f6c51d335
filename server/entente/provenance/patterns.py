"""Triple patterns of rules as terms: reading them, binding them, matching them.

The engine matches whole rules; this module matches single patterns, to pass over rules that
cannot apply and to say which premise is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pyoxigraph as ox

from entente.reason.patterns import FIRST, REST, Pattern
from entente.terms import Term
from entente.vocab import OWL, RDF

Graph = ox.NamedNode | ox.DefaultGraph
Bindings = Mapping[str, Term]

NIL = ox.NamedNode(RDF + "nil")
NOTHING = ox.NamedNode(OWL + "Nothing")


def unify(pattern: Pattern, triple: ox.Triple) -> dict[str, Term] | None:
    """Bind a pattern's variables so that it becomes a triple; None where it cannot."""
    bound: dict[str, Term] = {}
    terms = (triple.subject, triple.predicate, triple.object)
    for part, term in zip(pattern.parts, terms, strict=True):
        if isinstance(term, ox.Triple):
            return None
        if (bound.setdefault(part, term) if isinstance(part, str) else part) != term:
            return None
    return bound


def bind(pattern: Pattern, bound: Bindings) -> Pattern:
    """Put terms for the variables that are bound."""
    subject, predicate, object_ = (
        bound.get(part, part) if isinstance(part, str) else part for part in pattern.parts
    )
    return Pattern(subject, predicate, object_, pattern.lists)


def to_triple(pattern: Pattern) -> ox.Triple | None:
    """Turn a pattern into a triple; None where a variable is left, or where RDF has none."""
    subject, predicate, object_ = pattern.parts
    if (
        isinstance(subject, ox.NamedNode | ox.BlankNode)
        and isinstance(predicate, ox.NamedNode)
        and not isinstance(object_, str)
    ):
        return ox.Triple(subject, predicate, object_)
    return None


def match(store: ox.Store, graph: Graph, pattern: Pattern) -> Iterator[ox.Triple]:
    """Yield the triples of a graph that match a pattern, lists aside."""
    subject, predicate, object_ = (
        None if isinstance(part, str) else part for part in pattern.parts
    )
    if isinstance(subject, ox.Literal) or isinstance(predicate, ox.Literal | ox.BlankNode):
        return
    for quad in store.quads_for_pattern(subject, predicate, object_, graph):
        yield quad.triple


def match_all(
    store: ox.Store, graph: Graph, patterns: Sequence[Pattern], bound: Bindings
) -> Iterator[dict[str, Term]]:
    """Yield the bindings with which all patterns match, in the order of the patterns."""
    if not patterns:
        yield dict(bound)
        return
    first, *rest = patterns
    for more in _match_one(store, graph, bind(first, bound)):
        yield from match_all(store, graph, rest, {**bound, **more})


def _match_one(store: ox.Store, graph: Graph, pattern: Pattern) -> Iterator[dict[str, Term]]:
    if not pattern.lists:
        for triple in match(store, graph, pattern):
            if (bound := unify(pattern, triple)) is not None:
                yield bound
        return
    for member in list_members(store, graph, pattern.subject):
        bound = unify(Pattern("", FIRST, pattern.object), ox.Triple(NIL, FIRST, member))
        if bound is not None:
            yield {name: term for name, term in bound.items() if name}


def list_cells(store: ox.Store, graph: Graph, head: Term | str) -> list[ox.Triple]:
    """Return the triples of a list, cell by cell; a list that bites its tail ends there."""
    cells: list[ox.Triple] = []
    cell, seen = head, set()
    while isinstance(cell, ox.NamedNode | ox.BlankNode) and cell != NIL and cell not in seen:
        seen.add(cell)
        cells += match(store, graph, Pattern(cell, FIRST, "member"))
        onward = list(match(store, graph, Pattern(cell, REST, "rest")))
        cells += onward
        cell = onward[0].object if onward else NIL  # type: ignore[assignment]
    return cells


def list_members(store: ox.Store, graph: Graph, head: Term | str) -> list[Term]:
    """Return the members of a list, in order."""
    return [
        cell.object  # type: ignore[misc]
        for cell in list_cells(store, graph, head)
        if cell.predicate == FIRST
    ]


def cells_to(
    store: ox.Store, graph: Graph, head: Term | str, member: Term | str
) -> list[ox.Triple]:
    """Return the triples that lead from a list's head to the first cell of a member."""
    path: list[ox.Triple] = []
    for cell in list_cells(store, graph, head):
        if cell.predicate == REST:
            path.append(cell)
        elif cell.object == member:
            return [*path, cell]
    return []
