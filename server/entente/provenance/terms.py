"""Terms as people write and read them: prefixed names in, readable names out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

import pyoxigraph as ox

from entente import vocab
from entente.errors import UsageError
from entente.provenance.patterns import Graph, list_members, match
from entente.reason.patterns import Pattern
from entente.terms import Term, value_of
from entente.vocab import OWL, PREFIXES, shorten

_LITERAL = re.compile(
    r'"(?P<form>(?:[^"\\]|\\.)*)"(?:@(?P<language>[A-Za-z-]+)|\^\^(?P<datatype>\S+))?'
)
_NUMBER = re.compile(r"[+-]?\d+")
_LISTS = {"unionOf": "or", "intersectionOf": "and", "oneOf": ","}
_RESTRICTIONS = {"hasValue": "value", "someValuesFrom": "some", "allValuesFrom": "only"}


def parse_term(text: str) -> Term:
    """Read a term as it stands in a query.

    Args:
        text: A prefixed name, an IRI with or without `<>`, `a`, a blank node `_:x`, a number,
            or a literal in quotation marks with `@language` or `^^datatype`.

    Returns:
        The term.

    Raises:
        UsageError: It is none of these, or its prefix is unknown.
    """
    if text == "a":
        return ox.NamedNode(vocab.RDF + "type")
    if text.startswith("_:"):
        return ox.BlankNode(text[2:])
    if _NUMBER.fullmatch(text):
        return ox.Literal(text, datatype=ox.NamedNode(vocab.XSD + "integer"))
    if found := _LITERAL.fullmatch(text):
        datatype = found["datatype"]
        return ox.Literal(
            re.sub(r"\\(.)", r"\1", found["form"]),
            datatype=_parse_iri(datatype) if datatype else None,
            language=found["language"],
        )
    return _parse_iri(text)


def _parse_iri(text: str) -> ox.NamedNode:
    bare = text[1:-1] if text.startswith("<") and text.endswith(">") else text
    prefix, colon, local = bare.partition(":")
    try:
        if bare is not text or local.startswith("//") or prefix == "urn":
            return ox.NamedNode(bare)
        if prefix in PREFIXES and colon:
            return ox.NamedNode(PREFIXES[prefix] + local)
    except ValueError as error:
        raise UsageError(f"{text} is no IRI: {error}", fix="correct it") from error
    near = get_close_matches(prefix, PREFIXES, n=2) if colon else []
    raise UsageError(
        f"unknown prefix '{prefix}' in {text}" if colon else f"{text} is no name",
        fix=f"did you mean {' or '.join(near)}?" if near else "write prefix:name or <IRI>",
    )


def require_known(store: ox.Store, term: Term) -> None:
    """Stop where an IRI stands nowhere in a data set.

    Raises:
        UsageError: It does not; the message has near names.
    """
    if not isinstance(term, ox.NamedNode) or _occurs(store, term):
        return
    name = shorten(term.value)
    near = get_close_matches(name, _list_names(store, name), n=3, cutoff=0.7)
    raise UsageError(
        f"{name} is not in the graph",
        fix=f"did you mean {' or '.join(near)}?" if near else "`entente new` lists names",
    )


def _occurs(store: ox.Store, term: ox.NamedNode) -> bool:
    places = ((term, None, None), (None, term, None), (None, None, term))
    return any(next(store.quads_for_pattern(s, p, o, None), None) for s, p, o in places)


def _list_names(store: ox.Store, like: str) -> set[str]:
    """List what has a label or a type, of the same namespace where there is one."""
    start = PREFIXES.get(like.partition(":")[0], "")
    found = (
        store.quads_for_pattern(None, ox.NamedNode(predicate), None, ox.DefaultGraph())
        for predicate in (vocab.SKOS + "prefLabel", vocab.RDF + "type")
    )
    subjects = {quad.subject for quads in found for quad in quads}
    iris = [term.value for term in subjects if isinstance(term, ox.NamedNode)]
    return {shorten(iri) for iri in iris if iri.startswith(start)} or set(map(shorten, iris))


def show_term(term: object) -> str:
    """Write a term as it would stand in a query."""
    if isinstance(term, ox.NamedNode):
        return "a" if term.value == vocab.RDF + "type" else shorten(term.value)
    if isinstance(term, ox.Literal) and term.datatype.value.startswith(vocab.XSD):
        plain = term.datatype.value in (vocab.XSD + "integer", vocab.XSD + "string")
        form = term.value if term.datatype.value == vocab.XSD + "integer" else f'"{term.value}"'
        return form if plain else f"{form}^^{shorten(term.datatype.value)}"
    return f"?{term}" if isinstance(term, str) else str(term)


def name_nodes(store: ox.Store, graph: Graph, terms: Iterable[object]) -> dict[str, str]:
    """Give readable names to blank nodes that are class expressions or lists.

    Args:
        store: The data set.
        graph: The graph that describes the nodes.
        terms: Any terms; all but blank nodes are passed over.

    Returns:
        The names by the terms' N-Triples form, such as `(ent:memberOf value id:ap4)`.
    """
    nodes = {term for term in terms if isinstance(term, ox.BlankNode)}
    return {str(node): _name(store, graph, node, 3) for node in sorted(nodes, key=str)}


def _name(store: ox.Store, graph: Graph, term: Term | ox.Triple, depth: int) -> str:
    if not isinstance(term, ox.BlankNode) or not depth:
        return show_term(term)
    said = {
        value_of(triple.predicate).removeprefix(OWL): triple.object
        for triple in match(store, graph, Pattern(term, "p", "o"))
        if not isinstance(triple.object, ox.Triple)
    }
    for key, word in _RESTRICTIONS.items():
        if key in said and "onProperty" in said:
            filler = _name(store, graph, said[key], depth - 1)
            return f"({_name(store, graph, said['onProperty'], depth - 1)} {word} {filler})"
    for key, word in _LISTS.items():
        if key in said:
            return _name_list(store, graph, said[key], word, depth)
    if "inverseOf" in said:
        return f"(inverse of {_name(store, graph, said['inverseOf'], depth - 1)})"
    return _name_list(store, graph, term, ",", depth)


def _name_list(store: ox.Store, graph: Graph, head: Term, word: str, depth: int) -> str:
    members = [
        _name(store, graph, member, depth - 1) for member in list_members(store, graph, head)
    ]
    joint = ", " if word == "," else f" {word} "
    return f"({joint.join(members)})" if members else str(head)
