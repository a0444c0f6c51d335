"""SERVICE: what is asked, what comes back, and what a remote endpoint cannot do to us."""

import shutil
import subprocess
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pyoxigraph as ox
import pytest

from entente.config import Settings
from entente.errors import ServiceFailed, UsageError
from entente.query.federate import choose_bindings
from entente.query.hangup import Hangup
from entente.query.origins import may_ask, read_origins
from entente.query.remote import Remotes
from far_endpoint import far_endpoint
from serving import free_port, run_entente, serving

FOLDER = Path(__file__).parent / "federation"
NEAR, FAR = FOLDER / "near.ttl", FOLDER / "far.ttl"
PREFIX = "PREFIX : <http://example.org/>\n"
LIMITS = (
    *("--log-format", "none", "--deadline-s", "4", "--service-timeout-s", "0.6"),
    *("--max-service-bytes", "100000", "--max-service-rows", "50", "--max-service-in-flight", "4"),
    *("--max-service-bindings", "2", "--max-service-calls", "4"),
)


@pytest.fixture(scope="module")
def far():
    with far_endpoint() as far:
        yield far


@pytest.fixture(scope="module")
def good():
    with serving("--data", FAR) as server:
        yield server


@pytest.fixture(scope="module")
def near(far, good):
    closed = free_port()
    origins = (
        f"http://far.example=http://127.0.0.1:{good.port}/sparql {far.home} "
        f"http://closed.example=http://127.0.0.1:{closed} http://127.1:{far.port} "
        f"http://unknown.invalid"
    )
    with serving("--data", NEAR, "--service-origins", origins, *LIMITS) as server:
        yield server


def ask(server, query, **headers):
    accept = {"Accept": "application/sparql-results+json"}
    asked = {"query": PREFIX + query}
    return httpx.post(server.sparql, data=asked, headers=accept | headers, timeout=20)


def ask_far(server, far, name, silent=""):
    return ask(server, f"SELECT * {{ SERVICE {silent} <{far.home}/{name}> {{ ?x :p :o }} }}")


def count_rows(bindings):
    """Count rows, blank nodes by their being blank."""
    return Counter(
        tuple(sorted((name, "_" if "_:" in text else text) for name, text in row.items()))
        for row in bindings
    )


def rows_by_graph(query):
    """Evaluate a query with GRAPH in the place of SERVICE: the same, by definition."""
    store = ox.Store()
    store.load(path=NEAR, format=ox.RdfFormat.TURTLE)
    store.load(
        path=FAR, format=ox.RdfFormat.TURTLE, to_graph=ox.NamedNode("http://far.example/sparql")
    )
    found = store.query(PREFIX + query.replace("SERVICE", "GRAPH"))
    names = [variable.value for variable in found.variables]
    rows = [{n: str(row[n]) for n in names if row[n] is not None} for row in found]
    return names, count_rows(rows)


CALL = "SERVICE <http://far.example/sparql>"


@pytest.mark.parametrize(
    "query",
    [
        *(FOLDER / "services.txt").read_text().splitlines(),
        "SELECT * { ?s ?p ?d # }\nSERVICE\n<http://far.example/sparql># {\n{ ?s :code ?d } }",
    ],
)
def test_it_is_the_same_as_if_the_remote_data_were_a_graph_of_ours(near, query):
    query = query.replace("CALL", CALL)
    names, expected = rows_by_graph(query)

    response = ask(near, query)
    answered = response.json()

    assert response.status_code == 200, answered
    assert sorted(answered["head"]["vars"]) == sorted(names)
    rows = [
        {n: str(write(term)) for n, term in row.items()} for row in answered["results"]["bindings"]
    ]
    assert count_rows(rows) == expected


def write(term):
    if term["type"] == "uri":
        return ox.NamedNode(term["value"])
    if term["type"] == "bnode":
        return ox.BlankNode(term["value"])
    datatype = ox.NamedNode(term["datatype"]) if "datatype" in term else None
    return ox.Literal(term["value"], language=term.get("xml:lang"), datatype=datatype)


def test_a_blank_node_is_one_in_all_its_rows_and_no_iri(near):
    query = f"SELECT * {{ {CALL} {{ ?s :seat ?e . ?e ?p ?o }} FILTER(ISBLANK(?e)) }}"

    rows = ask(near, query).json()["results"]["bindings"]

    assert [row["e"]["type"] for row in rows] == ["bnode", "bnode"]
    assert len({row["e"]["value"] for row in rows}) == 1


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("ASK", "true"),
        ("CONSTRUCT { ?s :of ?c }", ":japan :of"),
        ("DESCRIBE ?s", ":japan :ally :korea"),
    ],
)
def test_every_form_may_have_a_service(near, form, said):
    query = f"{PREFIX}{form} WHERE {{ {CALL} {{ ?s :capital ?c }} ?s :ally ?a }}"

    response = httpx.get(near.sparql, params={"query": query})

    assert response.status_code == 200
    assert said in response.text


def test_only_values_that_stand_before_it_are_asked_for(near, far):
    far.asked.clear()
    ask(near, f"SELECT * {{ ?s :ally ?x SERVICE <{far.home}/one> {{ ?x :p :o }} }}")
    body = far.asked[0][1]

    assert parse_qs(body)["query"] == [
        f"{PREFIX}SELECT ?x WHERE {{ VALUES (?x) {{ (<http://example.org/korea>) }}"
        "  ?x :p :o \n} LIMIT 51"
    ]


def test_we_say_who_we_are_and_through_how_many_endpoints_the_query_came(near, far):
    far.asked.clear()
    query = f"SELECT * {{ SERVICE <{far.home}/one> {{ ?x :p :o }} }}"
    ask(near, query, **{"Entente-Hop": "1"})
    headers = dict(line.split(": ", 1) for line in far.asked[0][0].splitlines()[1:])

    assert headers["User-Agent"].startswith("Entente/")
    assert headers["User-Agent"].endswith(" (https://w3id.org/entente/)")
    assert headers["Entente-Hop"] == "2"
    assert "Cookie" not in headers


def test_a_service_in_a_service_goes_to_the_remote_endpoint_as_it_is(near, far):
    far.asked.clear()
    inner = "?x :p :o SERVICE SILENT ?y { ?x :q :o }"
    ask(near, f"SELECT * {{ SERVICE <{far.home}/one> {{ {inner} }} }}")

    assert inner in parse_qs(far.asked[0][1])["query"][0]


def test_an_answer_with_service_is_not_kept(near, far):
    far.asked.clear()
    responses = [ask_far(near, far, "one") for _ in range(2)]

    assert len(far.asked) == 2
    for response in responses:
        assert response.headers["Cache-Control"] == "no-store"
        assert "ETag" not in response.headers


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        ("html", 502, "it answers with text/html, which is no SPARQL result"),
        ("no-json", 502, "what it answered is no SPARQL result in json"),
        ("cut-json", 502, "what it answered is no SPARQL result in json"),
        ("yes", 502, "it answered yes or no, and not with rows"),
        ("bad-iri", 502, "what it answered is no SPARQL result in json"),
        ("unknown-variable", 502, "what it answered is no SPARQL result in json"),
        ("latin", 502, "its answer is not UTF-8"),
        ("gzip", 502, "it answers in gzip, which was not asked for"),
        ("redirect", 502, "it redirects to /one, and redirects are not followed"),
        ("error", 502, "it answers 500: no t now"),
        ("busy", 502, "it answers 429: slow down"),
        ("part", 502, "it gives a part of its answer only (X-SPARQL-MaxRows)"),
        ("too-many", 507, "there are more than 50 rows"),
        ("short", 502, "bytes too early"),
        ("no-http", 502, "it does not speak HTTP"),
        ("deep", 502, "what it answered is no SPARQL result in json"),
        ("doctype", 502, "what it answered is no SPARQL result in xml"),
        ("pour", 507, "its answer is larger than 100000 bytes"),
        ("hang", 504, "it did not answer in time"),
        ("trickle", 504, "it did not answer in time"),
        ("heads", (502, 504), "it "),
        ("continue", 504, "it did not answer in time"),
    ],
)
def test_what_a_remote_endpoint_does_wrong_is_said(near, far, name, status, said):
    started = time.monotonic()
    response = ask_far(near, far, name)
    problem = response.json()

    assert response.status_code == problem["status"]
    assert problem["status"] in (status if isinstance(status, tuple) else (status,))
    assert problem["detail"].startswith(f"SERVICE <{far.home}/{name}>: ")
    assert said in problem["detail"]
    assert response.headers["Cache-Control"] == "no-store"
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("name", ["html", "cut-json", "error", "redirect", "hang", "pour", "yes"])
def test_silent_makes_of_a_failure_one_solution_without_bindings(near, far, name):
    response = ask_far(near, far, name, "SILENT")

    assert (response.status_code, response.json()) == (
        200,
        {"head": {"vars": ["x"]}, "results": {"bindings": [{}]}},
    )


def test_silent_keeps_what_was_answered(near, far):
    assert len(ask_far(near, far, "one", "SILENT").json()["results"]["bindings"][0]) == 1


@pytest.mark.parametrize("name", ["plain-json", "one"])
def test_results_are_read_by_whatever_name_they_have(near, far, name):
    (row,) = ask_far(near, far, name).json()["results"]["bindings"]

    assert row["x"]["value"] == "http://example.org/far"


def test_results_in_xml_are_read(near, far):
    (row,) = ask_far(near, far, "xml").json()["results"]["bindings"]

    assert row["x"]["type"] == "bnode"


def test_a_variable_that_nobody_asked_for_binds_nothing(near, far):
    query = f"SELECT ?x ?y {{ ?y a :Group SERVICE <{far.home}/other-variable> {{ ?x :p :o }} }}"

    (row,) = ask(near, query).json()["results"]["bindings"]

    assert row == {"y": {"type": "uri", "value": "http://example.org/quad"}}


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [
        ("http://closed.example/sparql", "it cannot be reached: Connection refused"),
        ("http://unknown.invalid/sparql", "it cannot be reached: the name unknown.invalid"),
    ],
)
def test_an_unreachable_endpoint_is_said_and_silent_passes_over_it(near, endpoint, said):
    loud = ask(near, f"SELECT * {{ SERVICE <{endpoint}> {{ ?x :p :o }} }}")
    silent = ask(near, f"SELECT * {{ ?s a :Group SERVICE SILENT <{endpoint}> {{ ?s :p :o }} }}")

    assert loud.status_code in (502, 504)
    assert said in loud.json()["detail"] or loud.status_code == 504
    assert len(silent.json()["results"]["bindings"]) == 1


def test_a_name_for_a_private_address_is_not_asked(near, far):
    far.asked.clear()
    query = f"SELECT * {{ SERVICE <http://127.1:{far.port}/one> {{ ?x :p :o }} }}"

    problem = ask(near, query).json()

    assert problem["status"] == 502
    assert "127.1 has an address that is not public" in problem["detail"]
    assert far.asked == []


@pytest.mark.parametrize(
    ("ip", "host", "may"),
    [
        ("93.184.215.14", "example.org", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", "example.org", True),
        ("127.0.0.1", "127.0.0.1", True),
        ("10.0.0.7", "10.0.0.7", True),
        ("127.0.0.1", "localhost", True),
        ("10.0.0.7", "localhost", False),
        ("127.0.0.1", "example.org", False),
        ("10.0.0.7", "example.org", False),
        ("169.254.169.254", "example.org", False),
        ("100.64.0.1", "example.org", False),
        ("0.0.0.0", "example.org", False),
        ("224.0.0.1", "example.org", False),
        ("::1", "example.org", False),
        ("fe80::1%eth0", "example.org", False),
        ("fd00::1", "example.org", False),
        ("::ffff:127.0.0.1", "example.org", False),
        ("2002:7f00:1::", "example.org", False),
        ("64:ff9b::7f00:1", "example.org", False),
    ],
)
def test_a_name_is_asked_at_public_addresses_only(ip, host, may):
    assert may_ask(ip, host) is may


def test_a_name_is_resolved_once_and_every_address_of_it_has_to_be_allowed():
    asked, origin = [], f"http://localhost:{free_port()}"

    def resolve(host, port):
        asked.append(host)
        return ["127.0.0.1", "0.0.0.0"]  # the second is no address of localhost

    remotes = Remotes(Settings(service_origins=origin), resolve)
    with pytest.raises(ServiceFailed, match="localhost has an address that is not public"):
        remotes.ask(f"{origin}/", "ASK {}", 0, 99, time.monotonic() + 5, Hangup())

    assert asked == ["localhost"]


def test_the_host_that_is_asked_is_named_to_it_whatever_its_address(good):
    with far_endpoint() as far:
        origins = f"http://localhost:{far.port}"
        remotes = Remotes(Settings(service_origins=origins), lambda *_: ["127.0.0.1"])
        remotes.ask(f"{origins}/one", "ASK {}", 0, 9999, time.monotonic() + 5, Hangup())

        assert f"Host: localhost:{far.port}\r\n" in far.asked[0][0]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A key and a certificate for localhost, by nobody whom the system trusts."""
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    key = path.with_suffix(".key")
    subprocess.run([*make, *name, "-keyout", key, "-out", path], check=True, capture_output=True)
    path.write_text(path.read_text() + key.read_text())
    return path


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl on the path")
def test_a_certificate_is_checked_for_the_name_whatever_the_address(certificate):
    trusted = {"SSL_CERT_FILE": str(certificate)}
    with far_endpoint(certificate) as far:
        named = f"https://localhost:{far.port}"
        other = f"https://other.example=https://127.0.0.1:{far.port}"
        options = ("--data", NEAR, "--service-origins", f"{named} {other}", "--log-format", "none")
        query = f"SELECT * {{ SERVICE <{named}/one> {{ ?x :p :o }} }}"
        with serving(*options) as server:
            doubted = ask(server, query).json()
        with serving(*options, **trusted) as server:
            believed = ask(server, query).json()
            misnamed = ask(server, query.replace(named, "https://other.example")).json()

    assert "its certificate is not valid: self-signed certificate" in doubted["detail"]
    assert len(believed["results"]["bindings"]) == 1
    assert "IP address mismatch" in misnamed["detail"]


@pytest.mark.parametrize(
    ("query", "said", "token"),
    [
        ("SELECT * { SERVICE ?e { ?s ?p ?o } }", "names its endpoint by a variable", "?e"),
        (
            "SELECT * { SERVICE <https://far.example/sparql> { ?s ?p ?o } }",
            "origin https://far.example the operator of this one has not listed",
            "<https://far.example/sparql>",
        ),
        ("SELECT * { SERVICE <http://far.example:81/> {} }", "origin http://far.example:81", None),
        ("SELECT * { SERVICE <file:///etc/passwd> {} }", "no address of HTTP", None),
        (f"SELECT * {{ ?s ?p ?o FILTER EXISTS {{ {CALL} {{ ?s ?p ?o }} }} }}", "EXISTS", None),
        ("SELECT * { SERVICE :x { ?s ?p ?o } }", "http://example.org", ":x"),
    ],
)
def test_what_is_not_asked_is_refused_even_if_silent(near, query, said, token):
    for asked in (query, query.replace("SERVICE", "SERVICE SILENT")):
        problem = ask(near, asked).json()

        assert problem["status"] == 403
        assert said in problem["detail"]
        assert token in (None, problem["token"])


def test_a_refusal_says_what_to_list(near):
    problem = ask(near, "SELECT * { SERVICE <https://new.example/a> { ?s ?p ?o } }").json()

    assert "add https://new.example to the setting service_origins" in problem["suggestion"]


def test_service_is_off_where_nothing_is_listed(good):
    problem = ask(good, f"SELECT * {{ {CALL} {{ ?s ?p ?o }} }}").json()
    described = httpx.get(good.sparql, headers={"Accept": "text/turtle"}).text

    assert problem["status"] == 403
    assert "lists no origin in the setting service_origins" in problem["detail"]
    assert "BasicFederatedQuery" not in described


def test_the_service_description_says_that_it_is_on(near):
    described = httpx.get(near.sparql, headers={"Accept": "text/turtle"}).text

    assert "sd:feature sd:BasicFederatedQuery" in described


@pytest.mark.parametrize(
    ("query", "line", "column"),
    [
        (f"SELECT * {{ {CALL} {{ ?s ?p }} }}", 2, 56),
        (f"SELECT * {{ {CALL} {{ ?s ?p ?o }} UNION {{ ?s ?p ?o }} }}", 2, 61),
        (f"SELECT * {{\n{CALL} {{ ?s ?p ?o }}\n ?s ?p ; }}", 4, 8),
        ("SELECT * { SERVICE { ?s ?p ?o } }", 2, 20),
    ],
)
def test_a_malformed_query_asks_nobody_and_says_the_place(near, query, line, column):
    problem = ask(near, query).json()

    assert (problem["status"], problem["line"], problem["column"]) == (400, line, column)


def test_too_many_calls_are_refused(near, far):
    far.asked.clear()
    call = f"SERVICE <{far.home}/one> {{ ?x :p :o }} "

    problem = ask(near, f"SELECT * {{ {call * 5} }}").json()

    assert problem["detail"] == "The query has SERVICE 5 times, and 4 are allowed."
    assert far.asked == []


def test_where_too_many_values_stand_before_it_the_endpoint_is_asked_without(near, far):
    far.asked.clear()
    many = " ".join(f":v{n}" for n in range(9))
    ask(near, f"SELECT * {{ VALUES ?x {{ {many} }} SERVICE <{far.home}/one> {{ ?x :p :o }} }}")

    assert len(far.asked) == 1
    assert "VALUES" not in far.asked[0][1]


def test_a_query_that_came_through_too_many_endpoints_ends_with_508(near, far):
    far.asked.clear()
    query = f"SELECT * {{ SERVICE SILENT <{far.home}/one> {{ ?x :p :o }} }}"

    problem = ask(near, query, **{"Entente-Hop": "3"}).json()

    assert problem["status"] == 508
    assert problem["type"].endswith("/problem/service-loop")
    assert far.asked == []
    assert ask(near, "ASK {}", **{"Entente-Hop": "3"}).status_code == 200
    assert ask(near, query, **{"Entente-Hop": "-1"}).status_code == 400


def test_two_endpoints_that_ask_each_other_end_with_508():
    ports = free_port(), free_port()
    first, second = (f"http://127.0.0.1:{port}" for port in ports)
    query = "?s ?p ?o"
    for depth in range(6):
        query = f"SERVICE <{(first, second)[depth % 2]}/sparql> {{ {query} }}"
    with (
        serving("--data", NEAR, "--port", ports[0], "--service-origins", second),
        serving("--data", FAR, "--port", ports[1], "--service-origins", first),
    ):
        asked = {"query": f"SELECT * {{ {query} }}"}
        problem = httpx.post(f"{first}/sparql", data=asked, timeout=20).json()

    assert problem["status"] == 508
    assert "The query came through 3 endpoints, and asks one more" in problem["detail"]


def test_endpoints_that_hang_take_no_worker(far):
    limits = ("--service-timeout-s", "20", "--deadline-s", "20", "--max-in-flight", "1")
    query = {"query": f"{PREFIX}SELECT * {{ SERVICE <{far.home}/hang> {{ ?x :p :o }} }}"}
    with (
        serving("--data", NEAR, "--service-origins", far.home, *limits) as server,
        ThreadPoolExecutor(4) as threads,
    ):
        hanging = [threads.submit(httpx.post, server.sparql, data=query, timeout=3)]
        far.asked.clear()
        while not far.asked:
            time.sleep(0.02)
        answered = ask(server, "ASK { ?s a :State }")
        still_hanging = not hanging[0].done()

        assert isinstance(hanging[0].exception(), httpx.ReadTimeout)
    assert answered.json()["boolean"]
    assert still_hanging


def test_calls_that_run_have_a_limit_and_each_client_its_share(far):
    limits = ("--service-timeout-s", "3", "--max-service-in-flight", "2", "--queue-wait-s", "0.1")
    with (
        serving("--data", NEAR, "--service-origins", far.home, *limits) as server,
        ThreadPoolExecutor(4) as threads,
    ):
        calls = [threads.submit(ask_far, server, far, "hang") for _ in range(3)]
        statuses = sorted(call.result().status_code for call in calls)

    assert statuses == [429, 429, 504]


def test_a_client_that_leaves_ends_the_call(near, far):
    query = PREFIX + f"SELECT * {{ SERVICE <{far.home}/hang> {{ ?x :p :o }} }}"
    started = time.monotonic()
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(near.sparql, data={"query": query}, timeout=0.2)

    assert ask_far(near, far, "one").status_code == 200
    assert time.monotonic() - started < 3


def test_evidence_and_explanations_do_not_ask_elsewhere(near):
    query = f"{PREFIX}SELECT * {{ {CALL} {{ ?s :capital ?c }} }}"

    response = httpx.get(near.sparql, params={"query": query, "explain": "empty"})

    assert response.status_code == 403
    assert "is not looked into here" in response.json()["detail"]


def test_the_page_shows_an_answer_with_service(near):
    query = f"{PREFIX}SELECT * {{ {CALL} {{ ?s :capital ?c }} }}"

    page = httpx.get(near.sparql, params={"query": query}, headers={"Accept": "text/html"})

    assert "東京" in page.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("https://example.org/sparql", "has a path, and an origin has none; list https://"),
        ("ftp://example.org", "is no origin"),
        ("example.org", "is no origin"),
        ("https://user@example.org", "is no origin"),
        ("https://example.org=nowhere", "is no origin"),
        ("https://example.org:99999", "is no origin"),
    ],
)
def test_what_is_no_origin_is_refused_at_the_start(text, said):
    with pytest.raises(UsageError, match=said):
        read_origins(text)

    assert run_entente("serve", "--data", NEAR, "--service-origins", text).returncode == 2


def test_origins_are_compared_in_one_form():
    assert read_origins(
        " HTTPS://Example.ORG:443/,http://[::1]:80 http://a.example:8080=http://b"
    ) == {
        "https://example.org": "",
        "http://[::1]": "",
        "http://a.example:8080": "http://b",
    }


def test_values_that_engines_write_in_several_ways_are_not_sent():
    names = ["?iri", "?text", "?tagged", "?region", "?number", "?absent"]
    rows = [["<a:b>", '"x\\"y"', '"x"@en', '"x"@en-GB', "1.5", ""]]

    assert choose_bindings(names, rows) == (names[:3], ['<a:b> "x\\"y" "x"@en'])
