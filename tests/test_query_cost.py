"""Limits on what a query has and what its answer has: patterns and rows."""

import csv
import io
import json
import xml.etree.ElementTree as ET

import pyoxigraph as ox
import pytest

from entente.config import Settings
from entente.errors import AnswerTooLarge, QueryTooCostly
from entente.query.cost import count_patterns
from entente.query.execute import Job, execute
from entente.query.guard import examine
from entente.query.tokens import tokenise

NASTY = '}},{"a":"b" \r\n</result> .\n" , é'
STORE = ox.Store()
STORE.extend(
    ox.Quad(ox.NamedNode(f"urn:{i % 7}"), ox.NamedNode("urn:p"), ox.Literal(f"{NASTY}{i}"))
    for i in range(50)
)
SELECT, CONSTRUCT = "SELECT * { ?s ?p ?o }", "CONSTRUCT WHERE { ?s ?p ?o }"


@pytest.mark.parametrize(
    ("query", "patterns"),
    [
        ("ASK {}", 0),
        ("ASK { ?a ?b ?c }", 1),
        ("SELECT ?a ?b ?c WHERE { ?a ?b ?c . } ORDER BY ?a ?b LIMIT 3", 1),
        ("SELECT * { { ?a a ?b } UNION { ?a :p/:q* ?b ; :r 1, 2, 'x'@en } }", 5),
        ("SELECT * { ?a :p ?b FILTER(?b > 1 && EXISTS { ?b :q ?c . ?c :r ?d }) ?b :s ?e }", 4),
        ("SELECT * { VALUES ?x { 1 } BIND(CONCAT(?a, ?b, ?c) AS ?d) ?x :p ?d }", 1),
        ("SELECT * { { SELECT ?a ?b { ?a :p ?b } GROUP BY ?a ?b } ?a :q ?c }", 2),
        ("CONSTRUCT { ?a :p [ :q ?b ; :r ?c ] } WHERE { ?a :p ( 1 2 ) }", 4),
        ("SELECT * { ?s ?p ?o " + "; ?p ?o " * 9 + "}", 10),
        ("DESCRIBE <urn:a> <urn:b> <urn:c>", 0),
        ("ASK { GRAPH ?g { ?a ?b true } SERVICE_ :x { } }", 1),
    ],
)
def test_patterns_are_counted(query, patterns):
    assert count_patterns(tokenise(query, max_nesting=99, max_tokens=999)) == patterns


def test_a_query_of_too_many_patterns_is_refused_before_it_runs():
    settings = Settings(max_patterns=3)
    examine("ASK { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", settings)

    with pytest.raises(QueryTooCostly, match="4 triple patterns, and 3 are allowed"):
        examine("ASK { ?a ?b ?c ; ?d ?e . ?d ?e ?f . ?g ?h ?i }", settings)


def answer(query, form, rows, partial_s=None):
    return execute(STORE, Job(query, form, None, 1 << 20, max_rows=rows, partial_s=partial_s))


def refuse(store, job):
    # The engine's objects die in the thread that made them: nothing may hold the traceback.
    try:
        execute(store, job)
    except AnswerTooLarge as error:
        return error.what, error.fix
    pytest.fail("it was answered")


@pytest.mark.parametrize(
    ("query", "form"),
    [
        *((SELECT, form) for form in ("json", "xml", "csv", "tsv")),
        *((CONSTRUCT, form) for form in ("ttl", "nt", "rdf", "jsonld", "nq", "trig")),
    ],
)
def test_an_answer_of_more_rows_than_may_be_is_an_error_in_every_format(query, form):
    whole = answer(query, form, None)

    assert sorted(answer(query, form, 50)) == sorted(whole)
    what, fix = refuse(STORE, Job(query, form, None, 1 << 20, max_rows=49))
    assert what == "the answer has more than 49 rows"
    assert "LIMIT" in fix


def test_the_error_says_how_many_rows_fit():
    store = ox.Store()
    store.extend(ox.Quad(*[ox.NamedNode(f"urn:{i}")] * 3) for i in range(1000))

    what, fix = refuse(store, Job(SELECT, "csv", None, 20_000))

    rows = int(fix.split()[0])
    assert what == "the answer is larger than 20000 bytes"
    fitting = execute(store, Job(f"{SELECT} LIMIT {rows}", "csv", None, 20_000))
    assert len(list(csv.reader(io.StringIO(fitting.decode(), newline="")))) == rows + 1 > 300


def test_a_part_has_as_many_rows_as_may_be():
    as_json = json.loads(answer(SELECT, "json", 9, partial_s=9.0))
    as_xml = ET.fromstring(answer(SELECT, "xml", 9, partial_s=9.0))
    as_ntriples = answer(CONSTRUCT, "nt", 9, partial_s=9.0)
    as_turtle = answer(CONSTRUCT, "ttl", 9, partial_s=9.0)

    assert len(as_json["results"]["bindings"]) == 9
    assert len(as_xml[1]) == 9
    assert len(list(ox.parse(as_ntriples, ox.RdfFormat.N_TRIPLES))) == 9
    assert 0 < len(list(ox.parse(as_turtle, ox.RdfFormat.TURTLE))) <= 9


def test_ask_has_no_rows():
    for form in ("json", "xml", "csv", "tsv"):
        answer("ASK {}", form, 1)
