"""Conclude where claims disagree, state what they say of each content, and make the views."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from entente import vocab
from entente.pipeline.project import source_graphs
from entente.provenance.disagreements import find_disagreements
from entente.provenance.naming import BACKGROUND, view_graph
from entente.provenance.propositions import state_propositions
from entente.provenance.viewpoints import Ground, make_view, prepare_ground


@dataclass(frozen=True, slots=True)
class View:
    """A view as it is written down: lines take a fraction of the time and memory of terms.

    Attributes:
        graph: The IRI of its graph.
        named: The quads without blank nodes, as sorted lines of N-Quads.
        anonymous: Those with blank nodes, likewise; the names of these are not canonical.
    """

    graph: str
    named: bytes
    anonymous: bytes

    def count(self) -> int:
        """Count its triples."""
        return self.named.count(b"\n") + self.anonymous.count(b"\n")


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


def make_views(texts: Texts, viewpoints: Sequence[str]) -> list[View]:
    """Make the views of some texts, or that of what nobody contradicts.

    Args:
        texts: What they are made of; with the disagreements, where `undisputed` is asked for.
        viewpoints: Texts, or `undisputed`.

    Returns:
        The views, in the order in which they are named.

    Raises:
        InconsistentGraph: A text's world contradicts the ontology.
        DataError: A rule is absent or malformed.
    """
    return [_write_view(name, make_view(texts.store, (name,), texts.ground)) for name in viewpoints]


def _write_view(name: str, triples: Iterable[ox.Triple]) -> View:
    graph = view_graph((name,))
    written = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""
    end = f" <{graph}> .\n".encode()
    lines = sorted(line.removesuffix(b" .") + end for line in written.splitlines())
    anonymous = [line for line in lines if b"_:" in line]
    named = [line for line in lines if b"_:" not in line]
    return View(graph, b"".join(named), b"".join(anonymous))
