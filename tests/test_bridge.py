import pyoxigraph
import pytest
import rdflib

from entente.bridge import from_rdflib, from_rdflib_graph, to_rdflib, to_rdflib_graph
from entente.errors import InputError

XSD = "http://www.w3.org/2001/XMLSchema#"
A = pyoxigraph.NamedNode("http://example.org/a")
TERMS = [
    A,
    pyoxigraph.BlankNode("b0"),
    pyoxigraph.Literal("text"),
    pyoxigraph.Literal("テキスト\n\"'", language="ja"),
    pyoxigraph.Literal("007", datatype=pyoxigraph.NamedNode(XSD + "integer")),
    pyoxigraph.Literal("no number", datatype=pyoxigraph.NamedNode(XSD + "integer")),
    pyoxigraph.Literal("2022-12-31", datatype=pyoxigraph.NamedNode(XSD + "date")),
    pyoxigraph.Literal("1", datatype=pyoxigraph.NamedNode(XSD + "boolean")),
]


@pytest.mark.parametrize("term", TERMS, ids=str)
@pytest.mark.filterwarnings("ignore:Failed to convert:UserWarning")
def test_a_term_comes_back_from_rdflib_as_it_was(term):
    assert from_rdflib(to_rdflib(term)) == term


def test_a_graph_comes_back_from_rdflib_with_its_blank_nodes():
    triples = {pyoxigraph.Triple(pyoxigraph.BlankNode("b0"), A, term) for term in TERMS[:5]}

    assert set(from_rdflib_graph(to_rdflib_graph(triples))) == triples


def test_triples_that_are_rdf_in_rdflib_alone_are_left_out():
    graph = rdflib.Graph()
    node = rdflib.URIRef(A.value)
    graph.add((rdflib.Literal(1), node, node))
    graph.add((node, rdflib.BNode("p"), node))
    graph.add((node, node, node))

    assert list(from_rdflib_graph(graph)) == [pyoxigraph.Triple(A, A, A)]


def test_a_triple_term_is_refused():
    with pytest.raises(InputError, match=r"rdflib has no term for .*; leave triple terms out"):
        to_rdflib(pyoxigraph.Triple(A, A, A))


def test_a_node_that_is_no_rdf_term_is_refused():
    with pytest.raises(InputError, match=r"rdflib\.term\.Variable\('x'\) is no RDF term"):
        from_rdflib(rdflib.Variable("x"))


def test_a_malformed_iri_is_refused():
    with pytest.raises(InputError, match="is no RDF term"):
        from_rdflib(rdflib.URIRef("not absolute"))
