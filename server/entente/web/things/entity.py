"""The page of an actor, a mechanism, an event, a topic or any other thing that claims speak of."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pyoxigraph as ox

from entente.terms import value_of
from entente.vocab import BASE, DCTERMS, ENT, GRAPH_ASSERTED, GRAPH_INFERRED, OWL, RDF, SKOS
from entente.web.resource import PAGE_SIZE
from entente.web.things.claim import Line, Mark, read_line, read_lines
from entente.web.things.dispute import Dispute, list_disputes
from entente.web.things.graph import Graph, Thing
from entente.web.things.outline import Entry, group, outline

#: Claims of one section that stand on the page; the list of all has the others.
MAX_LINES = 20
_SYMMETRIC = frozenset({ENT + "cooperatesWith", ENT + "sharesInformationWith", ENT + "met"})
_PARTS = frozenset({"subject", "object"})
_SKIPPED_KINDS = (OWL, SKOS + "Concept")


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is undisputed.

    Attributes:
        thing: What stands at the fact's other end.
        marks: The claims that say so.
        inferred: Whether only axioms say so; then the three parts lead to its proof.
        parts: The IRIs of subject, predicate and object.
    """

    thing: Thing
    marks: tuple[Mark, ...]
    inferred: bool
    parts: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts of one property.

    Attributes:
        name: The property.
        inward: Whether the thing of the page is the object.
        facts: The facts, by label.
    """

    name: Thing
    inward: bool
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """Claims under one heading.

    Attributes:
        name: The heading.
        lines: As many claims as the page shows.
        count: How many there are.
    """

    name: Thing
    lines: tuple[Line, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Entity:
    """What the page of a thing says, in its order.

    Attributes:
        thing: The thing.
        definition: What it is, in a sentence or none.
        kinds: Its kinds.
        follows: Kinds that it has by inference, each with the parts of the triple.
        names: What else it is called.
        outside: Names of the same thing in other data sets.
        identifiers: Identifiers that are no IRIs.
        same_as: What the editors take for the same.
        notes: Remarks of the editors.
        broader: For a topic: wider topics.
        narrower: For a topic: narrower ones.
        facts: What is undisputed.
        disputes: What is disputed, and by whom.
        held: Positions that it holds, by stance.
        towards: Positions towards it, by stance.
        events: Dated claims, in time.
        mechanisms: Mechanisms that it takes part in; of a mechanism, who takes part.
        is_mechanism: Whether it is a mechanism or an exercise itself.
        conduct: Deeds that are ascribed to it or aimed at it.
        judgements: What texts reason about it.
        topic: Claims that are limited to it, or are about it.
        by_source: How many claims of each text speak of it.
        claims: The claims on this page of the list of all.
        count: How many claims speak of it.
        page: Which page of that list, from 1.
        pages: How many pages it has.
    """

    thing: Thing
    definition: str
    kinds: tuple[Thing, ...]
    follows: tuple[Fact, ...]
    names: tuple[str, ...]
    outside: tuple[str, ...]
    identifiers: tuple[str, ...]
    same_as: tuple[Thing, ...]
    notes: tuple[str, ...]
    broader: tuple[Thing, ...]
    narrower: tuple[Thing, ...]
    facts: tuple[Facts, ...]
    disputes: tuple[Dispute, ...]
    held: tuple[Lines, ...]
    towards: tuple[Lines, ...]
    events: Lines
    mechanisms: tuple[Lines, ...]
    is_mechanism: bool
    conduct: Lines
    judgements: Lines
    topic: Lines
    by_source: tuple[tuple[Thing, int], ...]
    claims: tuple[Line, ...]
    count: int
    page: int
    pages: int


def read_entity(graph: Graph, iri: str, page: int = 1) -> Entity:
    """Read the page of a thing; from the second page on only the list of claims.

    At most 2,000 claims are sorted into sections; the list has them all.

    Args:
        graph: The graph.
        iri: The thing.
        page: Which page of the list of its claims, from 1.
    """
    entries = outline(graph, iri) if page == 1 else []
    parts = {entry.iri for entry in entries if entry.roles & _PARTS}
    disputes = list_disputes(graph, parts)
    disputed = {side.iri for dispute in disputes for side in dispute.sides}
    sections = _Sections(graph, iri, entries, disputed)
    by_source = _count_claims(graph, iri)
    count = sum(number for _, number in by_source)
    kinds = graph.kinds(iri) or graph.things(iri, RDF + "type")
    return Entity(
        thing=graph.thing(iri),
        definition=graph.text(iri, SKOS + "definition"),
        kinds=tuple(kind for kind in kinds if not kind.iri.startswith(_SKIPPED_KINDS)),
        follows=_read_inferred_kinds(graph, iri, kinds),
        names=tuple(graph.values(iri, SKOS + "altLabel")),
        outside=tuple(graph.values(iri, SKOS + "exactMatch")),
        identifiers=tuple(graph.values(iri, DCTERMS + "identifier")),
        same_as=tuple(_read_same(graph, iri)),
        notes=tuple(graph.values(iri, SKOS + "editorialNote")),
        broader=tuple(graph.things(iri, SKOS + "broader")),
        narrower=tuple(map(graph.thing, graph.subjects(SKOS + "broader", iri))),
        facts=sections.facts(),
        disputes=tuple(disputes),
        held=sections.stances(_is_held),
        towards=sections.stances(_is_towards),
        events=sections.events(),
        mechanisms=sections.mechanisms(),
        is_mechanism=sections.is_mechanism,
        conduct=sections.of_kind("Conduct", "Deeds and accusations"),
        judgements=sections.of_kind("Judgement", "Judgements"),
        topic=sections.about(),
        by_source=tuple(by_source),
        claims=tuple(read_lines(graph, _list_claims(graph, iri, page))),
        count=count,
        page=page,
        pages=max(1, -(-count // PAGE_SIZE)),
    )


def _count_claims(graph: Graph, iri: str) -> list[tuple[Thing, int]]:
    rows = graph.rows("spoken", [iri])
    return [(graph.read_thing(source), int(value_of(n))) for source, n in rows if source and n]


def _list_claims(graph: Graph, iri: str, page: int) -> list[str]:
    return [claim.value for (claim,) in graph.rows("listed", [iri], page) if claim is not None]


class _Sections:
    """Sorts the claims of one thing into the sections of its page.

    Each claim stands in the first section that it fits.
    """

    def __init__(self, graph: Graph, iri: str, entries: list[Entry], disputed: set[str]) -> None:
        self._graph = graph
        self._iri = iri
        self._entries = entries
        self._disputed = disputed

    @property
    def is_mechanism(self) -> bool:
        """Say whether the thing is a mechanism itself."""
        return self._is_a(self._iri, "Mechanism", "Exercise")

    def facts(self) -> tuple[Facts, ...]:
        """Read the plain facts, less those whose claims are disputed, and what follows."""
        if not self._entries:
            return ()
        found: dict[tuple[str, bool], list[Fact]] = {}
        met: set[str] = set()
        drawn = self._drawn_from()
        for subject, predicate, other in self._plain():
            claims = drawn.get((subject, predicate, other), [])
            if any(claim.iri in self._disputed for claim in claims):
                continue
            inward = subject != self._iri and predicate not in _SYMMETRIC
            thing = self._graph.thing(other if subject == self._iri else subject)
            marks = tuple(read_line(self._graph, claim.iri).mark for claim in claims)
            met.add(thing.iri)
            fact = Fact(thing, marks, False, (subject, predicate, other))
            found.setdefault((predicate, inward), []).append(fact)
        for predicate, other in self._inferred(met):
            parts = (self._iri, predicate, other)
            fact = Fact(self._graph.thing(other), (), True, parts)
            found.setdefault((predicate, False), []).append(fact)
        groups = [
            Facts(self._graph.thing(predicate), inward, _merge(facts))
            for (predicate, inward), facts in found.items()
        ]
        return tuple(sorted(groups, key=lambda each: (each.inward, each.name.label)))

    def stances(self, belongs: Callable[[Entry], bool]) -> tuple[Lines, ...]:
        """Group positions by stance; advice stands first, by its modality."""
        positions = [entry for entry in self._entries if belongs(entry)]
        advice = [entry for entry in positions if entry.advises]
        stances = group(entry for entry in positions if not entry.advises)
        found = [self._lines(Thing("", "recommends or suggests"), advice)] if advice else []
        found += [self._lines(self._graph.thing(name), each) for name, each in stances.items()]
        return tuple(found)

    def events(self) -> Lines:
        """List dated claims in time."""
        dated = [e for e in self._entries if e.begins and e.asserted and e.roles & _PARTS]
        return self._lines(Thing("", "Events"), sorted(dated, key=lambda e: (e.begins, e.iri)))

    def mechanisms(self) -> tuple[Lines, ...]:
        """Group claims by the mechanism, or the participant, at their other end."""
        kinds = ("Actor",) if self.is_mechanism else ("Mechanism", "Exercise")
        found: dict[str, list[Entry]] = {}
        for entry in self._entries:
            other = entry.other(self._iri) if entry.roles & _PARTS else ""
            if entry.kind in ("Record", "Conduct") and other and self._is_a(other, *kinds):
                found.setdefault(other, []).append(entry)
        groups = [self._lines(self._graph.thing(name), each) for name, each in found.items()]
        return tuple(sorted(groups, key=lambda each: (-each.count, each.name.label)))

    def of_kind(self, kind: str, name: str) -> Lines:
        """List claims of one kind in which the thing is subject or object."""
        return self._lines(
            Thing("", name),
            [e for e in self._entries if e.kind == kind and e.roles & _PARTS and not e.advises],
        )

    def about(self) -> Lines:
        """List claims that are limited to the thing."""
        return self._lines(
            Thing("", "Claims about it"),
            [e for e in self._entries if "about" in e.roles and not e.roles & _PARTS],
        )

    def _lines(self, name: Thing, entries: list[Entry]) -> Lines:
        shown = (entry.iri for entry in entries[:MAX_LINES])
        return Lines(name, tuple(read_lines(self._graph, shown)), len(entries))

    def _is_a(self, iri: str, *kinds: str) -> bool:
        return any(self._graph.has(iri, RDF + "type", ENT + kind) for kind in kinds)

    def _plain(self) -> list[tuple[str, str, str]]:
        node, place = ox.NamedNode(self._iri), ox.NamedNode(GRAPH_ASSERTED)
        quads = [
            *self._graph.store.quads_for_pattern(node, None, None, place),
            *self._graph.store.quads_for_pattern(None, None, node, place),
        ]
        triples = {(value_of(q.subject), q.predicate.value, value_of(q.object)) for q in quads}
        return sorted(each for each in triples if self._records(each[1]))

    def _records(self, predicate: str) -> bool:
        return self._graph.has(predicate, RDF + "type", ENT + "RecordProperty")

    def _drawn_from(self) -> dict[tuple[str, str, str], list[Entry]]:
        """Find the claims behind each plain triple."""
        found: dict[tuple[str, str, str], list[Entry]] = {}
        for entry in self._entries:
            if entry.asserted and isinstance(entry.object, ox.NamedNode):
                triple = (entry.subject, entry.predicate, entry.object.value)
                found.setdefault(triple, []).append(entry)
        return found

    def _inferred(self, met: set[str]) -> list[tuple[str, str]]:
        """List facts that follow, but for those that say no more than a plain one."""
        found: dict[str, str] = {}
        node, place = ox.NamedNode(self._iri), ox.NamedNode(GRAPH_INFERRED)
        for quad in self._graph.store.quads_for_pattern(node, None, None, place):
            name, other = quad.predicate.value, quad.object
            new = isinstance(other, ox.NamedNode) and other.value not in met | {self._iri}
            if new and self._records(name):
                iri = value_of(other)
                found[iri] = min(found.get(iri, name), name)
        return sorted((name, other) for other, name in found.items())


def _is_held(entry: Entry) -> bool:
    """Say whether the thing of the page takes the position."""
    ascribes = entry.kind == "Conduct" and not entry.roles & _PARTS
    return "holder" in entry.roles and (entry.kind == "Stance" or entry.advises or ascribes)


def _is_towards(entry: Entry) -> bool:
    """Say whether somebody else takes a position towards the thing of the page."""
    if "holder" in entry.roles or not entry.roles & _PARTS:
        return False
    return ("object" in entry.roles and entry.kind == "Stance") or entry.advises


def _read_inferred_kinds(graph: Graph, iri: str, given: Iterable[Thing]) -> tuple[Fact, ...]:
    known = {kind.iri for kind in given}
    wider = {name for kind in known for name in graph.values(kind, _SUB_CLASS)}
    found = graph.things(iri, RDF + "type", GRAPH_INFERRED)
    return tuple(
        Fact(kind, (), True, (iri, RDF + "type", kind.iri))
        for kind in found
        if kind.iri.startswith(BASE) and kind.iri not in known | wider
    )


_SUB_CLASS = "http://www.w3.org/2000/01/rdf-schema#subClassOf"


def _read_same(graph: Graph, iri: str) -> list[Thing]:
    judged = ENT + "judgedSameAs"
    return graph.sort([*graph.things(iri, judged), *map(graph.thing, graph.subjects(judged, iri))])


def _merge(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """Sort facts by label; what a symmetric property tells from both ends is one."""
    merged: dict[Thing, Fact] = {}
    for fact in facts:
        known = merged.get(fact.thing)
        marks = (*known.marks, *fact.marks) if known else fact.marks
        merged[fact.thing] = dataclasses.replace(fact, marks=marks)
    return tuple(
        sorted(merged.values(), key=lambda fact: (fact.inferred, fact.thing.label.casefold()))
    )
