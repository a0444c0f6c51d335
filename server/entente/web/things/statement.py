"""The page of a claim."""

from __future__ import annotations

from dataclasses import dataclass

from entente.vocab import ENT, RDF, SKOS, VOC
from entente.web.things.claim import Line, read_line, read_lines, read_properties
from entente.web.things.dispute import Dispute, read_dispute
from entente.web.things.graph import Graph, Thing

#: What limits a claim, in the order of the page: the property, and how it is called there.
_LIMITS = (
    ("about", "about"),
    ("extent", "to this extent"),
    ("condition", "on condition of"),
    ("with", "together with"),
    ("addressee", "addressed to"),
    ("atEvent", "at"),
    ("beforeEvent", "before"),
    ("afterEvent", "after"),
    ("inDocument", "said in"),
    ("supportedBy", "the text cites"),
)
_MAX_ALIKE = 40


@dataclass(frozen=True, slots=True)
class Statement:
    """What the page of a claim says.

    Attributes:
        line: The claim as in lists.
        holders: Who holds it, the authors included.
        attributed: Whose word the text reports.
        subject: Its subject.
        predicate: Its predicate.
        object: Its object or value.
        limits: What limits it: how, and the things.
        rank: Its rank where it is not normal.
        reading: How it is read.
        notes: Remarks of the editors.
        disputes: The disagreements that involve it.
        reconciles: Disagreements that it reconciles.
        content: The proposition.
        status: What the texts taken together say of that content, or an empty string.
        alike: Other claims of the same content.
    """

    line: Line
    holders: tuple[Thing, ...]
    attributed: tuple[Thing, ...]
    subject: tuple[Thing, ...]
    predicate: Thing
    object: tuple[Thing, ...]
    limits: tuple[tuple[str, tuple[Thing, ...]], ...]
    rank: str
    reading: str
    notes: tuple[str, ...]
    disputes: tuple[Dispute, ...]
    reconciles: tuple[Thing, ...]
    content: Thing
    status: str
    alike: tuple[Line, ...]


def read_statement(graph: Graph, iri: str) -> Statement:
    """Read the page of a claim."""
    line, claim = read_line(graph, iri), read_properties(graph, iri)
    content = claim.one("expresses")
    alike = graph.subjects(ENT + "expresses", content) if content else []
    limits = ((words, graph.things(iri, ENT + name)) for name, words in _LIMITS)
    rank = claim.one("rank")
    return Statement(
        line=line,
        holders=tuple(graph.things(iri, ENT + "holder")),
        attributed=tuple(graph.things(iri, ENT + "attributedTo")),
        subject=tuple(graph.things(iri, ENT + "subject")),
        predicate=graph.thing(claim.one("predicate")),
        object=tuple(graph.things(iri, ENT + "object") or graph.things(iri, ENT + "value")),
        limits=tuple((words, tuple(things)) for words, things in limits if things),
        rank=graph.label(rank) if rank not in ("", VOC + "normal") else "",
        reading=graph.label(claim.one("reading")) if claim.one("reading") else "",
        notes=tuple(graph.values(iri, SKOS + "editorialNote")),
        disputes=tuple(read_dispute(graph, each) for each in line.disputes),
        reconciles=tuple(map(graph.thing, graph.subjects(ENT + "reconciledBy", iri))),
        content=graph.thing(content) if content else Thing("", ""),
        status=next((t.label for t in graph.things(content, ENT + "status")), "")
        if content
        else "",
        alike=tuple(read_lines(graph, [c for c in alike if c != iri][:_MAX_ALIKE])),
    )


def is_claim(graph: Graph, iri: str) -> bool:
    """Say whether a thing is a claim."""
    return bool(graph.value(iri, ENT + "statedIn")) and graph.has(iri, RDF + "type", ENT + "Claim")
