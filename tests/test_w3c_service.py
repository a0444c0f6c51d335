"""W3C's suite for SERVICE: each endpoint of a case is a server with the data of the case."""

import os
from contextlib import ExitStack
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest

from entente.query.origins import find_origin
from serving import free_port, serving
from w3c.answers import equal_results, read_results

FOLDER = Path(os.environ.get("ENTENTE_W3C", "")) / "rdf-tests/sparql/sparql11/service"
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
#: What differs on purpose.
REFUSED = {"service5": "names its endpoint by a variable"}

pytestmark = [
    pytest.mark.w3c,
    pytest.mark.skipif(not FOLDER.exists(), reason="no W3C suites; set ENTENTE_W3C"),
]


def read_cases():
    """Give the name, the query, the data, the endpoints with their data, and the result."""
    base = "http://example.com/"
    if not FOLDER.exists():
        return
    manifest = FOLDER / "manifest.ttl"
    graph = ox.Dataset(ox.parse(path=manifest, format=ox.RdfFormat.TURTLE, base_iri=base))

    def objects(node, name):
        return [q.object for q in graph.quads_for_subject(node) if q.predicate.value == name]

    def files(node, name):
        return [FOLDER / term.value.removeprefix(base) for term in objects(node, name)]

    for quad in graph:
        if quad.predicate.value == MF + "action":
            (query,) = files(quad.object, QT + "query")
            (result,) = files(quad.subject, MF + "result")
            endpoints = {
                objects(service, QT + "endpoint")[0].value: files(service, QT + "data")
                for service in objects(quad.object, QT + "serviceData")
            }
            name = quad.subject.value.partition("#")[2]
            yield name, query, files(quad.object, QT + "data"), endpoints, result


CASES = sorted(read_cases(), key=lambda case: case[0])


@pytest.fixture
def empty(tmp_path):
    path = tmp_path / "empty.nt"
    path.write_text("")
    return path


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_the_case_of_w3c_is_answered_as_foretold(case, empty):
    name, query, data, endpoints, result = case
    # Nobody answers there.
    origins = f"http://invalid.endpoint.org=http://127.0.0.1:{free_port()}"
    with ExitStack() as stack:

        def serve(files):
            given = [part for file in files or [empty] for part in ("--data", file)]
            options = ("--service-origins", origins, "--log-format", "none")
            return stack.enter_context(serving(*given, *options)).sparql

        for endpoint in sorted(endpoints, reverse=True):  # the first calls the second
            origins += f" {find_origin(endpoint)}={serve(endpoints[endpoint])}"
        asked, accept = {"query": query.read_text()}, "application/sparql-results+xml"
        response = httpx.post(serve(data), data=asked, headers={"Accept": accept}, timeout=30)

    if name in REFUSED:
        assert response.status_code == 403
        assert REFUSED[name] in response.json()["detail"]
    else:
        assert response.status_code == 200, response.text
        found = read_results(response.content, ".srx")
        assert equal_results(found, read_results(result.read_bytes(), ".srx")), found
