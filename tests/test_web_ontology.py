"""The documentation of the ontology: each term with axioms in words, uses and examples."""

import re

import httpx
import pytest

from entente.pipeline.build import BuildOptions, build
from serving import serving
from small_graph import write_small_graph

CHAIN = """
ent:reachesSeries a ent:RecordProperty , <http://www.w3.org/2002/07/owl#ObjectProperty> ;
  skos:prefLabel "reaches a <b>series</b>"@en ;
  skos:definition "Comes to a series through an edition."@en ;
  <http://www.w3.org/2002/07/owl#propertyChainAxiom> ( ent:participatedIn ent:editionOf ) .
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = write_small_graph(tmp_path_factory.mktemp("graph"), extra_ontology=CHAIN)
    build(folder, folder / "snapshot", lambda *_: None, BuildOptions(checked=False))
    with (
        serving("--snapshot", folder / "snapshot", "--files", folder) as server,
        httpx.Client(base_url=server.home, timeout=20, headers={"Accept": "text/html"}) as client,
    ):
        yield client


def words_of(page):
    text = re.sub(r"<[^>]+>", "", page.text)
    return re.sub(r"\s+", " ", text)


def test_a_class_says_its_definition_its_uses_and_what_puts_a_thing_into_it(client):
    words = words_of(client.get("/ontology/CcdcoeMember.html"))

    assert "An actor that is said to be a member of the Cooperative Cyber Defence" in words
    assert "the class CCDCOE member is of the class actor too. (rule cax-sco)" in words
    assert "is of the class CCDCOE member, and the reverse. (rule cls-hv2)" in words
    assert "inferred, why?" in words


def test_a_property_says_its_claims_and_its_axioms(client):
    words = words_of(client.get("/ontology/memberOf.html"))

    assert "Where member of holds, has member holds the other way round. (rule prp-inv1)" in words
    assert "Texts that date the beginning of member of apart disagree." in words
    assert "Two states are members of the CCDCOE (Australia)" in words


def test_a_chain_is_told_link_by_link_and_markup_in_a_label_stays_text(client):
    page = client.get("/ontology/reachesSeries.html")

    assert "reaches a &lt;b&gt;series&lt;/b&gt;" in page.text
    assert "Where participated in and then edition of lead somewhere" in words_of(page)


def test_classes_that_exclude_each_other_are_told(client):
    words = words_of(client.get("/ontology/Office.html"))

    assert (
        "Nothing is of the class office and of one of these: state, organisation, person." in words
    )
    assert "which finds contradictions" in words


def test_the_index_has_every_term_that_the_ontology_defines(client):
    index = client.get("/ontology.html").text
    query = """PREFIX graph: <https://w3id.org/entente/graph/>
    SELECT ?term { GRAPH graph:ontology { ?term a ?type ;
      <http://www.w3.org/2004/02/skos/core#definition> ?d }
      FILTER(STRSTARTS(STR(?term), "https://w3id.org/entente/ontology/")) }"""
    answer = client.get("/sparql", params={"query": query, "format": "json"}).json()
    terms = {row["term"]["value"] for row in answer["results"]["bindings"]}

    missing = {iri for iri in terms if f"/ontology/{iri.rpartition('/')[2]}.html" not in index}

    assert len(terms) > 150
    assert missing == set()
