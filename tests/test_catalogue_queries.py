"""Queries of the catalogue as resources, asked of a real server over a small graph."""

import json
import re

import httpx
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from entente.catalogue import read_catalogue, read_query
from entente.config import Settings
from entente.errors import DataError, UsageError
from entente.files import graph_files
from entente.pipeline.build import BuildOptions, build
from entente.query.parameters import bind_values, read_values
from entente.query.pool import Pool
from entente.query.served import files_source
from entente.web.answers import Answers
from entente.web.app import create_app
from entente.web.documented import documentation_of
from serving import serving, write_data
from small_graph import write_small_graph

CSV = {"Accept": "text/csv"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
JOINED = "/queries/when-did-japan-join-the-ccdcoe"
CATALOGUE = {query.name: query for query in read_catalogue(graph_files() / "queries")}
WITH_PARAMETERS = [query for query in CATALOGUE.values() if query.parameters]


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = write_small_graph(tmp_path_factory.mktemp("graph"))
    build(folder, folder / "snapshot", lambda *_: None, BuildOptions(checked=False))
    with (
        serving("--snapshot", folder / "snapshot", "--files", folder) as server,
        httpx.Client(base_url=server.home, timeout=10) as client,
    ):
        yield client


def claims_of(response):
    return sorted(set(re.findall(r"claim/([a-z0-9-]+)", response.text)))


def test_without_parameters_the_defaults_hold(client):
    response = client.get(JOINED, headers=CSV)

    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert claims_of(response) == ["gmf-2023-001-japan"]


@pytest.mark.parametrize(
    "value", ["australia", "id:australia", "https://w3id.org/entente/id/australia"]
)
def test_a_name_with_or_without_prefix_and_the_whole_iri_are_one_value(client, value):
    response = client.get(JOINED, params={"state": value}, headers=CSV)

    assert claims_of(response) == ["gmf-2023-001-australia"]


def test_a_literal_is_bound_by_its_datatype(client):
    path = "/queries/claims-dated-between-two-days.csv"

    assert claims_of(client.get(path)) == ["gmf-2023-001-australia", "gmf-2023-001-japan"]
    assert claims_of(client.get(path, params={"from": "2022-06-01"})) == []


@pytest.mark.parametrize(
    ("name", "params", "said"),
    [
        ("when-did-japan-join-the-ccdcoe", {"state": "japn"}, "did you mean id:japan?"),
        ("when-did-japan-join-the-ccdcoe", {"state": "ccdcoe"}, "no ent:State has that name"),
        ("when-did-japan-join-the-ccdcoe", {"state": ""}, "it names no ent:State"),
        ("when-did-japan-join-the-ccdcoe", {"state": ["japan", "nato"]}, "more than once"),
        ("when-did-japan-join-the-ccdcoe", {"stat": "japan"}, "did you mean 'state'?"),
        ("who-supports-what", {"state": "japan"}, "it has none; ask it without"),
        ("claims-dated-between-two-days", {"from": "2022"}, "it is no date"),
        ("claims-dated-between-two-days", {"from": "2022-02-30"}, "it is no date"),
    ],
)
def test_a_wrong_value_is_told_clearly(client, name, params, said):
    response = client.get(f"/queries/{name}", params=params, headers=CSV)
    problem = response.json()

    assert (response.status_code, response.headers["content-type"]) == (
        400,
        "application/problem+json",
    )
    assert said in problem["detail"] + " " + problem.get("suggestion", "")


@pytest.mark.parametrize(
    "value",
    [
        "japan } ?s ?p ?o . { ",
        "https://x.org/> } . ?s ?p ?o VALUES ?x { <https://x.org/",
        'x" } SERVICE <http://127.0.0.1/> { ?a ?b ?c',
        "id:japan\nid:nato",
    ],
)
def test_a_value_is_never_spliced_in_as_text(client, value):
    response = client.get(JOINED, params={"state": value}, headers=CSV)

    assert response.status_code == 400
    assert "it names no ent:State" in response.json()["detail"]


def test_a_quotation_mark_stays_within_its_literal():
    query = CATALOGUE["claims-dated-between-two-days"]
    text = query.text.replace("xsd:date", "xsd:string")
    loose = [type(p)(p.name, p.type_iri[:-4] + "string", "", "") for p in query.parameters]
    query = type(query)("q", "reports", "", (), (), "SELECT", text, tuple(loose))

    bound = bind_values(query, read_values(query, [("from", 'a" } ?s ?p ?o { "\\')]))

    assert r'VALUES ?from { "a\" } ?s ?p ?o { \"\\" }' in bound


@pytest.mark.parametrize(
    ("extension", "content_type"),
    [
        ("json", "application/sparql-results+json"),
        ("xml", "application/sparql-results+xml"),
        ("csv", "text/csv; charset=utf-8"),
        ("tsv", "text/tab-separated-values; charset=utf-8"),
        ("html", "text/html; charset=utf-8"),
    ],
)
def test_the_extension_goes_before_accept(client, extension, content_type):
    response = client.get(f"{JOINED}.{extension}", headers={"Accept": "text/turtle"})

    assert (response.status_code, response.headers["content-type"]) == (200, content_type)


@pytest.mark.parametrize(
    ("address", "accept", "status"),
    [
        (f"{JOINED}.ttl", "*/*", 400),
        (f"{JOINED}?format=ttl", "*/*", 400),
        (JOINED, "image/png", 406),
        ("/queries/when-did-japan-join", "*/*", 404),
        ("/queries/", "*/*", 404),
        ("/queries/..%2F..%2Fetc%2Fpasswd", "*/*", 404),
    ],
)
def test_what_is_not_there_is_an_error(client, address, accept, status):
    assert client.get(address, headers={"Accept": accept}).status_code == status


def test_a_wrong_name_is_told_with_near_ones(client):
    problem = client.get("/queries/when-did-japan-join-ccdcoe").json()

    assert "did you mean when-did-japan-join-the-ccdcoe" in problem["detail"]


def test_a_browser_gets_a_form_that_holds_what_was_asked(client):
    page = client.get(JOINED, params={"state": "australia"}, headers=BROWSER).text

    assert '<input id="p-state" name="state" type="text" value="id:australia" required>' in page
    assert "gmf-2023-001-australia" in page
    assert f'href="{JOINED}.csv?state=australia"' in page
    assert "VALUES ?state { &lt;https://w3id.org/entente/id/australia&gt; }" in page


def test_an_answer_is_negotiated_and_kept_as_at_the_endpoint(client):
    first = client.get(JOINED, headers=CSV)
    again = client.get(JOINED, headers=CSV | {"If-None-Match": first.headers["etag"]})

    assert again.status_code == 304
    assert "Accept" in first.headers["vary"]
    assert first.headers["entente-query"]


@pytest.mark.parametrize("query", WITH_PARAMETERS, ids=lambda query: query.name)
def test_a_default_is_a_thing_of_its_type_and_binding_it_changes_no_row(snapshot_client, query):
    defaults = {parameter.name: parameter.default for parameter in query.parameters}

    plain = snapshot_client.get(f"/queries/{query.name}.csv")
    bound = snapshot_client.get(f"/queries/{query.name}.csv", params=defaults)

    assert (plain.status_code, bound.status_code) == (200, 200)
    assert sorted(bound.text.splitlines()) == sorted(plain.text.splitlines())
    assert len(plain.text.splitlines()) > 1


@pytest.fixture(scope="module")
def snapshot_client(snapshot):
    with (
        serving("--snapshot", snapshot.folder.parent) as server,
        httpx.Client(base_url=server.home, timeout=10) as client,
    ):
        yield client


def test_the_openapi_document_is_valid_and_names_every_query(client):
    document = client.get("/openapi.json").json()

    OpenAPIV31SpecValidator(document).validate()
    assert {f"/queries/{name}" for name in CATALOGUE} <= document["paths"].keys()
    assert document["servers"] == [{"url": str(client.base_url).rstrip("/")}]
    said = document["paths"][JOINED]["get"]
    assert [p["name"] for p in said["parameters"]] == ["state", "body"]
    assert said["parameters"][0]["schema"]["default"] == "id:japan"


#: Routes that need parameters, and those that lead elsewhere.
NEEDING = {"/why", "/compare", "/evidence", "/store"}


def test_the_openapi_document_names_what_the_server_answers(client):
    document = client.get("/openapi.json").json()
    asked = {path for path, told in document["paths"].items() if "get" in told}
    plain = {path for path in asked if "{" not in path and "/queries/" not in path}

    answered = {path: client.get(path).status_code for path in plain - NEEDING}

    assert {"/sparql", "/sitemap.xml", "/metrics", "/openapi.json"} <= plain
    assert set(answered.values()) <= {200, 303}


def test_data_of_somebody_else_have_no_catalogue(tmp_path):
    with serving("--data", write_data(tmp_path)) as server:
        response = httpx.get(f"{server.home}{JOINED}", headers=CSV)
        document = json.loads(httpx.get(f"{server.home}/openapi.json").text)

    assert response.status_code == 404
    assert JOINED not in document["paths"]


@pytest.mark.parametrize(
    "head",
    [
        "#+ param: state",
        "#+ param: state ent:State which one",
        "#+ param: thing ent:Thing bound twice",
        "#+ param: other nope:Thing of an unknown prefix",
    ],
)
def test_a_head_that_does_not_fit_its_query_is_refused(tmp_path, head):
    path = tmp_path / "q.rq"
    path.write_text(
        f"#+ summary: What?\n{head}\nSELECT * {{ VALUES ?thing {{ id:a }} "
        "VALUES ?thing { id:b } VALUES ?other { id:c } }"
    )

    with pytest.raises(DataError, match="write `#\\+ param: state ent:State"):
        read_query(path)


def test_a_value_of_another_kind_is_refused_before_it_is_bound():
    with pytest.raises(UsageError, match="state=a b"):
        read_values(CATALOGUE["when-did-japan-join-the-ccdcoe"], [("state", "a b")])


def test_every_route_says_what_it_is_for():
    pool = Pool(files_source([]), Settings())
    app = create_app(pool, Answers(pool, ()))

    silent = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and not documentation_of(app.view_functions[rule.endpoint])
    ]

    assert silent == [], "mark their views with @documented, so that /openapi.json has them"
