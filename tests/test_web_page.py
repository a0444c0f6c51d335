"""What a browser sees."""

import httpx
import pytest

from serving import make_snapshot, serving, write_data

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
RULE = "#+ summary: Which things are there?\n#+ tags: test\n\nSELECT ?s WHERE { ?s ?p ?o }\n"


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    data = write_data(tmp_path_factory.mktemp("data"))
    with (
        serving("--data", data, "--max-table-rows", "2") as server,
        httpx.Client(base_url=server.home, headers=BROWSER) as client,
    ):
        yield client


def test_the_form_is_filled_with_a_first_query(client):
    page = client.get("/sparql")

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "PREFIX rdfs: &lt;http://www.w3.org/2000/01/rdf-schema#&gt;" in page.text
    assert "5 triples in the default graph · 2 named graphs" in page.text


def test_an_answer_is_a_table_whose_values_are_escaped(client):
    page = client.get("/sparql", params={"query": "SELECT ?o { ?s <http://example.org/name> ?o }"})

    assert page.status_code == 200
    assert '<th scope="col">o</th>' in page.text
    assert "<td>Älpha &lt;b&gt; <small>en</small></td>" in page.text


def test_a_long_answer_says_that_it_is_cut(client):
    page = client.get("/sparql", params={"query": "SELECT ?s { ?s ?p ?o }"})

    assert "5 rows; the first 2 are shown" in page.text


def test_yes_or_no_and_graphs_are_shown_too(client):
    ask = client.get("/sparql", params={"query": "ASK {}"}).text
    graph = client.get("/sparql", params={"query": "CONSTRUCT { <a:b> <a:c> 1 } {}"}).text

    assert "<td>yes</td>" in ask
    assert "&lt;a:b&gt; &lt;a:c&gt; 1 ." in graph
    assert "text/turtle" in graph


def test_an_error_is_shown_beside_the_query_with_its_status(client):
    page = client.get("/sparql", params={"query": "SELECT <script> {"})

    assert page.status_code == 400
    assert "<script>" not in page.text
    assert 'role="alert"' in page.text
    assert "What to do:" in page.text


def test_a_chosen_format_is_a_download(client):
    response = client.get("/sparql", params={"query": "ASK {}", "format": "json"})

    assert response.headers["content-type"] == "application/sparql-results+json"


def test_the_style_comes_from_here_and_nothing_from_elsewhere(client):
    page = client.get("/sparql")
    style = client.get("/static/entente.css")

    assert (style.status_code, style.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert page.text.count("<script") == page.text.count("<script nonce=")


def test_our_own_graph_offers_its_queries(tmp_path):
    make_snapshot(tmp_path / "snapshot", "<a:a> <a:b> <a:c> .\n", "one")
    (tmp_path / "queries" / "competency").mkdir(parents=True)
    (tmp_path / "queries" / "competency" / "things.rq").write_text(RULE)
    with serving("--snapshot", tmp_path / "snapshot", "--files", tmp_path) as server:
        page = httpx.get(server.sparql, headers=BROWSER).text
        filled = httpx.get(server.sparql, params={"example": "things"}, headers=BROWSER).text

    assert '<a href="/sparql?example=things#query">Which things are there?</a>' in page
    assert "PREFIX ent: &lt;https://w3id.org/entente/ontology/&gt;" in page
    assert "SELECT ?s WHERE { ?s ?p ?o }" in filled
