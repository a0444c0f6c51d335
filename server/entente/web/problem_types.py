"""A page for each type of problem that an error can name."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from http import HTTPStatus
from typing import TypeVar

import pyoxigraph as ox
from werkzeug.exceptions import HTTPException

from entente.errors import EntenteError
from entente.query.partial import PARTIAL
from entente.vocab import RDF, RDFS, SKOS
from entente.web.problem import PROBLEM, describe_error, describe_http_error
from entente.web.resource import Resource

E = TypeVar("E", bound=Exception)
_PARTIAL = "The answer is cut at its last whole row, as the client allowed with partial=true."


def describe_problems() -> dict[str, Resource]:
    """Describe every type of problem, by its IRI."""
    return {problem.iri: problem for problem in _list_problems()}


def _list_problems() -> Iterator[Resource]:
    for error in _kinds(EntenteError):
        told = describe_error(error(""))
        yield _describe(told["type"], told["title"], told["status"], _summary(error))
    yield _describe(PARTIAL, "Partial answer", HTTPStatus.OK, _PARTIAL)
    for kind in _kinds(HTTPException):
        if kind.code and kind.code >= HTTPStatus.BAD_REQUEST:
            told = describe_http_error(kind())
            yield _describe(told["type"], told["title"], told["status"], kind.description or "")


def _kinds(kind: type[E]) -> Iterator[type[E]]:
    yield kind
    for special in kind.__subclasses__():
        yield from _kinds(special)


def _summary(kind: type[EntenteError]) -> str:
    return (inspect.getdoc(kind) or "").partition("\n")[0]


def _describe(iri: str, title: str, status: int, text: str) -> Resource:
    thing = ox.NamedNode(iri)
    definition = f"HTTP status {status}. {text}".strip()
    said: dict[str, ox.NamedNode | ox.Literal] = {
        RDF + "type": ox.NamedNode(RDFS + "Resource"),
        RDFS + "label": ox.Literal(title, language="en"),
        RDFS + "isDefinedBy": ox.NamedNode(PROBLEM),
        SKOS + "definition": ox.Literal(definition, language="en"),
    }
    return Resource(iri, tuple(ox.Quad(thing, ox.NamedNode(p), o) for p, o in said.items()))
