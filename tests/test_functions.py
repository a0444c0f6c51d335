"""What queries may call beside SPARQL's own functions, and the plain pattern beside each."""

import json

import pyoxigraph as ox
import pytest

from entente.provenance.evidence import find_evidence
from entente.provenance.functions import FUNCTION, FUNCTIONS, open_functions, overlap
from entente.vocab import GRAPH_VIEW, PREFIXES, VOC
from proof_worlds import RULEBOOK, open_dataset
from serving import run_entente, serving, write_data
from test_web_reasons import ask

PROLOGUE = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())
PROLOGUE += f"PREFIX fn: <{FUNCTION}>\n"
#: The plain pattern beside `fn:status`.
STATUS = """
SELECT ?s ?p ?o ?told (fn:status(?s, ?p, ?o) AS ?found) {
  ?proposition rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; ent:status ?told .
}
"""
#: The plain pattern beside `fn:holders`, for those who deny.
HOLDERS = """
SELECT ?s ?p ?o (GROUP_CONCAT(DISTINCT STR(?holder)) AS ?told) {
  ?proposition rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; ent:deniedBy ?holder .
} GROUP BY ?s ?p ?o
"""
AUSTRALIA = "id:australia, ent:memberOf, id:ccdcoe"


@pytest.fixture(scope="module")
def store(snapshot):
    return open_dataset(snapshot.dataset)


def rows(store, query):
    found = store.query(PROLOGUE + query, custom_functions=open_functions(store))
    return [tuple(value and value.value for value in row) for row in found]


def test_the_status_of_every_proposition_is_what_the_rules_say(store):
    found = rows(store, STATUS)

    assert len(found) > 2_000
    assert [row for row in found if row[3] != row[4]] == []


def test_the_holders_of_every_denial_are_what_the_rules_say(store):
    found = open_functions(store)[ox.NamedNode(FUNCTION + "holders")]
    denied = ox.NamedNode(VOC + "denied")

    told = list(store.query(PROLOGUE + HOLDERS))

    assert len(told) > 40
    for row in told:
        said = found(row["s"], row["p"], row["o"], denied)
        assert said.value.split() == sorted(row["told"].value.split())


@pytest.mark.parametrize(
    ("viewpoint", "status"),
    [
        ("", "conflicted"),
        (f", <{GRAPH_VIEW}japan-up-close-2023>", "affirmed"),
        (", src:cicir-2023", "denied"),
        (", src:gmf-2023", "unknown"),
        (f", <{GRAPH_VIEW}cicir-2023~japan-up-close-2023>", "conflicted"),
        (f", <{GRAPH_VIEW}cicir-2023~gmf-2023>", "denied"),
        (f", <{GRAPH_VIEW}undisputed>", "unknown"),
    ],
)
def test_the_status_depends_on_the_viewpoint(store, viewpoint, status):
    found = rows(store, f"SELECT (fn:status({AUSTRALIA}{viewpoint}) AS ?x) {{}}")

    assert found == [(VOC + status,)]


@pytest.mark.parametrize(
    "call",
    [
        "fn:status(id:australia, ent:memberOf)",
        f"fn:status({AUSTRALIA}, <{GRAPH_VIEW}nobody>)",
        "fn:overlap('2022-01-01'^^xsd:date, 1, '', '')",
        "fn:overlap('2022-01-01'^^xsd:date)",
        "fn:holders(id:australia)",
    ],
)
def test_a_call_that_makes_no_sense_has_no_value(store, call):
    assert rows(store, f"SELECT ({call} AS ?x) {{}}") == [(None,)]


@pytest.mark.parametrize(
    ("bounds", "meet"),
    [
        (("2018-01-01", "2018-12-31", "2022-01-01", "2022-12-31"), "false"),
        (("2022-01-01", "2022-12-31", "2022-05-01", "2022-05-31"), "true"),
        (("2022-01-01", "2022-05-01", "2022-05-01", ""), "true"),
        (("", "2018-12-31", "2022-01-01", ""), "false"),
        (("", "", "", ""), "true"),
    ],
)
def test_intervals_overlap_where_they_share_a_day(bounds, meet):
    date = ox.NamedNode(PREFIXES["xsd"] + "date")

    found = overlap(*(ox.Literal(b, datatype=date) if b else ox.Literal("") for b in bounds))

    assert found.value == meet


def test_a_row_that_hangs_on_a_function_has_its_support(store):
    query = (
        "SELECT ?c { ?c ent:subject id:australia ; ent:predicate ent:memberOf ; ent:object ?o "
        "FILTER(fn:status(id:australia, ent:memberOf, ?o) = voc:conflicted) } ORDER BY ?c LIMIT 2"
    )

    evidence = find_evidence(store, RULEBOOK, PROLOGUE + query)

    assert [(len(row.triples), row.problem) for row in evidence.rows] == [(3, ""), (3, "")]


@pytest.fixture(scope="module")
def home(snapshot):
    with serving("--snapshot", snapshot.folder.parent, "--deadline-s", "2") as served:
        yield served.home


def test_the_endpoint_knows_the_functions_and_names_them(home):
    query = PROLOGUE + f"SELECT (fn:status({AUSTRALIA}) AS ?x) {{}}"

    _, _, body = ask(home, "sparql", query=query)
    _, _, described = ask(home, "sparql", "application/n-triples")

    [row] = json.loads(body)["results"]["bindings"]
    assert row["x"]["value"] == VOC + "conflicted"
    named = [
        triple.object.value
        for triple in ox.parse(described, ox.RdfFormat.N_TRIPLES)
        if triple.predicate.value == PREFIXES["sd"] + "extensionFunction"
    ]
    assert sorted(named) == sorted(FUNCTIONS)


def test_a_function_is_bound_by_the_deadline(home):
    calls = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(fn:status(?a, ?e, ?i) = voc:conflicted)"
    query = f"{PROLOGUE}SELECT (COUNT(*) AS ?n) {{ {calls} }}"

    status, _, body = ask(home, "sparql", query=query)

    assert (status, json.loads(body)["type"].rpartition("/")[2]) == (504, "deadline-exceeded")


def test_the_command_knows_the_functions(snapshot):
    query = PROLOGUE + f"SELECT (fn:holders({AUSTRALIA}) AS ?x) {{}}"

    done = run_entente("query", query, "--format", "csv", "--snapshot", snapshot.folder.parent)

    assert done.stdout.split() == ["x", PREFIXES["id"] + "authors-of-japan-up-close-2023"]


def test_data_that_are_not_of_entente_have_no_functions(tmp_path):
    query = PROLOGUE + f"SELECT (fn:status({AUSTRALIA}) AS ?x) {{}}"
    with serving("--data", write_data(tmp_path)) as served:
        status, _, body = ask(served.home, "sparql", query=query)

    assert (status, json.loads(body)["title"]) == (400, "The query is malformed")
