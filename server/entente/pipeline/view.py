"""Conclude where claims disagree, state what they say of each content, and make the views."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from entente import vocab
from entente.pipeline.lines import Part, write_graph
from entente.pipeline.project import source_graphs
from entente.provenance.disagreements import find_disagreements
from entente.provenance.naming import BACKGROUND, view_graph
from entente.provenance.propositions import state_propositions
from entente.provenance.viewpoints import Ground, make_view, prepare_ground


def conclude(store: ox.Store, queries: Path) -> dict[str, set[ox.Triple]]:
    """Find the disagreements of a closed graph and state its propositions.

    Args:
        store: Ontology, entities, editorial graph and claims, with plain facts and what was
            inferred, in the default graph; what is concluded is added to it, in place.
        queries: The folder queries/.

    Returns:
        The triples of `graph:disagreements` and `graph:propositions`.

    Raises:
        DataError: A rule is absent or malformed.
    """
    return {
        vocab.GRAPH_DISAGREEMENTS: find_disagreements(store, queries),
        vocab.GRAPH_PROPOSITIONS: state_propositions(store, queries),
    }


@dataclass(frozen=True, slots=True)
class Texts:
    """What views are made of.

    Attributes:
        store: Ontology, entities and the claims of each text, in named graphs.
        ground: What all views have in common.
    """

    store: ox.Store
    ground: Ground


def open_texts(quads: Iterable[ox.Quad], queries: Path) -> Texts:
    """Make ready for views.

    Args:
        quads: The graph.
        queries: The folder queries/.

    Raises:
        DataError: A rule is absent or malformed.
    """
    store = ox.Store()
    read = {ox.NamedNode(graph) for graph in (*BACKGROUND, *source_graphs())}
    store.extend(quad for quad in quads if quad.graph_name in read)
    return Texts(store, prepare_ground(store, queries))


def make_views(texts: Texts, viewpoints: Sequence[str]) -> dict[str, Part]:
    """Make the views of some texts, or that of what nobody contradicts.

    Args:
        texts: What they are made of; with the disagreements, where `undisputed` is asked for.
        viewpoints: Texts, or `undisputed`.

    Returns:
        The views by the IRIs of their graphs, in the order in which they are named.

    Raises:
        InconsistentGraph: A text's world contradicts the ontology.
        DataError: A rule is absent or malformed.
    """
    views = dict[str, Part]()
    for name in viewpoints:
        graph = view_graph((name,))
        view = make_view(texts.store, (name,), texts.ground)
        views[graph] = write_graph(view.quads(ox.NamedNode(graph)))
    return views
