"""Supports that are alike: what differs in names only, where a query cannot tell names apart."""

import pyoxigraph as ox
import pytest
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery

from entente.provenance.likeness import constants, is_blind, liken, samples
from entente.provenance.support import Question

EX = "http://example.org/"
PREFIX = f"PREFIX : <{EX}> "


def algebra(text):
    return translateQuery(parseQuery(PREFIX + text)).algebra.p


def node(name):
    return ox.NamedNode(EX + name)


def read(text):
    return list(ox.parse(f"@prefix : <{EX}> . {text} .", ox.RdfFormat.TURTLE))


def likeness(row, text, fixed=()):
    terms = tuple(node(name) for name in row)
    return liken(terms, read(text), frozenset(node(name) for name in fixed))[0]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?a { ?a :p/:q* ?b OPTIONAL { ?b :q ?c } MINUS { ?c :r ?a } } LIMIT 3",
        "SELECT ?a (COUNT(DISTINCT ?b) AS ?n) { ?a :p ?b } GROUP BY ?a HAVING (?n > 1)",
        "SELECT ?a { ?a :p ?b FILTER(?a != :b && ?b IN (:c, :d) || NOT EXISTS { ?b :q ?a }) }",
        "SELECT ?a { ?a :p ?b FILTER(?b >= 3) } ORDER BY STR(?a)",
    ],
)
def test_a_query_that_matches_compares_and_counts_is_blind_to_names(text):
    assert is_blind(algebra(text))


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?a { ?a :p ?b FILTER(CONTAINS(STR(?a), 'x')) }",
        "SELECT ?a { ?a :p ?b, ?c FILTER(?b < ?c) }",
        "SELECT ?a { ?a :p ?b FILTER(?b > 'x') }",
        "SELECT ?a { ?a :p ?b FILTER(:near(?b)) }",
        "SELECT ?a { ?a :p ?b FILTER NOT EXISTS { ?b :q ?c FILTER(STR(?c) = 'x') } }",
        "SELECT ?a (MIN(?b) AS ?c) { ?a :p ?b } GROUP BY ?a",
        "SELECT ?a { { SELECT ?a { ?a :p ?b } ORDER BY ?a LIMIT 1 } ?a :q ?c }",
    ],
)
def test_a_query_that_looks_into_names_or_orders_them_is_not(text):
    assert not is_blind(algebra(text))


def test_a_group_that_shows_one_value_of_several_samples():
    assert samples(algebra("SELECT (SAMPLE(?b) AS ?c) { ?a :p ?b } GROUP BY ?a"))
    assert not samples(algebra("SELECT ?a (COUNT(?b) AS ?n) { ?a :p ?b } GROUP BY ?a"))


def test_all_that_a_query_mentions_counts():
    text = "SELECT ?a { ?a :p/^:q ?b VALUES ?b { :v 1 } FILTER NOT EXISTS { ?b :r 'x' } }"

    assert constants(algebra(text)) == {
        *map(node, "pqrv"),
        ox.Literal(1),
        ox.Literal("x"),
    }


def test_supports_that_differ_in_names_are_alike():
    assert likeness("a", ":a :p :b . :b :q 'one'", "pq") == likeness(
        "z", ":z :p :y . :y :q 'two'", "pq"
    )


@pytest.mark.parametrize(
    ("row", "other"),
    [
        ("a", ":a :p :a . :b :q 'one'"),  # a name comes again
        ("b", ":a :p :b . :b :q 'one'"),  # another one is in the row
        ("a", ":a :p :c . :c :q 'one'"),  # a name that the query mentions
        ("a", ":a :p :b . :b :r 'one'"),
        ("a", ":a :p :b . :b :q 'one'@en"),  # a literal of another kind
        ("a", ":a :p :b . :b :q 1"),
        ("a", ":a :p :b . :b :q ''"),
        ("a", ":a :p :b . :b :q :d"),
    ],
)
def test_supports_that_differ_in_more_are_not(row, other):
    assert likeness(row, other, "pqc") != likeness("a", ":a :p :b . :b :q 'one'", "pqc")


def test_values_are_no_names():
    assert likeness("a", ":a :p 1", "p") != likeness("a", ":a :p 2", "p")


def test_what_was_tried_on_a_support_is_not_tried_again_on_one_like_it():
    store = ox.Store()
    store.extend(read(" . ".join(f":a{n} :p :b{n} . :b{n} :q :c{n}, :d{n}" for n in range(30))))
    question = Question(store, PREFIX + "SELECT ?a (COUNT(?c) AS ?n) { ?a :p/:q ?c } GROUP BY ?a")
    columns, rows = question.ask()

    supports = [question.support(row, columns) for row in rows]

    assert {len(support.quads) for support in supports} == {3}
    assert len(question._minimal) == 1
