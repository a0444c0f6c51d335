import hashlib

import pyoxigraph as ox
import pytest

from entente import vocab
from entente.errors import DataError, InconsistentGraph
from entente.pipeline.build import BuildOptions, build
from entente.pipeline.complete import complete_claims
from entente.pipeline.load import load_files
from entente.snapshot import open_snapshot
from small_graph import CLAIMS, write_small_graph


def run_build(folder, root, **options):
    steps = []
    snapshot = build(folder, root, lambda *step: steps.append(step), BuildOptions(**options))
    return snapshot, steps


def completed(folder):
    rows = {}
    for quad in complete_claims(load_files(folder)):
        if str(quad.subject.value).startswith(vocab.CLAIM):
            name = quad.subject.value.removeprefix(vocab.CLAIM)
            key = vocab.shorten(quad.predicate.value)
            rows.setdefault(name, {}).setdefault(key, []).append(quad.object.value)
    return rows


def ask(snapshot, query):
    store = ox.Store()
    store.bulk_load(path=snapshot.dataset, format=ox.RdfFormat.N_QUADS)
    prefixes = "".join(f"PREFIX {p}: <{ns}>\n" for p, ns in vocab.PREFIXES.items())
    answer = store.query(prefixes + query)
    if isinstance(answer, ox.QueryBoolean):
        return bool(answer)
    return [tuple(vocab.shorten(t.value) for t in row) for row in answer]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = write_small_graph(tmp_path_factory.mktemp("graph"))
    return run_build(folder, folder / "snapshot")


def test_each_step_says_what_it_counted(built):
    _, steps = built

    assert [name for name, _, _ in steps] == [
        "load",
        "complete",
        "prepare",
        "project",
        "reason",
        "conclude",
        "agree",
        "describe",
        "validate",
        "view",
        "snapshot",
    ]
    assert all(counted and seconds >= 0 for _, counted, seconds in steps)


def test_a_list_becomes_one_claim_a_member(tmp_path):
    rows = completed(write_small_graph(tmp_path))

    assert sorted(rows) == ["gmf-2023-001-australia", "gmf-2023-001-japan", "gmf-2023-002"]
    assert rows["gmf-2023-001-japan"]["ent:subject"] == [vocab.ID + "japan"]
    assert rows["gmf-2023-001-japan"]["skos:prefLabel"] == [
        "Two states are members of the CCDCOE (Japan)"
    ]


def test_the_defaults_the_source_and_the_type_are_added(tmp_path):
    row = completed(write_small_graph(tmp_path))["gmf-2023-002"]

    assert row["ent:polarity"] == [vocab.VOC + "affirmed"]
    assert row["ent:modality"] == [vocab.VOC + "asserted"]
    assert row["ent:reading"] == [vocab.VOC + "explicit"]
    assert row["ent:rank"] == [vocab.VOC + "normal"]
    assert row["ent:statedIn"] == [vocab.SRC + "gmf-2023"]
    assert row["rdf:type"] == [vocab.ENT + "Claim"]


def test_what_an_editor_wrote_is_not_overwritten_by_a_default(tmp_path):
    claims = CLAIMS.replace(
        "ent:object id:japan ;", "ent:object id:japan ; ent:polarity voc:denied ;"
    )

    row = completed(write_small_graph(tmp_path, claims=claims))["gmf-2023-002"]

    assert row["ent:polarity"] == [vocab.VOC + "denied"]


@pytest.mark.parametrize(
    ("predicate", "attributed", "holder"),
    [
        ("ent:regardsAsPartner", "", "nato"),
        ("ent:regardsAsPartner", "ent:attributedTo id:australia ;", "nato"),
        ("ent:regardsAsPartner", "ent:modality voc:planned ;", "nato"),
        ("ent:regardsAsPartner", "ent:modality voc:recommended ;", "authors-of-gmf-2023"),
        ("ent:visited", "ent:attributedTo id:australia ;", "australia"),
        ("ent:visited", "", "authors-of-gmf-2023"),
    ],
)
def test_the_holder_is_stance_subject_then_attributed_voice_then_authors(
    tmp_path, predicate, attributed, holder
):
    claims = CLAIMS.replace(
        "ent:predicate ent:regardsAsPartner ;", f"ent:predicate {predicate} ; {attributed}"
    )

    row = completed(write_small_graph(tmp_path, claims=claims))["gmf-2023-002"]

    assert row["ent:holder"] == [vocab.ID + holder]


def test_a_passage_gets_its_offsets_as_a_selector(built):
    snapshot, _ = built

    rows = ask(
        snapshot,
        "SELECT ?source ?start ?end { gmf:47-64 a ent:Passage ; oa:hasSource ?source ; "
        "oa:hasSelector [ oa:start ?start ; oa:end ?end ] }",
    )

    assert rows == [("src:gmf-2023", "<47>", "<64>")]


def test_record_facts_are_projected_and_others_stances_are_not(built):
    snapshot, _ = built

    facts = ask(snapshot, "SELECT ?s ?p ?o { GRAPH graph:asserted { ?s ?p ?o } }")

    assert sorted(facts) == [
        ("id:australia", "ent:memberOf", "id:ccdcoe"),
        ("id:japan", "ent:memberOf", "id:ccdcoe"),
    ]


def test_the_view_of_a_source_holds_its_world_and_no_other_ones(built):
    snapshot, _ = built

    believed = "ASK {{ GRAPH <{}{}> {{ id:nato ent:regardsAsPartner id:japan }} }}"
    assert ask(snapshot, believed.format(vocab.GRAPH_VIEW, "gmf-2023"))
    assert not ask(snapshot, believed.format(vocab.GRAPH_VIEW, "spf-2024"))


def test_inferred_triples_stand_in_their_own_graph(built):
    snapshot, _ = built

    assert ask(snapshot, "ASK { GRAPH graph:inferred { id:ccdcoe ent:hasMember id:japan } }")
    assert not ask(snapshot, "ASK { GRAPH graph:inferred { id:japan ent:memberOf id:ccdcoe } }")


def test_the_default_graph_merges_all_but_the_views(built):
    snapshot, _ = built

    assert ask(
        snapshot, "ASK { id:ccdcoe ent:hasMember id:japan . claim:gmf-2023-002 a ent:Claim }"
    )
    assert not ask(snapshot, "ASK { id:nato ent:regardsAsPartner id:japan }")


def test_the_version_is_the_hash_of_the_dataset(built):
    snapshot, _ = built

    assert hashlib.sha256(snapshot.dataset.read_bytes()).hexdigest() == snapshot.version


def test_the_form_of_the_dataset_is_canonical(built):
    snapshot, _ = built
    dataset = ox.Dataset(ox.parse(path=snapshot.dataset, format=ox.RdfFormat.N_QUADS))

    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)

    lines = ox.serialize(dataset, format=ox.RdfFormat.N_QUADS).splitlines(keepends=True)
    assert snapshot.dataset.read_bytes() == b"".join(sorted(lines))


def test_two_builds_of_one_input_are_equal_to_the_byte(built, tmp_path):
    snapshot, _ = built

    again, _ = run_build(write_small_graph(tmp_path), tmp_path / "snapshot")

    assert again.version == snapshot.version
    assert (again.folder / "manifest.json").read_bytes() == (
        snapshot.folder / "manifest.json"
    ).read_bytes()


def test_the_reference_reasoner_gives_the_same_facts(tmp_path):
    folder = write_small_graph(tmp_path)

    snapshot, _ = run_build(folder, tmp_path / "snapshot", reasoner="owlrl")

    assert ask(snapshot, "ASK { GRAPH graph:inferred { id:ccdcoe ent:hasMember id:japan } }")


def spoil(old, new):
    assert old in CLAIMS
    return CLAIMS.replace(old, new)


BAD_CLAIMS = {
    "without_evidence": (
        spoil("ent:evidence gmf:47-64 .", "ent:extent voc:each ."),
        r"claim:gmf-2023-002: there is no evidence; add ent:evidence",
    ),
    "with_a_passage_of_another_source": (
        spoil("gmf:47-64", "spf:47-64"),
        r"claim:gmf-2023-002: spf:47-64 is a passage of another source",
    ),
    "with_a_passage_outside_the_text": (
        spoil("gmf:47-64", "gmf:47-99"),
        r"data/claims/gmf-2023\.trig:\d+: claim:gmf-2023-002: .*end",
    ),
    "with_end_before_start": (
        spoil('ent:notAfter "2022-12-31"', 'ent:notAfter "2021-12-31"'),
        r"data/claims/gmf-2023\.trig:\d+: claim:gmf-2023-001-\w+: ",
    ),
    "with_an_unknown_predicate": (
        spoil("ent:regardsAsPartner", "ent:regardAsPartner"),
        r"claim:gmf-2023-002: .*did you mean ent:regardsAsPartner",
    ),
    "with_an_unknown_entity": (
        spoil("ent:object id:japan ;", "ent:object id:japn ;"),
        r"claim:gmf-2023-002: .*id:japn; did you mean id:japan",
    ),
    "dated_after_its_text": (
        spoil('"2022-01-01"', '"2024-01-01"').replace('"2022-12-31"', '"2024-12-31"'),
        r"claim:gmf-2023-001-\w+: ",
    ),
    "with_a_date_that_cannot_be": (
        spoil('"2022-01-01"', '"2022-02-31"'),
        r"data/claims/gmf-2023\.trig: claim:gmf-2023-001: '2022-02-31' is no day",
    ),
    "written_twice": (
        CLAIMS
        + """  claim:gmf-2023-003 skos:prefLabel "NATO has Japan for a partner"@en ;
    ent:subject id:nato ; ent:predicate ent:regardsAsPartner ; ent:object id:japan ;
    ent:evidence gmf:47-64 .""",
        r"claim:gmf-2023-00[23]: ",
    ),
}


@pytest.mark.parametrize("name", BAD_CLAIMS)
def test_a_bad_claim_is_named_and_the_old_snapshot_stays(tmp_path, name):
    claims, message = BAD_CLAIMS[name]
    good = tmp_path / "good"
    old, _ = run_build(write_small_graph(good), tmp_path / "snapshot")
    bad = write_small_graph(tmp_path / "bad", claims=claims)

    with pytest.raises(DataError, match=message):
        run_build(bad, tmp_path / "snapshot")

    assert open_snapshot(tmp_path / "snapshot").version == old.version


def test_a_malformed_file_is_named_with_line_and_column(tmp_path):
    folder = write_small_graph(
        tmp_path, claims=CLAIMS.replace("ent:object id:ccdcoe", "ent:object idd:ccdcoe")
    )

    with pytest.raises(
        DataError, match=r"data/claims/gmf-2023\.trig:\d+:\d+: the RDF is malformed"
    ):
        run_build(folder, tmp_path / "snapshot")

    assert not (tmp_path / "snapshot/current").exists()


def test_a_claim_in_the_graph_of_another_source_is_refused(tmp_path):
    folder = write_small_graph(tmp_path)
    path = folder / "data/claims/gmf-2023.trig"
    path.write_text(path.read_text().replace("graph:gmf-2023 {", "graph:spf-2024 {"))

    with pytest.raises(DataError, match="stands outside graph:gmf-2023; put it inside"):
        run_build(folder, tmp_path / "snapshot")


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(DataError, match="no graph files in"):
        run_build(tmp_path, tmp_path / "snapshot")


QUIET = """
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
ent:Quiet a owl:Class ; owl:disjointWith ent:State ; rdfs:label "quiet"@en ;
  skos:prefLabel "quiet"@en ; skos:definition "A thing that is no state."@en .
"""


@pytest.mark.parametrize(
    ("axiom", "message"),
    [
        ("id:nato a ent:Quiet , ent:State .", r"cax-dw: .*id:nato.*claims: none"),
        ("ent:memberOf rdfs:domain ent:Quiet .", r"cax-dw: .*claims: claim:gmf-2023-001-australia"),
    ],
)
def test_a_contradiction_stops_the_build_and_names_axiom_and_claims(tmp_path, axiom, message):
    folder = write_small_graph(tmp_path, extra_ontology=QUIET + axiom)

    with pytest.raises(InconsistentGraph, match=message):
        run_build(folder, tmp_path / "snapshot", checked=False)

    assert not (tmp_path / "snapshot/current").exists()
