"""What has a document here without being in the data: catalogue, versions, nanopublications."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial

from entente.pipeline.nanopubs import name_nanopub, write_nanopub
from entente.terms import value_of
from entente.vocab import CATALOG, CLAIM, GRAPH, NANOPUB, SOURCES, VERSION
from entente.web.resource import Asker, Resource
from entente.web.versions import Versions

_PARTS = ("head", "assertion", "provenance", "pubinfo")
_SOURCE_GRAPHS = frozenset(GRAPH + stem for stem in SOURCES)


def find_told(
    iri: str, asker: Asker, names: Collection[str], versions: Versions, root: str
) -> Callable[[], Resource] | None:
    """Find what describes a thing that the data do not name.

    Args:
        iri: The thing.
        asker: Asks the data set in service.
        names: The names that the data know.
        versions: Descriptions of versions.
        root: The address of the server, with its last slash.

    Returns:
        What makes its description, or None where there is no such thing.

    Raises:
        VersionUnknown: It would be a version, and there never was one.
        VersionGone: It was a version, and its files were removed.
    """
    if asker.generation.served.folder is None:
        return None
    if iri == CATALOG or iri.startswith(VERSION):
        return versions.find(iri, asker, root)
    if iri.startswith(NANOPUB):
        claim = CLAIM + iri[len(NANOPUB) :]
        stem, _, part = claim.rpartition("/")
        claim = stem if part in _PARTS else claim
        return partial(_tell_nanopub, claim, asker) if claim in names else None
    return None


def _tell_nanopub(claim: str, asker: Asker) -> Resource:
    said = [
        quad
        for quad in asker.quads("description", claim)
        if value_of(quad.graph_name) in _SOURCE_GRAPHS
    ]
    return Resource(name_nanopub(claim), tuple(write_nanopub(claim, said)))
