"""The graph as the pages read it: what is said of a thing, and what things are called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pyoxigraph as ox

from entente.terms import AnyTerm, Term, value_of
from entente.vocab import BASE, DCTERMS, ENT, GRAPH_ENTITIES, RDF, RDFS, SH, SKOS, shorten
from entente.web.resource import bind

_LABELS = (SKOS + "prefLabel", RDFS + "label", DCTERMS + "title", SH + "name")
_PASSAGE = re.compile(re.escape(BASE) + r"source/([^/]+)/char/(\d+)-(\d+)")
_DEFAULT = ox.DefaultGraph()


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that a page names.

    Attributes:
        iri: Its IRI, or an empty string for a literal.
        label: What it is called.
    """

    iri: str
    label: str


@dataclass(frozen=True, slots=True)
class Graph:
    """Reads the default graph of a store, which holds all but the views.

    Attributes:
        store: The data.
        queries: The texts of the queries that it asks, by name.
    """

    store: ox.Store
    queries: Mapping[str, str] = field(default_factory=dict)
    _labels: dict[str, str] = field(default_factory=dict)
    _said: dict[str, dict[str, list[Term]]] = field(default_factory=dict)

    def rows(
        self, name: str, iris: Iterable[str] = (), page: int = 1
    ) -> Iterator[list[Term | None]]:
        """Ask a query of ours.

        Args:
            name: Its name.
            iris: The terms for its VALUES.
            page: The page, from 1, where it is paged.
        """
        solutions = self.store.query(bind(self.queries[name], iris, page))
        if not isinstance(solutions, ox.QuerySolutions):
            raise TypeError(f"{name} is no SELECT")
        for solution in solutions:
            yield [None if isinstance(term, ox.Triple) else term for term in solution]

    def terms(self, iri: str, predicate: str, graph: str = "") -> list[AnyTerm]:
        """List the values of a property, in no order."""
        if not graph and iri in self._said:
            return list(self._said[iri].get(predicate, ()))
        place = ox.NamedNode(graph) if graph else _DEFAULT
        quads = self.store.quads_for_pattern(
            ox.NamedNode(iri), ox.NamedNode(predicate), None, place
        )
        return [quad.object for quad in quads]

    def properties(self, iri: str) -> dict[str, list[Term]]:
        """Read all that the default graph says of a thing, once; nobody changes it."""
        if iri not in self._said:
            said: dict[str, list[Term]] = {}
            node = ox.NamedNode(iri)
            for quad in self.store.quads_for_pattern(node, None, None, _DEFAULT):
                term = quad.object
                if not isinstance(term, ox.Triple):
                    said.setdefault(quad.predicate.value, []).append(term)
            self._said[iri] = said
        return self._said[iri]

    def values(self, iri: str, predicate: str, graph: str = "") -> list[str]:
        """List the values of a property as texts, sorted."""
        return sorted({value_of(term) for term in self.terms(iri, predicate, graph)})

    def value(self, iri: str, predicate: str) -> str:
        """Give the first value of a property, or an empty string."""
        return next(iter(self.values(iri, predicate)), "")

    def things(self, iri: str, predicate: str, graph: str = "") -> list[Thing]:
        """List the values of a property as things, by label."""
        return self.sort(self.read_thing(term) for term in self.terms(iri, predicate, graph))

    def subjects(self, predicate: str, iri: str, graph: str = "") -> list[str]:
        """List the IRIs that have a value, sorted."""
        place = ox.NamedNode(graph) if graph else _DEFAULT
        quads = self.store.quads_for_pattern(
            None, ox.NamedNode(predicate), ox.NamedNode(iri), place
        )
        return sorted({q.subject.value for q in quads if isinstance(q.subject, ox.NamedNode)})

    def has(self, iri: str, predicate: str, value: str) -> bool:
        """Say whether the default graph has a triple."""
        nodes = ox.NamedNode(iri), ox.NamedNode(predicate), ox.NamedNode(value)
        return ox.Quad(*nodes, _DEFAULT) in self.store

    def text(self, iri: str, predicate: str) -> str:
        """Give a text, in English where there is one."""
        found = [term for term in self.terms(iri, predicate) if isinstance(term, ox.Literal)]
        best = min(found, key=lambda term: (term.language != "en", term.value), default=None)
        return best.value if best else ""

    def label(self, iri: str) -> str:
        """Say what a thing is called."""
        if iri not in self._labels:
            self._labels[iri] = self._find_label(iri)
        return self._labels[iri]

    def thing(self, iri: str) -> Thing:
        """Name a thing."""
        return Thing(iri, self.label(iri))

    def read_thing(self, term: AnyTerm) -> Thing:
        """Name a term; a literal has no IRI."""
        if isinstance(term, ox.NamedNode):
            return self.thing(term.value)
        return Thing("", value_of(term))

    def kinds(self, iri: str) -> list[Thing]:
        """List the kinds that the graph of entities gives a thing."""
        return self.things(iri, RDF + "type", GRAPH_ENTITIES)

    def sort(self, things: Iterable[Thing]) -> list[Thing]:
        """Sort things by label, each once."""
        return sorted(set(things), key=lambda thing: (thing.label.casefold(), thing.iri))

    def _find_label(self, iri: str) -> str:
        for predicate in _LABELS:
            if text := self.text(iri, predicate):
                return text
        if passage := _PASSAGE.fullmatch(iri):
            source = self.label(f"{BASE}source/{passage[1]}")
            return f"Characters {passage[2]} to {passage[3]} of the {source}"
        if self.has(iri, RDF + "type", SH + "SPARQLExecutable"):
            return self.text(iri, RDFS + "comment")
        return self._find_content(iri) or shorten(iri).strip("<>")

    def _find_content(self, iri: str) -> str:
        """Put the parts of a proposition into words."""
        if not self.has(iri, RDF + "type", ENT + "Proposition"):
            return ""
        parts = (self.things(iri, RDF + name) for name in ("subject", "predicate", "object"))
        return " ".join(thing.label for things in parts for thing in things[:1])
