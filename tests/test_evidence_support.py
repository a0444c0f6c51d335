"""The support of a row: it yields the row alone, and none of its triples can go."""

import re

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entente.errors import QueryError, UsageError
from entente.provenance.support import Dataset, Question, drop_slice

EX = "http://example.org/"
NAMES = "abcd"
VERBS = "pqr"
PREFIX = f"PREFIX : <{EX}> "

#: Query shapes; each of X, Y, Z is replaced by a random property.
SHAPES = [
    "SELECT ?a ?b { ?a X ?b }",
    "SELECT ?a ?c { ?a X ?b . ?b Y ?c }",
    "SELECT DISTINCT ?a { ?a X ?b . ?a Y ?c FILTER(?b != ?c) }",
    "SELECT ?a ?c { ?a X ?b OPTIONAL { ?a Y ?c } }",
    "SELECT ?a ?c { ?a X ?b OPTIONAL { ?b Y ?c FILTER(?c != ?a) } }",
    "SELECT ?a ?b { { ?a X ?b } UNION { ?b Y ?a . ?a Z ?c } }",
    "SELECT ?a ?b { ?a X+ ?b }",
    "SELECT ?a ?b { ?a X* ?b . ?b Y ?c }",
    "SELECT ?a ?b { ?a X/^Y ?b }",
    "SELECT ?a ?b { ?a (X|Y)+/Z? ?b }",
    "SELECT ?a ?b { ?a !(X|^Y) ?b }",
    "SELECT ?a ?b { ?a X ?b FILTER NOT EXISTS { ?b Y ?c } }",
    "SELECT ?a ?b { ?a X ?b FILTER EXISTS { ?b Y ?c . ?c Z ?d } }",
    "SELECT ?a ?b { ?a X ?b FILTER(EXISTS { ?b Y ?c } || ?a = :a) }",
    "SELECT ?a ?b { ?a X ?b MINUS { ?a Y ?c } }",
    "SELECT ?a ?b { ?a X ?b FILTER NOT EXISTS { ?b Y ?c FILTER NOT EXISTS { ?c Z ?b } } }",
    "SELECT ?a (COUNT(?b) AS ?n) { ?a X ?b } GROUP BY ?a",
    "SELECT (COUNT(*) AS ?n) { ?a X ?b . ?b Y ?c }",
    "SELECT ?a (COUNT(DISTINCT ?c) AS ?n) { ?a X ?b OPTIONAL { ?b Y ?c } } GROUP BY ?a",
    "SELECT ?a (COUNT(?b) AS ?n) { ?a X ?b } GROUP BY ?a HAVING (COUNT(?b) > 1)",
    "SELECT ?a (GROUP_CONCAT(STR(?b)) AS ?bs) { ?a X ?b } GROUP BY ?a",
    "SELECT ?a (MIN(?b) AS ?first) { ?a X ?b } GROUP BY ?a",
    "SELECT ?a (SAMPLE(?b) AS ?some) { ?a X ?b } GROUP BY ?a",
    "SELECT ?a ?n { ?a X ?x { SELECT ?a (COUNT(?b) AS ?n) { ?a Y ?b } GROUP BY ?a } }",
    "SELECT ?a ?c { ?c Y ?a { SELECT DISTINCT ?a { ?a X ?b } } } ORDER BY ?a LIMIT 2 OFFSET 1",
    "SELECT ?a ?name { ?a X ?b BIND(STR(?b) AS ?name) }",
    "SELECT ?a (CONCAT(STR(?a), 'x') AS ?name) { VALUES ?a { :a :b } ?a X ?b }",
    "SELECT ?g ?a { GRAPH ?g { ?a X ?b } ?b Y ?c }",
    "SELECT ?b { :a X ?b . ?b Y [ Z ?b ] }",
    "SELECT ?a { ?a X ?a }",
]


def name(text):
    return ox.NamedNode(EX + text)


triples = st.builds(
    lambda s, p, o: ox.Triple(name(s), name(p), name(o)),
    st.sampled_from(NAMES),
    st.sampled_from(VERBS),
    st.sampled_from(NAMES),
)
graphs = st.lists(triples, max_size=14, unique=True)


@st.composite
def queries(draw):
    text = draw(st.sampled_from(SHAPES))
    for place in "XYZ":
        text = re.sub(rf"\b{place}\b", f":{draw(st.sampled_from(VERBS))}", text)
    return PREFIX + text


def store_of(default, named=()):
    store = ox.Store()
    for graph, content in ((ox.DefaultGraph(), default), (name("g"), named)):
        for t in content:
            store.add(ox.Quad(t.subject, t.predicate, t.object, graph))
    return store


def read(text):
    quads = ox.parse(f"@prefix : <{EX}> . {text}", ox.RdfFormat.TURTLE)
    return [quad.triple for quad in quads]


def support_of(text, store, number=0, **options):
    question = Question(store, PREFIX + text, **options)
    columns, rows = question.ask()
    return question.support(sorted(rows, key=str)[number], columns)


def outline(support):
    return [
        " ".join(str(t.value).removeprefix(EX) for t in (q.subject, q.predicate, q.object))
        for q in support.quads
    ]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(default=graphs, named=graphs, text=queries())
def test_a_support_yields_its_row_and_none_of_its_triples_can_go(default, named, text):
    store = store_of(default, named)
    question = Question(store, text)
    columns, rows = question.ask()

    for row in rows:
        support = question.support(row, columns)

        assert support.problem == ""
        assert all(quad in store for quad in support.quads)
        assert question.yields(support.quads, row)
        for quad in support.quads:
            assert not question.yields([q for q in support.quads if q != quad], row)
