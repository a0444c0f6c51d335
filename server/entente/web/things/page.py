"""Which page a thing has, read as one task of a worker."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any

import pyoxigraph as ox

from entente.errors import UsageError
from entente.provenance.words import open_words
from entente.query.execute import Job
from entente.vocab import DISAGREEMENT, ENT, ID, OWL, QUERY, RDF, SOURCES, SRC, VOC
from entente.web.things.dispute import list_disputes, read_dispute
from entente.web.things.document import is_passage, read_document, read_passage
from entente.web.things.entity import read_entity
from entente.web.things.front import read_front
from entente.web.things.graph import Graph
from entente.web.things.listing import list_everything
from entente.web.things.question import is_question, read_question
from entente.web.things.statement import is_claim, read_statement
from entente.web.things.term import ONTOLOGY, is_term, read_ontology, read_term

_ANSWER_ROWS = 100
_QUOTING = frozenset({"claim", "passage", "source", "disagreement", "disagreements"})
_PASSAGE = re.compile(re.escape(SRC) + r"(?:" + "|".join(SOURCES) + r")/char/\d+-\d+")
_QUERIES = ("passages", "texts", "kinds", "parts")


def read_queries() -> dict[str, str]:
    """Read the queries that pages ask, before the worker that may open no file begins."""
    folder = files("entente.web").joinpath("queries")
    return {name: folder.joinpath(f"{name}.rq").read_text() for name in _QUERIES}


def read_page(
    queries: Mapping[str, str], texts: Mapping[str, str], store: ox.Store, job: Job
) -> bytes:
    """Read a page as JSON: `kind`, which names its template, `data`, and `words`.

    `words` has the words of the passages that the page quotes, where the texts are at hand.

    Args:
        queries: What `read_queries` gave.
        texts: The texts that are at hand, by their names.
        store: The graph.
        job: Its arguments are `page`, the page of a list from 1, and either `iri`, with the
            `section` of its page, or `view`, which is `front`, `disagreements` or `listing`.

    Raises:
        UsageError: There is no such view or section.
    """
    graph, asked = Graph(store, queries), job.arguments
    page = int(asked.get("page", "1"))
    if iri := asked.get("iri", ""):
        kind, data = _read_thing(graph, iri, asked.get("section", ""), page)
    else:
        kind, data = _read_view(graph, asked.get("view", ""))
    said = json.dumps(data, default=_as_json)
    show = open_words(store, texts) if kind in _QUOTING else None
    words = {iri: show(iri) for iri in set(_PASSAGE.findall(said))} if show else {}
    return f'{{"kind": "{kind}", "data": {said}, "words": {json.dumps(words)}}}'.encode()


def _read_thing(graph: Graph, iri: str, section: str, page: int) -> tuple[str, object]:
    """Read the page of a thing; the kind is empty where its plain description must do."""
    if graph.value(iri, OWL + "deprecated"):
        return "", {}
    if is_claim(graph, iri):
        return "claim", read_statement(graph, iri)
    if iri.startswith(SRC):
        if is_passage(graph, iri):
            return "passage", read_passage(graph, iri)
        return ("source", read_document(graph, iri, page)) if _is_source(graph, iri) else ("", {})
    if iri.startswith(DISAGREEMENT):
        return "disagreement", read_dispute(graph, iri)
    if iri == ONTOLOGY:
        return "ontology", read_ontology(graph)
    if is_term(graph, iri):
        return "term", read_term(graph, iri)
    if iri.startswith(QUERY) and is_question(graph, iri):
        return "question", read_question(graph, iri, _ANSWER_ROWS)
    if iri.startswith((ID, VOC)) and not graph.has(iri, RDF + "type", OWL + "Ontology"):
        return "entity", read_entity(graph, iri, section, page)
    return "", {}


def _read_view(graph: Graph, view: str) -> tuple[str, object]:
    views: dict[str, Callable[[Graph], object]] = {
        "front": read_front,
        "disagreements": list_disputes,
        "listing": list_everything,
    }
    if view not in views:
        raise UsageError(f"there is no view {view[:40]}", fix=f"use {', '.join(views)}")
    return view, views[view](graph)


def _is_source(graph: Graph, iri: str) -> bool:
    return graph.has(iri, RDF + "type", ENT + "Source")


def _as_json(value: Any) -> Any:
    """Write a dataclass: all that pages are made of have slots."""
    return {name: getattr(value, name) for name in type(value).__slots__}
