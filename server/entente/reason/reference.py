"""The reference: owlrl, a slower and independent implementation of OWL 2 RL."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

import owlrl
import rdflib
from pyoxigraph import Triple
from rdflib import OWL, RDF, RDFS, XSD
from rdflib.term import Node

from entente.bridge import from_rdflib_graph, to_rdflib_graph
from entente.reason.closure import Closure

#: Namespace of the error messages that owlrl adds to a graph that contradicts itself.
_ERRORS = "http://www.daml.org/2002/03/agents/agent-ont#"

_TOP_AND_BOTTOM = frozenset({OWL.Thing, OWL.Nothing})

#: Datatypes for owlrl, though not of the datatype map of OWL 2 RL.
_NOT_IN_RL = frozenset({RDF.HTML, RDF.langString, XSD.date, XSD.time})

_Triples = Iterable[tuple[Node, Node, Node]]


@dataclass(frozen=True, slots=True)
class _Used:
    """What a closed graph uses of the built-in vocabularies."""

    predicates: frozenset[Node]
    objects: frozenset[Node]
    has_class: bool


def close_with_owlrl(triples: Iterable[Triple]) -> Closure:
    """Infer all that owlrl derives from a graph and that follows from it in RDF.

    Left out are triples with a literal as subject or a blank node as predicate, that a
    thing is the same as itself, owlrl's error messages, and what it says of the built-in
    vocabularies that the graph does not use.

    Args:
        triples: The graph.

    Returns:
        The conclusions; owlrl counts neither its rounds nor its rules, so they are 0 and empty.
    """
    started = time.perf_counter()
    given = to_rdflib_graph(triples)
    closed = rdflib.Graph()
    closed += given
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(closed)
    used = _survey(given, closed)
    kept = (triple for triple in closed if triple not in given and _follows(triple, used))
    inferred = list(from_rdflib_graph(kept))
    return Closure(inferred, 0, time.perf_counter() - started, {})


def _survey(given: _Triples, closed: rdflib.Graph) -> _Used:
    return _Used(
        predicates=frozenset(predicate for _, predicate, _ in given),
        objects=frozenset(object_ for _, _, object_ in given),
        has_class=any(
            class_ not in _TOP_AND_BOTTOM for class_ in closed.subjects(RDF.type, OWL.Class)
        ),
    )


def _follows(triple: tuple[Node, Node, Node], used: _Used) -> bool:
    """Tell a conclusion of the graph from what owlrl adds to any graph: the written list."""
    subject, predicate, object_ = triple
    if predicate == OWL.sameAs and subject == object_:
        return False
    if str(predicate).startswith(_ERRORS) or str(object_).startswith(_ERRORS):
        return False
    if object_ == RDFS.Datatype and str(subject).startswith((str(RDF), str(RDFS), str(XSD))):
        return subject in used.objects and subject not in _NOT_IN_RL
    if object_ == OWL.AnnotationProperty and str(subject).startswith((str(RDFS), str(OWL))):
        return subject in used.predicates
    if subject in _TOP_AND_BOTTOM and object_ in {*_TOP_AND_BOTTOM, OWL.Class}:
        return used.has_class
    return not (predicate == OWL.disjointWith and _is_xsd(subject) and _is_xsd(object_))


def _is_xsd(node: Node) -> bool:
    return str(node).startswith(str(XSD))
