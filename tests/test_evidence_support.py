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
    "SELECT ?a (COUNT(?b) AS ?n) { ?a X ?b FILTER(STR(?a) < STR(?b)) } GROUP BY ?a",
    "SELECT ?a ?c { ?a X ?b . ?c Y ?b FILTER(STR(?a) < STR(?c)) }",
    "SELECT ?c { ?a X ?b . ?c Y ?b FILTER(?a != ?c || ?b IN (:a, :b)) }",
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


JOIN = "SELECT ?a ?c { ?a :p ?b . ?b :q ?c }"


def test_a_join_rests_on_both_its_triples():
    store = store_of(read(":a :p :b . :b :q :c . :a :p :d ."))

    assert outline(support_of(JOIN, store)) == ["a p b", "b q c"]


def test_of_two_ways_to_a_row_one_is_given():
    store = store_of(read(":a :p :b , :d . :b :q :c . :d :q :c ."))

    assert len(support_of(JOIN, store).quads) == 2


def test_a_path_rests_on_its_steps():
    store = store_of(read(":a :p :b . :b :p :c . :c :p :d . :b :p :x ."))

    support = support_of("SELECT ?x { :a :p+ ?x . FILTER(?x = :d) }", store)

    assert outline(support) == ["a p b", "b p c", "c p d"]


def test_a_count_rests_on_all_the_rows_of_its_group():
    store = store_of(read(":a :p :b , :c , :d . :x :p :y ."))

    support = support_of("SELECT ?s (COUNT(?o) AS ?n) { ?s :p ?o } GROUP BY ?s", store)

    assert outline(support) == ["a p b", "a p c", "a p d"]


def test_what_was_looked_for_and_not_found_is_told():
    store = store_of(read(":a :p :b ."))
    query = "SELECT ?a { ?a :p ?b FILTER NOT EXISTS { ?b :q ?c } MINUS { ?a :r ?d } }"

    support = support_of(query, store)

    absent = [(absence.kind, absence.patterns) for absence in support.absent]
    assert outline(support) == ["a p b"]
    assert absent == [
        ("MINUS", (f"<{EX}a> <{EX}r> ?d",)),
        ("NOT EXISTS", (f"<{EX}b> <{EX}q> ?c",)),
    ]


def test_a_row_after_an_offset_rests_on_its_own_triples():
    store = store_of(read(":a :p :b . :c :p :d ."))

    support = support_of("SELECT ?a { ?a :p ?b } ORDER BY ?a LIMIT 1 OFFSET 1", store)

    assert outline(support) == ["c p d"]


def test_a_row_of_nothing_rests_on_nothing():
    support = support_of("SELECT (COUNT(*) AS ?n) { ?a :p ?b }", store_of([]))

    assert (support.quads, support.problem) == ((), "")


def test_a_row_that_rests_on_too_many_triples_says_so():
    store = store_of(read(":a :p :b , :c , :d ."))

    support = support_of("SELECT (COUNT(*) AS ?n) { ?a :p ?b }", store, max_triples=2)

    assert (support.quads, support.problem) == ((), "the row rests on more than 2 triples")


def test_a_row_that_is_never_the_same_says_so():
    store = store_of(read(":a :p :b ."))

    support = support_of("SELECT ?a (UUID() AS ?id) { ?a :p ?b }", store)

    assert support.problem == "the row does not come again from what it seems to rest on"


def test_the_graphs_of_the_request_override_those_of_the_query():
    store = store_of(read(":a :p :b ."), read(":a :p :c ."))
    dataset = Dataset(default=(EX + "g",))

    support = support_of("SELECT ?b FROM :none { :a :p ?b }", store, dataset=dataset)

    assert [str(quad.graph_name) for quad in support.quads] == [f"<{EX}g>"]


def test_a_query_with_from_rests_on_the_quads_of_its_graphs():
    store = store_of(read(":a :p :b ."), read(":a :p :c ."))

    support = support_of("SELECT ?b FROM :g { :a :p ?b }", store)

    assert [str(quad.graph_name) for quad in support.quads] == [f"<{EX}g>"]


def test_a_query_that_is_no_select_has_no_evidence():
    with pytest.raises(UsageError, match="the query is no SELECT"):
        Question(ox.Store(), "ASK { ?s ?p ?o }")


def test_a_malformed_query_has_no_evidence():
    with pytest.raises(QueryError, match=r"not SPARQL 1\.1"):
        Question(ox.Store(), "SELECT ?s { ?s ?p }")


@pytest.mark.parametrize(
    ("text", "dropped"),
    [
        ("SELECT * { } LIMIT 3 OFFSET 4", "SELECT * { }"),
        ("SELECT * { } offset 4 VALUES ?x { 1 }", "SELECT * { } VALUES ?x { 1 }"),
        ('SELECT ("} LIMIT 1" AS ?x) { } LIMIT 3', 'SELECT ("} LIMIT 1" AS ?x) { }'),
        ("SELECT * { {SELECT * { } LIMIT 1} }", "SELECT * { {SELECT * { } LIMIT 1} }"),
        ("SELECT * { } # LIMIT 3", "SELECT * { } # LIMIT 3"),
    ],
)
def test_only_the_limit_of_the_whole_query_is_dropped(text, dropped):
    assert " ".join(drop_slice(text).split()) == dropped
