"""What constraints ask of a single value: its class, kind, datatype, range, length, language.

Each function takes a constraint as pySHACL read it and gives one test for each of its rules;
a test gives those of a set of values that fail it.
"""

from __future__ import annotations

import copy
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pyoxigraph as ox
from pyshacl.errors import ReportableRuntimeError
from rdflib import RDF, SH, XSD, Literal
from rdflib.term import Node

from entente.bridge import Term, from_rdflib
from entente.shacl.compiled.columns import Columns

#: Gives those of some values that fail.
Test = Callable[[set[int]], set[int]]
#: A constraint component of pySHACL, which has no types.
Component = Any

_KINDS: Mapping[Node, tuple[type, ...]] = MappingProxyType(
    {
        SH.IRI: (ox.NamedNode,),
        SH.BlankNode: (ox.BlankNode,),
        SH.Literal: (ox.Literal,),
        SH.BlankNodeOrIRI: (ox.BlankNode, ox.NamedNode),
        SH.BlankNodeOrLiteral: (ox.BlankNode, ox.Literal),
        SH.IRIOrLiteral: (ox.NamedNode, ox.Literal),
    }
)
_STRING, _INTEGER, _DECIMAL, _DATE = map(str, (XSD.string, XSD.integer, XSD.decimal, XSD.date))
#: Lexical forms that are valid beyond doubt, so that rdflib need not read them.
_VALID = MappingProxyType(
    {
        _STRING: re.compile(".*", re.DOTALL),
        str(RDF.langString): re.compile(".*", re.DOTALL),
        _INTEGER: re.compile("[+-]?[0-9]{1,18}"),
        _DECIMAL: re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?"),
        _DATE: re.compile("[12][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"),
        str(XSD.boolean): re.compile("true|false"),
    }
)


def test_class(component: Component, columns: Columns) -> list[Test]:
    """Return a test for each `sh:class`."""
    return [_outside(columns.instances([columns.id_of(c)])) for c in component.class_rules]


def test_in(component: Component, columns: Columns) -> list[Test]:
    """Return the test of `sh:in`."""
    return [_outside({columns.id_of(node) for node in component.in_vals})]


def _outside(allowed: set[int]) -> Test:
    return lambda values: values - allowed


def test_kind(component: Component, columns: Columns) -> list[Test]:
    """Return the test of `sh:nodeKind`."""
    kinds = _KINDS.get(component.nodekind_rule, ())
    return [_each(columns, lambda term: isinstance(term, kinds))]


def test_datatype(component: Component, columns: Columns) -> list[Test]:
    """Return the test of `sh:datatype`, which an ill-typed literal fails."""
    wanted = ox.NamedNode(str(component.datatype_rule))
    valid = _VALID.get(wanted.value)
    conforms = _ask(component, columns)

    def passes(number: int) -> bool:
        term = columns.terms[number]
        if not isinstance(term, ox.Literal):
            return False
        if valid and term.datatype == wanted and valid.fullmatch(term.value):
            return True
        return conforms(number)

    return [lambda values: {value for value in values if not passes(value)}]


#: The bounds by the name of pySHACL's class: its attribute, and how value and bound compare.
_BOUNDS: Mapping[str, tuple[str, Callable[[Any, Any], bool]]] = MappingProxyType(
    {
        "MinExclusiveConstraintComponent": ("min_vals", operator.gt),
        "MinInclusiveConstraintComponent": ("min_vals", operator.ge),
        "MaxExclusiveConstraintComponent": ("max_vals", operator.lt),
        "MaxInclusiveConstraintComponent": ("max_vals", operator.le),
    }
)


def test_bound(component: Component, columns: Columns) -> list[Test]:
    """Return a test for each bound, such as that of `sh:minInclusive`."""
    attribute, compare = _BOUNDS[type(component).__name__]
    bounds: list[Node] = getattr(component, attribute)
    return [
        _bound(_ask(component, columns, **{attribute: [bound]}), compare, bound, columns)
        for bound in bounds
    ]


def _bound(
    conforms: Callable[[int], bool],
    compare: Callable[[Any, Any], bool],
    bound: Node,
    columns: Columns,
) -> Test:
    limit = plain_value(from_rdflib(bound))

    def passes(number: int) -> bool:
        value = None if limit is None else plain_value(columns.terms[number])
        if value is None:
            return conforms(number)
        try:
            return compare(value, limit)
        except TypeError:
            return False

    return lambda values: {value for value in values if not passes(value)}


def plain_value(term: Term) -> int | Decimal | date | str | None:
    """Return the value of a literal that is valid beyond doubt; None for any other term.

    Values of different kinds do not compare in Python, as they do not in SPARQL.
    """
    if not isinstance(term, ox.Literal):
        return None
    datatype, text = term.datatype.value, term.value
    if datatype == _STRING:
        return text
    if datatype == _INTEGER and _VALID[datatype].fullmatch(text):
        return int(text)
    if datatype == _DECIMAL and _VALID[datatype].fullmatch(text):
        return Decimal(text)
    if datatype == _DATE and _VALID[datatype].fullmatch(text):
        return date.fromisoformat(text)
    return None


def test_min_length(component: Component, columns: Columns) -> list[Test]:
    """Return the test of `sh:minLength`."""
    least = int(component.string_rules[0].value)
    return [_each(columns, lambda t: not least or (_has_text(t) and len(t.value) >= least))]


def test_max_length(component: Component, columns: Columns) -> list[Test]:
    """Return the test of `sh:maxLength`."""
    most = int(component.string_rules[0].value)
    return [_each(columns, lambda term: _has_text(term) and len(term.value) <= most)]


def test_pattern(component: Component, columns: Columns) -> list[Test]:
    """Return a test for each `sh:pattern`."""
    return [_matching(component.compiled_cache[rule], columns) for rule in component.string_rules]


def _matching(pattern: re.Pattern[str], columns: Columns) -> Test:
    search = pattern.search
    return _each(columns, lambda term: _has_text(term) and search(term.value) is not None)


def _has_text(term: Term) -> bool:
    return not isinstance(term, ox.BlankNode)


def test_language(component: Component, columns: Columns) -> list[Test]:
    """Return the test of `sh:languageIn`.

    Source: https://www.rfc-editor.org/rfc/rfc4647#section-3.3.1
    """
    allowed = set(map(_read_language, component.shape.sg.graph.items(component.string_rules[0])))

    def passes(term: Term) -> bool:
        language = term.language if isinstance(term, ox.Literal) else None
        if not language:
            return False
        parts = language.lower().split("-")
        ranges = {"-".join(parts[: length + 1]) for length in range(len(parts))}
        return not allowed.isdisjoint({"*", *ranges})

    return [_each(columns, passes)]


def _read_language(item: Node) -> str:
    if not isinstance(item, Literal) or not isinstance(item.value, str):
        raise ReportableRuntimeError("the members of sh:languageIn must be strings")
    return str(item).lower()


def _each(columns: Columns, passes: Callable[[Any], bool]) -> Test:
    terms = columns.terms
    return lambda values: {value for value in values if not passes(terms[value])}


def _ask(
    component: Component, columns: Columns, **changes: Iterable[Node]
) -> Callable[[int], bool]:
    """Return what asks pySHACL's own constraint about one value, without writing a result."""
    quiet = copy.copy(component)
    quiet.make_v_result = lambda *_arguments, **_options: None
    for name, value in changes.items():
        setattr(quiet, name, value)

    def conforms(number: int) -> bool:
        node = columns.node(number)
        return bool(quiet.evaluate(None, None, {node: (node,)}, [])[0])

    return conforms
