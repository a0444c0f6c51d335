"""Everything that can be found by its name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyoxigraph as ox

from entente.terms import value_of
from entente.vocab import (
    ENT,
    GRAPH_DISAGREEMENTS,
    GRAPH_ENTITIES,
    GRAPH_ONTOLOGY,
    GRAPH_VOCABULARY,
    QUERY,
    RDF,
    RDFS,
    SH,
    SKOS,
)
from entente.web.things.graph import Graph

#: Kinds of things, as the search tells them apart: a word, and classes of ours.
_CLASSES = (
    ("text", ("Source",)),
    ("mechanism", ("Mechanism",)),
    ("event", ("Event",)),
    ("document", ("Document",)),
    ("issue", ("Issue",)),
    ("place", ("Place",)),
    ("actor", ("Actor",)),
)
_ROLES = ("subject", "object", "about", "holder")


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to be found.

    Attributes:
        iri: Its IRI.
        label: What it is called.
        names: What else it is called.
        kind: What it is, in a word.
        weight: How many claims speak of it.
    """

    iri: str
    label: str
    names: tuple[str, ...]
    kind: str
    weight: int


def list_everything(graph: Graph) -> list[Entry]:
    """List entities, topics, texts, disagreements, queries, terms and claims."""
    weights, names = _weigh(graph), _read_names(graph)
    found = [*_list_entities(graph), *_list_others(graph)]
    return [
        Entry(iri, graph.label(iri), tuple(names.get(iri, ())), kind, weights.get(iri, 0))
        for iri, kind in found
    ]


def _read_names(graph: Graph) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    alternative = ox.NamedNode(SKOS + "altLabel")
    for quad in graph.store.quads_for_pattern(None, alternative, None, ox.DefaultGraph()):
        names.setdefault(value_of(quad.subject), []).append(value_of(quad.object))
    return {iri: sorted(set(found)) for iri, found in names.items()}


def _list_entities(graph: Graph) -> Iterator[tuple[str, str]]:
    kinds = {
        iri: word
        for word, names in reversed(_CLASSES)
        for name in names
        for iri in graph.subjects(RDF + "type", ENT + name)
    }
    for iri in _labelled(graph, GRAPH_ENTITIES):
        yield iri, kinds.get(iri, "thing")


def _list_others(graph: Graph) -> Iterator[tuple[str, str]]:
    for place, kind in (
        (GRAPH_VOCABULARY, "topic"),
        (GRAPH_ONTOLOGY, "term"),
        (GRAPH_DISAGREEMENTS, "disagreement"),
    ):
        for iri in _labelled(graph, place):
            yield iri, kind
    for iri in graph.subjects(RDF + "type", SH + "SPARQLExecutable"):
        if iri.startswith(QUERY) and graph.text(iri, RDFS + "comment"):
            yield iri, "question"
    for iri in graph.subjects(RDF + "type", ENT + "Claim"):
        yield iri, "claim"


def _labelled(graph: Graph, place: str) -> list[str]:
    quads = graph.store.quads_for_pattern(
        None, ox.NamedNode(SKOS + "prefLabel"), None, ox.NamedNode(place)
    )
    return sorted({q.subject.value for q in quads if isinstance(q.subject, ox.NamedNode)})


def _weigh(graph: Graph) -> dict[str, int]:
    """Count in how many places of claims each thing stands."""
    weights: dict[str, int] = {}
    for role in _ROLES:
        quads = graph.store.quads_for_pattern(
            None, ox.NamedNode(ENT + role), None, ox.DefaultGraph()
        )
        for quad in quads:
            if isinstance(quad.object, ox.NamedNode):
                weights[quad.object.value] = weights.get(quad.object.value, 0) + 1
    return weights
