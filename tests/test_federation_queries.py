"""The federated queries of the catalogue, each over an extract in the terms of its endpoint."""

import csv
from contextlib import ExitStack
from io import StringIO
from pathlib import Path

import httpx
import pytest

from entente.catalogue import read_catalogue
from entente.files import graph_files
from entente.query.origins import find_origin
from serving import run_entente, serving

FOLDER = Path(__file__).parent / "federation"
QUERIES = [
    query for query in read_catalogue(graph_files() / "queries") if query.folder == "federation"
]
#: What each endpoint serves here.
EXTRACTS = {
    "https://query.wikidata.org/sparql": ["wikidata"],
    "https://dbpedia.org/sparql": ["dbpedia"],
    "https://publications.europa.eu/webapi/rdf/sparql": ["eu-vocabularies", "eurovoc"],
    "https://ror.example/sparql": ["ror"],
    "https://entente.example/sparql": ["another-entente"],
}


@pytest.fixture(scope="module")
def origins():
    """The origins of the endpoints, each with the address of its extract."""
    with ExitStack() as stack:
        mirrors = []
        for endpoint, names in EXTRACTS.items():
            files = [part for name in names for part in ("--data", FOLDER / f"{name}.ttl")]
            server = stack.enter_context(serving(*files, "--log-format", "none"))
            mirrors.append(f"{find_origin(endpoint)}={server.sparql}")
        yield " ".join(mirrors)


@pytest.fixture(scope="module")
def served(snapshot, origins):
    options = ("--service-origins", origins, "--log-format", "none")
    with serving("--snapshot", snapshot.folder.parent, *options) as server:
        yield server


def rows_of(text):
    return list(csv.reader(StringIO(text)))


def expected(name):
    return rows_of((FOLDER / f"{name}.csv").read_text(encoding="utf-8"))


@pytest.mark.parametrize("query", QUERIES, ids=[query.name for query in QUERIES])
def test_the_query_gives_its_expected_rows(served, query):
    asked = {"query": query.text}

    response = httpx.post(served.sparql, data=asked, headers={"Accept": "text/csv"}, timeout=30)

    assert response.status_code == 200, response.text
    assert rows_of(response.text) == expected(query.name)
    assert "ETag" not in response.headers


def test_there_are_six_and_each_names_the_endpoints_that_it_asks():
    assert len(QUERIES) == 6
    for query in QUERIES:
        assert query.endpoints
        for endpoint in query.endpoints:
            assert f"SERVICE <{endpoint}>" in query.text
            assert endpoint in EXTRACTS


def test_a_federated_query_is_a_resource_as_any(served):
    name = QUERIES[0].name

    response = httpx.get(f"{served.home}/queries/{name}.csv", timeout=30)

    assert rows_of(response.text) == expected(name)


def test_the_command_asks_the_origins_that_its_environment_lists(snapshot, origins):
    name = QUERIES[0].name
    options = ("--snapshot", snapshot.folder.parent, "--format", "csv")
    done = run_entente("query", name, *options, ENTENTE_SERVICE_ORIGINS=origins)
    refused = run_entente("query", name, *options)

    assert rows_of(done.stdout) == expected(name), done.stderr
    assert refused.returncode == 2
    assert "service_origins" in refused.stderr
