"""Shapes compiled to operations on sets: queries asked of all nodes, what is left to pySHACL."""

import pytest
from pyoxigraph import RdfFormat, parse

from entente.shacl.compiled.setwise import ask_of_all
from entente.shacl.validate import check

PREFIXES = """PREFIX : <urn:x:> PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
<urn:x:> sh:declare [ sh:prefix "" ; sh:namespace "urn:x:"^^xsd:anyURI ] .
"""


def read(text):
    return [q.triple for q in parse((PREFIXES + text).encode(), format=RdfFormat.TURTLE)]


ASKED_OF_ALL = [
    ("SELECT $this { $this :p 1 }", "SELECT $this {@ $this :p 1 }"),
    (
        "SELECT $this ?v WHERE { { $this :p ?v } UNION { ?v :q ?w } }",
        "SELECT $this ?v WHERE {@ {@ $this :p ?v } UNION { ?v :q ?w } }",
    ),
    (
        "SELECT ?this { ?x :p 1 FILTER NOT EXISTS { ?x :q $this } }",
        "SELECT ?this {@ ?x :p 1 FILTER NOT EXISTS { ?x :q $this } }",
    ),
    (
        "SELECT $this { { SELECT $this (COUNT(?v) AS ?n) { $this :p ?v } GROUP BY $this } }",
        "SELECT $this {@ { SELECT $this (COUNT(?v) AS ?n) {@ $this :p ?v } GROUP BY $this } }",
    ),
    ("SELECT * { $this :p '{ $this' } # { $this", "SELECT * {@ $this :p '{ $this' } # { $this"),
]


@pytest.mark.parametrize(("query", "expected"), ASKED_OF_ALL)
def test_a_query_is_asked_of_all_nodes_by_a_pattern_in_each_group(query, expected):
    assert ask_of_all(query, "this", "@").split() == expected.replace("@", " @ ").split()


@pytest.mark.parametrize(
    "query",
    [
        "SELECT $this { $this :p ?v } LIMIT 1",
        "SELECT $this (COUNT(?v) AS ?n) { $this :p ?v }",
        "SELECT $this (COUNT(?v) AS ?n) { $this :p ?v } GROUP BY ?w",
        "SELECT ?v { $this :p ?v }",
        "SELECT $this { $this :p ?v MINUS { $this :q ?v } }",
        "SELECT $this { $this :p ?v FILTER EXISTS { { FILTER (?v = $this) } } }",
        "SELECT $this { { SELECT ?v { $this :p ?v } } }",
        "ASK { $this :p 1 }",
    ],
)
def test_a_query_in_which_rows_of_two_nodes_could_meet_is_not_asked_of_all(query):
    assert ask_of_all(query, "this", "@") is None


DATA = "".join(f':n{i} a :Thing ; :p "{i}" , {i} . ' for i in range(9)) + ":n0 :q :n1 ."


def test_a_query_over_many_nodes_gives_each_its_results():
    shape = """:s sh:targetClass :Thing ; sh:sparql [ sh:prefixes <urn:x:> ;
      sh:message "{?this} has {?value}" ;
      sh:select "SELECT $this ?value { $this :p ?value FILTER (isNumeric(?value)) }" ] ."""

    report = check(read(DATA), read(shape))

    assert {(one.focus, one.value, one.message) for one in report.results} == {
        (f"urn:x:n{i}", str(i), f"urn:x:n{i} has {i}") for i in range(9)
    }


def test_a_query_with_a_limit_is_asked_node_by_node():
    shape = """:s sh:targetClass :Thing ; sh:sparql [ sh:prefixes <urn:x:> ;
      sh:select "SELECT $this ?value { $this :p ?value } ORDER BY ?value LIMIT 1" ] ."""

    report = check(read(DATA), read(shape))

    assert len(report.results) == 9


def test_lexical_forms_are_told_apart_although_the_store_does_not():
    data = ':one :p 1 , "01"^^xsd:integer , "+1"^^xsd:integer .'
    shape = """:s a sh:PropertyShape ; sh:targetNode :one ; sh:path :p ; sh:maxCount 2 ;
      sh:pattern "^[0-9]" ; sh:maxLength 1 ; sh:in ( 1 "01"^^xsd:integer ) ."""

    report = check(read(data), read(shape))

    found = {(one.component.rpartition("#")[2][:7], one.value) for one in report.results}
    assert found == {
        ("MaxCoun", ""),
        ("Pattern", "+1"),
        ("MaxLeng", "01"),
        ("MaxLeng", "+1"),
        ("InConst", "+1"),
    }


@pytest.mark.parametrize(
    ("low", "high", "fails"),
    [
        ("1", "2.5", False),
        ('"2020-01-01"^^xsd:date', '"2020-02-30"^^xsd:date', True),
        ('"a"', "1", True),
        (":a", ":b", True),
        ("_:a", "1", True),
        ('"2020-01-01T00:00:00"^^xsd:dateTime', '"2020-02-01T00:00:00Z"^^xsd:dateTime', True),
    ],
)
def test_what_sparql_cannot_compare_is_not_less(low, high, fails):
    shape = ":s a sh:PropertyShape ; sh:targetNode :one ; sh:path :p ; sh:lessThan :q ."

    report = check(read(f":one :p {low} ; :q {high} ."), read(shape))

    assert bool(report.results) == fails


CUSTOM = """:Odd a sh:ConstraintComponent ; sh:parameter [ sh:path <http://example.org/x#odd> ] ;
  sh:validator [ a sh:SPARQLAskValidator ; sh:message "{$value} is not {$odd}" ;
    sh:ask "ASK { FILTER (STR($value) = $odd) }" ] .
:s a sh:PropertyShape ; sh:targetClass :Thing ; sh:path :q ; sh:maxCount 0 ;
  <http://example.org/x#odd> "no" .
"""


def test_a_custom_component_is_left_to_pyshacl_and_named():
    report = check(read(DATA), read(CUSTOM))
    reference = check(read(DATA), read(CUSTOM), engine="pyshacl")

    assert sorted(map(repr, report.results)) == sorted(map(repr, reference.results))
    assert [one.component.rpartition(":")[2] for one in report.results if ":Odd" in one.component]
    assert report.uncompiled == (("urn:x:s", "ConstraintComponent"),)


def test_shapes_that_may_refer_to_themselves_are_left_to_pyshacl_as_a_whole():
    shapes = ":s sh:targetClass :Thing ; sh:property [ sh:path :none ; sh:node :s ] ."

    report = check(read(DATA), read(shapes))

    assert (report.results, report.uncompiled) == ((), (("urn:x:s", "recursion"),))


def test_a_report_says_what_each_constraint_was_tried_on():
    shapes = """:s sh:targetClass :Thing ; sh:property [ sh:path :p ; sh:minCount 3 ] ,
      [ sh:path :none ; sh:nodeKind sh:IRI ] ."""

    report = check(read(DATA), read(shapes))

    tried = {(one.path, one.component, one.values, one.failures) for one in report.exercised}
    assert tried == {
        ("", "Property", 9, 0),
        ("urn:x:p", "MinCount", 18, 9),
        ("urn:x:none", "NodeKind", 0, 0),
    }
