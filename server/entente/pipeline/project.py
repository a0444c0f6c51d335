"""Draw plain triples from claims, by the CONSTRUCT rules in queries/rules/project/."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox

from entente import vocab
from entente.provenance.construct import construct
from entente.reason import load_store


def project_strictly(triples: Iterable[ox.Triple], queries: Path) -> set[ox.Triple]:
    """Draw the plain facts of `graph:asserted`: what may be read without asking who says so.

    Args:
        triples: Ontology, entities and the claims of every text.
        queries: The folder queries/.

    Raises:
        DataError: A rule is absent or malformed.
    """
    return construct(load_store(triples), queries / "rules/project", "strict-*.rq")


def triples_of(quads: Iterable[ox.Quad], graphs: Iterable[str]) -> list[ox.Triple]:
    """Return the triples of some named graphs, merged."""
    wanted = {ox.NamedNode(graph) for graph in graphs}
    return [quad.triple for quad in quads if quad.graph_name in wanted]


def source_graphs() -> list[str]:
    """Return the IRIs of the graphs that hold the sources' claims."""
    return [vocab.GRAPH + source for source in vocab.SOURCES]
