"""Conclude where claims disagree, state what they say of each content, and make the views."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyoxigraph as ox

from entente import vocab
from entente.provenance.disagreements import find_disagreements
from entente.provenance.naming import view_graph
from entente.provenance.propositions import state_propositions
from entente.provenance.viewpoints import make_view, prepare_ground
from entente.terms import value_of

_READ = {
    vocab.GRAPH_ONTOLOGY,
    vocab.GRAPH_ENTITIES,
    vocab.GRAPH_EDITORIAL,
    vocab.GRAPH_ASSERTED,
    vocab.GRAPH_INFERRED,
}
_CLAIMS = {vocab.GRAPH + source for source in vocab.SOURCES}


def conclude(quads: Iterable[ox.Quad], queries: Path) -> dict[str, set[ox.Triple]]:
    """Find the disagreements of a closed graph and state its propositions.

    Args:
        quads: The graph, with what was inferred.
        queries: The folder queries/.

    Returns:
        The triples of `graph:disagreements` and `graph:propositions`.

    Raises:
        DataError: A rule is absent or malformed.
    """
    store = ox.Store()
    read = _READ | _CLAIMS
    store.bulk_extend(ox.Quad(*q.triple) for q in quads if value_of(q.graph_name) in read)
    return {
        vocab.GRAPH_DISAGREEMENTS: find_disagreements(store, queries),
        vocab.GRAPH_PROPOSITIONS: state_propositions(store, queries),
    }


def make_views(
    quads: Iterable[ox.Quad], queries: Path, viewpoints: Sequence[str]
) -> Iterator[ox.Quad]:
    """Make the views of some texts, or that of what nobody contradicts.

    Args:
        quads: The graph; with its disagreements, where `undisputed` is asked for.
        queries: The folder queries/.
        viewpoints: Texts, or `undisputed`.

    Yields:
        The triples of each view, in its graph.

    Raises:
        InconsistentGraph: A text's world contradicts the ontology.
        DataError: A rule is absent or malformed.
    """
    store = ox.Store()
    read = {vocab.GRAPH_ONTOLOGY, vocab.GRAPH_ENTITIES, vocab.GRAPH_DISAGREEMENTS} | _CLAIMS
    store.bulk_extend(quad for quad in quads if value_of(quad.graph_name) in read)
    ground = prepare_ground(store, queries)
    for name in viewpoints:
        graph = ox.NamedNode(view_graph((name,)))
        for triple in make_view(store, (name,), ground):
            yield ox.Quad(triple.subject, triple.predicate, triple.object, graph)
