"""The read side of the graph store, asked of a real server."""

import gzip

import brotli
import httpx
import pytest
import zstandard

from serving import make_snapshot, serving, write_data

BASE = "https://w3id.org/entente/"
G, H = "http://example.org/g", "http://example.org/h"
TRIPLE = "<http://example.org/a> <http://example.org/q> <http://example.org/c> .\n"


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    data = write_data(tmp_path_factory.mktemp("data"))
    with serving("--data", data) as server, httpx.Client(base_url=server.home) as client:
        yield client


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    root = tmp_path_factory.mktemp("snapshot")
    quads = f"<{BASE}id/a> <{BASE}id/b> <{BASE}id/c> <{BASE}graph/view/gmf-2023> .\n"
    make_snapshot(root, quads, "v1")
    with serving("--snapshot", root) as server, httpx.Client(base_url=server.home) as client:
        yield client


def test_a_named_graph_is_given_whole(client):
    response = client.get(
        "/store", params={"graph": G}, headers={"Accept": "application/n-triples"}
    )

    assert (response.status_code, response.text) == (200, TRIPLE)
    assert response.headers["vary"] == "Accept, Accept-Encoding"
    assert len(response.headers["entente-version"]) == 64


def test_the_default_graph_is_given_without_the_named_ones(client):
    response = client.get("/store?default&format=nt")

    assert len(response.text.splitlines()) == 5
    assert TRIPLE not in response.text


def test_head_has_the_headers_of_get(client):
    got, head = (
        client.get("/store", params={"graph": H}),
        client.head("/store", params={"graph": H}),
    )

    assert head.content == b""
    assert [head.headers[name] for name in ("content-length", "content-type", "etag")] == [
        got.headers[name] for name in ("content-length", "content-type", "etag")
    ]


def test_a_client_that_has_the_graph_gets_304(client):
    etag = client.get("/store", params={"graph": G}).headers["etag"]

    again = client.get("/store", params={"graph": G}, headers={"If-None-Match": etag})

    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_graph_that_is_not_there_is_404(client, method):
    assert client.request(method, "/store", params={"graph": G + "x"}).status_code == 404


def test_404_names_near_graphs(client):
    detail = client.get("/store", params={"graph": G + "x"}).json()["detail"]

    assert detail == f"There is no graph <{G}x>; did you mean <{G}> or <{H}>?"


@pytest.mark.parametrize("method", ["PUT", "POST", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/store?default", "/store/g"])
def test_a_write_is_405_with_the_reason(client, method, path):
    response = client.request(method, path, content="<a:a> <a:b> <a:c> .")

    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert response.json()["detail"] == (
        f"{method} changes a graph, and this store is read-only: data change by a build."
    )


def test_options_names_the_methods(client):
    response = client.options("/store")

    assert (response.status_code, response.headers["allow"]) == (204, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize(
    ("target", "detail"),
    [
        ("/store", "The request names no graph."),
        ("/store?default&graph=http://example.org/g", "One graph at a time."),
        ("/store?graph=g", "graph=g: no absolute IRI."),
        ("/store?graph=%ff", "The parameters: byte 6 is not UTF-8."),
        ("/store?default&format=csv", "format=csv: CONSTRUCT is not answered in it."),
    ],
)
def test_a_request_that_names_no_one_graph_is_400(client, target, detail):
    response = client.get(target)

    assert (response.status_code, response.json()["detail"]) == (400, detail)


def test_a_graph_whose_iri_is_the_address_is_given_there(tmp_path):
    path = write_data(tmp_path, "", "data.nq")
    with serving("--data", path) as server, httpx.Client() as client:
        address = server.home + "/store/people/1"
        path.write_text(f"<urn:s> <urn:p> <urn:o> <{address}> .\n")
        server.process.send_signal(1)
        while (response := client.get(address)).status_code == 404:
            pass

    assert response.text == "<urn:s> <urn:p> <urn:o> .\n"


def test_a_graph_of_ours_is_given_at_its_path(own):
    response = own.get("/graph/view/gmf-2023", headers={"Accept": "application/n-triples"})

    assert response.text == f"<{BASE}id/a> <{BASE}id/b> <{BASE}id/c> .\n"
    assert own.get("/graph/view/gmf-2032").json()["detail"] == "There is no viewpoint gmf-2032."


def test_no_entailment_is_claimed_while_a_query_runs(tmp_path):
    quads = f"<{BASE}id/a> <{BASE}id/b> <{BASE}id/c> <{BASE}graph/inferred> .\n"
    make_snapshot(tmp_path, quads, "v1")
    with serving("--snapshot", tmp_path) as server:
        text = httpx.get(server.sparql, headers={"Accept": "text/turtle"}).text

    assert "sd:entailmentRegime" not in text
    assert "nothing is inferred while a query runs" in text


def test_the_graph_paths_are_for_the_graph_of_entente_alone(client):
    assert client.get("/graph/g").status_code == 404


@pytest.mark.parametrize(
    ("coding", "unpack"),
    [
        ("gzip", gzip.decompress),
        ("br", brotli.decompress),
        ("zstd", lambda packed: zstandard.ZstdDecompressor().decompressobj().decompress(packed)),
    ],
)
def test_a_long_answer_is_compressed_for_those_who_ask(client, coding, unpack):
    query = {"query": 'SELECT ("' + "x" * 2000 + '" AS ?x) {}', "format": "csv"}
    asked = {"params": query, "headers": {"Accept-Encoding": coding}}

    for _ in range(4):  # made, then kept, then known by its bytes
        with client.stream("GET", "/sparql", **asked) as r:
            packed = b"".join(r.iter_raw())
        assert (r.headers["content-encoding"], r.headers["vary"]) == (
            coding,
            "Accept, Accept-Encoding",
        )
    plain = client.get("/sparql", params=query, headers={"Accept-Encoding": "identity"})
    head = client.head("/sparql", **asked)

    assert unpack(packed) == plain.content
    assert "content-encoding" not in plain.headers
    assert head.headers["content-length"] == r.headers["content-length"] == str(len(packed))


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        ("*", "zstd"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("br, gzip;q=0.5", "br"),
        ("gzip, br;q=0.5, *;q=0", "gzip"),
        ("gzip;q=0", None),
        ("gzip;q=0.5, identity", None),
        ("deflate", None),
        ("", None),
    ],
)
def test_compression_follows_the_wish_of_the_client(client, accept, coding):
    query = {"query": 'SELECT ("' + "y" * 2000 + '" AS ?x) {}'}

    with client.stream("GET", "/sparql", params=query, headers={"Accept-Encoding": accept}) as r:
        r.read() if coding is None else b"".join(r.iter_raw())

    assert r.headers.get("content-encoding") == coding
