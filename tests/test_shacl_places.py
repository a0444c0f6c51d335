"""The cause of a result is found where it stands; queries of shapes see what is pre-bound."""

import pyoxigraph as ox
import pytest
from rdflib import BNode, URIRef

from entente.errors import InputError, Place
from entente.shacl.baseline import keep_new, read_baseline, write_baseline
from entente.shacl.mend import suggest
from entente.shacl.paths import Path, add_path, read_path, write_path
from entente.shacl.places import Places
from entente.shacl.prebind import prebind
from entente.shacl.sources import read_source
from entente.shacl.store import hold_graph
from entente.shacl.validate import check

DATA = """PREFIX : <urn:>
:one a :Thing ;
  :part [ :size 1 ] , [ :size 200 ] ;
  :of ( 1 2
        "three" ) .

:two a :Thing ; :tag "a" , "b" .
:one :knows :three .
"""
SHAPES = """PREFIX : <urn:> PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
CASES = {
    "a value inside a bracketed node, by a path of two steps": (
        ":s sh:targetClass :Thing ; sh:property [ sh:path ( :part :size ) ; sh:maxInclusive 9 ] .",
        [(3, 31)],
    ),
    "a bracketed node that is checked itself": (
        ":s sh:targetObjectsOf :part ; sh:property [ sh:path :size ; sh:maxInclusive 9 ] .",
        [(3, 31)],
    ),
    "a bracketed node that lacks something": (
        ":s sh:targetObjectsOf :part ; sh:property [ sh:path :name ; sh:minCount 1 ] .",
        [(3, 9), (3, 23)],
    ),
    "a member of a list": (
        ":s sh:targetClass :Thing ; sh:property [ sh:datatype xsd:integer ; "
        "sh:path ( :of [ sh:zeroOrMorePath rdf:rest ] rdf:first ) ] .",
        [(5, 9)],
    ),
    "too many values: the predicate": (
        ":s sh:targetClass :Thing ; sh:property [ sh:path :tag ; sh:maxCount 1 ] .",
        [(7, 17)],
    ),
    "a missing value: the focus node's own block": (
        ":s sh:targetClass :Thing ; sh:property [ sh:path :tag ; sh:minCount 1 ] .",
        [(2, 1)],
    ),
    "a node that is only an object": (
        ":s sh:targetObjectsOf :knows ; sh:property [ sh:path :tag ; sh:minCount 1 ] .",
        [(8, 13)],
    ),
    "a value by an inverse path: the subject": (
        ":s sh:targetObjectsOf :knows ; "
        "sh:property [ sh:path [ sh:inversePath :knows ] ; sh:class :Other ] .",
        [(8, 1)],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_result_is_placed_at_its_cause(tmp_path, name):
    shapes, expected = CASES[name]
    file = tmp_path / "data.ttl"
    file.write_text(DATA)
    source = read_source(str(file))
    triples = [quad.triple for quad in ox.parse((SHAPES + shapes).encode(), ox.RdfFormat.TURTLE)]

    report = check(source.triples, triples)
    found = [Places([source]).find(result) for result in report.results]

    assert sorted((place.line, place.column) for place in found) == expected


def test_of_a_format_without_positions_the_file_is_named(tmp_path):
    file = tmp_path / "data.jsonld"
    file.write_text('{"@id": "urn:one", "@type": "urn:Thing"}')
    source = read_source(str(file))
    shape = SHAPES + ":s sh:targetClass :Thing ; sh:property [ sh:path :tag ; sh:minCount 1 ] ."
    shapes = [quad.triple for quad in ox.parse(shape.encode(), ox.RdfFormat.TURTLE)]

    [result] = check(source.triples, shapes).results

    assert Places([source]).find(result) == Place(str(file))


def test_paths_are_written_as_sparql_does_and_survive_a_graph():
    a, b = Path("", ("urn:a",)), Path("", ("urn:b",))
    path = Path("/", (Path("^", (a,)), Path("*", (Path("|", (a, b)),)), b))
    graph = hold_graph([])

    again = read_path(graph, add_path(graph, path))

    assert again == path
    assert write_path(path) == "(^<urn:a>)/((<urn:a>|<urn:b>)*)/<urn:b>"


def test_a_path_without_parts_is_refused():
    with pytest.raises(InputError, match="a path has no parts"):
        read_path(hold_graph([]), BNode())


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT $this WHERE { $this ?p 1 }", "SELECT (true AS ?prebound1) WHERE { <urn:x> ?p 1 }"),
        ("ASK { FILTER bound(?this) }", "ASK { FILTER (true) }"),
        ("ASK { ?s ?p '$this' } # ?this", "ASK { ?s ?p '$this' } # ?this"),
        ("SELECT ?thisOne { ?thisOne ?p $this }", "SELECT ?thisOne { ?thisOne ?p <urn:x> }"),
        (
            "SELECT (STR($this) AS ?t) { ?s ?p ?o } GROUP BY $this",
            "SELECT (STR(<urn:x>) AS ?t) { ?s ?p ?o } GROUP BY (<urn:x>)",
        ),
    ],
)
def test_a_value_is_written_wherever_its_variable_stands(query, expected):
    assert prebind(query, {"this": ox.NamedNode("urn:x")}) == expected


def test_a_query_sees_a_blank_node_in_its_inner_groups_too():
    data = "PREFIX : <urn:> :one :part [ :size 1 ] ."
    query = "SELECT $this WHERE { { { FILTER (isBlank($this)) } } FILTER (true) }"
    shape = SHAPES + f':s sh:targetObjectsOf :part ; sh:sparql [ sh:select "{query}" ] .'

    report = check(
        [quad.triple for quad in ox.parse(data.encode(), ox.RdfFormat.TURTLE)],
        [quad.triple for quad in ox.parse(shape.encode(), ox.RdfFormat.TURTLE)],
    )

    assert len(report.results) == 1


def test_a_hint_names_the_parameter_of_the_shape():
    shape = SHAPES + ":s sh:minCount 2 ; sh:in ( 1 :two ) ."
    triples = [quad.triple for quad in ox.parse(shape.encode(), ox.RdfFormat.TURTLE)]
    graph = hold_graph(triples)
    component = "http://www.w3.org/ns/shacl#{}ConstraintComponent"

    hints = [
        suggest(component.format(name), URIRef("urn:s"), graph)
        for name in ("MinCount", "In", "UniqueLang", "SPARQL")
    ]

    assert hints == [
        "add values until there are at least 2",
        "choose one of 1, <urn:two>",
        "keep one value for each language",
        "",
    ]


def test_a_baseline_counts_how_often_a_result_is_known(tmp_path):
    data = "PREFIX : <urn:> :one :part [] , [] , [] ."
    shape = SHAPES + ":s sh:targetObjectsOf :part ; sh:nodeKind sh:IRI ."
    results = check(
        [quad.triple for quad in ox.parse(data.encode(), ox.RdfFormat.TURTLE)],
        [quad.triple for quad in ox.parse(shape.encode(), ox.RdfFormat.TURTLE)],
    ).results
    file = tmp_path / "known.json"

    written = write_baseline(results[:2], file)

    assert (written, len(keep_new(results, read_baseline(file)))) == (2, 1)
