"""/why, /compare and /evidence: answered by workers, under their limits."""

import csv
import io
import json
from html import escape, unescape
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pyoxigraph as ox
import pytest

from entente.pipeline.build import BuildOptions, build
from entente.vocab import PREFIXES
from serving import serving, write_data
from small_graph import write_small_graph

PROLOGUE = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())
MEMBERS = PROLOGUE + "SELECT ?member { ?member ent:memberOf id:ccdcoe } ORDER BY ?member"
HAS_MEMBER = {"s": "id:ccdcoe", "p": "ent:hasMember", "o": "id:japan"}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reasons")
    files = write_small_graph(folder / "files")
    build(files, folder / "snapshot", lambda *_step: None, BuildOptions(checked=False))
    with serving("--snapshot", folder / "snapshot") as served:
        yield served.home


def get(address, accept=None, **headers):
    sent = {"Accept": accept, **headers} if accept else headers
    try:
        with urlopen(Request(address, headers=sent), timeout=90) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.headers, error.read().decode()


def ask(home, route, accept=None, **parameters):
    return get(f"{home}/{route}?{urlencode(parameters)}", accept)


def test_why_answers_with_a_proof(home):
    status, headers, body = ask(home, "why", **HAS_MEMBER)

    told = json.loads(body)
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert (told["holds"], told["proofs"][0]["rule"]) == (True, "prp-inv2")


@pytest.mark.parametrize(
    ("accept", "start"),
    [
        ("text/html,*/*;q=0.5", "<!doctype html>"),
        ("text/plain", "id:ccdcoe ent:hasMember id:japan\n  by prp-inv2"),
    ],
)
def test_why_answers_in_the_format_that_accept_prefers(home, accept, start):
    status, headers, body = ask(home, "why", accept, **HAS_MEMBER)

    assert (status, headers["Content-Type"]) == (200, accept.split(",")[0] + "; charset=utf-8")
    assert body.startswith(start)


def test_the_page_of_a_proof_has_labels_and_links_that_stay_here(home):
    _, headers, body = ask(home, "why", "text/html", **HAS_MEMBER)

    assert '<a href="/id/ccdcoe.html">CCDCOE</a>' in body
    assert "characters 0 to 45</a>" in body
    assert 'href="https://w3id.org/entente/' not in body
    assert "script-src 'nonce-" in headers["Content-Security-Policy"]


def test_why_in_turtle_can_be_parsed(home):
    _, _, body = ask(home, "why", format="turtle", **HAS_MEMBER)

    assert len(list(ox.parse(body, ox.RdfFormat.TURTLE))) > 10


def test_why_answers_for_a_viewpoint(home):
    _, _, body = ask(home, "why", viewpoint="gmf-2023", **HAS_MEMBER)

    told = json.loads(body)
    assert (told["viewpoint"], told["holds"]) == ("gmf-2023", True)


def test_why_says_what_a_triple_lacks(home):
    status, _, body = ask(home, "why", s="id:nato", p="ent:hasMember", o="id:japan")

    assert (status, json.loads(body)["holds"]) == (200, False)


def test_an_answer_that_the_client_has_is_not_sent_again(home):
    address = f"{home}/why?{urlencode(HAS_MEMBER)}"
    _, headers, _ = get(address)

    status, _, body = get(address, **{"If-None-Match": headers["ETag"]})

    assert (status, body) == (304, "")


def test_compare_answers_with_verdicts(home):
    status, _, body = ask(
        home, "compare", query=MEMBERS, viewpoints="gmf-2023,spf-2024", format="csv"
    )

    assert status == 200
    assert list(csv.reader(io.StringIO(body))) == [
        ["verdict", "member", "gmf-2023", "spf-2024", "disagreements"],
        ["some", "id:australia", "yes", "-", ""],
        ["some", "id:japan", "yes", "-", ""],
    ]


def test_a_reader_gets_a_form_for_a_comparison(home):
    status, headers, body = ask(home, "compare", "text/html")

    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert 'name="viewpoints" value="undisputed">' in body
    assert "SELECT ?" in body
    assert "<h2" not in body


def test_a_reader_gets_a_comparison_with_labels_and_links(home):
    asked = [("query", MEMBERS), ("viewpoints", "gmf-2023"), ("viewpoints", "spf-2024")]
    _, _, body = get(f"{home}/compare?{urlencode(asked)}", "text/html")

    assert "2 rows: only some say it." in body
    assert '<a href="/id/japan.html"><bdi dir="auto">Japan</bdi></a>' in body
    assert "<td>yes</td><td><span" in body.replace("\n", "")
    target = unescape(body.partition('<a href="/compare?')[2].partition('"')[0])
    assert get(f"{home}/compare?{target}")[2].startswith("{")


@pytest.mark.parametrize(
    ("query", "viewpoints", "detail"),
    [
        ("SELECT * { <script ", "gmf-2023,spf-2024", "An IRI is opened"),
        (MEMBERS, "gmf-2023,spf-2042", "There is no viewpoint spf-2042."),
        (MEMBERS, "", "The parameter &#39;viewpoints&#39; is missing."),
        (MEMBERS, "gmf-2023,<script>", "There is no viewpoint &lt;script&gt;."),
    ],
    ids=["query", "viewpoint", "none", "script"],
)
def test_a_reader_sees_beside_the_form_what_is_wrong_with_it(home, query, viewpoints, detail):
    status, _, body = ask(home, "compare", "text/html", query=query, viewpoints=viewpoints)

    assert status == 400
    assert detail in body
    assert escape(query).replace("&#x27;", "&#39;") in body
    assert "<script>" not in body


def triple_of(part):
    return [part["subject"], part["predicate"], part["object"]["@id"]]


def test_evidence_answers_with_the_support_of_each_row(home):
    status, headers, body = ask(home, "evidence", query=MEMBERS)

    told = json.loads(body)
    supports = [[triple_of(part) for part in row["support"]] for row in told["rows"]]
    assert (status, headers["Content-Type"], told["total"]) == (
        200,
        "application/ld+json",
        2,
    )
    assert supports == [
        [[f"{PREFIXES['id']}{state}", f"{PREFIXES['ent']}memberOf", f"{PREFIXES['id']}ccdcoe"]]
        for state in ("australia", "japan")
    ]


def test_evidence_heeds_the_graphs_of_the_request(home):
    graph = PREFIXES["graph"] + "view/gmf-2023"

    _, _, body = ask(home, "evidence", query=MEMBERS, **{"default-graph-uri": graph})

    assert {part["graph"] for row in json.loads(body)["rows"] for part in row["support"]} == {graph}


FROM = MEMBERS.replace("{", f"FROM <{PREFIXES['graph']}gmf-2023> {{", 1)


@pytest.mark.parametrize(
    ("route", "parameters", "status", "kind", "detail"),
    [
        ("why", {"s": "id:japan"}, 400, "usage-error", "The parameter 'p' is missing."),
        ("why", HAS_MEMBER | {"s": "id:japn"}, 400, "usage-error", "id:japn is not in the graph."),
        ("why", HAS_MEMBER | {"viewpoint": "x"}, 400, "usage-error", "There is no viewpoint x."),
        ("why", HAS_MEMBER | {"depth": "99"}, 400, "usage-error", "The depth is 99."),
        ("why", HAS_MEMBER | {"limit": "x"}, 400, "usage-error", "limit=x: no number from 1 to"),
        ("why", HAS_MEMBER | {"q": "x"}, 400, "usage-error", "The parameter 'q' is not known"),
        ("why", HAS_MEMBER | {"format": "csv"}, 400, "usage-error", "format=csv: it is not"),
        ("compare", {"query": MEMBERS}, 400, "usage-error", "The parameter 'viewpoints' is"),
        (
            "compare",
            {"query": MEMBERS, "viewpoints": "gmf-2023~spf-2042,gmf-2023"},
            400,
            "usage-error",
            "There is no viewpoint spf-2042.",
        ),
        (
            "compare",
            {"query": FROM, "viewpoints": "gmf-2023,spf-2024"},
            400,
            "usage-error",
            "The query names its own graphs.",
        ),
        ("evidence", {"query": "ASK { ?s ?p ?o }"}, 400, "usage-error", "The query is no SELECT."),
        ("evidence", {"query": "SELECT * {"}, 400, "query-error", "'{' is never closed."),
        ("evidence", {"query": "SELECT * { SERVICE <http://a> { } }"}, 403, "query-refused", ""),
    ],
)
def test_what_cannot_be_answered_is_a_problem(home, route, parameters, status, kind, detail):
    answered, headers, body = ask(home, route, **parameters)

    told = json.loads(body)
    assert (answered, headers["Content-Type"]) == (status, "application/problem+json")
    assert told["type"].rpartition("/")[2] == kind
    assert told["detail"].startswith(detail)


def test_data_that_are_not_of_entente_have_no_reasons(tmp_path):
    with serving("--data", write_data(tmp_path)) as served:
        answers = [
            ask(served.home, route, **parameters)
            for route, parameters in (
                ("why", HAS_MEMBER),
                ("evidence", {"query": MEMBERS}),
                ("compare", {"query": MEMBERS, "viewpoints": "gmf-2023,spf-2024"}),
            )
        ]

    assert [status for status, _, _ in answers] == [404, 404, 404]


def test_evidence_is_bound_by_the_deadline(tmp_path_factory):
    folder = tmp_path_factory.mktemp("deadline")
    files = write_small_graph(folder / "files")
    build(files, folder / "snapshot", lambda *_step: None, BuildOptions(checked=False))
    query = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"

    with serving("--snapshot", folder / "snapshot", "--deadline-s", "0.5") as served:
        status, _, body = ask(served.home, "evidence", query=query)

    assert (status, json.loads(body)["type"].rpartition("/")[2]) == (504, "deadline-exceeded")
