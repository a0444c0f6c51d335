"""Parts of answers: valid, marked, and only for those who ask."""

import io
import json
import xml.etree.ElementTree as ET

import httpx
import pyoxigraph as ox
import pytest

from entente.query.partial import MARKED, cut_answer, is_partial
from serving import serving, write_data

NASTY = 'a <b> "}},{" .\n</result> é ] , [ \\'
ROWS = 60
GRAPHS = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "nq": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "rdf": ox.RdfFormat.RDF_XML,
}
RESULTS = {"json": ox.QueryResultsFormat.JSON, "xml": ox.QueryResultsFormat.XML}
QUADS = [
    ox.Quad(
        ox.NamedNode(f"http://e/{i % 7}"), ox.NamedNode("http://e/p"), ox.Literal(NASTY + str(i))
    )
    for i in range(ROWS)
]


def write(form):
    store, output = ox.Store(), io.BytesIO()
    store.extend(QUADS)
    if form in RESULTS:
        store.query("SELECT * { ?s ?p ?o OPTIONAL { ?o ?x ?y } }").serialize(output, RESULTS[form])
    else:
        ox.serialize(
            store.query("CONSTRUCT WHERE { ?s ?p ?o }"),
            output,
            GRAPHS[form],
            prefixes={"e": "http://e/"} if form in ("ttl", "trig") else None,
        )
    return output.getvalue()


def count(form, body):
    if form in RESULTS:
        return len(list(ox.parse_query_results(body, RESULTS[form])))
    return len(list(ox.parse(body, GRAPHS[form])))


@pytest.mark.parametrize("form", sorted(MARKED))
def test_wherever_an_answer_breaks_off_its_part_is_valid(form):
    whole = write(form)
    counts = []
    for length in range(0, len(whole), 37):
        part = cut_answer(form, whole[:length])
        if part is not None:
            assert is_partial(form, part)
            counts.append(count(form, part))

    assert counts == sorted(counts)
    assert ROWS - 10 < counts[-1] <= ROWS
    assert not is_partial(form, whole)


def test_what_breaks_off_before_its_first_row_gives_no_part():
    assert cut_answer("json", b'{"head":{"vars":["s"]},"results":{"bindings":[{"s":') is None
    assert cut_answer("xml", b"<?xml") is None


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    text = "".join(f"<urn:s{i}> <urn:p> <urn:o{i}> .\n" for i in range(1000))
    data = write_data(tmp_path_factory.mktemp("data"), text, "data.nt")
    limits = ("--max-answer-bytes", "30000", "--deadline-s", "1")
    with serving("--data", data, *limits) as server, httpx.Client(base_url=server.home) as client:
        yield client


def ask(client, query, **parameters):
    return client.get("/sparql", params={"query": query, "format": "json", **parameters})


def test_a_client_that_asks_for_it_gets_a_part_marked_in_header_and_body(client):
    whole = ask(client, "SELECT * { ?s ?p ?o }")
    part = ask(client, "SELECT * { ?s ?p ?o }", partial="true")

    assert (whole.status_code, part.status_code) == (507, 200)
    assert part.headers["entente-partial"] == "true"
    assert (part.headers["cache-control"], "etag" in part.headers) == ("no-store", False)
    body = json.loads(part.content)
    assert body["head"]["link"] == ["https://w3id.org/entente/problem/partial-answer"]
    assert 100 < len(body["results"]["bindings"]) < 1000


def test_time_ends_a_part_too(client):
    rows = " . ".join(f"?s{i} ?p{i} ?o{i}" for i in range(3))
    query = f'SELECT ?s0 {{ {rows} FILTER(CONTAINS(STR(?s0), "7") && ?o2 = <urn:o999>) }}'

    part = ask(client, query, partial="true", format="xml")

    assert part.headers["entente-partial"] == "true"
    assert ET.fromstring(part.content)[1][0].tag.endswith("result")


def test_a_whole_answer_is_not_marked_even_if_a_part_would_do(client):
    response = ask(client, "SELECT * { ?s ?p ?o } LIMIT 3", partial="true")

    assert "entente-partial" not in response.headers
    assert len(response.json()["results"]["bindings"]) == 3
    assert "etag" in response.headers


@pytest.mark.parametrize("form", ["csv", "tsv"])
def test_a_format_without_a_place_for_the_mark_gives_no_part(client, form):
    response = ask(client, "SELECT * { ?s ?p ?o }", partial="true", format=form)

    assert (response.status_code, response.json()["suggestion"]) == (
        400,
        "ask for one of json, nq, nt, rdf, trig, ttl, xml",
    )
