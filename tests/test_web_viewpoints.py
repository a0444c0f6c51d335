"""Viewpoints over HTTP: those that the build wrote, and those that are made on request."""

import csv
import io
import json

import pytest

from entente.pipeline.build import BuildOptions, build
from entente.vocab import GRAPH_VIEW
from serving import run_entente, serving
from small_graph import CLAIMS, write_small_graph
from test_web_reasons import HAS_MEMBER, MEMBERS, PROLOGUE, ask, get

OTHERS = """
  claim:spf-2024-001 skos:prefLabel "The UK is a member of the CCDCOE"@en ;
    ent:subject id:nato ; ent:predicate ent:memberOf ; ent:object id:ccdcoe ;
    ent:evidence spf:0-45 .
  claim:spf-2024-002 skos:prefLabel "The CCDCOE takes NATO for a foe"@en ;
    ent:subject id:ccdcoe ; ent:predicate ent:regardsAsAdversary ; ent:object id:japan ;
    ent:evidence spf:47-64 .
"""
CONTRADICTION = """
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
ent:regardsAsPartner rdfs:domain ent:Friend . ent:Friend a owl:Class .
ent:Friend rdfs:subClassOf ent:Ally . ent:Ally a owl:Class ; rdfs:subClassOf ent:Friend .
ent:threatens rdfs:domain ent:Foe . ent:Foe a owl:Class ; owl:disjointWith ent:Friend .
"""
FOE = """
  claim:spf-2024-001 skos:prefLabel "NATO threatens Japan"@en ;
    ent:subject id:nato ; ent:predicate ent:threatens ; ent:object id:japan ;
    ent:reading voc:interpreted ; ent:evidence spf:0-45 .
"""
#: So that the undisputed says neither.
DENIAL = """
  claim:gmf-2023-003 skos:prefLabel "NATO does not threaten Japan"@en ;
    ent:subject id:nato ; ent:predicate ent:threatens ; ent:object id:japan ;
    ent:polarity voc:denied ; ent:evidence gmf:47-64 .
"""
JOINT = GRAPH_VIEW + "gmf-2023~spf-2024"


def build_graph(folder, **graph):
    files = write_small_graph(folder / "files", **graph)
    build(files, folder / "snapshot", lambda *_step: None, BuildOptions(checked=False))
    return folder / "snapshot"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return build_graph(tmp_path_factory.mktemp("views"), others=OTHERS)


@pytest.fixture(scope="module")
def home(built):
    with serving("--snapshot", built, "--deadline-s", "60") as served:
        yield served.home


@pytest.fixture(scope="module")
def torn_snapshot(tmp_path_factory):
    """Two texts that contradict the ontology together, and neither alone."""
    folder = tmp_path_factory.mktemp("torn")
    return build_graph(folder, claims=CLAIMS + DENIAL, others=FOE, extra_ontology=CONTRADICTION)


@pytest.fixture(scope="module")
def torn(torn_snapshot):
    with serving("--snapshot", torn_snapshot, "--deadline-s", "60") as served:
        yield served.home


def members(answer):
    status, _, body = answer
    assert status == 200
    return [row[0].rpartition("/")[2] for row in csv.reader(io.StringIO(body))][1:]


def test_a_viewpoint_of_several_texts_is_made_for_the_query_that_names_it(home):
    joint = ask(home, "sparql", "text/csv", query=MEMBERS, **{"default-graph-uri": JOINT})
    by_from = ask(home, "sparql", "text/csv", query=MEMBERS.replace("{", f"FROM <{JOINT}> {{", 1))
    alone = ask(
        home, "sparql", "text/csv", query=MEMBERS.replace("{", f"FROM <{GRAPH_VIEW}gmf-2023> {{", 1)
    )

    assert members(joint) == members(by_from) == ["australia", "japan", "nato"]
    assert members(alone) == ["australia", "japan"]


def test_a_viewpoint_that_is_made_can_be_a_named_graph(home):
    query = f"SELECT ?m FROM NAMED <{JOINT}> {{ GRAPH ?g {{ ?m ent:memberOf id:ccdcoe }} }}"

    answered = ask(home, "sparql", "text/csv", query=PROLOGUE + query)

    assert sorted(members(answered)) == ["australia", "japan", "nato"]


def test_the_graph_of_a_viewpoint_that_is_made_can_be_taken_whole(home):
    status, _, body = get(f"{home}/graph/view/gmf-2023~spf-2024", "application/n-triples")

    assert status == 200
    assert "id/nato> <https://w3id.org/entente/ontology/memberOf>" in body


def test_proof_comparison_and_evidence_are_given_in_a_viewpoint_that_is_made(home):
    nato = {"s": "id:ccdcoe", "p": "ent:hasMember", "o": "id:nato"}

    _, _, why = ask(home, "why", viewpoint="spf~gmf", **nato)
    _, _, compared = ask(
        home, "compare", "text/csv", query=MEMBERS, viewpoints="gmf~spf,gmf,undisputed"
    )
    _, _, evidence = ask(home, "evidence", query=MEMBERS, **{"default-graph-uri": JOINT})

    assert json.loads(why)["proofs"][0]["rule"] == "prp-inv2"
    assert "some,id:nato,yes,-,yes" in compared
    rows = json.loads(evidence)["rows"]
    assert [len(row["support"]) for row in rows] == [1, 1, 1]


@pytest.mark.parametrize(
    ("graph", "detail", "suggestion"),
    [
        ("gmf-2032~spf-2024", "There is no viewpoint gmf-2032.", "did you mean gmf-2023"),
        ("spf-2024~gmf-2023", "has another name.", JOINT),
        ("gmf~spf", "has another name.", JOINT),
        ("gmf-2023~undisputed", "Undisputed is of all texts", "leave the others out"),
    ],
)
def test_a_graph_of_no_viewpoint_is_refused_with_near_names(home, graph, detail, suggestion):
    query = MEMBERS.replace("{", f"FROM <{GRAPH_VIEW}{graph}> {{", 1)

    status, headers, body = ask(home, "sparql", query=query)

    told = json.loads(body)
    assert (status, headers["Content-Type"]) == (403, "application/problem+json")
    assert detail in told["detail"]
    assert suggestion in told["suggestion"]
    assert told["line"] > 1


@pytest.mark.parametrize(
    ("route", "asked"),
    [
        ("sparql", {"query": MEMBERS, "default-graph-uri": JOINT}),
        ("compare", {"query": MEMBERS, "viewpoints": "gmf,gmf~spf"}),
        ("why", {"viewpoint": "gmf~spf", **HAS_MEMBER}),
        ("evidence", {"query": MEMBERS, "named-graph-uri": JOINT}),
    ],
)
def test_a_viewpoint_that_contradicts_the_ontology_is_named_with_its_proof(torn, route, asked):
    status, _, body = ask(torn, route, **asked)

    told = json.loads(body)
    assert (status, told["type"].rpartition("/")[2]) == (422, "inconsistent-graph")
    assert told["detail"] == (
        "The viewpoint gmf-2023~spf-2024 contradicts the ontology in 1 place."
    )
    [explanation] = told["explanations"]
    assert explanation.startswith("cax-dw: ")
    assert "by prp-dom" in explanation
    assert "gmf:47-64" in explanation
    assert "spf:0-45" in explanation


def test_making_a_viewpoint_is_bound_by_the_deadline(built):
    with serving("--snapshot", built, "--deadline-s", "0.03") as served:
        status, _, body = ask(served.home, "sparql", query=MEMBERS, **{"default-graph-uri": JOINT})

    assert (status, json.loads(body)["type"].rpartition("/")[2]) == (504, "deadline-exceeded")


@pytest.mark.parametrize(
    "command",
    [
        ("compare", MEMBERS, "--viewpoints", "gmf,gmf~spf"),
        ("why", "id:ccdcoe", "ent:hasMember", "id:japan", "--viewpoint", "gmf~spf"),
        ("query", MEMBERS.replace("{", f"FROM <{JOINT}> {{", 1)),
        ("query", MEMBERS.replace("{", f"FROM <{JOINT}> {{", 1), "--evidence"),
    ],
    ids=["compare", "why", "query", "evidence"],
)
def test_the_command_names_the_contradiction_of_a_viewpoint_with_its_proof(torn_snapshot, command):
    done = run_entente(*command, "--snapshot", torn_snapshot)

    assert (done.returncode, done.stdout) == (1, "")
    assert "the viewpoint gmf-2023~spf-2024 contradicts the ontology in 1 place" in done.stderr
    assert "by prp-dom" in done.stderr
    assert "spf:0-45" in done.stderr


def test_a_cycle_of_rules_has_finitely_many_proofs(torn):
    asked = {"s": "id:nato", "p": "a", "o": "ent:Ally", "all": "true"}

    status, _, body = ask(torn, "why", viewpoint="gmf-2023", **asked)

    told = json.loads(body)
    assert (status, told["holds"]) == (200, True)
    assert "cax-sco" in {proof["rule"] for proof in told["proofs"]}


def test_a_row_that_rests_on_too_much_says_so(home, built):
    query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"

    _, _, body = ask(home, "evidence", query=query)
    done = run_entente("query", query, "--evidence", "--snapshot", built)

    [row] = json.loads(body)["rows"]
    assert row["support"] == []
    assert row["problem"] == "the row rests on more than 500 triples"
    assert row["problem"] in done.stdout
