"""Refuse shapes that a validator would pass over in silence, or stumble over.

Source: https://www.w3.org/TR/shacl/#shapes, the syntax rules
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from rdflib import RDF, SH, XSD, Graph, Literal, URIRef
from rdflib.term import Node

from entente import vocab
from entente.errors import ShapeError

_AND, _OR, _NOT, _IN, _CLASS = (SH[name] for name in ("and", "or", "not", "in", "class"))
#: Terms whose names rdflib keeps apart, as they are words of Python.
_RESERVED = (_AND, _OR, _NOT, _IN, _CLASS)
_IRIS = (
    *(SH.datatype, SH.nodeKind, SH.severity, SH.targetClass, SH.targetSubjectsOf),
    *(SH.targetObjectsOf, SH.equals, SH.disjoint, SH.lessThan, SH.lessThanOrEquals, _CLASS),
)
_BOOLEANS = (SH.closed, SH.uniqueLang, SH.deactivated, SH.qualifiedValueShapesDisjoint)
_SHAPES = (SH.node, SH.property, SH.qualifiedValueShape, _NOT)
_LISTS_OF_SHAPES = (_AND, _OR, SH.xone)
_LISTS = (*_LISTS_OF_SHAPES, _IN, SH.languageIn, SH.ignoredProperties)
_KINDS = {
    *(SH.IRI, SH.BlankNode, SH.Literal, SH.BlankNodeOrIRI, SH.BlankNodeOrLiteral, SH.IRIOrLiteral),
}
_FLAGS = set("smixq")


def refuse_malformed(shapes: Graph, advanced: bool) -> None:
    """Refuse terms of SHACL that nothing would check, and values that they cannot have.

    Args:
        shapes: The shapes graph.
        advanced: Whether SHACL's advanced features run.

    Raises:
        ShapeError: A term is misspelt or not run, a value is of the wrong kind, a list is
            broken, a property shape has no path or several, or a shape is named that is
            described nowhere.
    """
    _refuse_unknown(shapes)
    _refuse_not_run(shapes, advanced)
    for triple, what, fix in _find_faults(shapes):
        raise ShapeError(f"a shape is malformed: {what}", fix=fix, triple=triple)


_Fault = tuple[tuple[Node, Node, Node], str, str]


def _find_faults(shapes: Graph) -> Iterator[_Fault]:
    yield from _wrong_values(shapes)
    yield from _wrong_choices(shapes)
    yield from _wrong_lists(shapes)
    yield from _wrong_references(shapes)
    yield from _wrong_paths(shapes)


def _refuse_unknown(shapes: Graph) -> None:
    known = {*map(str, dir(SH)), *map(str, _RESERVED)}
    for predicate in sorted(map(str, set(shapes.predicates()))):
        if not predicate.startswith(str(SH)) or predicate in known:
            continue
        found = [
            (subject, URIRef(predicate), value)
            for subject, value in shapes.subject_objects(URIRef(predicate))
            if _is_described(subject, shapes, known)
        ]
        if found:
            name = predicate.removeprefix(str(SH))
            near = difflib.get_close_matches(name, [one.removeprefix(str(SH)) for one in known], 1)
            raise ShapeError(
                f"a shape is malformed: sh:{name} is no term of SHACL",
                fix=f"did you mean sh:{near[0]}?" if near else "take it out",
                triple=found[0],
            )


def _is_described(subject: Node, shapes: Graph, known: set[str]) -> bool:
    """Tell whether SHACL says something else of a node too, so that it is no plain data."""
    return any(
        str(other) in known or (other == RDF.type and str(thing).startswith(str(SH)))
        for other, thing in shapes.predicate_objects(subject)
    )


def _refuse_not_run(shapes: Graph, advanced: bool) -> None:
    for triple in shapes.triples((None, SH.js, None)):
        raise ShapeError(
            "a shape asks for JavaScript, which is not run", fix="take sh:js out", triple=triple
        )
    for triple in () if advanced else shapes.triples((None, SH.expression, None)):
        raise ShapeError(
            "sh:expression is an advanced feature", fix="add --advanced", triple=triple
        )


def _wrong_values(shapes: Graph) -> Iterator[_Fault]:
    for predicate in _IRIS:
        for subject, value in shapes.subject_objects(predicate):
            if isinstance(value, Literal):
                yield (
                    (subject, predicate, value),
                    f"{_name(predicate)} has a literal",
                    "name an IRI",
                )
    for predicate in _BOOLEANS:
        for subject, value in shapes.subject_objects(predicate):
            if not isinstance(value, Literal) or value.datatype != XSD.boolean:
                yield (
                    (subject, predicate, value),
                    f"{_name(predicate)} is no boolean",
                    "write true or false, without quotation marks",
                )


def _wrong_choices(shapes: Graph) -> Iterator[_Fault]:
    names = ", ".join(sorted(map(_name, _KINDS)))
    for subject, value in shapes.subject_objects(SH.nodeKind):
        if value not in _KINDS:
            what = f"{_name(value)} is no kind of node"
            yield (subject, SH.nodeKind, value), what, f"use one of {names}"
    for subject, value in shapes.subject_objects(SH.flags):
        if not set(str(value)) <= _FLAGS:
            what = f"sh:flags {str(value)!r} are not known"
            yield (subject, SH.flags, value), what, "use s, m, i, x and q"


def _wrong_lists(shapes: Graph) -> Iterator[_Fault]:
    for predicate in _LISTS:
        for subject, head in shapes.subject_objects(predicate):
            if not _is_list(head, shapes):
                yield (
                    (subject, predicate, head),
                    f"{_name(predicate)} has no well-formed list",
                    ("write its members in parentheses"),
                )


def _is_list(cell: Node, shapes: Graph) -> bool:
    seen: set[Node] = set()
    while cell != RDF.nil:
        rests = list(shapes.objects(cell, RDF.rest))
        if cell in seen or len(rests) != 1 or len(list(shapes.objects(cell, RDF.first))) != 1:
            return False
        seen.add(cell)
        cell = rests[0]
    return True


def _wrong_references(shapes: Graph) -> Iterator[_Fault]:
    """Find shapes that are named and nowhere described: each node conforms to such a one."""
    named = [(p, s, o, o) for p in _SHAPES for s, o in shapes.subject_objects(p)]
    for predicate in _LISTS_OF_SHAPES:
        for subject, head in shapes.subject_objects(predicate):
            named += [(predicate, subject, head, shape) for shape in shapes.items(head)]
    for predicate, subject, value, shape in named:
        if isinstance(shape, Literal):
            what = f"{_name(predicate)} has a literal"
            yield (subject, predicate, value), what, "name a shape"
        elif isinstance(shape, URIRef) and (shape, None, None) not in shapes:
            what = f"{_name(predicate)} names {_name(shape)}, which is described nowhere"
            yield (subject, predicate, value), what, "check its spelling, or add its file"


def _wrong_paths(shapes: Graph) -> Iterator[_Fault]:
    for subject, shape in shapes.subject_objects(SH.property):
        count = len(list(shapes.objects(shape, SH.path)))
        if count != 1:
            what = f"a property shape has {count or 'no'} sh:path{'s' if count else ''}"
            yield (subject, SH.property, shape), what, "give it exactly one"


def _name(node: Node) -> str:
    return vocab.shorten(str(node)) if isinstance(node, URIRef) else str(node)
