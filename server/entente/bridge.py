"""The bridge between pyoxigraph's terms and rdflib's, term by term.

A round trip through text would rename blank nodes and rewrite literals; these functions
keep every label, lexical form, datatype and language as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import rdflib
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple
from rdflib.term import Node

from entente.errors import InputError

#: What pyoxigraph puts at the place of an object, and what rdflib can hold of it.
Term = NamedNode | BlankNode | Literal


def to_rdflib(term: object) -> rdflib.URIRef | rdflib.BNode | rdflib.Literal:
    """Turn a term of pyoxigraph into one of rdflib.

    Args:
        term: An IRI, a blank node or a literal.

    Returns:
        The same term; a literal keeps its lexical form.

    Raises:
        InputError: The term is a triple, which rdflib cannot hold.
    """
    if isinstance(term, NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, BlankNode):
        return rdflib.BNode(term.value)
    if isinstance(term, Literal):
        return _to_rdflib_literal(term)
    raise InputError(f"rdflib has no term for {term}", fix="leave triple terms out")


def from_rdflib(node: Node) -> Term:
    """Turn a term of rdflib into one of pyoxigraph.

    Args:
        node: An IRI, a blank node or a literal.

    Returns:
        The same term; a literal without datatype is an `xsd:string`.

    Raises:
        InputError: The node is none of these, or its IRI or language is malformed.
    """
    try:
        return _from_rdflib(node)
    except ValueError as error:
        raise InputError(f"{node!r} is no RDF term: {error}") from error


def to_rdflib_graph(triples: Iterable[Triple] | Iterable[Quad]) -> rdflib.Graph:
    """Collect triples of pyoxigraph in a graph of rdflib; quads are taken without their graph."""
    graph = rdflib.Graph()
    for triple in triples:
        graph.add(
            (to_rdflib(triple.subject), to_rdflib(triple.predicate), to_rdflib(triple.object))
        )
    return graph


def from_rdflib_graph(graph: Iterable[tuple[Node, Node, Node]]) -> Iterator[Triple]:
    """Turn the triples of an rdflib graph into triples of pyoxigraph.

    Triples that are RDF in rdflib alone, with a literal as subject or a predicate that is
    no IRI, are left out.
    """
    for subject, predicate, object_ in graph:
        if isinstance(predicate, rdflib.URIRef) and not isinstance(subject, rdflib.Literal):
            yield Triple(from_rdflib(subject), from_rdflib(predicate), from_rdflib(object_))  # type: ignore[arg-type]


def _to_rdflib_literal(literal: Literal) -> rdflib.Literal:
    if literal.language:
        return rdflib.Literal(literal.value, lang=literal.language)
    if literal.datatype.value == str(rdflib.XSD.string):
        return rdflib.Literal(literal.value)
    datatype = rdflib.URIRef(literal.datatype.value)
    return rdflib.Literal(literal.value, datatype=datatype, normalize=False)


def _from_rdflib(node: Node) -> Term:
    if isinstance(node, rdflib.URIRef):
        return NamedNode(str(node))
    if isinstance(node, rdflib.BNode):
        return BlankNode(str(node))
    if isinstance(node, rdflib.Literal):
        if node.language:
            return Literal(str(node), language=node.language)
        datatype = NamedNode(str(node.datatype)) if node.datatype else None
        return Literal(str(node), datatype=datatype)
    raise ValueError("it is no IRI, blank node or literal")
