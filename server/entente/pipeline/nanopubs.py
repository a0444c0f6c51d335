"""Claims as nanopublications: one a claim, with assertion, provenance and publication info.

The assertion holds the claim's node and not its bare triple: what a text denies, predicts or
advises is not asserted by anybody.

Source: https://nanopub.net/guidelines/working_draft/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from entente.terms import value_of
from entente.vocab import BASE, CLAIM, DCTERMS, ENT, NANOPUB, PREFIXES, RDF

NP = PREFIXES["np"]
_PROV = PREFIXES["prov"]
_LICENCE = ox.NamedNode("https://creativecommons.org/licenses/by/4.0/")
_CREATOR = ox.Literal("The Entente developers")
#: What tells where a claim comes from, and is no part of what is claimed.
_PROVENANCE = {
    ENT + "evidence": _PROV + "wasDerivedFrom",
    ENT + "statedIn": _PROV + "hadPrimarySource",
    ENT + "holder": _PROV + "wasAttributedTo",
}
_PARTS = ("Assertion", "Provenance", "PublicationInfo")


def name_nanopub(claim: str) -> str:
    """Give the IRI of a claim's nanopublication.

    >>> name_nanopub("https://w3id.org/entente/claim/gmf-2023-023")
    'https://w3id.org/entente/nanopub/gmf-2023-023'
    """
    return NANOPUB + claim[len(CLAIM) :]


def write_nanopub(claim: str, said: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
    """Write a claim as a nanopublication.

    Args:
        claim: The claim's IRI.
        said: What is said of it, in the order in which it is to be told.

    Yields:
        The quads of its four graphs: head, assertion, provenance and publication info.
    """
    this = ox.NamedNode(name_nanopub(claim))
    head, assertion, provenance, info = (
        ox.NamedNode(f"{this.value}/{name}")
        for name in ("head", "assertion", "provenance", "pubinfo")
    )
    node = ox.NamedNode(claim)
    yield ox.Quad(this, ox.NamedNode(RDF + "type"), ox.NamedNode(NP + "Nanopublication"), head)
    for part, graph in zip(_PARTS, (assertion, provenance, info), strict=True):
        yield ox.Quad(this, ox.NamedNode(f"{NP}has{part}"), graph, head)
    sources = []
    for quad in said:
        link = _PROVENANCE.get(quad.predicate.value)
        if link:
            sources.append(ox.Quad(assertion, ox.NamedNode(link), quad.object, provenance))
        yield ox.Quad(node, quad.predicate, quad.object, assertion)
    yield from sources
    yield ox.Quad(this, ox.NamedNode(DCTERMS + "creator"), _CREATOR, info)
    yield ox.Quad(this, ox.NamedNode(DCTERMS + "license"), _LICENCE, info)
    yield ox.Quad(this, ox.NamedNode(DCTERMS + "isPartOf"), ox.NamedNode(BASE + "dataset"), info)
    yield ox.Quad(this, ox.NamedNode(DCTERMS + "subject"), node, info)


def group_claims(quads: Iterable[ox.Quad]) -> dict[str, list[ox.Quad]]:
    """Gather what the graphs of the texts say of each claim, by its IRI."""
    claims: dict[str, list[ox.Quad]] = {}
    for quad in quads:
        name = value_of(quad.subject)
        if name.startswith(CLAIM):
            claims.setdefault(name, []).append(quad)
    return claims
