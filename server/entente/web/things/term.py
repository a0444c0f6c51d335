"""The page of a term of the ontology, and the index of all terms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pyoxigraph as ox

from entente.terms import value_of
from entente.vocab import (
    DCTERMS,
    ENT,
    GRAPH_ASSERTED,
    GRAPH_INFERRED,
    GRAPH_ONTOLOGY,
    OWL,
    RDF,
    RDFS,
    SKOS,
)
from entente.web.things.axioms import Axiom, read_axioms
from entente.web.things.graph import Graph, Thing

ONTOLOGY = ENT
_EXAMPLES = 6
_DEFAULT = ox.DefaultGraph()
Place = ox.NamedNode | ox.DefaultGraph
#: The kinds of property, in the order of the index; classes come before them.
_KINDS = (
    *("RecordProperty", "ConductProperty", "JudgementProperty", "StanceProperty"),
    *("DerivedProperty", "QualifierProperty", "ClaimProperty"),
)


@dataclass(frozen=True, slots=True)
class Fact:
    """A triple.

    Attributes:
        parts: Its subject, predicate and object.
        iris: The three as IRIs, for its proof.
        inferred: Whether a rule drew it.
    """

    parts: tuple[Thing, Thing, Thing]
    iris: tuple[str, str, str]
    inferred: bool


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the ontology.

    Attributes:
        thing: The term.
        sorts: class, property, or what kind of property it is.
        definition: Its definition.
        notes: How it is meant to be used.
        names: Other wordings.
        uses: What is counted, with the number: claims, plain facts, inferred facts, things.
        claims: Claims that use it, for example.
        members: Things of the class, for example.
        facts: Triples with the property, for example; for a class what puts a thing into it.
        axioms: What the ontology states of it.
    """

    thing: Thing
    sorts: tuple[Thing, ...]
    definition: str
    notes: tuple[str, ...]
    names: tuple[str, ...]
    uses: tuple[tuple[str, int], ...]
    claims: tuple[Thing, ...]
    members: tuple[Thing, ...]
    facts: tuple[Fact, ...]
    axioms: tuple[Axiom, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the index.

    Attributes:
        thing: The term.
        definition: Its definition.
        depth: How many terms of its group stand above it.
        uses: How often the data use it.
    """

    thing: Thing
    definition: str
    depth: int
    uses: int


@dataclass(frozen=True, slots=True)
class Ontology:
    """The index of the ontology.

    Attributes:
        title: Its title.
        abstract: What it is for.
        version: Its version.
        groups: Its terms by kind, each below the one that it is a special case of.
    """

    title: str
    abstract: str
    version: str
    groups: tuple[tuple[Thing, tuple[Line, ...]], ...]


def is_term(graph: Graph, iri: str) -> bool:
    """Say whether the ontology defines a class or property of that name."""
    return iri.startswith(ENT) and bool(graph.values(iri, SKOS + "definition", GRAPH_ONTOLOGY))


def read_term(graph: Graph, iri: str) -> Term:
    """Read the documentation of a term."""
    types = set(graph.values(iri, RDF + "type", GRAPH_ONTOLOGY))
    is_class = OWL + "Class" in types
    claims = [] if is_class else graph.subjects(ENT + "predicate", iri)
    claims = [each for each in claims if graph.value(each, ENT + "statedIn")]
    return Term(
        thing=graph.thing(iri),
        sorts=tuple(_sorts(graph, types)),
        definition=graph.text(iri, SKOS + "definition"),
        notes=tuple(graph.values(iri, SKOS + "scopeNote")),
        names=tuple(graph.values(iri, SKOS + "altLabel")),
        uses=tuple(_count(graph, iri, is_class, len(claims))),
        claims=tuple(graph.thing(each) for each in claims[:_EXAMPLES]),
        members=tuple(_members(graph, iri)) if is_class else (),
        facts=tuple(_facts(graph, iri, is_class)),
        axioms=tuple(read_axioms(graph, iri)),
    )


def read_ontology(graph: Graph) -> Ontology:
    """Read the index."""
    uses = _count_all(graph)
    classes = graph.subjects(RDF + "type", OWL + "Class", GRAPH_ONTOLOGY)
    groups = [(Thing("", "Classes"), tuple(_outline(graph, classes, RDFS + "subClassOf", uses)))]
    for kind in _KINDS:
        of = graph.subjects(RDF + "type", ENT + kind, GRAPH_ONTOLOGY)
        lines = tuple(_outline(graph, of, RDFS + "subPropertyOf", uses))
        groups.append((graph.thing(ENT + kind), lines))
    listed = {line.thing.iri for _, lines in groups for line in lines}
    defined = graph.store.quads_for_pattern(
        None, ox.NamedNode(SKOS + "definition"), None, ox.NamedNode(GRAPH_ONTOLOGY)
    )
    rest = sorted({value_of(quad.subject) for quad in defined} - listed)
    groups.append((Thing("", "Other terms"), tuple(_outline(graph, rest, SKOS + "broader", uses))))
    return Ontology(
        title=graph.text(ONTOLOGY, DCTERMS + "title") or "Ontology",
        abstract=graph.text(ONTOLOGY, DCTERMS + "abstract"),
        version=graph.value(ONTOLOGY, OWL + "versionInfo"),
        groups=tuple(group for group in groups if group[1]),
    )


def _sorts(graph: Graph, types: set[str]) -> Iterator[Thing]:
    if OWL + "Class" in types:
        yield Thing("", "class")
    for kind in sorted(types):
        if kind.startswith(ENT):
            yield graph.thing(kind)
    if OWL + "DatatypeProperty" in types:
        yield Thing("", "with literals")


def _count(graph: Graph, iri: str, is_class: bool, claims: int) -> Iterator[tuple[str, int]]:
    every, drawn, inferred = (
        sum(1 for _ in _uses(graph, iri, is_class, place))
        for place in (_DEFAULT, ox.NamedNode(GRAPH_ASSERTED), ox.NamedNode(GRAPH_INFERRED))
    )
    if is_class:
        yield ("thing" if every == 1 else "things"), every
        yield "of these by inference", inferred
        return
    if claims:
        yield ("claim" if claims == 1 else "claims"), claims
    if every:
        yield "plain triples", every
        yield "of these drawn from claims", drawn
        yield "of these inferred", inferred


def _uses(graph: Graph, iri: str, is_class: bool, place: Place) -> Iterator[ox.Quad]:
    """List the triples that use a term: as a class, or as a property."""
    term = ox.NamedNode(iri)
    if is_class:
        yield from graph.store.quads_for_pattern(None, ox.NamedNode(RDF + "type"), term, place)
    else:
        yield from graph.store.quads_for_pattern(None, term, None, place)


def _members(graph: Graph, iri: str) -> Iterator[Thing]:
    members = graph.subjects(RDF + "type", iri)
    yield from (graph.thing(each) for each in members[:_EXAMPLES])


def _facts(graph: Graph, iri: str, is_class: bool) -> Iterator[Fact]:
    """Give examples of triples, what was inferred first."""
    places = [GRAPH_INFERRED] if is_class else [GRAPH_INFERRED, GRAPH_ASSERTED]
    for place in places:
        named = sorted(
            (quad.subject.value, quad.predicate.value, quad.object.value)
            for quad in _uses(graph, iri, is_class, ox.NamedNode(place))
            if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode)
        )
        for iris in named[: _EXAMPLES // 2]:
            parts = graph.thing(iris[0]), graph.thing(iris[1]), graph.thing(iris[2])
            yield Fact(parts, iris, place == GRAPH_INFERRED)


def _count_all(graph: Graph) -> Counter[str]:
    """Count the things of each class, and the claims or triples of each property."""
    counts: Counter[str] = Counter()
    for name in (RDF + "type", ENT + "predicate"):
        quads = graph.store.quads_for_pattern(None, ox.NamedNode(name), None, _DEFAULT)
        counts.update(value_of(quad.object) for quad in quads)
    for sort in ("ObjectProperty", "DatatypeProperty", "AnnotationProperty"):
        for iri in graph.subjects(RDF + "type", OWL + sort, GRAPH_ONTOLOGY):
            if not counts[iri]:
                counts[iri] = sum(1 for _ in _uses(graph, iri, False, _DEFAULT))
    return counts


def _outline(graph: Graph, iris: list[str], predicate: str, uses: Counter[str]) -> Iterator[Line]:
    """List terms, each below the first of those that it is a special case of."""
    known = {each for each in iris if is_term(graph, each)}
    below: dict[str, list[Thing]] = {}
    for iri in known:
        above = [each for each in graph.values(iri, predicate, GRAPH_ONTOLOGY) if each in known]
        below.setdefault(above[0] if above else "", []).append(graph.thing(iri))

    def visit(above: str, depth: int) -> Iterator[Line]:
        for thing in graph.sort(below.get(above, [])):
            definition = graph.text(thing.iri, SKOS + "definition")
            yield Line(thing, definition, depth, uses[thing.iri])
            yield from visit(thing.iri, depth + 1)

    yield from visit("", 0)
