"""Viewpoints that are made on request: those of several texts, which no build writes down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from entente.collection import uncollected
from entente.provenance.naming import view_graph
from entente.provenance.proof_text import write_text
from entente.provenance.rulebook import Rulebook, read_rulebook
from entente.provenance.viewpoints import (
    close_view,
    inconsistent_view,
    join_views,
    prepare_ground,
)
from entente.provenance.why import explain
from entente.provenance.world import World, holds, open_world
from entente.reason import Contradiction

#: How many contradictions of a viewpoint are proved; the others are only named.
_PROVED = 5


@dataclass(frozen=True, slots=True)
class ViewRules:
    """What a viewpoint is made by, read once.

    Attributes:
        book: The rule files.
        queries: The folder queries/, read again where the data set lacks the view of a text.
    """

    book: Rulebook
    queries: Path


def read_view_rules(queries: Path) -> ViewRules:
    """Read the rules by which viewpoints are made.

    Args:
        queries: The folder queries/.

    Raises:
        DataError: A rule is absent or malformed.
    """
    return ViewRules(read_rulebook(queries), queries)


def ensure_view(store: ox.Store, names: Sequence[str], rules: ViewRules) -> ox.NamedNode:
    """Return the graph of a viewpoint, making it where the data set does not hold it.

    Where the data set holds the view of each text, it opens no file.

    Args:
        store: A snapshot's data set; a view that is made is added, in place.
        names: The viewpoint, as `parse_viewpoint` reads it.
        rules: What it is made by.

    Raises:
        InconsistentGraph: The texts' world contradicts the ontology; each contradiction is
            named, and the first ones are proved down to the passages.
        DataError: A rule is absent or malformed.
    """
    graph = ox.NamedNode(view_graph(names))
    if not store.contains_named_graph(graph):
        with uncollected():
            quads, found = _make(store, names, rules, graph)
            store.bulk_extend(quads)
        if found:
            explanations = list(_explain(store, names, found, rules))
            store.remove_graph(graph)
            raise inconsistent_view(names, found, explanations)
    return graph


def _make(
    store: ox.Store, names: Sequence[str], rules: ViewRules, graph: ox.NamedNode
) -> tuple[Iterable[ox.Quad], list[Contradiction]]:
    parts = (ox.NamedNode(view_graph((name,))) for name in names)
    if len(names) > 1 and all(map(store.contains_named_graph, parts)):
        facts, found = join_views(store, names, rules.book.rules)
    else:
        facts, found = close_view(store, names, prepare_ground(store, rules.queries))
    return facts.quads(graph), found


def _explain(
    store: ox.Store, names: Sequence[str], found: Sequence[Contradiction], rules: ViewRules
) -> Iterator[str]:
    world = open_world(store, rules.book, "~".join(names))
    for contradiction in found[:_PROVED]:
        yield "\n".join([str(contradiction), *_prove(world, contradiction)])
    yield from map(str, found[_PROVED:])


def _prove(world: World, contradiction: Contradiction) -> Iterator[str]:
    """Prove the triples that contradict one another, as indented lines."""
    for triple in contradiction.triples:
        if holds(world, triple):
            proof = write_text(explain(world, triple))
            yield from (f"    {line}" for line in proof.splitlines())
