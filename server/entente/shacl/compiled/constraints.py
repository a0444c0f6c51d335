"""The constraints of SHACL Core, each checked on all focus nodes at once.

Source: https://www.w3.org/TR/shacl/#core-components
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from types import MappingProxyType

import pyoxigraph as ox
from pyshacl.errors import ReportableRuntimeError
from rdflib import XSD, Literal, URIRef
from rdflib.term import Node

from entente.shacl.compiled import nested, values
from entente.shacl.compiled.columns import TYPE, Column, Columns
from entente.shacl.compiled.rows import Check, Conformance, Failure, Rows
from entente.shacl.compiled.values import Component

#: Makes the checks of a constraint that pySHACL read.
Compile = Callable[[Component, Columns, Conformance], list[Check]]


def _by_value(tests: Callable[[Component, Columns], list[values.Test]]) -> Compile:
    def compile_tests(component: Component, columns: Columns, _shapes: Conformance) -> list[Check]:
        return [_value_check(test) for test in tests(component, columns)]

    return compile_tests


def _value_check(test: values.Test) -> Check:
    return lambda rows: rows.having(test(rows.values))


def _min_count(component: Component, _columns: Columns, _shapes: Conformance) -> list[Check]:
    least = int(component.min_count.value)
    return [lambda rows: (Failure(f) for f, found in rows.pairs if len(found) < least)]


def _max_count(component: Component, _columns: Columns, _shapes: Conformance) -> list[Check]:
    most = int(component.max_count.value)
    return [lambda rows: (Failure(f) for f, found in rows.pairs if len(found) > most)]


def _has_value(component: Component, columns: Columns, _shapes: Conformance) -> list[Check]:
    return [_lacks(columns.id_of(node)) for node in component.has_value_set]


def _lacks(wanted: int) -> Check:
    return lambda rows: (Failure(f) for f, found in rows.pairs if wanted not in found)


def _unique_lang(component: Component, columns: Columns, _shapes: Conformance) -> list[Check]:
    return [_repeats(columns)] if True in component.string_rules else []


def _repeats(columns: Columns) -> Check:
    def check(rows: Rows) -> Iterator[Failure]:
        languages = {
            value: term.language.lower()
            for value in rows.values
            if isinstance(term := columns.terms[value], ox.Literal) and term.language
        }
        for focus, found in rows.pairs:
            if len(found) > 1:
                used = Counter(languages[value] for value in found if value in languages)
                yield from (Failure(focus) for count in used.values() if count > 1)

    return check


def _equals(component: Component, columns: Columns, _shapes: Conformance) -> list[Check]:
    return [_unequal(columns.column(str(iri))) for iri in component.property_compare_set]


def _unequal(column: Column) -> Check:
    def check(rows: Rows) -> Iterator[Failure]:
        for focus, found in rows.pairs:
            for value in set(found) ^ set(column.get(focus, ())):
                yield Failure(focus, value)

    return check


def _disjoint(component: Component, columns: Columns, _shapes: Conformance) -> list[Check]:
    return [_common(columns.column(str(iri))) for iri in component.property_compare_set]


def _common(column: Column) -> Check:
    def check(rows: Rows) -> Iterator[Failure]:
        for focus, found in rows.pairs:
            for value in set(found).intersection(column.get(focus, ())):
                yield Failure(focus, value)

    return check


def _less_than(component: Component, columns: Columns, _shapes: Conformance) -> list[Check]:
    equal = type(component).__name__ == "LessThanOrEqualsConstraintComponent"
    if any(not isinstance(iri, URIRef) for iri in component.property_compare_set):
        raise ReportableRuntimeError("the value of sh:lessThan must be an IRI")
    return [
        _not_less(columns, columns.column(str(iri)), equal=equal)
        for iri in component.property_compare_set
    ]


def _not_less(columns: Columns, column: Column, *, equal: bool) -> Check:
    def check(rows: Rows) -> Iterator[Failure]:
        for focus, found in rows.pairs:
            others = column.get(focus, ())
            for value in found:
                for other in others:
                    if not is_less(columns, value, other, equal=equal):
                        yield Failure(focus, value)

    return check


def is_less(columns: Columns, value: int, other: int, *, equal: bool) -> bool:
    """Tell whether a value is less than another, or equal; what SPARQL cannot compare is not.

    Source: https://www.w3.org/TR/sparql11-query/#OperatorMapping
    """
    left, right = (values.plain_value(columns.terms[number]) for number in (value, other))
    if left is None or right is None:
        nodes = columns.node(value), columns.node(other)
        kind = _kind_of(nodes[0])
        if kind is None or kind != _kind_of(nodes[1]):
            return False
        left, right = (getattr(node, "value", None) for node in nodes)
    try:
        return bool(left <= right if equal else left < right)  # type: ignore[operator]
    except TypeError:  # of different kinds, or a time with a zone and one without
        return False


def _kind_of(node: Node) -> str | None:
    """Return what a value can be compared with; None for what SPARQL does not compare."""
    if not isinstance(node, Literal) or node.language or node.ill_typed or node.value is None:
        return None
    datatype = node.datatype or XSD.string
    if datatype in _NUMERIC:
        return "number"
    return str(datatype) if datatype in _COMPARED else None


_COMPARED = (XSD.string, XSD.boolean, XSD.dateTime, XSD.date, XSD.time)
_WHOLE = """integer byte short int long unsignedByte unsignedShort unsignedInt unsignedLong
positiveInteger nonNegativeInteger negativeInteger nonPositiveInteger"""
_NUMERIC = frozenset(XSD[name] for name in ("decimal", "float", "double", *_WHOLE.split()))


def _closed(component: Component, columns: Columns, _shapes: Conformance) -> list[Check]:
    allowed = allowed_properties(component)
    if allowed is None:
        return []
    others = {iri: columns.column(iri) for iri in columns.predicates() if iri not in allowed}
    resource = columns.id_of(_RESOURCE)

    def check(rows: Rows) -> Iterator[Failure]:
        for iri, column in others.items():
            for node in column.keys() & rows.values:
                for value in column[node]:
                    if value != resource or iri != TYPE:
                        yield from (Failure(focus, value, iri) for focus in rows.owners[node])

    return [check]


_RESOURCE = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#Resource")


def allowed_properties(component: Component) -> set[str] | None:
    """Return the properties that a closed shape allows; None where it is not closed after all."""
    if not component.is_closed:
        return None
    paths = set()
    for node in component.property_shapes:
        shape = component.shape.get_other_shape(node)
        if shape is None or not shape.is_property_shape:
            raise ReportableRuntimeError("a value of sh:property is no property shape")
        paths.add(str(shape.path()))
    return paths | {str(property_) for property_ in component.ignored_props}


#: What compiles each of pySHACL's constraints, by the name of its class.
COMPILED: MappingProxyType[str, Compile] = MappingProxyType(
    {
        "ClassConstraintComponent": _by_value(values.test_class),
        "DatatypeConstraintComponent": _by_value(values.test_datatype),
        "NodeKindConstraintComponent": _by_value(values.test_kind),
        "MinCountConstraintComponent": _min_count,
        "MaxCountConstraintComponent": _max_count,
        "MinExclusiveConstraintComponent": _by_value(values.test_bound),
        "MinInclusiveConstraintComponent": _by_value(values.test_bound),
        "MaxExclusiveConstraintComponent": _by_value(values.test_bound),
        "MaxInclusiveConstraintComponent": _by_value(values.test_bound),
        "MinLengthConstraintComponent": _by_value(values.test_min_length),
        "MaxLengthConstraintComponent": _by_value(values.test_max_length),
        "PatternConstraintComponent": _by_value(values.test_pattern),
        "LanguageInConstraintComponent": _by_value(values.test_language),
        "UniqueLangConstraintComponent": _unique_lang,
        "EqualsConstraintComponent": _equals,
        "DisjointConstraintComponent": _disjoint,
        "LessThanConstraintComponent": _less_than,
        "LessThanOrEqualsConstraintComponent": _less_than,
        "NotConstraintComponent": nested.compile_not,
        "AndConstraintComponent": nested.compile_and,
        "OrConstraintComponent": nested.compile_or,
        "XoneConstraintComponent": nested.compile_xone,
        "NodeConstraintComponent": nested.compile_node,
        "QualifiedValueShapeConstraintComponent": nested.compile_qualified,
        "ClosedConstraintComponent": _closed,
        "HasValueConstraintComponent": _has_value,
        "InConstraintComponent": _by_value(values.test_in),
    }
)
