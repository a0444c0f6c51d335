"""Draw plain triples from claims, by the CONSTRUCT rules in queries/rules/project/."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox

from entente import vocab
from entente.provenance.construct import construct


def project_strictly(store: ox.Store, queries: Path) -> set[ox.Triple]:
    """Draw the plain facts of `graph:asserted`: what may be read without asking who says so.

    Args:
        store: Ontology, entities and the claims of every text, in the default graph.
        queries: The folder queries/.

    Raises:
        DataError: A rule is absent or malformed.
    """
    return construct(store, queries / "rules/project", "strict-*.rq")


def triples_of(quads: Iterable[ox.Quad], graphs: Iterable[str]) -> list[ox.Triple]:
    """Return the triples of some named graphs, merged."""
    wanted = {ox.NamedNode(graph) for graph in graphs}
    return [quad.triple for quad in quads if quad.graph_name in wanted]


def source_graphs() -> list[str]:
    """Return the IRIs of the graphs that hold the sources' claims."""
    return [vocab.GRAPH + source for source in vocab.SOURCES]
