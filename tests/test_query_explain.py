"""Why an answer is empty."""

import json

import pyoxigraph as ox
import pytest

from entente.query.execute import Job, execute
from entente.query.patterns import find_patterns

DATA = """
@prefix : <http://example.org/> .
:japan a :Country ; :name "Japan"@en ; :memberOf :ccdcoe ; :since 2018 .
:ccdcoe a :Centre .
:g { :korea :memberOf :ccdcoe . }
"""
PREFIX = "PREFIX : <http://example.org/> "
E = "http://example.org/"


def explain(query, dataset=None):
    store = ox.Store()
    store.load(DATA.encode(), ox.RdfFormat.TRIG)
    job = Job(PREFIX + query, "json", dataset, 100_000, explain=True)
    return json.loads(execute(store, job))


def emptied_by(explained):
    return [(each["pattern"], each["near"]) for each in explained["patterns"]]


def test_an_answer_that_is_not_empty_needs_no_reason():
    assert explain("ASK { ?x a :Country }") == {
        "empty": False,
        "reason": "The query has an answer.",
        "patterns": [],
    }


def test_the_pattern_without_matches_is_named_with_near_names():
    assert explain("SELECT * {\n ?x a :Country .\n ?x :memberof :ccdcoe }") == {
        "empty": True,
        "reason": "No triple matches this pattern.",
        "patterns": [
            {
                "pattern": "?x :memberof :ccdcoe",
                "line": 3,
                "column": 2,
                "near": {":memberof": [f"<{E}memberOf>"]},
            }
        ],
    }


@pytest.mark.parametrize(
    ("query", "patterns"),
    [
        ('ASK { ?x :name "japan" }', [('?x :name "japan"', {'"japan"': ['"Japan"@en']})]),
        ("ASK { :japn a ?c }", [(":japn a ?c", {":japn": [f"<{E}japan>"]})]),
        (
            "ASK { ?x a :Contry }",
            [("?x a :Contry", {":Contry": [f"<{E}Country>", f"<{E}Centre>"]})],
        ),
        (
            "ASK { ?x :memberOf/:nam ?n }",
            [("?x :memberOf/:nam ?n", {":nam": [f"<{E}name>"]})],
        ),
        ("ASK { :ccdcoe :memberOf ?x }", [(":ccdcoe :memberOf ?x", {})]),
        ("ASK { GRAPH :g { ?x a ?c } }", [("GRAPH :g { ?x a ?c }", {})]),
        ("SELECT * FROM :g { ?x a ?c }", [("?x a ?c", {})]),
    ],
)
def test_near_names_are_found_for_each_constant_that_is_not_there(query, patterns):
    assert emptied_by(explain(query)) == patterns


def test_patterns_that_match_alone_and_not_together_are_told():
    explained = explain("ASK { ?x a :Centre . ?x :name ?n }")

    assert explained["reason"] == (
        "Each pattern has matches, but this one has none with those before it."
    )
    assert emptied_by(explained) == [("?x :name ?n", {})]


@pytest.mark.parametrize(
    "query",
    [
        "ASK { ?x :since ?n FILTER(?n > 2020) }",
        "SELECT * { ?x a ?c } LIMIT 0",
        "ASK { { ?x a :No } UNION { ?x a :Nope } }",
    ],
)
def test_what_no_pattern_emptied_is_said_to_be_so(query):
    explained = explain(query)

    assert explained["reason"].startswith("The patterns have matches together; a FILTER")
    assert explained["patterns"] == []


def test_the_data_set_of_the_request_counts():
    assert emptied_by(explain("ASK { ?x a :Country }", ([E + "g"], []))) == [
        ("?x a :Country", {":Country": []})
    ]


def test_only_what_every_answer_must_match_is_required():
    query = """SELECT ?x FROM <g:g> { ?x <e:a> ?y , "z"@en ; <e:b>/^<e:c>* -4 .
      OPTIONAL { ?o <e:o> ?o } FILTER NOT EXISTS { ?n <e:n> ?n } FILTER(REGEX(?y, "b"))
      { ?u <e:u> ?u } UNION { ?v <e:v> ?v } { SELECT (COUNT(*) AS ?k) { ?s <e:s> ?s } }
      VALUES (?p ?q) { (1 2) } GRAPH ?g { ?x a <e:C> } [] <e:k> 1 . MINUS { ?m <e:m> ?m }
      BIND(1 AS ?one) { ?end <e:end> ( 1 2 ) , true } } ORDER BY ?x"""

    found = find_patterns(query)

    assert (found.prologue, found.dataset) == ("", "FROM <g:g>")
    assert [pattern.text for pattern in found.required] == [
        "?x <e:a> ?y",
        '?x <e:a> "z"@en',
        "?x <e:b>/^<e:c>* -4",
        "GRAPH ?g { ?x a <e:C> }",
        "?end <e:end> true",
    ]


def test_a_template_is_not_required():
    found = find_patterns("CONSTRUCT { ?a ?b ?c } WHERE { ?d ?e ?f }")

    assert [pattern.text for pattern in found.required] == ["?d ?e ?f"]
