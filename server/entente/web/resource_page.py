"""The page of one thing, for people: labels and not IRIs, each value with where it stands."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pyoxigraph as ox
from flask import render_template

from entente.terms import AnyTerm, value_of
from entente.vocab import (
    BASE,
    DCTERMS,
    ENT,
    GRAPH,
    GRAPH_ASSERTED,
    GRAPH_EDITORIAL,
    GRAPH_INFERRED,
    OA,
    OWL,
    RDF,
    RDFS,
    SH,
    SKOS,
    SOURCES,
    XSD,
    shorten,
)
from entente.web.resource import Resource

_PASSAGE = re.compile(re.escape(BASE) + r"source/([a-z0-9-]+)/char/(\d+)-(\d+)")
_QUERY_TEXT = tuple(SH + form for form in ("select", "ask", "construct", "describe"))
_TITLES = (SKOS + "prefLabel", RDFS + "label", DCTERMS + "title", SH + "name")
#: What a graph says of the status of a triple.
STATUS = {
    GRAPH_ASSERTED: "plain fact",
    GRAPH_INFERRED: "inferred",
    GRAPH_EDITORIAL: "our judgement",
    **{GRAPH + stem: f"in the data of {stem}" for stem in SOURCES},
}
_ENDPOINT = BASE + "sparql"
_CLAIM_COLUMNS = ("polarity", "modality", "holder", "statedIn", "evidence")
#: How deep blank nodes are told on a page: lists of OWL are as deep as they are long.
_MAX_DEPTH = 20
_DATES = (
    ("notBefore", "from"),
    ("notAfter", "to"),
    ("endNotBefore", "ends from"),
    ("endNotAfter", "ends by"),
    ("asOf", "as of"),
)


@dataclass(frozen=True, slots=True)
class Value:
    """One value on the page.

    Attributes:
        text: What is read.
        link: Where it leads, or an empty string.
        note: A language, a datatype or the status of the fact.
        long: Whether it is a text of several lines.
    """

    text: str
    link: str = ""
    note: str = ""
    long: bool = False


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A claim in the table of claims."""

    claim: Value
    columns: tuple[tuple[Value, ...], ...]
    dates: str


class Page:
    """Names and links for one page.

    Args:
        resource: The thing.
        labels: What things are called, by IRI.
        known: IRIs that have a document here.
        root: The path under which the server stands, without its last slash.
    """

    def __init__(
        self, resource: Resource, labels: Mapping[str, str], known: Collection[str], root: str
    ) -> None:
        self.resource = resource
        self._labels = labels
        self._known = known
        self._root = root
        self._by_subject: dict[str, list[ox.Quad]] = {}
        for quad in resource.quads:
            self._by_subject.setdefault(_key(quad.subject), []).append(quad)

    @property
    def title(self) -> str:
        """What the thing is called."""
        for predicate in _TITLES:
            if found := self.resource.values(predicate):
                return found[0]
        return self.name(self.resource.iri)

    @property
    def rows(self) -> list[tuple[Value, list[Value]]]:
        """The properties of the thing, each with its values."""
        return self._rows(_key(ox.NamedNode(self.resource.iri)), 0)

    @property
    def claims(self) -> list[ClaimRow]:
        """The claims on this page."""
        return [self._claim(iri) for iri in _subjects(self.resource.claims)]

    @property
    def disagreements(self) -> list[tuple[Value, list[Value]]]:
        """The disagreements, each with the claims that it involves."""
        return [
            (self.thing(iri), self._values_of(iri, ENT + "involvesClaim"))
            for iri in _subjects(self.resource.disagreements)
        ]

    @property
    def links(self) -> list[tuple[Value, Value, str]]:
        """What else leads here: the thing, the property, its status."""
        return [
            (
                self.thing(value_of(quad.subject)),
                self.thing(quad.predicate.value),
                STATUS.get(value_of(quad.graph_name), ""),
            )
            for quad in self.resource.links
            if quad.predicate.value != ENT + "involvesClaim"
        ]

    def name(self, iri: str) -> str:
        """Name a thing for people."""
        if iri in self._labels:
            return self._labels[iri]
        if passage := _PASSAGE.fullmatch(iri):
            return f"characters {passage[2]} to {passage[3]} of {passage[1]}"
        return shorten(iri).strip("<>")

    def thing(self, iri: str, note: str = "") -> Value:
        """Write a thing as a link to its document, here or elsewhere."""
        return Value(self.name(iri), self._link(iri), note)

    def _link(self, iri: str) -> str:
        if iri.startswith(GRAPH) or iri == _ENDPOINT:
            return f"{self._root}/{iri[len(BASE) :]}"
        if iri in self._known:
            return f"{self._root}/{iri[len(BASE) :].rstrip('/')}.html"
        outside = iri.startswith(("http://", "https://")) and not iri.startswith(BASE)
        return iri if outside else ""

    def _rows(self, key: str, depth: int) -> list[tuple[Value, list[Value]]]:
        found: dict[str, dict[str, Value]] = {}
        for quad in self._by_subject.get(key, []):
            status = STATUS.get(value_of(quad.graph_name), "")
            value = self._value(quad.predicate.value, quad.object, status, depth)
            found.setdefault(quad.predicate.value, {}).setdefault(str(quad.object), value)
        rows = [(self.thing(name), list(values.values())) for name, values in found.items()]
        return sorted(rows, key=lambda row: (_rank(row[0].text), row[0].text.lower()))

    def _value(self, predicate: str, term: AnyTerm, status: str, depth: int) -> Value:
        if isinstance(term, ox.NamedNode):
            return self.thing(term.value, status)
        if isinstance(term, ox.Literal):
            kind = term.language or shorten(term.datatype.value)
            note = "" if kind in ("en", "xsd:string") else kind
            return Value(term.value, "", note, predicate in _QUERY_TEXT or "\n" in term.value)
        return Value(self._say_blank(term, depth + 1))

    def _say_blank(self, term: AnyTerm, depth: int) -> str:
        rows = self._rows(_key(term), depth) if depth < _MAX_DEPTH else []
        said = (f"{name.text} {', '.join(v.text for v in values)}" for name, values in rows)
        return "[" + "; ".join(said) + "]"

    def _claim(self, iri: str) -> ClaimRow:
        dates = (
            f"{word} {value.text}"
            for name, word in _DATES
            for value in self._values_of(iri, ENT + name)
        )
        columns = tuple(tuple(self._values_of(iri, ENT + name)) for name in _CLAIM_COLUMNS)
        return ClaimRow(self.thing(iri), columns, ", ".join(dates))

    def _values_of(self, iri: str, predicate: str) -> list[Value]:
        return [
            self._value(predicate, quad.object, "", 0)
            for quad in self._by_subject.get(_key(ox.NamedNode(iri)), [])
            if quad.predicate.value == predicate
        ]


def render_resource(
    page: Page, links: Mapping[str, str], alternates: Mapping[str, str], version: str, root: str
) -> str:
    """Render the page of a thing.

    Args:
        page: What stands on it.
        links: Targets of `<link>`, by relation.
        alternates: The documents in other formats, by their extension.
        version: The version of the data set.
        root: The path under which the server stands.
    """
    return render_template(
        "resource.html", page=page, links=links, alternates=alternates, version=version, root=root
    )


def iris_of(resource: Resource) -> set[str]:
    """List the IRIs whose labels a page needs."""
    terms = {
        term for quad in resource.quads for term in (quad.subject, quad.predicate, quad.object)
    }
    borrowed = (RDF, XSD, OWL, SH, OA)
    named = {term.value for term in terms if isinstance(term, ox.NamedNode)}
    return {iri for iri in named | {resource.iri} if not iri.startswith(borrowed)}


def _subjects(quads: tuple[ox.Quad, ...]) -> list[str]:
    return list(dict.fromkeys(value_of(quad.subject) for quad in quads))


def _key(term: AnyTerm) -> str:
    return str(term)


def _rank(name: str) -> int:
    first = ("type", "rdf:type", "preferred label", "skos:prefLabel", "definition")
    return first.index(name) if name in first else len(first)
