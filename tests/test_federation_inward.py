"""Those who federate us, as they are: the programs run, know our address and nothing else."""

import csv
from io import StringIO
from pathlib import Path

import httpx
import pytest
from rdflib import Graph
from SPARQLWrapper import JSON, POST, SPARQLWrapper

import federation_clients as clients
from serving import free_port, serving

CAPITALS = Path(__file__).parent / "federation" / "capitals.nt"
PREFIXES = """\
PREFIX ex: <http://example.org/>
PREFIX ent: <https://w3id.org/entente/ontology/>
PREFIX id: <https://w3id.org/entente/id/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""
MEMBERS = "?s ent:memberOf id:ccdcoe ; skos:prefLabel ?label"
#: France is no member by undisputed facts, and Ukraine's capital is not in the file.
ROWS = [("japan", "Tokyo", "Japan"), ("south-korea", "Seoul", "South Korea")]


def needs(name):
    missing = clients.say_what_is_missing(name)
    skipped = pytest.mark.skipif(bool(missing), reason=missing)
    return lambda test: getattr(pytest.mark, name)(skipped(test))


@pytest.fixture(scope="module")
def served(snapshot):
    with serving("--snapshot", snapshot.folder.parent, "--log-format", "none") as server:
        yield server


@pytest.fixture(scope="module")
def capitals():
    with serving("--data", CAPITALS) as server:
        yield server.sparql


def join(endpoint, local="?s ex:capital ?capital"):
    service = f"SERVICE <{endpoint}> {{ {MEMBERS} }}"
    return f"{PREFIXES}SELECT ?s ?capital ?label {{ {local} {service} }}"


def rows_of(text):
    rows = list(csv.DictReader(StringIO(text)))
    return sorted((r["s"].rpartition("/")[2].rstrip(">"), r["capital"], r["label"]) for r in rows)


def ask_by_service(endpoint, query):
    response = httpx.post(
        endpoint, data={"query": query}, headers={"Accept": "text/csv"}, timeout=60
    )
    assert response.status_code == 200, response.text
    return rows_of(response.text)


@needs("comunica")
class TestComunica:
    def test_it_finds_out_by_itself_that_we_are_an_endpoint(self, served):
        query = f"{PREFIXES}SELECT ?label {{ {MEMBERS} }} ORDER BY ?label"

        answered = clients.ask_comunica(query, served.sparql)

        assert answered.split() == ["label", "Japan", "South", "Korea", "Ukraine"]

    def test_it_joins_us_with_a_second_endpoint(self, served, capitals):
        query = f"{PREFIXES}SELECT * {{ ?s ex:capital ?capital . {MEMBERS} }}"

        assert rows_of(clients.ask_comunica(query, served.sparql, capitals)) == ROWS

    def test_it_counts_filters_and_reads_named_graphs(self, served):
        query = (
            f"{PREFIXES}SELECT (COUNT(*) AS ?n) {{ GRAPH <https://w3id.org/entente/graph/entities> "
            "{ ?s skos:prefLabel ?l OPTIONAL { ?s skos:altLabel ?a } FILTER(?l = 'Japan'@en) } }"
        )

        ours = httpx.post(served.sparql, data={"query": query}, headers={"Accept": "text/csv"})

        assert clients.ask_comunica(query, served.sparql).split() == ours.text.split()
        assert int(ours.text.split()[1]) > 0


@needs("fuseki")
def test_fuseki_calls_us_by_service(served):
    with clients.fuseki(free_port(), CAPITALS) as endpoint:
        assert ask_by_service(endpoint, join(served.sparql)) == ROWS


@needs("oxigraph")
def test_the_oxigraph_server_calls_us_by_service(served):
    with clients.oxigraph(free_port(), CAPITALS) as endpoint:
        assert ask_by_service(endpoint, join(served.sparql)) == ROWS


@needs("virtuoso")
def test_virtuoso_calls_us_by_service(served, tmp_path):
    local = "GRAPH <urn:local> { ?s ex:capital ?capital }"
    with clients.virtuoso(free_port(), free_port(), CAPITALS, tmp_path) as endpoint:
        assert ask_by_service(endpoint, join(served.sparql, local)) == ROWS


def test_rdflib_calls_us_by_service(served):
    graph = Graph().parse(CAPITALS)

    found = graph.query(join(served.sparql))

    assert (
        sorted((str(r.s).rpartition("/")[2], str(r.capital), str(r.label)) for r in found) == ROWS
    )


@pytest.mark.parametrize("method", ["GET", POST])
def test_sparqlwrapper_asks_us(served, method):
    wrapper = SPARQLWrapper(served.sparql, returnFormat=JSON)
    wrapper.setMethod(method)
    wrapper.setQuery(f"{PREFIXES}SELECT ?label {{ {MEMBERS} }} ORDER BY ?label")

    rows = wrapper.queryAndConvert()["results"]["bindings"]

    assert [row["label"]["value"] for row in rows] == ["Japan", "South Korea", "Ukraine"]


def test_a_block_of_bindings_in_a_large_post_is_answered(served):
    names = " ".join(f"(<https://w3id.org/entente/id/{n}>)" for n in ["japan", *range(4000)])
    query = f"{PREFIXES}SELECT ?s ?label {{ {MEMBERS} }} VALUES (?s) {{ {names} }}"

    response = httpx.post(served.sparql, data={"query": query})

    assert len(response.json()["results"]["bindings"]) == 1


def test_what_virtuoso_accepts_is_answered_in_xml(served):
    accept = (
        "application/sparql-results+xml, text/rdf+n3, text/rdf+ttl, text/rdf+turtle, text/turtle, "
        "application/turtle, application/x-turtle, application/rdf+xml, application/xml"
    )
    asked = {"query": "ASK {}", "maxrows": "10000000"}

    response = httpx.get(served.sparql, params=asked, headers={"Accept": accept})

    assert response.headers["content-type"] == "application/sparql-results+xml"


def test_a_head_and_an_options_tell_what_a_get_would(served):
    head, got = (getattr(httpx, name)(served.sparql) for name in ("head", "get"))
    options = httpx.options(served.sparql)

    assert (head.status_code, head.headers["content-type"]) == (200, got.headers["content-type"])
    assert "POST" in options.headers["Access-Control-Allow-Methods"]
