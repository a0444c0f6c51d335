"""The protocol, the formats and the errors, asked of a real server."""

import json
import warnings
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
from rdflib import Graph, URIRef
from rdflib.namespace import RDF, RDFS, VOID
from SPARQLWrapper import JSON, POST, SPARQLWrapper

from serving import serving, write_data

SD = "http://www.w3.org/ns/sparql-service-description#"
NAMES = "SELECT ?name { ?s <http://example.org/name> ?name }"
TRIVIAL = "ASK { <http://example.org/a> ?p ?o }"
ENT = "https://w3id.org/entente/ontology/"
PROBLEM = "https://w3id.org/entente/problem/"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    data = write_data(tmp_path_factory.mktemp("data"))
    limits = ("--deadline-s", "1", "--max-body-bytes", "20000", "--max-query-bytes", "10000")
    with serving(
        *("--data", data, *limits, "--body-timeout-s", "0.5", "--max-answer-bytes", "2000"),
        *("--max-target-bytes", "9000", "--max-nesting", "20"),
    ) as server:
        yield server


@pytest.fixture(scope="module")
def client(served):
    with httpx.Client(base_url=served.home, timeout=10) as client:
        yield client


def get(client, query, **headers):
    return client.get("/sparql", params={"query": query}, headers=headers)


def problem_of(response):
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == response.status_code
    assert {"type", "title", "status", "detail"} <= problem.keys()
    return problem


@pytest.mark.parametrize(
    ("accept", "content_type", "body"),
    [
        ("text/csv", "text/csv; charset=utf-8", "name\r\nÄlpha <b>\r\n"),
        (
            "text/tab-separated-values",
            "text/tab-separated-values; charset=utf-8",
            '?name\n"Älpha <b>"@en\n',
        ),
        (
            "application/sparql-results+json",
            "application/sparql-results+json",
            '{"head":{"vars":["name"]},"results":{"bindings":[{"name":'
            '{"type":"literal","value":"Älpha <b>","xml:lang":"en"}}]}}',
        ),
        (
            "application/sparql-results+xml",
            "application/sparql-results+xml",
            '<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#"><head>'
            '<variable name="name"/></head><results><result><binding name="name">'
            '<literal xml:lang="en">Älpha &lt;b&gt;</literal></binding></result></results>'
            "</sparql>",
        ),
    ],
)
def test_results_come_in_the_format_that_accept_names(client, accept, content_type, body):
    response = get(client, NAMES, Accept=accept)

    assert (response.status_code, response.headers["content-type"]) == (200, content_type)
    assert response.content.decode() == body


@pytest.mark.parametrize(
    "accept",
    [
        "text/turtle",
        "application/n-triples",
        "application/rdf+xml",
        "application/ld+json",
        "application/n-quads",
        "application/trig",
    ],
)
def test_graphs_come_in_the_format_that_accept_names(client, accept):
    query = "CONSTRUCT WHERE { <http://example.org/a> <http://example.org/p> ?o }"
    response = get(client, query, Accept=accept)

    assert response.headers["content-type"].split(";")[0] == accept
    quads = ox.parse(response.content, format=ox.RdfFormat.from_media_type(accept))
    assert [str(quad.triple) for quad in quads] == [
        "<http://example.org/a> <http://example.org/p> <http://example.org/b>"
    ]


def test_turtle_uses_the_prefixes_of_the_query(client):
    query = "PREFIX : <http://example.org/>\nCONSTRUCT WHERE { :a :p ?o }"

    assert get(client, query).text == "@prefix : <http://example.org/> .\n:a :p :b .\n"


def test_the_three_ways_to_ask_give_one_answer(client):
    by_get = get(client, NAMES, Accept="text/csv")
    by_form = client.post("/sparql", data={"query": NAMES}, headers={"Accept": "text/csv"})
    direct = client.post(
        "/sparql",
        content=NAMES,
        headers={"Accept": "text/csv", "Content-Type": "application/sparql-query"},
    )

    assert {r.text for r in (by_get, by_form, direct)} == {"name\r\nÄlpha <b>\r\n"}
    assert {r.headers["etag"] for r in (by_get, by_form, direct)} == {by_get.headers["etag"]}


def test_relative_iris_are_resolved_against_the_address_of_the_endpoint(client, served):
    query = "SELECT (<x> AS ?x) {}"
    there = get(client, query, Accept="text/csv")
    elsewhere = get(client, query, Accept="text/csv", Host="example.org")

    assert there.text == f"x\r\n{served.home}/x\r\n"
    assert elsewhere.text == "x\r\nhttp://example.org/x\r\n"
    assert there.headers["etag"] != elsewhere.headers["etag"]


@pytest.mark.parametrize("accept", ["text/csv; charset=utf-8", "text/csv;header=present;q=0.5"])
def test_parameters_of_media_types_do_not_hinder(client, accept):
    assert get(client, NAMES, Accept=accept).text == "name\r\nÄlpha <b>\r\n"


@pytest.mark.parametrize("version", ["1.1", "1.2-basic", "1.2"])
def test_a_version_of_sparql_may_be_announced(client, version):
    by_get = client.get("/sparql", params={"query": TRIVIAL, "version": version})
    direct = client.post(
        "/sparql",
        content=TRIVIAL,
        headers={"Content-Type": f"application/sparql-query; version={version}"},
    )

    assert (by_get.json(), direct.json()) == ({"head": {}, "boolean": True},) * 2


def test_sparqlwrapper_asks_by_post(served):
    wrapper = SPARQLWrapper(served.sparql)
    wrapper.setQuery(NAMES)
    wrapper.setMethod(POST)
    wrapper.setReturnFormat(JSON)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        results = wrapper.queryAndConvert()

    assert results["results"]["bindings"] == [
        {"name": {"type": "literal", "value": "Älpha <b>", "xml:lang": "en"}}
    ]


def test_a_data_set_of_the_request_overrides_from(client):
    query = "SELECT ?o FROM <http://example.org/h> { ?s <http://example.org/q> ?o }"
    with_from = get(client, query, Accept="text/csv").text
    overridden = client.get(
        "/sparql",
        params={"query": query, "default-graph-uri": "http://example.org/g", "format": "csv"},
    ).text

    assert with_from.split() == ["o", "http://example.org/b", "http://example.org/a"]
    assert overridden.split() == ["o", "http://example.org/c"]


def test_named_graphs_of_the_request_hide_the_others(client):
    query = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"
    response = client.get(
        "/sparql",
        params={"query": query, "named-graph-uri": "http://example.org/g", "format": "csv"},
    )

    assert response.text.split() == ["g", "http://example.org/g"]


def test_head_has_the_headers_of_get_and_no_body(client):
    by_get = get(client, NAMES, Accept="text/csv")
    by_head = client.head("/sparql", params={"query": NAMES}, headers={"Accept": "text/csv"})

    assert by_head.content == b""
    ignored = {"date", "x-request-id"}
    assert {k: v for k, v in by_head.headers.items() if k not in ignored} == {
        k: v for k, v in by_get.headers.items() if k not in ignored
    }
    assert by_head.headers["content-length"] == str(len(by_get.content))


def test_head_of_what_nobody_asked_before_is_answered_too(client):
    response = client.head("/sparql", params={"query": "ASK { } # asked by HEAD first"})

    assert (response.status_code, response.headers["content-length"]) == (200, "26")


def test_a_client_that_has_the_answer_gets_304(client):
    query = "ASK {} # known"
    first = get(client, query)
    etag = first.headers["etag"]
    again = [
        get(client, query, **{"If-None-Match": tag})
        for tag in (etag, f'"other", {etag}', "*", etag.removeprefix("W/"))
    ]
    post = client.post("/sparql", data={"query": query}, headers={"If-None-Match": etag})
    other_format = get(client, query, **{"If-None-Match": etag, "Accept": "text/csv"})

    assert [r.status_code for r in again] == [304] * 4
    assert {(r.content, r.headers["etag"]) for r in again} == {(b"", etag)}
    assert (post.status_code, other_format.status_code) == (304, 200)
    assert first.headers["vary"] == "Accept, Accept-Encoding"
    assert len(first.headers["entente-version"]) == 64


def test_304_needs_no_evaluation(client):
    query = f"SELECT * {{ ?s ?p ?o }} #{'x' * 10}"
    etag = get(client, query, Accept="text/csv").headers["etag"]

    response = get(client, query, **{"Accept": "text/csv;q=0.9", "If-None-Match": etag})

    assert response.status_code == 304


def test_what_differs_each_time_is_never_kept(client):
    query = "SELECT (STRUUID() AS ?x) (NOW() AS ?y) {}"
    answers = [get(client, query, Accept="text/csv") for _ in range(3)]

    assert len({answer.text for answer in answers}) == 3
    assert [answer.headers.get("etag") for answer in answers] == [None] * 3
    assert answers[0].headers["cache-control"] == "no-store"


def test_a_kept_answer_is_given_again(client):
    query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    answers = [get(client, query, Accept="text/csv") for _ in range(2)]

    assert [answer.text for answer in answers] == ["n\r\n5\r\n"] * 2
    assert answers[0].headers["etag"] == answers[1].headers["etag"]


def test_options_tells_methods_and_lets_scripts_ask(client):
    response = client.options("/sparql", headers={"Origin": "https://example.org"})

    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS, POST"


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        (
            "SELECT * {\n  ?s a ent:Claim }",
            {
                "type": PROBLEM + "query-error",
                "title": "The query is malformed",
                "status": 400,
                "detail": "The prefix 'ent:' is not declared.",
                "line": 2,
                "column": 8,
                "token": "ent:Claim",
                "suggestion": "add the line PREFIX ent: <https://w3id.org/entente/ontology/>",
            },
        ),
        (
            "SELECT * { ?s FLITER ?o }",
            {
                "type": PROBLEM + "query-error",
                "title": "The query is malformed",
                "status": 400,
                "detail": "'FLITER' is no keyword or function of SPARQL.",
                "line": 1,
                "column": 15,
                "token": "FLITER",
                "suggestion": "did you mean FILTER?",
            },
        ),
        (
            "SELECT * FROM <file:///etc/passwd> {}",
            {
                "type": PROBLEM + "query-refused",
                "title": "The query is not allowed here",
                "status": 403,
                "detail": "FROM names the graph <file:///etc/passwd>, which is not in the data "
                "set; nothing is fetched from elsewhere.",
                "line": 1,
                "column": 15,
                "token": "<file:///etc/passwd>",
                "suggestion": "list the graphs with SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }",
            },
        ),
        (
            "ASK " + "{" * 21 + "}" * 21,
            {
                "type": PROBLEM + "query-too-costly",
                "title": "The query is beyond a limit",
                "status": 400,
                "detail": "The query nests deeper than 20 levels.",
                "line": 1,
                "column": 25,
                "token": "{",
                "suggestion": "write it flatter",
            },
        ),
    ],
)
def test_a_query_that_may_not_run_is_a_problem_in_full(client, query, problem):
    assert problem_of(get(client, query)) == problem


@pytest.mark.parametrize(
    ("query", "status", "kind"),
    [
        ("SELECT", 400, "query-error"),
        ("INSERT DATA { <a:a> <a:b> <a:c> }", 403, "query-refused"),
        ("LOAD <http://example.org/>", 403, "query-refused"),
        ("ASK { SERVICE <http://127.0.0.1/> {} }", 403, "query-refused"),
        ("ASK FROM NAMED <http://example.org/gg> {}", 403, "query-refused"),
        ("ASK {} #" + "x" * 10_000, 400, "query-too-costly"),
        ("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", 507, "answer-too-large"),
        ("SELECT (<http://e/f>(1) AS ?x) {}", 400, "query-error"),
    ],
)
def test_the_status_is_known_before_the_first_byte(client, query, status, kind):
    response = client.post("/sparql", data={"query": query})

    problem = problem_of(response)
    assert (response.status_code, problem["type"]) == (status, PROBLEM + kind)
    assert response.headers["content-length"] == str(len(response.content))


def test_an_endless_query_is_a_problem_and_the_next_is_answered(client):
    endless = " . ".join(f"?a{i} ?b{i} ?c{i}" for i in range(16))
    response = get(client, f"SELECT (COUNT(*) AS ?n) {{ {endless} FILTER(?a1 != ?c9) }}")

    problem = problem_of(response)
    assert (problem["status"], problem["detail"]) == (504, "The query ran longer than 1 s.")
    assert get(client, TRIVIAL).json() == {"head": {}, "boolean": True}


@pytest.mark.parametrize(
    ("method", "path", "kwargs", "status"),
    [
        ("PUT", "/sparql", {}, 405),
        ("DELETE", "/sparql", {}, 405),
        ("BREW", "/sparql", {}, 501),
        ("GET", "/nothing", {}, 404),
        ("GET", "/sparql?query=ASK%7B%7D&query=ASK%7B%7D", {}, 400),
        ("GET", "/sparql?query=%ff", {}, 400),
        ("GET", "/sparql?query=ASK%7B%7D&version=3", {}, 400),
        ("GET", "/sparql?query=ASK%7B%7D&version=1.2&version=1.2", {}, 400),
        ("GET", "/sparql?query=ASK%7B%7D" + "&a=b" * 1000, {}, 400),
        ("GET", "/sparql?query=ASK%7B%7D&format=pdf", {}, 400),
        ("GET", "/sparql?query=ASK%7B%7D", {"headers": {"Accept": "image/png"}}, 406),
        ("GET", "/sparql", {"headers": {"Accept": "image/png"}}, 406),
        ("GET", "/sparql?query=" + "a" * 9000, {}, 414),
        ("POST", "/sparql", {"content": "ASK {}"}, 415),
        (
            "POST",
            "/sparql",
            {
                "content": "ASK {}",
                "headers": {
                    "Content-Type": "application/sparql-query",
                    "Content-Encoding": "gzip",
                },
            },
            415,
        ),
        (
            "POST",
            "/sparql",
            {
                "content": "ASK {}",
                "headers": {"Content-Type": "application/sparql-query; charset=utf-16"},
            },
            415,
        ),
        ("POST", "/sparql", {"data": {"query": "a" * 20_001}}, 413),
        ("POST", "/sparql", {"data": {"q": "ASK {}"}}, 400),
        ("GET", "/sparql", {"headers": {"Host": "<>"}}, 400),
    ],
)
def test_every_wrong_request_has_its_status_and_the_one_shape(client, method, path, kwargs, status):
    response = client.request(method, path, **kwargs)

    problem_of(response)
    assert response.status_code == status
    assert response.headers["access-control-allow-origin"] == "*"


def test_405_names_what_is_allowed(client):
    allowed = client.put("/sparql").headers["allow"]

    assert set(allowed.split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_a_chunked_body_beyond_the_cap_is_refused(client):
    headers = {"Content-Type": "application/sparql-query"}
    response = client.post("/sparql", content=(b"#" * 5000 for _ in range(9)), headers=headers)

    assert problem_of(response)["type"] == PROBLEM + "request-entity-too-large"


def test_the_description_counts_the_graphs_and_names_the_limits(client, served):
    response = client.get("/sparql", headers={"Accept": "text/turtle"})
    graph = Graph().parse(data=response.content, format="turtle")
    service = graph.value(None, RDF.type, URIRef(SD + "Service"))
    dataset = graph.value(service, URIRef(SD + "defaultDataset"))
    counts = {
        str(graph.value(named, URIRef(SD + "name"))): int(
            graph.value(graph.value(named, URIRef(SD + "graph")), VOID.triples)
        )
        for named in graph.objects(dataset, URIRef(SD + "namedGraph"))
    }
    default = graph.value(dataset, URIRef(SD + "defaultGraph"))
    limit = graph.value(service, URIRef("https://w3id.org/entente/ontology/deadlineSeconds"))

    assert str(graph.value(service, URIRef(SD + "endpoint"))) == served.sparql
    assert counts == {"http://example.org/g": 1, "http://example.org/h": 2}
    assert int(graph.value(default, VOID.triples)) == 5
    assert float(limit) == 1.0
    assert not list(graph.objects(None, URIRef(SD + "feature")))
    available = graph.value(service, URIRef(SD + "availableGraphs"))
    assert set(graph.objects(available, URIRef(SD + "namedGraph"))) == set(
        graph.objects(dataset, URIRef(SD + "namedGraph"))
    )
    regimes = set(graph.objects(service, URIRef(SD + "defaultEntailmentRegime")))
    assert regimes == {URIRef("http://www.w3.org/ns/entailment/Simple")}


def test_every_limit_of_the_description_is_a_term_of_the_ontology(client):
    ontology = Graph()
    for module in (Path(__file__).parents[1] / "ontology").glob("*.ttl"):
        ontology.parse(module)
    text = client.get("/sparql", headers={"Accept": "text/turtle"}).text
    graph = Graph().parse(data=text, format="turtle")
    limits = {term for term in graph.predicates() if term.startswith(ENT)}

    assert len(limits) == 9
    assert limits <= set(ontology.subjects(RDFS.isDefinedBy, URIRef(ENT)))


def test_the_description_comes_in_other_formats(client):
    response = client.get("/sparql", params={"format": "jsonld"})

    assert response.headers["content-type"] == "application/ld+json"
    assert json.loads(response.content)


def test_health_and_readiness_are_told(client):
    assert [client.get(path).text for path in ("/healthz", "/readyz")] == ["ok\n", "ready\n"]


def test_the_front_door_leads_to_the_endpoint(client):
    response = client.get("/")

    assert (response.status_code, response.headers["content-type"]) == (
        200,
        "text/html; charset=utf-8",
    )
    assert 'href="/sparql"' in response.text


def test_an_empty_answer_can_be_asked_for_its_reason(client):
    query = "PREFIX : <http://example.org/>\nSELECT * { ?s :nme ?o }"
    response = client.get("/sparql", params={"query": query, "explain": "empty"})

    assert response.headers["content-type"] == "application/json"
    assert response.json() == {
        "empty": True,
        "reason": "No triple matches this pattern.",
        "patterns": [
            {
                "pattern": "?s :nme ?o",
                "line": 2,
                "column": 12,
                "near": {":nme": ["<http://example.org/name>"]},
            }
        ],
    }
    assert response.headers["etag"] != get(client, query).headers["etag"]


def test_nothing_else_is_explained(client):
    response = client.get("/sparql", params={"query": TRIVIAL, "explain": "plan"})

    assert problem_of(response)["suggestion"] == "use explain=empty"
