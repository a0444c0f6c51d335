"""What the graph says of its own size is what a count by SPARQL finds."""

import pyoxigraph as ox
import pyshacl
import pytest
import rdflib

from entente import vocab
from entente.catalogue import read_catalogue
from entente.files import graph_files
from entente.pipeline.build import BuildOptions, build
from small_graph import ENTITIES, write_small_graph

PREFIXES = "".join(f"PREFIX {name}: <{space}>\n" for name, space in vocab.PREFIXES.items())
MATCHED = """
id:estonia a ent:State ; skos:prefLabel "Estonia"@en ; skos:definition "A third state."@en ;
  skos:exactMatch <http://www.wikidata.org/entity/Example> , <http://example.org/estonia> ,
    <http://example.org/eesti> .
"""
#: What VoID counts: the graphs that are neither views nor the description itself.
COUNTED = """
    { SELECT DISTINCT ?s ?p ?o {
      GRAPH ?g { ?s ?p ?o }
      FILTER(!STRSTARTS(STR(?g), STR(graph:view/)) && ?g != graph:void) } }
""".replace("graph:view/", f"<{vocab.GRAPH_VIEW}>")
DATASET = f"<{vocab.BASE}dataset>"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = write_small_graph(tmp_path_factory.mktemp("graph"), entities=ENTITIES + MATCHED)
    snapshot = build(folder, folder / "snapshot", lambda *_: None, BuildOptions(checked=False))
    store = ox.Store()
    store.bulk_load(path=str(snapshot.dataset), format=ox.RdfFormat.N_QUADS)
    return store


def rows(store, query):
    return sorted(tuple(term.value for term in row) for row in store.query(PREFIXES + query))


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("triples", "COUNT(*)"),
        ("distinctSubjects", "COUNT(DISTINCT ?s)"),
        ("distinctObjects", "COUNT(DISTINCT ?o)"),
        ("properties", "COUNT(DISTINCT ?p)"),
    ],
)
def test_the_totals_are_the_graphs(store, name, count):
    said = rows(store, f"SELECT ?n {{ {DATASET} void:{name} ?n }}")

    assert said == rows(store, f"SELECT ({count} AS ?n) {{ {COUNTED} }}")


def test_the_class_partitions_are_the_graphs(store):
    said = rows(
        store,
        f"SELECT ?c ?n {{ {DATASET} void:classPartition ?part . "
        "?part void:class ?c ; void:entities ?n }",
    )

    assert said == rows(
        store,
        f"SELECT ?o (COUNT(*) AS ?n) {{ {COUNTED} FILTER(?p = rdf:type && isIRI(?o)) }} "
        "GROUP BY ?o",
    )
    assert rows(store, f"SELECT ?n {{ {DATASET} void:classes ?n }}") == [(str(len(said)),)]


def test_the_property_partitions_are_the_graphs(store):
    said = rows(
        store,
        f"SELECT ?p ?n {{ {DATASET} void:propertyPartition ?part . "
        "?part void:property ?p ; void:triples ?n }",
    )

    assert said == rows(store, f"SELECT ?p (COUNT(*) AS ?n) {{ {COUNTED} }} GROUP BY ?p")


def test_each_graph_is_counted(store):
    said = rows(
        store,
        f"SELECT ?g ?n {{ {DATASET} void:subset ?g . ?g void:triples ?n "
        f'FILTER(STRSTARTS(STR(?g), "{vocab.GRAPH}")) }}',
    )

    assert said == rows(
        store,
        "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } FILTER(?g != graph:void) } GROUP BY ?g",
    )


def test_links_to_the_outside_are_counted_by_property_and_namespace(store):
    said = rows(
        store,
        f"SELECT ?space ?n {{ ?links a void:Linkset ; void:subjectsTarget {DATASET} ; "
        "void:linkPredicate skos:exactMatch ; void:objectsTarget/void:uriSpace ?space ; "
        "void:triples ?n FILTER(CONTAINS(?space, 'wikidata') || CONTAINS(?space, 'example')) }",
    )

    wikidata = rows(
        store,
        "SELECT (COUNT(*) AS ?n) { ?s skos:exactMatch ?o "
        "FILTER(STRSTARTS(STR(?o), 'http://www.wikidata.org/entity/')) }",
    )
    assert said == [
        ("http://example.org/", "2"),
        ("http://www.wikidata.org/entity/", *wikidata[0]),
    ]


def test_the_example_queries_have_the_form_that_the_sib_tools_read(store):
    said = rows(
        store,
        "SELECT ?query ?text { GRAPH graph:queries { ?query a sh:SPARQLExecutable ; "
        "rdfs:comment ?asked ; sh:select|sh:ask|sh:construct|sh:describe ?text ; "
        f"sh:prefixes ?prefixes ; schema:target <{vocab.BASE}sparql> }} }}",
    )

    catalogue = read_catalogue(graph_files() / "queries")
    assert said == sorted((query.iri, query.text) for query in catalogue)


#: What the SIB tools demand of an example, in their shapes' sense and in our words.
#: Source: https://github.com/sib-swiss/sparql-examples-utils, src/main/resources/spex.shacl
SIB_RULES = """
PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX schema: <https://schema.org/>
PREFIX spex: <https://purl.expasy.org/sparql-examples/ontology#>
[] a sh:NodeShape ; sh:targetClass sh:SPARQLExecutable ;
  sh:property [ sh:minCount 1 ; sh:maxCount 1 ;
    sh:path [ sh:alternativePath ( sh:select sh:ask spex:describe sh:construct ) ] ] ;
  sh:property [ sh:path rdfs:comment ; sh:minCount 1 ;
    sh:or ( [ sh:datatype rdf:langString ] [ sh:datatype rdf:HTML ] ) ] ;
  sh:property [ sh:path schema:target ; sh:minCount 1 ] ;
  sh:property [ sh:path schema:keyword ; sh:maxCount 0 ] ;
  sh:property [ sh:path schema:keywords ; sh:pattern "^[^\\\\s].*[^\\\\s]$" ] .
"""


def test_the_example_queries_fit_the_shapes_of_the_sib_tools(store):
    data, rules = rdflib.Graph(), rdflib.Graph().parse(data=SIB_RULES, format="turtle")
    graph = ox.NamedNode(vocab.GRAPH_QUERIES)
    triples = [quad.triple for quad in store.quads_for_pattern(None, None, None, graph)]
    data.parse(data=ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES), format="nt")

    conforms, _, text = pyshacl.validate(data, shacl_graph=rules)

    assert conforms, text


def test_every_prefix_is_declared_for_the_queries(store):
    said = rows(
        store,
        "SELECT ?prefix ?space { query:prefixes sh:declare [ sh:prefix ?prefix ; "
        "sh:namespace ?space ] FILTER(DATATYPE(?space) = xsd:anyURI) }",
    )

    assert dict(said) == dict(vocab.PREFIXES)
