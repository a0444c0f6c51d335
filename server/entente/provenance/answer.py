"""`entente why` and `/why` as one function of a data set: names in, a document out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import pyoxigraph as ox

from entente.provenance.proof import Explanation
from entente.provenance.proof_html import write_html, write_page
from entente.provenance.proof_json import write_json
from entente.provenance.proof_rdf import write_turtle
from entente.provenance.proof_text import write_text
from entente.provenance.rulebook import Rulebook
from entente.provenance.why import Wanted, explain, read_triple
from entente.provenance.words import Words
from entente.provenance.world import open_world

#: How to write an explanation, by name: `html` is a page, `fragment` a part of one.
WRITERS: Mapping[str, Callable[[Explanation], str]] = MappingProxyType(
    {
        "text": write_text,
        "json": write_json,
        "turtle": write_turtle,
        "html": write_page,
        "fragment": write_html,
    }
)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, as people write it.

    Attributes:
        subject: A name.
        predicate: A name.
        object: A name or a literal.
        viewpoint: A viewpoint, or an empty string for the whole graph.
        wanted: How much is wanted.
    """

    subject: str
    predicate: str
    object: str
    viewpoint: str = ""
    wanted: Wanted = field(default_factory=Wanted)


def answer_why(store: ox.Store, rulebook: Rulebook, question: Question) -> Explanation:
    """Answer a question from a data set; it opens no file, so a worker may run it.

    Args:
        store: The data set.
        rulebook: The rule files, read beforehand.
        question: What is asked.

    Raises:
        UsageError: A name or the viewpoint is unknown; the message has near names.
        DataError: The data set was built with other rules.
    """
    world = open_world(store, rulebook, question.viewpoint)
    triple = read_triple(store, question.subject, question.predicate, question.object)
    return explain(world, triple, question.wanted)


def write_answer(explanation: Explanation, form: str, words: Words | None = None) -> str:
    """Write an explanation in one of the forms of `WRITERS`; all but RDF show the words."""
    if form == "text":
        return write_text(explanation, words)
    return WRITERS[form](_quote(explanation, words) if words else explanation)


def _quote(explanation: Explanation, words: Words) -> Explanation:
    """Add the words of the passages to the readable names, by the passages' IRIs."""
    passages = {p for claim in explanation.every_claim() for p in claim.passages}
    quoted = {passage: said for passage in sorted(passages) if (said := words(passage))}
    return replace(explanation, names={**explanation.names, **quoted})
