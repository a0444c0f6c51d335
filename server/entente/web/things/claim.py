"""A claim as a line for readers: who says what, how sure, when, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from entente.terms import Term
from entente.vocab import BASE, ENT, SRC, VOC
from entente.web.things.graph import Graph, Thing
from entente.web.things.words import say_as_of, say_end, say_interval, shorten_source

#: How a claim is held that puts its content as fact.
_PLAIN = "asserted"


@dataclass(frozen=True, slots=True)
class Mark:
    """A small sign that leads to a claim and to its passage.

    Attributes:
        short: The source's short name.
        claim: The claim's IRI.
        passage: The IRI of its first passage, or an empty string.
    """

    short: str
    claim: str
    passage: str


@dataclass(frozen=True, slots=True)
class Line:
    """A claim for a list.

    Attributes:
        iri: The claim.
        sentence: Its label.
        source: The text that makes it.
        mark: Its sign.
        holders: Who holds it; nobody where these are the text's own authors.
        denied: Whether it says that something is not so.
        modality: How it is held, such as `recommended`; empty where it is put as fact.
        interpreted: Whether it takes a reading between the lines.
        when: Its dates in words.
        begins: The day by which it is sorted, or an empty string.
        passages: Its passages, in text order.
        disputes: The disagreements that involve it.
    """

    iri: str
    sentence: str
    source: Thing
    mark: Mark
    holders: tuple[Thing, ...]
    denied: bool
    modality: str
    interpreted: bool
    when: str
    begins: str
    passages: tuple[str, ...]
    disputes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Properties:
    """What the default graph says of one claim, each property with its values."""

    iri: str
    said: Mapping[str, Sequence[Term]]

    def all(self, name: str) -> list[str]:
        """List the values of a property of ours, sorted."""
        return sorted({term.value for term in self.said.get(ENT + name, ())})

    def one(self, name: str) -> str:
        """Give the first value of a property of ours, or an empty string."""
        values = self.said.get(ENT + name, ())
        return values[0].value if len(values) == 1 else min((v.value for v in values), default="")

    @property
    def passages(self) -> list[str]:
        """The passages, in text order."""
        return sorted(self.all("evidence"), key=place_of)

    @property
    def begins(self) -> str:
        """The day by which it is sorted, or an empty string."""
        return self.one("notBefore") or self.one("asOf") or self.one("notAfter")

    @property
    def when(self) -> str:
        """The dates in words."""
        said = (
            say_interval(self.one("notBefore"), self.one("notAfter")),
            say_end(self.one("endNotBefore"), self.one("endNotAfter")),
            say_as_of(self.one("asOf")),
        )
        return ", ".join(text for text in said if text)


def read_properties(graph: Graph, iri: str) -> Properties:
    """Read what the graph says of a claim."""
    return Properties(iri, graph.properties(iri))


def read_line(graph: Graph, iri: str) -> Line:
    """Read a claim for a list."""
    claim = read_properties(graph, iri)
    source = graph.thing(claim.one("statedIn"))
    passages = claim.passages
    modality = stem(claim.one("modality")) or _PLAIN
    authors = f"{BASE}id/authors-of-{source.iri.removeprefix(SRC)}"
    return Line(
        iri=iri,
        sentence=graph.label(iri),
        source=source,
        mark=Mark(shorten_source(source.label), iri, passages[0] if passages else ""),
        holders=tuple(graph.thing(each) for each in claim.all("holder") if each != authors),
        denied=claim.one("polarity") == VOC + "denied",
        modality="" if modality == _PLAIN else modality,
        interpreted=claim.one("reading") == VOC + "interpreted",
        when=claim.when,
        begins=claim.begins,
        passages=tuple(passages),
        disputes=tuple(graph.subjects(ENT + "involvesClaim", iri)),
    )


def read_mark(graph: Graph, iri: str) -> Mark:
    """Read the sign of a claim alone."""
    source = graph.value(iri, ENT + "statedIn")
    passages = graph.values(iri, ENT + "evidence")
    first = min(passages, key=place_of, default="")
    return Mark(shorten_source(graph.label(source)), iri, first)


def read_lines(graph: Graph, iris: Iterable[str]) -> list[Line]:
    """Read claims for a list, in the order given."""
    return [read_line(graph, iri) for iri in iris]


def place_of(passage: str) -> tuple[str, int, int]:
    """Say where a passage stands, so that passages sort as in the text.

    >>> place_of("https://w3id.org/entente/source/gmf-2023/char/120-180")
    ('https://w3id.org/entente/source/gmf-2023', 120, 180)
    """
    source, _, offsets = passage.partition("/char/")
    start, _, end = offsets.partition("-")
    return (source, int(start), int(end)) if start.isdigit() and end.isdigit() else (source, 0, 0)


def stem(iri: str) -> str:
    """Give the last part of an IRI."""
    return iri.rpartition("/")[2]
