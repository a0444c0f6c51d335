"""The pages of a text and of a passage in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from entente.vocab import DCTERMS, ENT, RDF, SKOS, VOC
from entente.web.things.claim import Line, place_of, read_line, read_lines
from entente.web.things.dispute import Dispute, list_disputes
from entente.web.things.graph import Graph, Thing

#: Claims of a text on one page.
PAGE_SIZE = 100
_FOAF_PAGE = "http://xmlns.com/foaf/0.1/page"


@dataclass(frozen=True, slots=True)
class Document:
    """What the page of a text says.

    Attributes:
        thing: The text.
        definition: What it is.
        title: Its title where it has one.
        creators: Its authors; none where none is known.
        publishers: Who published it.
        issued: Its day, or an empty string.
        addresses: Where it can be read.
        notes: Remarks of the editors.
        length: Its length in characters, or 0.
        covered: How many of them passages cover.
        count: How many claims it makes.
        denials: How many of these deny.
        passages: How many passages carry them.
        disputes: The disagreements in which it takes part.
        claims: The claims on this page, in text order.
        page: Which page, from 1.
        pages: How many pages there are.
    """

    thing: Thing
    definition: str
    title: str
    creators: tuple[Thing, ...]
    publishers: tuple[Thing, ...]
    issued: str
    addresses: tuple[str, ...]
    notes: tuple[str, ...]
    length: int
    covered: int
    count: int
    denials: int
    passages: int
    disputes: tuple[Dispute, ...]
    claims: tuple[Line, ...]
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class PassagePage:
    """What the page of a passage says.

    Attributes:
        thing: The passage.
        source: Its text.
        start: Its first character, from 0.
        end: The character after its last one.
        length: The length of the text, or 0.
        claims: The claims that rest on it.
        near: Claims of passages that share characters with it.
        before: The passage before it, where there is one.
        after: The passage after it.
    """

    thing: Thing
    source: Thing
    start: int
    end: int
    length: int
    claims: tuple[Line, ...]
    near: tuple[Line, ...]
    before: Thing | None
    after: Thing | None


def read_document(graph: Graph, iri: str, page: int = 1) -> Document:
    """Read the page of a text."""
    claims = _read_claims(graph, iri)
    order = sorted(claims, key=lambda claim: (place_of(claims[claim][1][0])[1:], claim))
    passages = {each for _, found in claims.values() for each in found if each}
    length = graph.value(iri, ENT + "length")
    return Document(
        thing=graph.thing(iri),
        definition=graph.text(iri, SKOS + "definition"),
        title=graph.text(iri, DCTERMS + "title"),
        creators=tuple(graph.things(iri, DCTERMS + "creator")),
        publishers=tuple(graph.things(iri, DCTERMS + "publisher")),
        issued=graph.value(iri, DCTERMS + "issued"),
        addresses=tuple(graph.values(iri, _FOAF_PAGE)),
        notes=tuple(graph.values(iri, SKOS + "editorialNote")),
        length=int(length) if length.isdigit() else 0,
        covered=count_covered(place_of(passage)[1:] for passage in passages),
        count=len(order),
        denials=sum(denied for denied, _ in claims.values()),
        passages=len(passages),
        disputes=tuple(list_disputes(graph, claims)),
        claims=tuple(read_lines(graph, order[(page - 1) * PAGE_SIZE : page * PAGE_SIZE])),
        page=page,
        pages=max(1, -(-len(order) // PAGE_SIZE)),
    )


def read_passage(graph: Graph, iri: str) -> PassagePage:
    """Read the page of a passage."""
    source, start, end = place_of(iri)
    claims = graph.subjects(ENT + "evidence", iri)
    passages = {each for _, found in _read_claims(graph, source).values() for each in found}
    others = sorted(passages - {iri, ""}, key=place_of)
    sharing = [p for p in others if place_of(p)[1] < end and start < place_of(p)[2]]
    near = dict.fromkeys(c for p in sharing for c in graph.subjects(ENT + "evidence", p))
    before = [passage for passage in others if place_of(passage)[2] <= start]
    after = [passage for passage in others if place_of(passage)[1] >= end]
    length = graph.value(source, ENT + "length")
    return PassagePage(
        thing=graph.thing(iri),
        source=graph.thing(source),
        start=start,
        end=end,
        length=int(length) if length.isdigit() else 0,
        claims=tuple(read_lines(graph, claims)),
        near=tuple(read_line(graph, claim) for claim in near if claim not in claims),
        before=graph.thing(before[-1]) if before else None,
        after=graph.thing(after[0]) if after else None,
    )


def count_covered(slices: Iterable[tuple[int, int]]) -> int:
    """Count the characters that slices cover together.

    >>> count_covered([(0, 10), (5, 12), (20, 21)])
    13
    """
    covered = reached = 0
    for start, end in sorted(slices):
        covered += max(0, end - max(start, reached))
        reached = max(reached, end)
    return covered


def is_passage(graph: Graph, iri: str) -> bool:
    """Say whether a thing is a passage."""
    return "/char/" in iri and graph.has(iri, RDF + "type", ENT + "Passage")


def _read_claims(graph: Graph, source: str) -> dict[str, tuple[bool, list[str]]]:
    """Read which claims a text makes: whether each denies, and its passages or one empty string."""
    found: dict[str, tuple[bool, list[str]]] = {}
    for claim, polarity, passage in graph.rows("passages", [source]):
        if claim is not None and polarity is not None:
            _, passages = found.setdefault(claim.value, (polarity.value == VOC + "denied", []))
            passages.append(passage.value if passage is not None else "")
    for _, passages in found.values():
        passages.sort(key=place_of)
    return found
