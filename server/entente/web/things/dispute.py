"""A disagreement: its sides, who takes them, and what reconciles them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pyoxigraph as ox

from entente.terms import value_of
from entente.vocab import ENT, RDF, SKOS
from entente.web.things.claim import Line, read_line
from entente.web.things.graph import Graph, Thing


@dataclass(frozen=True, slots=True)
class Dispute:
    """Claims that cannot all be right as they stand.

    Attributes:
        thing: The disagreement.
        kind: Over what it is, such as a beginning.
        explained: What that kind means.
        sides: The claims, in the order of their texts.
        things: What each side speaks of, by the side's claim.
        reconciled: Claims that show both sides to be right in their way.
        notes: Remarks of the editors, on it or on its claims.
    """

    thing: Thing
    kind: Thing
    explained: str
    sides: tuple[Line, ...]
    things: tuple[Thing, ...]
    reconciled: tuple[Line, ...]
    notes: tuple[str, ...]


def read_dispute(graph: Graph, iri: str) -> Dispute:
    """Read a disagreement."""
    claims = graph.values(iri, ENT + "involvesClaim")
    sides = [read_line(graph, claim) for claim in claims]
    kinds = [kind for kind in graph.things(iri, RDF + "type") if _is_narrow(kind)]
    kind = kinds[0] if kinds else Thing(ENT + "Disagreement", "disagreement")
    noted = (iri, *claims)
    ends = ("subject", "object")
    return Dispute(
        thing=graph.thing(iri),
        kind=kind,
        explained=graph.text(kind.iri, SKOS + "definition"),
        sides=tuple(sides),
        things=tuple(
            graph.sort(t for claim in claims for e in ends for t in graph.things(claim, ENT + e))
        ),
        reconciled=tuple(
            read_line(graph, claim) for claim in graph.values(iri, ENT + "reconciledBy")
        ),
        notes=tuple(
            dict.fromkeys(n for each in noted for n in graph.values(each, SKOS + "editorialNote"))
        ),
    )


def list_disputes(graph: Graph, claims: Collection[str] | None = None) -> list[Dispute]:
    """List disagreements, by kind and name: all, or those that involve one of some claims."""
    pairs = graph.store.quads_for_pattern(None, _INVOLVES, None, ox.DefaultGraph())
    iris = {
        value_of(quad.subject)
        for quad in pairs
        if claims is None or value_of(quad.object) in claims
    }
    found = [read_dispute(graph, iri) for iri in iris]
    return sorted(found, key=lambda each: (each.kind.label, each.thing.label, each.thing.iri))


_DISAGREEMENT = ENT + "Disagreement"
_INVOLVES = ox.NamedNode(ENT + "involvesClaim")


def _is_narrow(kind: Thing) -> bool:
    return kind.iri.startswith(ENT) and kind.iri != _DISAGREEMENT
