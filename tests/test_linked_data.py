"""What each name of ours answers, asked of a real server over a small graph."""

import re

import httpx
import pyoxigraph as ox
import pytest

from entente.errors import UsageError
from entente.pipeline.build import BuildOptions, build
from entente.web.linked_data import find_near
from entente.web.resource import bind
from serving import serving, write_data
from small_graph import CLAIMS, write_small_graph

BASE = "https://w3id.org/entente/"
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
#: A denial, so that there is a disagreement; and as many claims as make a second page.
MORE_CLAIMS = """
  claim:gmf-2023-003 skos:prefLabel "Australia is no member of the CCDCOE"@en ;
    ent:subject id:australia ; ent:predicate ent:memberOf ; ent:object id:ccdcoe ;
    ent:polarity voc:denied ; ent:attributedTo id:nato ; ent:evidence gmf:0-45 .
""" + "".join(
    f"""
  claim:gmf-2023-{number} skos:prefLabel "NATO supports the centre, {number}"@en ;
    ent:subject id:nato ; ent:predicate ent:supports ; ent:object id:ccdcoe ;
    ent:evidence gmf:47-64 .
"""
    for number in range(100, 155)
)
OLD_TERM = """
ent:oldWord a <http://www.w3.org/2002/07/owl#ObjectProperty> ;
  skos:prefLabel "old word"@en ;
  <http://www.w3.org/2002/07/owl#deprecated> true ;
  dcterms:isReplacedBy ent:memberOf .
"""
FORMATS = {
    "ttl": ("text/turtle; charset=utf-8", ox.RdfFormat.TURTLE),
    "nt": ("application/n-triples", ox.RdfFormat.N_TRIPLES),
    "rdf": ("application/rdf+xml", ox.RdfFormat.RDF_XML),
    "jsonld": ("application/ld+json", ox.RdfFormat.JSON_LD),
    "nq": ("application/n-quads", ox.RdfFormat.N_QUADS),
    "trig": ("application/trig; charset=utf-8", ox.RdfFormat.TRIG),
}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = write_small_graph(
        tmp_path_factory.mktemp("graph"), claims=CLAIMS + MORE_CLAIMS, extra_ontology=OLD_TERM
    )
    build(folder, folder / "snapshot", lambda *_: None, BuildOptions(checked=False))
    with (
        serving("--snapshot", folder / "snapshot", "--files", folder) as server,
        httpx.Client(base_url=server.home, timeout=10) as client,
    ):
        yield client


def triples_of(response, form=ox.RdfFormat.N_TRIPLES):
    return {quad.triple for quad in ox.parse(response.content, format=form)}


def triple(subject, predicate, term):
    names = (ox.NamedNode(BASE + name) for name in (subject, predicate, term))
    return ox.Triple(*names)


@pytest.mark.parametrize(
    ("accept", "extension"),
    [
        ("text/turtle", "ttl"),
        ("application/n-triples", "nt"),
        ("application/rdf+xml", "rdf"),
        ("application/ld+json", "jsonld"),
        ("application/trig", "trig"),
        ("text/html", "html"),
        (BROWSER["Accept"], "html"),
        ("*/*", "ttl"),
        ("text/html;q=0.5,application/ld+json", "jsonld"),
    ],
)
def test_a_thing_leads_to_the_document_that_accept_prefers(client, accept, extension):
    response = client.get("/id/japan", headers={"Accept": accept})

    assert (response.status_code, response.headers["location"]) == (303, f"/id/japan.{extension}")
    assert "Accept" in response.headers["vary"].split(", ")
    assert '</id/japan.html>; rel="describedby"; type="text/html"' in response.headers["link"]


def test_a_format_that_nobody_writes_is_not_acceptable(client):
    response = client.get("/id/japan", headers={"Accept": "image/png"})

    assert response.status_code == 406
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("extension", FORMATS)
def test_each_format_says_the_same(client, extension):
    content_type, form = FORMATS[extension]

    response = client.get(f"/id/japan.{extension}")

    assert response.headers["content-type"] == content_type
    assert triples_of(response, form) == triples_of(client.get("/id/japan.nt"))


def test_the_extension_goes_before_accept(client):
    response = client.get("/id/japan.nt", headers=BROWSER)

    assert response.headers["content-type"] == "application/n-triples"


def test_a_document_holds_facts_claims_and_disagreements(client):
    said = triples_of(client.get("/id/australia.nt"))

    assert {
        triple("id/australia", "ontology/memberOf", "id/ccdcoe") in said,
        triple("claim/gmf-2023-003", "ontology/polarity", "vocabulary/denied") in said,
        triple("claim/gmf-2023-003", "ontology/statedIn", "source/gmf-2023") in said,
        triple("claim/gmf-2023-003", "ontology/evidence", "source/gmf-2023/char/0-45") in said,
        triple("claim/gmf-2023-001-australia", "ontology/object", "id/ccdcoe") in said,
    } == {True} - {
        # The fact is denied, so that no plain fact is drawn.
    } or triple("id/australia", "ontology/memberOf", "id/ccdcoe") not in said
    involved = {t.object.value for t in said if t.predicate.value.endswith("/involvesClaim")}
    assert involved == {BASE + "claim/gmf-2023-003", BASE + "claim/gmf-2023-001-australia"}
