"""The page of an actor, a mechanism, an event, a topic or any other thing that claims speak of.

It shows the beginning of each section; the section itself, as a page of its own, has all of it.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import pyoxigraph as ox

from entente.errors import UsageError
from entente.terms import value_of
from entente.vocab import BASE, DCTERMS, ENT, GRAPH_ASSERTED, GRAPH_INFERRED, OWL, RDF, RDFS, SKOS
from entente.web.resource import PAGE_SIZE
from entente.web.things.claim import Line, Mark, read_line, read_mark
from entente.web.things.dispute import Dispute, list_disputes
from entente.web.things.graph import Graph, Thing
from entente.web.things.outline import Entry, Outline, group, outline

#: The section of undisputed facts, and that of all claims in one list.
FACTS, ALL = "facts", "claims"
#: Sections of claims in their order, each with the groups and the claims of a group that the
#: page of the thing shows.
_SHOWN = {
    "held": (12, 4),
    "towards": (12, 4),
    "events": (1, 10),
    "mechanisms": (8, 3),
    "conduct": (1, 6),
    "judgements": (1, 6),
    "topic": (1, 6),
    "further": (1, 6),
}
SECTIONS = (FACTS, *_SHOWN, ALL)
#: What the page of the thing shows of undisputed facts: facts of a property, claims of a fact.
_MAX_FACTS, _MAX_MARKS = 8, 3
_SYMMETRIC = frozenset({ENT + "cooperatesWith", ENT + "sharesInformationWith", ENT + "met"})
_PARTS = frozenset({"subject", "object"})
_SKIPPED_KINDS = (OWL, SKOS + "Concept")
_SUB_CLASS = RDFS + "subClassOf"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is undisputed.

    Attributes:
        thing: What stands at the fact's other end.
        marks: The claims that say so, or the first of them.
        count: How many they are.
        inferred: Whether only axioms say so; then the three parts lead to its proof.
        parts: The IRIs of subject, predicate and object.
    """

    thing: Thing
    marks: tuple[Mark, ...]
    count: int
    inferred: bool
    parts: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts of one property.

    Attributes:
        name: The property.
        inward: Whether the thing of the page is the object.
        facts: The facts, by label, or the first of them.
        count: How many they are.
    """

    name: Thing
    inward: bool
    facts: tuple[Fact, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Lines:
    """Claims under one heading.

    Attributes:
        name: The heading; without label where the section has one group.
        lines: As many claims as the page shows.
        count: How many there are.
        page: The page of the section on which they begin, from 1.
    """

    name: Thing
    lines: tuple[Line, ...]
    count: int
    page: int


@dataclass(frozen=True, slots=True)
class Section:
    """A section of claims.

    Attributes:
        name: One of `SECTIONS`.
        title: Its heading.
        groups: The groups that the page shows.
        count: How many claims it has.
        shown: How many of them the page shows.
    """

    name: str
    title: str
    groups: tuple[Lines, ...]
    count: int
    shown: int


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
        sections: Its claims, sorted; those that have none are left out.
        by_source: How many claims of each text speak of it.
        count: How many claims speak of it.
        section: The one section that this page has, or an empty string.
        page: Which page of that section, from 1.
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
    sections: tuple[Section, ...]
    by_source: tuple[tuple[Thing, int], ...]
    count: int
    section: str
    page: int
    pages: int


def read_entity(graph: Graph, iri: str, section: str = "", page: int = 1) -> Entity:
    """Read the page of a thing, or one section of it, whole.

    At most 2,000 claims are sorted into sections; the section of all claims has them all.

    Args:
        graph: The graph.
        iri: The thing.
        section: One of `SECTIONS`, or an empty string for the page of the thing.
        page: Which page of the section, from 1; from the second page on the section of all
            claims is meant where none is named.

    Raises:
        UsageError: There is no such section.
    """
    section = section or (ALL if page > 1 else "")
    if section and section not in SECTIONS:
        raise UsageError(
            f"the page has no section {section[:40]}", fix=f"use {', '.join(SECTIONS)}"
        )
    found = outline(graph, iri)
    sorter = _Sorter(graph, iri, found)
    kinds = graph.kinds(iri) or graph.things(iri, RDF + "type")
    entity = Entity(
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
        facts=(),
        disputes=(),
        sections=(),
        by_source=tuple((graph.thing(text), n) for text, n in sorted(found.counts.items())),
        count=len(found.claims),
        section=section,
        page=page,
        pages=1,
    )
    if section == FACTS:
        return dataclasses.replace(entity, facts=sorter.facts())
    if section:
        shown, pages = sorter.section(section, page)
        return dataclasses.replace(entity, sections=(shown,), pages=pages)
    return dataclasses.replace(
        entity,
        facts=sorter.facts(_MAX_FACTS, _MAX_MARKS),
        disputes=tuple(sorter.disputes),
        sections=tuple(sorter.beginnings()),
    )


#: Claims of a section, by the heading under which they stand.
_Groups = list[tuple[Thing, list[Entry]]]


class _Sorter:
    """Sorts the claims of one thing into the sections of its page.

    Attributes:
        disputes: The disagreements over claims whose subject or object the thing is.
    """

    def __init__(self, graph: Graph, iri: str, found: Outline) -> None:
        self._graph = graph
        self._iri = iri
        self._every = found.claims
        self._entries = found.entries
        of_it = {entry.iri for entry in self._entries if entry.roles & _PARTS}
        self.disputes = list_disputes(graph, of_it)
        self._is_mechanism = self._is_a(iri, "Mechanism", "Exercise")

    def beginnings(self) -> Iterator[Section]:
        """Give the sections that have claims, each with its first ones."""
        for name, groups in self._sorted().items():
            if groups:
                sizes = [len(entries) for _, entries in groups]
                most_groups, most_lines = _SHOWN[name]
                shown = tuple(
                    Lines(
                        heading,
                        tuple(read_line(self._graph, each.iri) for each in entries[:most_lines]),
                        len(entries),
                        1 + sum(sizes[:number]) // PAGE_SIZE,
                    )
                    for number, (heading, entries) in enumerate(groups[:most_groups])
                )
                lines = sum(len(each.lines) for each in shown)
                yield Section(name, self._title(name), shown, sum(sizes), lines)

    def section(self, name: str, page: int) -> tuple[Section, int]:
        """Give a page of one section of claims, and how many pages it has."""
        if name == ALL:
            every = [(Thing("", ""), iri) for iri in self._every]
        else:
            groups = self._sorted()[name]
            every = [(heading, entry.iri) for heading, entries in groups for entry in entries]
        sizes = Counter(heading for heading, _ in every)
        here = every[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        shown = tuple(
            Lines(
                heading,
                tuple(read_line(self._graph, iri) for _, iri in pairs),
                sizes[heading],
                page,
            )
            for heading, pairs in groupby(here, key=lambda pair: pair[0])
        )
        pages = max(1, -(-len(every) // PAGE_SIZE))
        return Section(name, self._title(name), shown, len(every), len(here)), pages

    def facts(
        self, most_facts: int | None = None, most_marks: int | None = None
    ) -> tuple[Facts, ...]:
        """Read the plain facts, less those whose claims are disputed, and what follows.

        Args:
            most_facts: How many facts of a property are shown, or None for all.
            most_marks: How many claims are marked at a fact, or None for all.
        """
        if not self._entries:
            return ()
        found: dict[tuple[str, bool], dict[Thing, list[str]]] = {}
        disputed = {side.iri for dispute in self.disputes for side in dispute.sides}
        drawn, met = self._drawn_from, set[str]()
        for triple in self._plain:
            subject, predicate, other = triple
            claims = drawn.get(triple, [])
            if disputed.isdisjoint(claims):
                inward = subject != self._iri and predicate not in _SYMMETRIC
                thing = self._graph.thing(other if subject == self._iri else subject)
                met.add(thing.iri)
                found.setdefault((predicate, inward), {}).setdefault(thing, []).extend(claims)
        groups: dict[tuple[str, bool], list[tuple[Thing, list[str] | None]]] = {
            place: sorted(facts.items(), key=_fact_order) for place, facts in found.items()
        }
        for predicate, other in self._inferred(met):
            groups.setdefault((predicate, False), []).append((self._graph.thing(other), None))
        named = [
            Facts(
                self._graph.thing(predicate),
                inward,
                tuple(self._fact(predicate, *fact, most_marks) for fact in facts[:most_facts]),
                len(facts),
            )
            for (predicate, inward), facts in groups.items()
        ]
        return tuple(sorted(named, key=lambda each: (each.inward, each.name.label)))

    def _fact(
        self, predicate: str, thing: Thing, claims: Sequence[str] | None, most_marks: int | None
    ) -> Fact:
        """Make a fact; what only follows has no claims."""
        parts = (self._iri, predicate, thing.iri)
        if claims is None:
            return Fact(thing, (), 0, True, parts)
        marks = tuple(read_mark(self._graph, claim) for claim in claims[:most_marks])
        return Fact(thing, marks, len(claims), False, parts)

    def _sorted(self) -> dict[str, _Groups]:
        """Sort the claims: a claim may stand in several sections, and in the last where in none."""
        entries = self._entries
        of_it = [entry for entry in entries if entry.roles & _PARTS]
        dated = sorted(
            (entry for entry in of_it if entry.begins and entry.asserted),
            key=lambda entry: (entry.begins, entry.iri),
        )
        plain = [entry for entry in of_it if not entry.advises]
        found: dict[str, _Groups] = {
            "held": self._stances("Advice that it gives", _is_held),
            "towards": self._stances("Advice to it or on it", _is_towards),
            "events": _one(dated),
            "mechanisms": self._mechanisms(of_it),
            "conduct": _one(entry for entry in plain if entry.kind == "Conduct"),
            "judgements": _one(entry for entry in plain if entry.kind == "Judgement"),
            "topic": _one(e for e in entries if "about" in e.roles and not e.roles & _PARTS),
        }
        placed = {entry.iri for groups in found.values() for _, each in groups for entry in each}
        drawn = self._drawn_from
        placed |= {claim for triple in self._plain for claim in drawn.get(triple, ())}
        placed |= {side.iri for dispute in self.disputes for side in dispute.sides}
        return {**found, "further": _one(entry for entry in entries if entry.iri not in placed)}

    def _title(self, name: str) -> str:
        mechanisms = (
            "Who takes part in it" if self._is_mechanism else "Mechanisms that it takes part in"
        )
        return {
            "held": "Positions that it holds",
            "towards": "Positions towards it",
            "events": "Events in time",
            "mechanisms": mechanisms,
            "conduct": "Deeds and accusations",
            "judgements": "Judgements",
            "topic": "Claims about it",
            "further": "Further claims",
            ALL: "All claims",
        }[name]

    def _stances(self, advice: str, belongs: Callable[[Entry], bool]) -> _Groups:
        """Group positions by stance; advice stands first."""
        positions = [entry for entry in self._entries if belongs(entry)]
        advised = [entry for entry in positions if entry.advises]
        stances = group(entry for entry in positions if not entry.advises)
        named = [(self._graph.thing(name), entries) for name, entries in stances.items()]
        return [*([(Thing("", advice), advised)] if advised else []), *named]

    def _mechanisms(self, entries: Iterable[Entry]) -> _Groups:
        """Group claims by the mechanism, or the participant, at their other end."""
        kinds = ("Actor",) if self._is_mechanism else ("Mechanism", "Exercise")
        found: dict[str, list[Entry]] = {}
        for entry in entries:
            if entry.kind in ("Record", "Conduct") and (other := entry.other(self._iri)):
                found.setdefault(other, []).append(entry)
        groups = [
            (self._graph.thing(name), each)
            for name, each in found.items()
            if self._is_a(name, *kinds)
        ]
        return sorted(groups, key=lambda each: (-len(each[1]), each[0].label))

    def _is_a(self, iri: str, *kinds: str) -> bool:
        return any(self._graph.has(iri, RDF + "type", ENT + kind) for kind in kinds)

    @cached_property
    def _plain(self) -> list[tuple[str, str, str]]:
        node, place = ox.NamedNode(self._iri), ox.NamedNode(GRAPH_ASSERTED)
        quads = [
            *self._graph.store.quads_for_pattern(node, None, None, place),
            *self._graph.store.quads_for_pattern(None, None, node, place),
        ]
        triples = {(value_of(q.subject), q.predicate.value, value_of(q.object)) for q in quads}
        return sorted(each for each in triples if each[1] in self._records)

    @cached_property
    def _records(self) -> frozenset[str]:
        return frozenset(self._graph.subjects(RDF + "type", ENT + "RecordProperty"))

    @cached_property
    def _drawn_from(self) -> dict[tuple[str, str, str], list[str]]:
        """Find the claims that affirm each triple."""
        found: dict[tuple[str, str, str], list[str]] = {}
        for entry in self._entries:
            if entry.asserted and entry.object:
                triple = (entry.subject, entry.predicate, entry.object)
                found.setdefault(triple, []).append(entry.iri)
        return found

    def _inferred(self, met: set[str]) -> list[tuple[str, str]]:
        """List facts that follow, but for those that say no more than a plain one."""
        found: dict[str, str] = {}
        node, place = ox.NamedNode(self._iri), ox.NamedNode(GRAPH_INFERRED)
        for quad in self._graph.store.quads_for_pattern(node, None, None, place):
            name, other = quad.predicate.value, quad.object
            new = isinstance(other, ox.NamedNode) and other.value not in met | {self._iri}
            if new and name in self._records:
                iri = value_of(other)
                found[iri] = min(found.get(iri, name), name)
        return sorted((name, other) for other, name in found.items())


def _one(entries: Iterable[Entry]) -> _Groups:
    """Put all claims of a section under its own heading."""
    listed = list(entries)
    return [(Thing("", ""), listed)] if listed else []


def _fact_order(fact: tuple[Thing, object]) -> str:
    return fact[0].label.casefold()


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
        Fact(kind, (), 0, True, (iri, RDF + "type", kind.iri))
        for kind in found
        if kind.iri.startswith(BASE) and kind.iri not in known | wider
    )


def _read_same(graph: Graph, iri: str) -> list[Thing]:
    judged = ENT + "judgedSameAs"
    return graph.sort([*graph.things(iri, judged), *map(graph.thing, graph.subjects(judged, iri))])
