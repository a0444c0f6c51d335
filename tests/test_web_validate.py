"""/validate: RDF and shapes come in, a report goes out, under the limits of any query."""

import gzip
import time
from xml.etree import ElementTree as ET

import httpx
import pyoxigraph as ox
import pytest

from sarif import check_sarif
from serving import serving, write_data
from small_graph import PREFIXES
from test_validate_cli import NEVER, ONTOLOGY, PREFIX, SHAPES

TURTLE = {"Content-Type": "text/turtle"}
GOOD = '<urn:one> a <urn:Thing> ; <urn:name> "one" .'
BAD = "\n<urn:one> a <urn:Thing> ."
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("validate")
    with serving(
        *("--data", write_data(folder), "--deadline-s", "6", "--max-memory-bytes", "700000000")
    ) as running:
        yield running


@pytest.fixture(scope="module")
def client(served):
    with httpx.Client(base_url=served.home, timeout=60) as client:
        yield client


def check(client, data, shapes=SHAPES, accept="application/json", **fields):
    files = [("data", ("data.ttl", data))] if data is not None else []
    files += [("shapes", ("shapes.ttl", shapes))] if shapes is not None else []
    return client.post("/validate", files=files, data=fields, headers={"Accept": accept})


@pytest.mark.parametrize(
    ("data", "outcome", "found"),
    [(GOOD, "conforms", []), (BAD, "violations", [("data.ttl", 2, 1, "urn:name")])],
)
def test_data_and_shapes_come_as_a_form_and_a_report_goes_out(client, data, outcome, found):
    answer = check(client, data)

    report = answer.json()
    assert (answer.status_code, answer.headers["Entente-Outcome"]) == (200, outcome)
    assert answer.headers["Cache-Control"] == "no-store"
    assert report["conforms"] is (outcome == "conforms")
    keys = ("file", "line", "column", "path")
    assert [tuple(one[key] for key in keys) for one in report["results"]] == found


def test_a_shape_that_checked_nothing_makes_the_outcome_vacuous(client):
    shapes = SHAPES + "<urn:typo> a sh:NodeShape ; sh:targetClass <urn:Thin> ; sh:nodeKind sh:IRI ."

    answer = check(client, GOOD, shapes)

    assert answer.headers["Entente-Outcome"] == "vacuous"
    assert answer.json()["unmatched"] == ["urn:typo"]


def test_a_body_of_rdf_is_checked_against_the_shipped_shapes(client):
    text = PREFIXES + 'id:x a ent:Alliance ; skos:prefLabel "X"@en .'

    answer = client.post("/validate", content=text.encode(), headers=TURTLE)

    assert (answer.status_code, answer.headers["Entente-Outcome"]) == (200, "violations")
    assert "http://www.w3.org/2004/02/skos/core#definition" in [
        one["path"] for one in answer.json()["results"]
    ]


def test_texts_of_a_form_are_read_as_the_format_named(client):
    fields = {"data": f"<urn:g> {{ {BAD} }}", "data-format": "trig", "shapes": SHAPES}

    answer = client.post("/validate", data=fields)

    assert answer.json()["results"][0]["file"] == "data"
    assert answer.json()["results"][0]["line"] == 2


def test_shipped_shapes_are_chosen_by_their_name(client):
    answer = client.post(
        "/validate?library=ontology-style&library=owl2rl",
        content=ONTOLOGY.encode(),
        headers=TURTLE,
    )

    assert [(r["line"], r["shape"][32:]) for r in answer.json()["results"]][:2] == [
        (5, "style-reference-declared"),
        (5, "rl-superclass"),
    ]


def test_several_files_are_checked_together(client):
    files = [
        ("data", ("a.ttl", BAD)),
        ("data", ("b.nt.gz", gzip.compress(b'<urn:one> <urn:name> "one" .\n'))),
        ("shapes", ("shapes.ttl", SHAPES)),
    ]

    answer = client.post("/validate", files=files)

    assert answer.headers["Entente-Outcome"] == "conforms"


def test_the_closure_is_checked_and_inferred_triples_are_named(client):
    data = GOOD + f"<urn:two> <urn:p> 1 . <urn:p> <{RDFS}domain> <urn:Thing> ."

    plain = check(client, data)
    reasoned = check(client, data, reason="true")
    refused = check(client, data, reason="perhaps")

    assert (plain.headers["Entente-Outcome"], refused.status_code) == ("conforms", 400)
    assert [one["inferred"] for one in reasoned.json()["results"]] == [
        ["<urn:two> rdf:type <urn:Thing>"]
    ]


def test_a_closure_that_contradicts_itself_is_refused_with_the_rule(client):
    data = GOOD + f"<urn:one> <{OWL}sameAs> <urn:two> ; <{OWL}differentFrom> <urn:two> ."

    answer = check(client, data, reason="true")

    assert answer.status_code == 422
    assert "eq-diff1" in answer.text


def test_advanced_features_run_when_asked_for(client):
    shapes = SHAPES + (
        "<urn:e> a sh:NodeShape ; sh:targetClass <urn:Thing> ; "
        "sh:rule [ a sh:TripleRule ; sh:subject sh:this ; sh:predicate <urn:name> ; "
        'sh:object "found" ] .'
    )

    plain, advanced = check(client, BAD, shapes), check(client, BAD, shapes, advanced="true")

    outcomes = [answer.headers["Entente-Outcome"] for answer in (plain, advanced)]
    assert outcomes == ["violations", "conforms"]


def test_each_report_is_given_by_accept(client):
    def write(accept):
        answer = check(client, BAD, accept=accept)
        assert answer.headers["Content-Type"].split(";")[0] == accept
        return answer.text

    check_sarif(write("application/sarif+json"))
    assert ET.fromstring(write("application/xml")).tag == "testsuites"
    assert write("text/plain").startswith("violation: data.ttl:2:1\n  focus    <urn:one>\n")
    for media_type in (
        *("text/turtle", "application/n-triples", "application/rdf+xml", "application/ld+json"),
    ):
        triples = list(ox.parse(write(media_type), ox.RdfFormat.from_media_type(media_type)))
        assert "http://www.w3.org/ns/shacl#ValidationReport" in {
            one.object.value for one in triples if isinstance(one.object, ox.NamedNode)
        }
    assert client.post("/validate?format=github", content=GOOD, headers=TURTLE).status_code == 422
    assert check(client, BAD, accept="image/png").status_code == 406
    assert check(client, BAD, format="github").text.startswith("::error file=data.ttl,line=2,col=1")


def test_people_get_a_form_and_a_page_with_the_report(client):
    form = client.get("/validate", headers={"Accept": "text/html"})
    good = check(client, GOOD, accept="text/html")
    marked = SHAPES.replace("give one", "give <i>one</i>")
    bad = check(client, BAD, marked, accept="text/html")
    wrong = check(client, "<urn:one> a", accept="text/html")

    assert '<form method="post" action="/validate" enctype="multipart/form-data">' in form.text
    assert "The data conform" in good.text
    assert "<td>data.ttl:2:1</td>" in bad.text
    assert "a thing has a name; give &lt;i&gt;one&lt;/i&gt;" in bad.text
    assert (wrong.status_code, "data.ttl, line 1, column " in wrong.text) == (400, True)


def test_others_are_told_how_to_ask(client):
    hint = client.get("/validate")
    allowed = client.options("/validate")

    assert hint.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "-F data=@data.ttl -F shapes=@shapes.ttl http" in hint.text
    assert allowed.headers["Allow"] == "GET, HEAD, POST, OPTIONS"


RDFXML = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "b">]><rdf:RDF/>'
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
REFUSED = {
    "malformed data": (BAD[:-1], SHAPES, 400, "malformed"),
    "malformed shapes": (GOOD, "<urn:a> a", 400, "malformed"),
    "a wrong shape": (
        GOOD,
        PREFIX + "<urn:s> sh:targetNode <urn:one> ; sh:nodeKind sh:Iri .",
        400,
        "sh:Iri is no kind of node",
    ),
    "no data": (None, SHAPES, 400, "No data were sent"),
    "no triple": ("# nothing", SHAPES, 422, "no triple"),
    "no shape": (GOOD, "<urn:a> <urn:b> 1 .", 422, "no shape"),
    "nothing to check": (GOOD.replace("Thing", "Thin"), SHAPES, 422, "has anything to check"),
    "shapes as data": (SHAPES, GOOD, 400, "the shapes graph holds none"),
    "an import": (
        GOOD + "<urn:o> <http://www.w3.org/2002/07/owl#imports> <http://127.0.0.1:9/o> .",
        SHAPES,
        400,
        "which is not among the files",
    ),
    "a query elsewhere": (
        GOOD,
        PREFIX + "<urn:s> a sh:NodeShape ; sh:targetNode <urn:one> ; sh:sparql [ "
        'sh:select "SELECT $this { SERVICE <http://127.0.0.1:9/> { $this ?p ?o } }" ] .',
        400,
        "asks another endpoint",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wrong_is_refused_with_a_problem(client, name):
    data, shapes, status, words = REFUSED[name]

    answer = check(client, data, shapes)

    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.status_code, words in answer.text) == (status, True)


@pytest.mark.parametrize(
    ("name", "content", "status", "words"),
    [
        ("a.rdf", RDFXML.encode(), 400, "DOCTYPE"),
        ("a.jsonld", b'{"@context": "http://127.0.0.1:9/c", "p": 1}', 400, "on the network"),
        ("a.txt", GOOD.encode(), 400, "The format is unknown"),
        ("a.ttl", b"\xff\xfe", 400, "malformed"),
        ("a.ttl.gz", gzip.compress(GOOD.encode(), mtime=0)[:-9], 400, "cut off"),
        ("a.ttl.gz", gzip.compress(b" " * 20_000_000, mtime=0), 400, "more than 1,048,576 bytes"),
        ("a.ttl", b" " * 1_100_000, 413, "larger than"),
    ],
    ids=["doctype", "context", "unknown", "utf-8", "cut gzip", "gzip bomb", "too large"],
)
def test_a_file_that_cannot_be_read_is_refused(client, name, content, status, words):
    files = {"data": (name, content), "shapes": ("shapes.ttl", SHAPES)}

    answer = client.post("/validate", files=files)

    assert (answer.status_code, words in answer.text) == (status, True)


def test_a_problem_names_file_line_and_column(client):
    problem = check(client, BAD[:-1]).json()

    assert (problem["file"], problem["line"], problem["type"].rsplit("/", 1)[1]) == (
        "data.ttl",
        2,
        "input-error",
    )


@pytest.mark.parametrize(
    ("target", "kind", "status"),
    [
        ("/validate", "text/csv", 415),
        ("/validate?colour=red", "text/turtle", 400),
        ("/validate?library=none", "text/turtle", 400),
        ("/validate?format=none", "text/turtle", 400),
    ],
)
def test_a_request_that_does_not_fit_is_refused(client, target, kind, status):
    answer = client.post(target, content=GOOD, headers={"Content-Type": kind})

    assert answer.status_code == status
    assert check(client, GOOD, **{"data-format": "xyz"}).status_code == 400


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("a.ttl", lambda n: "<urn:a> <urn:p> " + "[ <urn:p> " * n + "'[ ( ['" + " ]" * n + " ."),
        ("a.trig", lambda n: "<urn:a> <urn:p> " + "( " * n + ") " * n + ". # ( ("),
        ("a.jsonld", lambda n: '{"urn:p": ' * n + r'"[{\"["' + "}" * n),
        (
            "a.rdf",
            lambda n: (
                f'<r:RDF xmlns:r="{RDF}" xmlns:u="urn:">'
                + "<!-- <u:p> -->"
                + "<u:T><u:p>" * (n // 2)
                + "<u:T/>"
                + "</u:p></u:T>" * (n // 2)
                + "</r:RDF>"
            ),
        ),
    ],
)
def test_data_that_are_nested_too_deeply_are_refused_before_they_are_parsed(client, name, write):
    def send(depth):
        files = {"data": (name, write(depth)), "shapes": ("shapes.ttl", SHAPES)}
        return client.post("/validate", files=files)

    assert "has anything to check" in send(62).text
    assert "nested deeper than 64 levels" in send(66).text
    assert "nested deeper than 64 levels" in send(20_000).text


def test_a_shape_that_never_ends_is_ended_at_the_deadline(client):
    data = f'<urn:one> a <urn:Thing> ; <urn:p> "{"a" * 60}!" .'
    began = time.monotonic()

    answer = check(client, data, NEVER)

    assert (answer.status_code, answer.json()["title"]) == (504, "The query ran out of time")
    assert time.monotonic() - began < 20


def test_a_shape_that_takes_all_memory_is_ended(client):
    things = " ".join(f"<urn:{n}> a <urn:Thing> ; <urn:p> {n} ." for n in range(4000))
    query = (
        "SELECT DISTINCT $this (CONCAT(STR(?a), STR(?b), STR(?c)) AS ?value) "
        "WHERE { ?a <urn:p> ?x . ?b <urn:p> ?y . ?c <urn:p> ?z . $this a <urn:Thing> }"
    )
    shapes = PREFIX + (
        f'<urn:s> a sh:NodeShape ; sh:targetClass <urn:Thing> ; sh:sparql [ sh:select "{query}" ] .'
    )

    answer = check(client, things, shapes)

    assert answer.status_code in (504, 507)
    assert check(client, GOOD).status_code == 200
