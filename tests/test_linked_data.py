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


def heading_of(response):
    """The words of a page's heading."""
    (heading,) = re.findall(r"<h1[^>]*>(.*?)</h1>", response.text, re.DOTALL)
    return re.sub(r"<[^>]+>", "", heading)


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

    assert said >= {
        triple("claim/gmf-2023-003", "ontology/polarity", "vocabulary/denied"),
        triple("claim/gmf-2023-003", "ontology/statedIn", "source/gmf-2023"),
        triple("claim/gmf-2023-003", "ontology/evidence", "source/gmf-2023/char/0-45"),
        triple("claim/gmf-2023-001-australia", "ontology/object", "id/ccdcoe"),
    }
    involved = {t.object.value for t in said if t.predicate.value.endswith("/involvesClaim")}
    assert involved == {BASE + "claim/gmf-2023-003", BASE + "claim/gmf-2023-001-australia"}


def test_a_fact_stands_in_the_graph_that_tells_its_status(client):
    quads = set(ox.parse(client.get("/id/japan.nq").content, format=ox.RdfFormat.N_QUADS))

    graphs = {quad.graph_name.value.removeprefix(BASE) for quad in quads}
    fact = triple("id/japan", "ontology/memberOf", "id/ccdcoe")
    assert ox.Quad(*fact, ox.NamedNode(BASE + "graph/asserted")) in quads
    assert graphs >= {"graph/asserted", "graph/inferred", "graph/entities", "graph/gmf-2023"}
    assert not any(graph.startswith("graph/view/") for graph in graphs)


def test_claims_are_paged_and_the_pages_lead_to_each_other(client):
    first, last = client.get("/id/nato.nt"), client.get("/id/nato.nt?page=2")

    stated = ox.NamedNode(BASE + "ontology/statedIn")
    counts = [
        len({t.subject for t in triples_of(r) if t.predicate == stated}) for r in (first, last)
    ]
    assert counts == [50, 7]
    assert '</id/nato.nt?page=2>; rel="next"' in first.headers["link"]
    assert '</id/nato.nt>; rel="prev"' in last.headers["link"]
    assert 'rel="next"' not in last.headers["link"]


@pytest.mark.parametrize(("page", "status"), [("3", 404), ("0", 400), ("-1", 400), ("two", 400)])
def test_a_page_that_is_not_there_is_an_error(client, page, status):
    assert client.get("/id/nato.ttl", params={"page": page}).status_code == status


def test_a_document_names_what_it_describes_and_its_other_forms(client):
    links = client.get("/id/japan.html").headers["link"]

    assert f'<{BASE}id/japan>; rel="canonical"' in links
    assert f'<{BASE}id/japan>; rel="describes"' in links
    assert '</id/japan.ttl>; rel="alternate"; type="text/turtle"' in links
    assert 'type="text/html"' not in links


@pytest.mark.parametrize("path", ["/id/japan.ttl", "/id/japan.html", "/problem/not-found.ttl"])
def test_a_client_that_has_the_document_gets_it_no_second_time(client, path):
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["etag"]})

    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert len(first.headers["entente-version"]) == 64


def test_head_has_the_headers_and_no_body(client):
    head, whole = client.head("/id/japan.ttl"), client.get("/id/japan.ttl")

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == whole.headers["content-type"]
    assert head.headers["etag"] == whole.headers["etag"]


def test_nothing_is_changed_here(client):
    response = client.post("/id/japan")

    assert response.status_code == 405
    assert "GET" in response.headers["allow"]


@pytest.mark.parametrize("path", ["/id/japn", "/id/japn.ttl"])
def test_an_unknown_name_is_told_with_near_ones(client, path):
    response = client.get(path)

    assert response.status_code == 404
    assert response.json()["type"] == BASE + "problem/not-found"
    assert f"did you mean <{BASE}id/japan>?" in response.json()["detail"]


def test_a_browser_gets_the_near_names_as_a_page(client):
    response = client.get("/id/%3Cscript%3E", headers=BROWSER)

    assert (response.status_code, response.headers["content-type"]) == (
        404,
        "text/html; charset=utf-8",
    )
    assert "<script>" not in response.text


@pytest.mark.parametrize(
    "path",
    [
        "/id/..%2Fsparql",
        "/id/%2e%2e/x",
        "/id/japan%0a",
        "/id/japan%00",
        "/id/japan.exe",
        "/id/",
        "/x",
    ],
)
def test_a_strange_path_names_nothing(client, path):
    assert client.get(path).status_code in (400, 404)


def test_a_term_out_of_use_is_gone_and_names_its_successor(client):
    page, said = client.get("/ontology/oldWord.html"), client.get("/ontology/oldWord.nt")

    assert (page.status_code, said.status_code) == (410, 410)
    assert f'<{BASE}ontology/memberOf>; rel="successor-version"' in said.headers["link"]
    assert "This name is no longer used; its place is taken by" in page.text
    assert '<a href="/ontology/memberOf.html"' in page.text


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/ontology/", "The Entente ontology"),
        ("/ontology/memberOf", "member of"),
        ("/vocabulary/affirmed", "affirmed"),
        ("/id/japan", "Japan"),
        ("/source/gmf-2023", "GMF text"),
        ("/source/gmf-2023/char/0-45", "Characters 0 to 45"),
        ("/claim/gmf-2023-002", "NATO takes Japan for a partner"),
        ("/query/members-of-the-ccdcoe", "Who is undisputedly a member of the CCDCOE"),
        ("/shapes/begin-bounds", "bounds of the beginning"),
        ("/problem/deadline-exceeded", "The query ran out of time"),
        ("/problem/partial-answer", "Partial answer"),
        ("/dataset", "Entente"),
        ("/proposition/japan_memberOf_ccdcoe", ""),
    ],
)
def test_every_kind_of_name_has_a_page(client, path, title):
    response = client.get(path, headers=BROWSER, follow_redirects=True)

    assert (response.status_code, [r.status_code for r in response.history]) == (200, [303])
    assert heading_of(response).startswith(title)
    assert response.headers["content-security-policy"].startswith("default-src 'none'")
    assert response.text.count("<script") == response.text.count("<script nonce=")


def test_a_disagreement_has_a_page_with_its_claims(client):
    page = client.get("/id/australia.html").text
    (path,) = set(re.findall(r'href="(/disagreement/[^"]+)"', page))

    disagreement = client.get(path).text

    assert "Australia is no member of the CCDCOE" in disagreement
    assert "denied" in disagreement


def test_the_first_pages_of_a_crawl_have_no_dead_link(client):
    waiting = ["/id/australia.html", "/ontology.html", "/claim/gmf-2023-003.html", "/dataset.html"]
    seen, dead = set(waiting), {}
    for address in waiting:
        response = client.get(address, follow_redirects=True)
        gone = "/ontology/oldWord." in address
        if response.status_code != (410 if gone else 200):
            dead[address] = response.status_code
        found = set(re.findall(r'(?:href|src)="(/[^"]*)"', response.text)) - seen
        room = max(0, 400 - len(waiting))
        waiting.extend(sorted(found)[:room])
        seen |= found

    assert dead == {}
    assert len(waiting) == 400


def test_the_sitemap_names_pages_that_are_there(client):
    pages = re.findall("<loc>([^<]+)</loc>", client.get("/sitemap.xml").text)

    assert f"{client.base_url}/id/japan.html".replace("//id", "/id") in pages
    sample = [*pages[::250], pages[-1]]
    assert {client.get(page).status_code for page in sample} == {200}


def test_robots_are_told_of_the_sitemap(client):
    said = client.get("/robots.txt").text

    assert re.search(r"^Sitemap: http://127\.0\.0\.1:\d+/sitemap\.xml$", said, re.MULTILINE)
    assert "Disallow: /sparql" in said


@pytest.mark.parametrize(
    ("name", "type_iri"),
    [
        ("void", "http://rdfs.org/ns/void#Dataset"),
        ("sparql-examples", "http://www.w3.org/ns/shacl#SPARQLExecutable"),
    ],
)
def test_the_well_known_addresses_lead_to_rdf(client, name, type_iri):
    response = client.get(
        f"/.well-known/{name}", headers={"Accept": "application/n-triples"}, follow_redirects=True
    )

    assert response.status_code == 200
    assert ox.NamedNode(type_iri) in {triple.object for triple in triples_of(response)}


def test_data_of_somebody_else_have_no_names_of_ours_but_problems(tmp_path):
    with serving("--data", write_data(tmp_path)) as server:
        missing = httpx.get(f"{server.home}/id/japan.ttl")
        problem = httpx.get(f"{server.home}/problem/not-found.html")

    assert (missing.status_code, problem.status_code) == (404, 200)
    assert "<h1>Not Found</h1>" in problem.text


def test_an_iri_that_would_end_its_term_is_refused():
    with pytest.raises(UsageError, match="is no IRI"):
        bind("SELECT * { VALUES ?this { } ?this ?p ?o }", [BASE + "id/a> } #"])


def test_near_names_are_of_the_same_kind():
    names = [BASE + "id/japan", BASE + "id/nato", BASE + "claim/japan"]

    assert find_near(BASE + "id/japn", names) == [BASE + "id/japan"]


def test_among_many_names_the_neighbours_are_near():
    names = [f"{BASE}claim/cicir-2023-{number:04}" for number in range(3000)]

    assert f"{BASE}claim/cicir-2023-2999" in find_near(BASE + "claim/cicir-2023-29990", names)


def test_a_graph_is_a_page_for_a_browser_and_rdf_for_a_program(client):
    led = client.get("/graph/entities", headers=BROWSER)
    page = client.get("/graph/entities.html")
    whole = client.get("/graph/entities", headers={"Accept": "application/n-triples"})
    named = client.get("/graph/entities.nt")

    assert (led.status_code, led.headers["Location"]) == (303, "/graph/entities.html")
    assert (page.status_code, heading_of(page)) == (200, "graph:entities")
    assert '<a href="/graph/entities.ttl"' in page.text
    assert triples_of(whole) == triples_of(named) != set()
    assert client.get("/graph/nothing.html", headers=BROWSER).status_code == 404
