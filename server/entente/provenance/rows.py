"""Rows of a SELECT query over some graphs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeGuard

import pyoxigraph as ox

from entente.provenance.patterns import Graph
from entente.terms import Term


def select_rows(
    store: ox.Store, query: str, graphs: Sequence[Graph], bound: Mapping[str, Term]
) -> Iterator[dict[str, Term]]:
    """Run a SELECT query over some graphs with variables bound beforehand.

    Yields:
        The bindings of each row, those given beforehand included.
    """
    values: dict[ox.Variable, Term | ox.Triple] = {
        ox.Variable(name): term for name, term in bound.items()
    }
    rows = store.query(query, default_graph=list(graphs), substitutions=values)
    assert isinstance(rows, ox.QuerySolutions)  # noqa: S101 - the query is a SELECT
    names = [variable.value for variable in rows.variables]
    for row in rows:
        found = {name: row[name] for name in names}
        yield {**bound, **{name: term for name, term in found.items() if _is_term(term)}}


def _is_term(term: object) -> TypeGuard[Term]:
    return isinstance(term, ox.NamedNode | ox.BlankNode | ox.Literal)
