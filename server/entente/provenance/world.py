"""The world in which a triple holds: which graphs are given, which rules draw from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyoxigraph as ox

from entente import vocab
from entente.errors import UsageError
from entente.provenance.drawn import Drawn
from entente.provenance.naming import (
    BACKGROUND,
    UNDISPUTED,
    list_views,
    parse_viewpoint,
    view_graph,
)
from entente.provenance.patterns import Graph, match
from entente.provenance.rows import select_rows
from entente.provenance.rulebook import Head, Projection, Rulebook, make_heads
from entente.reason.rules import Rule, lengthen_chain
from entente.terms import value_of

_CHAIN = "prp-spo2"
_CHAIN_LENGTHS = f"""
PREFIX owl: <{vocab.OWL}>
PREFIX rdf: <{vocab.RDF}>
SELECT (COUNT(?cell) AS ?links)
WHERE {{ ?property owl:propertyChainAxiom ?chain . ?chain rdf:rest*/rdf:rest ?cell . }}
GROUP BY ?property ?chain
"""


@dataclass(frozen=True, slots=True)
class World:
    """A closed graph, and where its triples come from.

    Attributes:
        store: The data set.
        viewpoint: The viewpoint's name, or an empty string for the whole graph.
        closed: The graph that holds what is given and what follows.
        given: The graphs that the reasoner read.
        read: The graphs that the projection rules read.
        sources: Those of them that hold claims.
        heads: The conclusions of all rules that can apply here.
        projections: The rules that drew plain triples here.
        drawn: Finds what these drew.
    """

    store: ox.Store
    viewpoint: str
    closed: Graph
    given: frozenset[str]
    read: frozenset[str]
    sources: tuple[str, ...]
    heads: tuple[Head, ...]
    projections: tuple[Projection, ...]
    drawn: Drawn


def open_world(store: ox.Store, rulebook: Rulebook, viewpoint: str = "") -> World:
    """Open the whole graph of a store, or one viewpoint.

    Args:
        store: A snapshot's data set.
        rulebook: The rule files.
        viewpoint: A name as `parse_viewpoint` reads it; empty for the whole graph.

    Raises:
        UsageError: There is no such viewpoint, or the data set does not hold its graph.
    """
    names = parse_viewpoint(viewpoint) if viewpoint else ()
    closed: Graph = ox.NamedNode(view_graph(names)) if names else ox.DefaultGraph()
    if isinstance(closed, ox.NamedNode) and not store.contains_named_graph(closed):
        built = ", ".join(list_views(store)) or "none"
        raise UsageError(f"the viewpoint {viewpoint} is not built", fix=f"built are: {built}")
    sources = tuple(vocab.GRAPH + source for source in vocab.SOURCES if _speaks(source, names))
    read = frozenset({*BACKGROUND, *sources})
    read_here = read | {vocab.GRAPH_DISAGREEMENTS} if names == (UNDISPUTED,) else read
    projections = _choose_projections(rulebook.projections, viewpoint)
    return World(
        store=store,
        viewpoint="~".join(names),
        closed=closed,
        given=read if names else read | {vocab.GRAPH_ASSERTED},
        read=read_here,
        sources=sources,
        heads=tuple(_find_heads(store, closed, rulebook.inferring)),
        projections=projections,
        drawn=Drawn(store, projections, read_here, sources),
    )


def _speaks(source: str, names: Sequence[str]) -> bool:
    """Tell whether a text speaks in a viewpoint; all do in the whole graph and undisputed."""
    return source in names or not names or UNDISPUTED in names


def _choose_projections(every: Sequence[Projection], viewpoint: str) -> tuple[Projection, ...]:
    """Rules named after a viewpoint are its own; else views are wide, and the rest strict."""
    own = [p for p in every if viewpoint and p.name.startswith(f"{viewpoint}-")]
    kind = "wide-" if viewpoint else "strict-"
    return tuple(own or [p for p in every if p.name.startswith(kind)])


def _find_heads(store: ox.Store, closed: Graph, rules: Sequence[Rule]) -> Iterator[Head]:
    """Make the heads of the rules whose vocabulary occurs in the graph."""
    for rule in _fit_chains(store, closed, rules):
        for head in make_heads(rule):
            if all(p.lists or next(match(store, closed, p), None) for p in head.premises):
                yield head


def _fit_chains(store: ox.Store, closed: Graph, rules: Sequence[Rule]) -> Iterator[Rule]:
    """Put in place of the rule for chains one for each length that the graph has."""
    rows = select_rows(store, _CHAIN_LENGTHS, [closed], {})
    lengths = sorted({int(value_of(row["links"])) for row in rows})
    for rule in rules:
        if rule.name == _CHAIN:
            yield from (lengthen_chain(rule, links) for links in lengths if links > 1)
        else:
            yield rule


def holds(world: World, triple: ox.Triple) -> bool:
    """Tell whether a triple is given or follows in a world."""
    quad = ox.Quad(triple.subject, triple.predicate, triple.object, world.closed)
    return quad in world.store


def graphs_of(world: World, triple: ox.Triple) -> set[str]:
    """Return the named graphs of the whole data set in which a triple stands."""
    quads = world.store.quads_for_pattern(triple.subject, triple.predicate, triple.object, None)
    return {value_of(quad.graph_name) for quad in quads} - {""}


def given_in(world: World, triple: ox.Triple) -> tuple[str, ...]:
    """Return the graphs that give a triple, sorted; no view and no conclusion counts."""
    graphs = graphs_of(world, triple)
    if world.viewpoint:
        return tuple(sorted(graphs & world.given))
    given = (g for g in graphs if g != vocab.GRAPH_INFERRED and not g.startswith(vocab.GRAPH_VIEW))
    return tuple(sorted(given))


def is_inferred(world: World, triple: ox.Triple) -> bool:
    """Tell whether the build wrote a triple down as a conclusion."""
    return vocab.GRAPH_INFERRED in graphs_of(world, triple)


def is_reasoned(world: World, triple: ox.Triple) -> bool:
    """Tell whether the reasoner saw a triple: a view holds nothing else, the whole graph does."""
    if world.viewpoint:
        return holds(world, triple)
    return not graphs_of(world, triple).isdisjoint({*world.given, vocab.GRAPH_INFERRED})
