"""The front page: how much there is, where the texts disagree, and questions with their answers."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from entente.terms import Term, value_of
from entente.vocab import BASE, DCTERMS, ENT, PREFIXES, QUERY, RDF, SKOS
from entente.web.things.dispute import Dispute, list_disputes
from entente.web.things.graph import Graph, Thing
from entente.web.things.question import Question, is_question, read_question
from entente.web.things.words import say_day

#: The questions of the front page, of which those are shown that the catalogue has.
QUESTIONS = (
    "when-did-japan-enter-the-ccdcoe-and-how-do-the-dates-fit",
    "is-australia-a-member-of-the-ccdcoe",
    "how-many-members-has-the-ccdcoe",
    "who-organises-locked-shields",
    "who-blames-whom-for-which-attack",
    "who-regards-whom-as-an-adversary",
)
_ROWS = 4
_BOUNDS = frozenset({"from", "until", "to"})
_KINDS = (
    ("actors", "Actor"),
    ("mechanisms", "Mechanism"),
    ("events", "Event"),
    ("documents", "Document"),
    ("issues", "Issue"),
)


@dataclass(frozen=True, slots=True)
class Text:
    """One of the texts.

    Attributes:
        thing: The text.
        definition: What it is.
        publisher: Who published it, or who wrote it; empty where neither is known.
        issued: Its date in words, or an empty string.
        count: How many claims it makes.
        denials: How many of these deny.
    """

    thing: Thing
    definition: str
    publisher: str
    issued: str
    count: int
    denials: int


@dataclass(frozen=True, slots=True)
class Front:
    """What the front page says of the data.

    Attributes:
        claims: How many claims there are.
        passages: On how many passages they rest.
        kinds: How many things of each kind there are: the kind in words, the number.
        texts: The texts.
        disputes: The disagreements.
        questions: Questions with their answers.
        dumps: The addresses of the whole graph as files.
    """

    claims: int
    passages: int
    kinds: tuple[tuple[str, int], ...]
    texts: tuple[Text, ...]
    disputes: tuple[Dispute, ...]
    questions: tuple[Question, ...]
    dumps: tuple[str, ...]


def read_front(graph: Graph) -> Front:
    """Read the front page."""
    texts = [_read_text(graph, [_value(term) for term in row]) for row in graph.rows("texts")]
    questions = [QUERY + name for name in QUESTIONS if is_question(graph, QUERY + name)]
    return Front(
        claims=sum(text.count for text in texts),
        passages=len(graph.subjects(RDF + "type", ENT + "Passage")),
        kinds=_count_kinds(graph),
        texts=tuple(texts),
        disputes=tuple(list_disputes(graph)),
        questions=tuple(_shorten(read_question(graph, iri, _ROWS)) for iri in questions),
        dumps=tuple(graph.values(BASE + "dataset", PREFIXES["void"] + "dataDump")),
    )


def _shorten(question: Question) -> Question:
    """Leave out the columns of dates that bound an interval, which sentences tell too."""
    kept = [place for place, name in enumerate(question.columns) if name not in _BOUNDS]
    return dataclasses.replace(
        question,
        columns=tuple(question.columns[place] for place in kept),
        rows=tuple(tuple(row[place] for place in kept) for row in question.rows),
    )


def _read_text(graph: Graph, row: list[str]) -> Text:
    iri, claims, denials = row
    makers = graph.things(iri, DCTERMS + "publisher") or graph.things(iri, DCTERMS + "creator")
    return Text(
        thing=graph.thing(iri),
        definition=graph.text(iri, SKOS + "definition"),
        publisher=", ".join(maker.label for maker in makers),
        issued=say_day(graph.value(iri, DCTERMS + "issued")),
        count=int(claims),
        denials=int(denials),
    )


def _count_kinds(graph: Graph) -> tuple[tuple[str, int], ...]:
    rows = graph.rows("kinds", (ENT + kind for _, kind in _KINDS))
    counts = {_value(kind): int(_value(count)) for kind, count in rows}
    return tuple((words, counts.get(ENT + kind, 0)) for words, kind in _KINDS)


def _value(term: Term | None) -> str:
    return "" if term is None else value_of(term)
