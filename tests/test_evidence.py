"""Answers with evidence: what stands behind the triples of a row, and how it is printed."""

import json

import pytest

from entente.errors import UsageError
from entente.pipeline.build import BuildOptions, build
from entente.provenance.evidence import Wanted, find_evidence
from entente.provenance.record import tabulate
from entente.provenance.record_jsonld import write_record
from entente.provenance.terms import show_term
from entente.vocab import PREFIXES, shorten
from proof_worlds import RULEBOOK, open_dataset
from serving import run_entente
from small_graph import CLAIMS, write_small_graph, write_texts

MORE = """
  claim:gmf-2023-003 skos:prefLabel "Japan is no member of the CCDCOE"@en ;
    ent:subject id:japan ; ent:predicate ent:memberOf ; ent:object id:ccdcoe ;
    ent:modality voc:planned ; ent:evidence gmf:47-64 .
"""
PROLOGUE = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())
MEMBERS = PROLOGUE + "SELECT ?member { ?member ent:memberOf id:ccdcoe } ORDER BY ?member"
INFERRED = PROLOGUE + "SELECT ?x { id:ccdcoe ent:hasMember ?x } ORDER BY ?x"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evidence")
    files = write_small_graph(folder / "files", claims=CLAIMS + MORE)
    write_texts(folder / "texts")
    build(files, folder / "snapshot", lambda *_step: None, BuildOptions(checked=False))
    return folder


@pytest.fixture(scope="module")
def store(folder):
    return open_dataset(folder / "snapshot/current/dataset.nq")


def summarise(backed):
    triple = backed.triple
    terms = (triple.subject, triple.predicate, triple.object)
    claims = [(ground.rule, shorten(ground.claim.iri)) for ground in backed.grounds]
    others = [shorten(claim.iri) for claim in backed.others]
    return " ".join(map(show_term, terms)), backed.inferred, claims, others


def test_a_plain_fact_leads_to_the_claim_that_drew_it_and_to_the_others_on_it(store):
    evidence = find_evidence(store, RULEBOOK, MEMBERS)

    (backed,) = evidence.rows[1].triples
    assert summarise(backed) == (
        "id:japan ent:memberOf id:ccdcoe",
        False,
        [("strict-record", "claim:gmf-2023-001-japan")],
        ["claim:gmf-2023-003"],
    )
    assert [shorten(p) for claim in evidence.rows[1].claims() for p in claim.passages] == [
        "gmf:0-45"
    ]


def test_an_inferred_triple_leads_to_its_proof(store):
    record = json.loads(write_record(find_evidence(store, RULEBOOK, INFERRED)))

    (support,) = record["rows"][1]["support"]
    assert (support["inferred"], support["givenIn"], support["why"]) == (
        True,
        [],
        "/why?s=id%3Accdcoe&p=ent%3AhasMember&o=id%3Ajapan",
    )


def test_a_triple_of_a_claim_is_that_claims(store):
    query = PROLOGUE + "SELECT ?c { ?c ent:predicate ent:regardsAsPartner }"

    evidence = find_evidence(store, RULEBOOK, query)

    assert [shorten(claim.iri) for claim in evidence.rows[0].claims()] == ["claim:gmf-2023-002"]


def test_in_a_viewpoint_a_triple_follows_in_that_viewpoint(store):
    query = INFERRED.replace("{", "FROM <https://w3id.org/entente/graph/view/gmf-2023> {", 1)

    (backed,) = find_evidence(store, RULEBOOK, query).rows[1].triples

    assert (backed.inferred, backed.viewpoint) == (True, "gmf-2023")


def test_a_triple_of_a_named_viewpoint_has_the_claims_and_the_proof_of_that_viewpoint(store):
    view = "GRAPH graph:view\\/gmf-2023 { ?x ent:memberOf id:ccdcoe . id:ccdcoe ent:hasMember ?x }"
    evidence = find_evidence(store, RULEBOOK, f"{PROLOGUE}SELECT ?x {{ {view} }} ORDER BY ?x")

    backed = evidence.rows[1].triples
    assert [(one.inferred, one.viewpoint) for one in backed] == [
        (True, "gmf-2023"),
        (False, "gmf-2023"),
    ]
    assert backed[0].proof.rule == "prp-inv2"
    assert [claim.iri for claim in evidence.rows[1].claims()] == [
        PREFIXES["claim"] + "gmf-2023-001-japan"
    ]


def test_what_a_viewpoint_draws_from_a_claim_is_not_inferred(store):
    query = MEMBERS.replace("{", "FROM <https://w3id.org/entente/graph/view/gmf-2023> {", 1)

    (backed,) = find_evidence(store, RULEBOOK, query).rows[1].triples

    assert (backed.graphs, backed.inferred) == ((), False)
    assert {shorten(ground.claim.iri) for ground in backed.grounds} == {"claim:gmf-2023-001-japan"}


def test_of_many_plain_facts_each_has_the_claims_that_it_has_alone(tmp_path):
    claims = "".join(
        f"""
  claim:gmf-2023-0{number} skos:prefLabel "They {verb} NATO and the centre"@en ;
    ent:subject id:japan , id:australia ; ent:predicate ent:{verb} ;
    ent:object id:nato , id:ccdcoe ; ent:evidence gmf:0-45 .
"""
        for number, verb in enumerate(("memberOf", "partnerOf", "cooperatesWith"), 10)
    )
    files = write_small_graph(tmp_path / "files", claims=claims)
    build(files, tmp_path / "snapshot", lambda *_step: None, BuildOptions(checked=False))
    store = open_dataset(tmp_path / "snapshot/current/dataset.nq")
    rows = "SELECT ?s ?p ?o { GRAPH graph:asserted { ?s ?p ?o } } ORDER BY ?s ?p ?o"

    together = find_evidence(store, RULEBOOK, PROLOGUE + rows)

    alone = [
        find_evidence(store, RULEBOOK, f"{PROLOGUE}{rows} LIMIT 1 OFFSET {number}").rows[0]
        for number in range(together.total)
    ]
    assert together.total == 12
    assert [row.triples for row in together.rows] == [row.triples for row in alone]
    assert all(row.claims() for row in together.rows)


def test_rows_beyond_the_cap_are_counted(store):
    evidence = find_evidence(store, RULEBOOK, MEMBERS, wanted=Wanted(rows=1))

    assert (len(evidence.rows), evidence.total) == (1, 2)


def test_data_that_are_not_of_entente_have_triples_without_claims(store):
    evidence = find_evidence(store, None, MEMBERS)

    assert [summarise(backed) for backed in evidence.rows[1].triples] == [
        ("id:japan ent:memberOf id:ccdcoe", False, [], [])
    ]


def test_the_table_shows_triples_claims_and_words(store):
    lines = tabulate(find_evidence(store, RULEBOOK, MEMBERS), lambda passage: "The words")

    assert lines[1] == [
        "2",
        "id:japan",
        "id:japan ent:memberOf id:ccdcoe",
        "claim:gmf-2023-001-japan",
        "gmf:0-45  The words",
    ]


def test_the_record_tells_of_each_claim_once(store):
    record = json.loads(write_record(find_evidence(store, RULEBOOK, MEMBERS)))

    named = {c["claim"] for row in record["rows"] for t in row["support"] for c in t["claims"]}
    named |= {claim for row in record["rows"] for t in row["support"] for claim in t["others"]}
    assert [claim["@id"] for claim in record["cited"]] == sorted(named)


@pytest.mark.parametrize("wanted", [{"rows": 0}, {"rows": 101}, {"triples": 0}])
def test_evidence_has_limits(wanted):
    with pytest.raises(UsageError, match="ask for 1 to"):
        Wanted(**wanted)


def ask(folder, *arguments):
    return run_entente("query", *arguments, "--evidence", "--snapshot", folder / "snapshot")


def test_the_command_prints_the_words_of_the_passages(folder):
    done = ask(folder, MEMBERS, "--texts", folder / "texts")

    assert (done.returncode, done.stderr) == (0, "")
    assert "gmf:0-45  Japan and Australia joined the centre in 2022" in done.stdout
    assert done.stdout.endswith("2 rows\n")


def test_the_command_writes_the_record(folder):
    done = ask(folder, MEMBERS, "--format", "json")

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["total"] == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("ASK { ?s ?p ?o }",), "the query is no SELECT"),
        (("SELECT * { ?s ?p ?o }", "--format", "csv"), "evidence is not printed as csv"),
        (("SELECT * { SERVICE <http://a> { } }",), "SERVICE"),
        (("SELECT * { ?s ?p ?o }", "--endpoint", "http://a"), "leave --endpoint out"),
    ],
)
def test_what_has_no_evidence_is_refused(folder, arguments, message):
    done = ask(folder, *arguments)

    assert done.returncode == 2
    assert message in done.stderr
