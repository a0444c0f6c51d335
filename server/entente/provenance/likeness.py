"""Supports that are alike: they differ in names only, and the query cannot tell names apart.

A query that only matches, compares for equality and counts gives the same answer on renamed data,
renamed. So what of one support cannot go tells what cannot go of every one like it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyoxigraph as ox
from rdflib import Literal, URIRef
from rdflib.paths import Path
from rdflib.plugins.sparql.parserutils import CompValue

from entente.bridge import from_rdflib
from entente.provenance.algebra import keys_of
from entente.provenance.expressions import key_of
from entente.terms import Term
from entente.vocab import RDF, XSD

#: What two supports are alike by: row and quads, with numbers for the names.
Likeness = tuple[object, ...]

_BLIND = frozenset(
    {"Project", "Distinct", "Reduced", "OrderBy", "Join", "LeftJoin", "Union", "Minus", "BGP"}
    | {"Graph", "Extend", "ToMultiSet", "values", "Filter", "TrueFilter", "AggregateJoin", "Group"}
    | {"Aggregate_Count", "Aggregate_Sample", "RelationalExpression", "UnaryNot"}
    | {"ConditionalAndExpression", "ConditionalOrExpression", "Builtin_BOUND", "Builtin_sameTerm"}
    | {"Builtin_EXISTS", "Builtin_NOTEXISTS", "Builtin_IF", "Builtin_COALESCE"}
    | {"GroupGraphPatternSub", "GraphGraphPattern", "GroupOrUnionGraphPattern", "TriplesBlock"}
)
_TEXT = (XSD + "string", RDF + "langString")


def is_blind(part: CompValue) -> bool:
    """Say whether a query's algebra cannot tell names apart, but for those that it mentions."""
    if part.name == "Slice":  # the one at the end, which no support keeps to
        part = part.p
    nodes = (node for node in _walk(part) if isinstance(node, CompValue))
    return all(node.name in _BLIND and _compares_blindly(node) for node in nodes)


def samples(part: CompValue) -> bool:
    """Say whether some group gives one value of several; rdflib samples the keys too."""
    return any(
        each.name == "Aggregate_Sample" and key_of(each.vars) not in (keys_of(node) or ())
        for node in _walk(part)
        if isinstance(node, CompValue) and node.name == "AggregateJoin"
        for each in node.A
    )


def constants(part: CompValue) -> frozenset[object]:
    """Collect the IRIs and literals that an algebra mentions."""
    found = (node for node in _walk(part) if isinstance(node, URIRef | Literal))
    return frozenset(map(from_rdflib, found))


def liken(
    row: Sequence[Term | None], quads: Iterable[ox.Quad], fixed: frozenset[object]
) -> tuple[Likeness, list[ox.Quad]]:
    """Write down what a row and its quads are, names aside.

    Args:
        row: The row.
        quads: The quads.
        fixed: The names that count.

    Returns:
        What is the same for all that are alike, and the quads in the order in which it has them.
    """
    quads = list(quads)
    fixed = fixed.union(quad.graph_name for quad in quads)
    places = {term: at for at, term in enumerate(row)}
    known: dict[Any, str] = {}

    def outline(term: Any) -> str:
        if term not in known:
            named = term in fixed or not _is_name(term)
            known[term] = str(term) if named else f"{places.get(term, '')} {_kind(term)}"
        return known[term]

    def order(quad: ox.Quad) -> tuple[str, ...]:
        return (*map(outline, quad), str(quad))

    ordered = sorted(quads, key=order)
    numbers: dict[Any, int] = {}
    terms = [*row, *(term for quad in ordered for term in quad)]
    return tuple((outline(t), numbers.setdefault(t, len(numbers))) for t in terms), ordered


def _is_name(term: Any) -> bool:
    """Say whether a term is no value: numbers and dates are more than their names."""
    if isinstance(term, ox.Literal):
        return term.datatype.value in _TEXT and term.value != ""
    return isinstance(term, ox.NamedNode | ox.BlankNode)


def _kind(term: Any) -> str:
    if isinstance(term, ox.Literal):
        return f"{term.datatype.value} {term.language}"
    return type(term).__name__


def _compares_blindly(node: CompValue) -> bool:
    """Say whether a comparison is of names for equality, or with a value that is no name."""
    if node.name != "RelationalExpression" or node.op in ("=", "!=", "IN", "NOT IN"):
        return True
    return any(
        isinstance(side, Literal) and side.datatype is not None and str(side.datatype) not in _TEXT
        for side in (node.expr, node.other)
    )


def _walk(part: Any) -> Iterator[Any]:
    """Yield all that an algebra is made of; how a query orders its rows is passed over."""
    yield part
    children: Iterable[Any] = ()
    if isinstance(part, CompValue) and part.name == "OrderBy":
        children = (part.p,)
    elif isinstance(part, CompValue):  # what EXISTS asks is an attribute once it is translated
        children = (*part.values(), *vars(part).values())
    elif isinstance(part, Mapping):
        children = part.values()
    elif isinstance(part, list | tuple):
        children = part
    elif isinstance(part, Path):
        children = vars(part).values()
    for child in children:
        yield from _walk(child)
