"""Answers with evidence over HTTP: a standard answer, and the record that it links to."""

import csv
import io
import json
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest
import rdflib

from entente.pipeline.build import BuildOptions, build
from entente.vocab import PREFIXES
from serving import serving, write_data
from small_graph import write_small_graph, write_texts
from test_web_reasons import HAS_MEMBER, MEMBERS, PROLOGUE, ask, get

RESULTS = "{http://www.w3.org/2005/sparql-results#}"
INFERRED = PROLOGUE + "SELECT ?x { id:ccdcoe ent:hasMember ?x } ORDER BY ?x"
#: From a row by way of its triple and the claim behind it to the passage and its offsets.
CHAIN = (
    PROLOGUE
    + """
PREFIX rs: <http://www.w3.org/2001/sw/DataAccess/tests/result-set#>
SELECT DISTINCT ?row ?member ?claim ?start ?end ?words {
  ?record a rs:ResultSet ; rs:solution ?solution .
  ?solution rs:index ?row ; rs:binding [ rs:variable "member" ; rs:value ?member ] ;
    prov:wasDerivedFrom ?triple .
  ?triple a rdf:Statement ; rdf:subject ?member ; prov:qualifiedDerivation/prov:entity ?claim .
  ?claim a ent:Claim ; ent:evidence/oa:hasSelector ?selector .
  ?selector oa:start ?start ; oa:end ?end .
  OPTIONAL { ?claim ent:evidence/oa:hasSelector/oa:exact ?words }
} ORDER BY ?row
"""
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evidence")
    files = write_small_graph(folder / "files")
    write_texts(folder / "texts")
    build(files, folder / "snapshot", lambda *_step: None, BuildOptions(checked=False))
    return folder


@pytest.fixture(scope="module")
def home(folder):
    texts = folder / "texts"
    with serving("--snapshot", folder / "snapshot", "--texts-folder", texts) as served:
        yield served.home


@pytest.mark.parametrize("accept", ["application/sparql-results+json", "application/json"])
def test_an_answer_in_json_links_to_its_record(home, accept):
    _, _, plain = ask(home, "sparql", accept, query=MEMBERS)
    status, headers, body = ask(home, "sparql", accept, query=MEMBERS, evidence="true")

    told = json.loads(body)
    [link] = told["head"].pop("link")
    assert status == 200
    assert told == json.loads(plain)
    assert headers["Link"] == f'<{link}>; rel="describedby"; type="application/ld+json"'
    assert link.startswith(f"{home}/evidence?query=")


def test_an_answer_in_xml_links_to_its_record(home):
    accept = "application/sparql-results+xml"
    _, _, body = ask(home, "sparql", accept, query=MEMBERS, evidence="true")

    head = ElementTree.fromstring(body).find(f"{RESULTS}head")
    assert [child.tag.removeprefix(RESULTS) for child in head] == ["variable", "link"]
    status, headers, _ = get(head.find(f"{RESULTS}link").get("href"))
    assert (status, headers["Content-Type"]) == (200, "application/ld+json")


def test_an_answer_in_csv_has_the_link_in_its_header_alone(home):
    _, _, plain = ask(home, "sparql", "text/csv", query=MEMBERS)
    _, headers, body = ask(home, "sparql", "text/csv", query=MEMBERS, evidence="true")

    assert body == plain
    assert headers["Link"].startswith(f"<{home}/evidence?")


def test_the_record_is_rdf_from_the_row_down_to_the_words(home):
    _, _, body = ask(home, "sparql", query=MEMBERS, evidence="true")
    _, _, record = get(json.loads(body)["head"]["link"][0])

    store = ox.Store()
    store.load(record.encode(), ox.RdfFormat.JSON_LD)
    rows = store.query(CHAIN).serialize(format=ox.QueryResultsFormat.CSV).decode()

    assert list(csv.reader(io.StringIO(rows)))[1:] == [
        [
            str(number),
            f"{PREFIXES['id']}{state}",
            f"{PREFIXES['claim']}gmf-2023-001-{state}",
            "0",
            "45",
            "Japan and Australia joined the centre in 2022",
        ]
        for number, state in ((1, "australia"), (2, "japan"))
    ]


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
def test_two_parsers_read_the_same_out_of_the_record(home):
    _, _, record = ask(home, "evidence", query=INFERRED)

    ours = {quad.triple for quad in ox.parse(record, ox.RdfFormat.JSON_LD)}
    theirs = rdflib.Dataset(default_union=True).parse(data=record, format="json-ld")

    assert len(ours) == len(theirs) > 100


def test_a_triple_that_follows_has_its_proof_and_the_address_of_it(home):
    _, _, record = ask(home, "evidence", query=INFERRED)

    [support] = json.loads(record)["rows"][1]["support"]
    assert support["inferred"] is True
    assert support["proof"]["rule"] == "prp-inv2"
    told = [claim for premise in support["proof"]["premises"] for claim in premise["claims"]]
    japan = PREFIXES["claim"] + "gmf-2023-001-japan"
    assert [(claim["claim"], claim["rule"]) for claim in told] == [(japan, "strict-record")]
    status, _, why = get(support["why"])
    assert (status, json.loads(why)["holds"]) == (200, True)


def test_the_record_can_be_had_in_turtle(home):
    status, _, body = ask(home, "evidence", "text/turtle", query=MEMBERS)

    assert status == 200
    assert len(list(ox.parse(body, ox.RdfFormat.TURTLE))) > 50


def test_the_record_is_of_the_graphs_of_the_request(home):
    graph = PREFIXES["graph"] + "view/gmf-2023"
    asked = {"query": MEMBERS, "default-graph-uri": graph, "evidence": "true"}
    _, _, body = ask(home, "sparql", **asked)

    _, _, record = get(json.loads(body)["head"]["link"][0])

    supports = [part for row in json.loads(record)["rows"] for part in row["support"]]
    assert {part["graph"] for part in supports} == {graph}


@pytest.mark.parametrize(("form", "words"), [("text", True), ("html", True), ("json", True)])
def test_why_shows_the_words_where_the_texts_are_at_hand(home, form, words):
    _, _, body = ask(home, "why", format=form, **HAS_MEMBER)

    assert ("joined the centre in 2022" in body) is words


def test_words_of_another_text_are_not_shown(folder, tmp_path):
    (tmp_path / "gmf-2023.txt").write_text("Another text, which is long enough for passages." * 3)
    snapshot = folder / "snapshot"

    with serving("--snapshot", snapshot, "--texts-folder", tmp_path) as served:
        _, _, body = ask(served.home, "evidence", query=MEMBERS)

    assert "Another text" not in body


@pytest.mark.parametrize(
    ("asked", "detail"),
    [
        ({"query": "ASK { ?s ?p ?o }"}, "evidence=true: ASK has no rows."),
        ({"query": "CONSTRUCT WHERE { ?s ?p ?o }"}, "evidence=true: CONSTRUCT has no rows."),
        ({"query": MEMBERS, "partial": "true"}, "evidence=true is of a whole answer."),
        ({"query": MEMBERS, "explain": "empty"}, "evidence=true is of a whole answer."),
        ({"query": MEMBERS, "evidence": "yes"}, "evidence=yes: neither true nor false."),
    ],
)
def test_what_has_no_record_is_refused(home, asked, detail):
    status, _, body = ask(home, "sparql", **({"evidence": "true"} | asked))

    assert (status, json.loads(body)["detail"]) == (400, detail)


def test_data_that_are_not_of_entente_have_no_record(tmp_path):
    with serving("--data", write_data(tmp_path)) as served:
        status, _, body = ask(served.home, "sparql", query=MEMBERS, evidence="true")

    assert status == 400
    assert "these data are not the graph of Entente" in json.loads(body)["detail"]
