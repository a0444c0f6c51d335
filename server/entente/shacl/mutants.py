"""Mutants: shapes with one constraint dropped or flipped, data with one triple dropped or changed.

A mutant of the shapes that finds just what the shapes found shows a constraint that no case
tests; a mutant of good data that still passes shows a statement that no shape looks at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import pyoxigraph as ox
from pyshacl.constraints import CONSTRAINT_PARAMETERS_MAP

from entente import vocab
from entente.shacl.mutate_query import mutate_query

_XSD = "http://www.w3.org/2001/XMLSchema#"
_FIRST, _REST = (ox.NamedNode(vocab.RDF + name) for name in ("first", "rest"))
_NOT = ox.NamedNode(vocab.SH + "not")
_PARAMETERS = frozenset(map(str, CONSTRAINT_PARAMETERS_MAP))
_TARGETS = frozenset(
    vocab.SH + name for name in ("targetClass", "targetNode", "targetObjectsOf", "targetSubjectsOf")
)
#: What a constraint becomes that has an opposite or a neighbour.
_SWAPPED: Mapping[str, str] = MappingProxyType(
    {
        "minInclusive": "minExclusive",
        "minExclusive": "minInclusive",
        "maxInclusive": "maxExclusive",
        "maxExclusive": "maxInclusive",
        "lessThan": "lessThanOrEquals",
        "lessThanOrEquals": "lessThan",
        "equals": "disjoint",
        "disjoint": "equals",
        "or": "and",
        "and": "or",
        "xone": "or",
        "not": "node",
    }
)
#: By how much a count becomes stricter.
_STRICTER: Mapping[str, int] = MappingProxyType(
    {
        "minCount": 1,
        "maxCount": -1,
        "minLength": 1,
        "maxLength": -1,
        "qualifiedMinCount": 1,
        "qualifiedMaxCount": -1,
    }
)
#: What is flipped by denying it of each value.
_DENIED = frozenset(
    ("class", "datatype", "nodeKind", "pattern", "in", "hasValue", "node", "property", "languageIn")
)
_LISTS = frozenset(("in", "or", "and", "xone", "languageIn", "ignoredProperties"))
#: The datatypes of literals that are written without quotation marks.
_BARE = (_XSD + "integer", _XSD + "boolean")


@dataclass(frozen=True, slots=True)
class Mutant:
    """Triples that differ from what was given in one thing.

    Attributes:
        subject: The node whose description differs.
        what: What differs, in a line.
        triples: All triples.
    """

    subject: ox.NamedNode | ox.BlankNode
    what: str
    triples: Sequence[ox.Triple]


def mutate_shapes(triples: Sequence[ox.Triple]) -> Iterator[Mutant]:
    """Yield the mutants of shapes: for each constraint and target, without it and otherwise."""
    for index, triple in enumerate(triples):
        rest = [*triples[:index], *triples[index + 1 :]]
        iri = triple.predicate.value
        if iri in _PARAMETERS | _TARGETS:
            yield _mutant(triple, f"without {_write(triple)}", rest)
        for what, changed in _flip(triple, iri.removeprefix(vocab.SH)):
            yield _mutant(triple, what, [*rest, *changed])
        if iri.removeprefix(vocab.SH) in _LISTS:
            yield from _shorten_list(triple, triples)
        if iri == vocab.SH + "select" and isinstance(triple.object, ox.Literal):
            for what, text in mutate_query(triple.object.value):
                select = ox.Triple(triple.subject, triple.predicate, ox.Literal(text))
                yield _mutant(triple, what, [*rest, select])


def _mutant(triple: ox.Triple, what: str, triples: Sequence[ox.Triple]) -> Mutant:
    return Mutant(triple.subject, what, triples)  # type: ignore[arg-type]


def _flip(triple: ox.Triple, name: str) -> Iterator[tuple[str, list[ox.Triple]]]:
    """Yield what a triple of a shape may become, and in words."""
    if name in _SWAPPED:
        swapped = ox.NamedNode(vocab.SH + _SWAPPED[name])
        yield (
            f"sh:{_SWAPPED[name]} for sh:{name}",
            [ox.Triple(triple.subject, swapped, triple.object)],
        )
    if name in _STRICTER and isinstance(triple.object, ox.Literal):
        count = int(triple.object.value) + _STRICTER[name]
        if count >= 0:
            literal = ox.Literal(str(count), datatype=ox.NamedNode(_XSD + "integer"))
            changed = ox.Triple(triple.subject, triple.predicate, literal)
            yield f"{_write(changed)} for {_write(triple)}", [changed]
    if name in _DENIED:
        denied = ox.BlankNode()
        inner = ox.Triple(denied, triple.predicate, triple.object)
        yield f"not {_write(triple)}", [ox.Triple(triple.subject, _NOT, denied), inner]
    if name == "severity":
        other = "Warning" if str(triple.object).endswith("Violation>") else "Violation"
        severity = ox.NamedNode(vocab.SH + other)
        yield f"sh:severity sh:{other}", [ox.Triple(triple.subject, triple.predicate, severity)]


def _shorten_list(head: ox.Triple, triples: Sequence[ox.Triple]) -> Iterator[Mutant]:
    """Yield, for each member of a list of two or more, the list without it."""
    rests = {t.subject: t for t in triples if t.predicate == _REST}
    firsts = {t.subject: t for t in triples if t.predicate == _FIRST}
    leading, cell = head, head.object
    while cell in rests and isinstance(cell, ox.BlankNode):
        after = rests[cell]
        if leading is not head or after.object in rests:
            gone = {leading, after, firsts[cell]}
            joined = ox.Triple(leading.subject, leading.predicate, after.object)
            kept = [triple for triple in triples if triple not in gone]
            what = f"{_write(head)} without {_write_term(firsts[cell].object)}"
            yield _mutant(head, what, [*kept, joined])
        leading, cell = after, after.object


def mutate_data(triples: Sequence[ox.Triple]) -> Iterator[Mutant]:
    """Yield the mutants of data: without each triple, and with another object in it."""
    for index, triple in enumerate(triples):
        rest = [*triples[:index], *triples[index + 1 :]]
        said = f"{_write_term(triple.subject)} {_write(triple)}"
        yield _mutant(triple, f"without {said}", rest)
        other = _other(triple.object)
        if other is not None:
            changed = ox.Triple(triple.subject, triple.predicate, other)
            yield _mutant(triple, f"{_write_term(other)} in {said}", [*rest, changed])


def _other(term: object) -> ox.NamedNode | ox.Literal | None:
    """Return a term of the same kind that the data do not have."""
    if isinstance(term, ox.NamedNode):
        return ox.NamedNode("urn:entente:mutant")
    if isinstance(term, ox.Literal) and not term.language:
        return ox.Literal("a mutant", datatype=term.datatype)
    return ox.Literal("a mutant", language=term.language) if isinstance(term, ox.Literal) else None


def _write(triple: ox.Triple) -> str:
    return f"{vocab.shorten(triple.predicate.value)} {_write_term(triple.object)}"


def _write_term(term: object) -> str:
    if isinstance(term, ox.NamedNode):
        return vocab.shorten(term.value)
    if isinstance(term, ox.Literal):
        text = " ".join(term.value.split())
        if term.datatype.value in _BARE and " " not in text:
            return text
        return f'"{text[:57]}..."' if len(text) > 60 else str(term)
    return "[...]"
