"""`entente why`, why not, and the ways to write an explanation."""

import json

import pyoxigraph as ox
import pytest

from entente.errors import UsageError
from entente.pipeline.build import BuildOptions, build
from entente.provenance.absence import find_attempts
from entente.provenance.answer import WRITERS, Question, answer_why, write_answer
from entente.provenance.terms import parse_term, show_term
from entente.provenance.why import Wanted, explain
from entente.vocab import ENT, ID, PREFIXES
from proof_worlds import RULEBOOK, open_dataset, triple, world_of
from serving import run_entente
from small_graph import CLAIMS, write_small_graph, write_texts

MORE = """
  claim:gmf-2023-003 skos:prefLabel "Japan is no member of NATO"@en ;
    ent:subject id:japan ; ent:predicate ent:memberOf ; ent:object id:nato ;
    ent:polarity voc:denied ; ent:evidence gmf:47-64 .
  claim:gmf-2023-004 skos:prefLabel "Japan <b>plans</b> to work with NATO"@en ;
    ent:subject id:japan ; ent:predicate ent:cooperatesWith ; ent:object id:nato ;
    ent:modality voc:planned ; ent:evidence gmf:47-64 .
"""
PROVED = """\
id:ccdcoe ent:hasMember id:japan
  by prp-inv2: An inverse property holds the other way (from right to left).
├─ ent:hasMember owl:inverseOf ent:memberOf  [graph:ontology]
└─ id:japan ent:memberOf id:ccdcoe  [graph:asserted]
   └─ drawn by strict-record from claim:gmf-2023-001-japan
        “Two states are members of the CCDCOE (Japan)”
        held by Authors of the GMF text, in GMF text
        ent:notAfter "2022-12-31"^^xsd:date; ent:notBefore "2022-01-01"^^xsd:date
        gmf:0-45  Japan and Australia joined the centre in 2022
"""


@pytest.fixture(scope="module")
def snapshot_root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("why")
    files = write_small_graph(folder / "files", claims=CLAIMS + MORE)
    write_texts(folder / "texts")
    build(files, folder / "snapshot", lambda *_step: None, BuildOptions(checked=False))
    return folder


@pytest.fixture(scope="module")
def store(snapshot_root):
    return open_dataset(snapshot_root / "snapshot/current/dataset.nq")


@pytest.fixture
def ask(store):
    """Answer a question of three names."""

    def ask_why(names, viewpoint="", **wanted):
        return answer_why(
            store, RULEBOOK, Question(*names.split(), viewpoint=viewpoint, wanted=Wanted(**wanted))
        )

    return ask_why


def test_a_proof_is_printed_down_to_the_words(snapshot_root):
    done = run_entente(
        "why",
        "id:ccdcoe",
        "ent:hasMember",
        "id:japan",
        "--snapshot",
        snapshot_root / "snapshot",
        "--texts",
        snapshot_root / "texts",
    )

    assert (done.returncode, done.stderr, done.stdout) == (0, "", PROVED)


def test_a_proof_is_verified_by_the_command(snapshot_root):
    options = ("--check", "--format", "json", "--snapshot", snapshot_root / "snapshot")

    done = run_entente("why", "id:ccdcoe", "ent:hasMember", "id:japan", *options)

    assert (done.returncode, done.stderr) == (0, "Checked: 1 proof, 1 step, no fault.\n")


def test_what_does_not_hold_ends_with_status_one(snapshot_root):
    done = run_entente(
        "why", "id:japan", "ent:memberOf", "id:nato", "--snapshot", snapshot_root / "snapshot"
    )

    assert (done.returncode, done.stdout.splitlines()[:3]) == (
        1,
        [
            "id:japan ent:memberOf id:nato does not hold.",
            "└─ denied by claim:gmf-2023-003",
            "     “Japan is no member of NATO”",
        ],
    )


@pytest.mark.parametrize(
    ("names", "viewpoint", "message"),
    [
        ("id:japn a ent:State", "", "id:japn is not in the graph; did you mean id:japan"),
        (
            "id:japan ent:memberof id:nato",
            "",
            "ent:memberof is not in the graph; did you mean ent:memberOf",
        ),
        (
            "id:japan a ent:State",
            "gmf-2032",
            "there is no viewpoint gmf-2032; did you mean gmf-2023",
        ),
        ("ids:japan a ent:State", "", "unknown prefix 'ids' in ids:japan; did you mean id"),
        ("japan a ent:State", "", "japan is no name; write prefix:name or <IRI>"),
        ("id:japan 5 id:nato", "", "5 is no property; name one"),
        ("5 a id:nato", "", "5 is a literal; name a thing as the subject"),
    ],
)
def test_an_unknown_name_is_answered_with_near_ones(ask, names, viewpoint, message):
    with pytest.raises(UsageError) as caught:
        ask(names, viewpoint)

    assert str(caught.value).startswith(message)


def test_a_depth_beyond_the_limit_is_refused():
    with pytest.raises(UsageError, match="the depth is 99; ask for 1 to 8"):
        Wanted(depth=99)


def test_a_triple_that_nobody_claims_says_so(ask):
    text = write_answer(ask("id:nato ent:partnerOf id:japan"), "text")

    assert text.startswith("id:nato ent:partnerOf id:japan does not hold.\nNobody claims it.\n")


def test_why_not_names_the_claim_on_a_missing_premise(ask):
    explanation = ask("id:nato ent:cooperatesWith id:japan")

    nearest = explanation.attempts[0]
    claims = [claim.iri for missing in nearest.missing for claim in missing.claims]
    assert (explanation.holds, nearest.rule, claims) == (
        False,
        "prp-symp",
        ["https://w3id.org/entente/claim/gmf-2023-004"],
    )


def test_why_not_lists_the_premises_that_are_missing_nearest_first():
    world = world_of(
        ":C owl:intersectionOf ( :D :E :F ) . :G rdfs:subClassOf :C . :a a :D , :E . :b a :F ."
    )

    attempts = find_attempts(world, triple(":a a :C"), 10)

    found = [(a.rule, [" ".join(map(show_term, m.parts)) for m in a.missing]) for a in attempts]
    ex = "<http://example.org/"
    assert found == [
        ("cls-int1", [f"{ex}a> a {ex}F>"]),
        ("cax-sco", [f"{ex}a> a {ex}G>"]),
    ]


def test_why_not_leaves_a_thing_open_where_anything_would_do():
    world = world_of(
        ":C owl:onProperty :p ; owl:someValuesFrom :D . :a a :E . :x :p :y . :z a :D ."
    )

    (attempt,) = find_attempts(world, triple(":a a :C"), 1)

    assert [tuple(map(show_term, missing.parts)) for missing in attempt.missing] == [
        ("<http://example.org/a>", "<http://example.org/p>", "<http://example.org/z>")
    ]


def test_a_viewpoint_draws_its_facts_itself(ask):
    proof = ask("id:japan ent:memberOf id:ccdcoe", "gmf-2023").proofs[0]

    assert (proof.graphs, [ground.rule for ground in proof.grounds]) == ((), ["wide-claim"])


def test_another_viewpoint_does_not_hold_it(ask):
    text = write_answer(ask("id:japan ent:memberOf id:ccdcoe", "spf-2024"), "text")

    assert text.startswith(
        "id:japan ent:memberOf id:ccdcoe does not hold according to spf-2024.\nNobody claims it."
    )


def test_a_part_of_a_claim_leads_to_the_claim(ask):
    proof = ask("claim:gmf-2023-002 ent:rank voc:normal").proofs[0]

    assert [(ground.rule, ground.claim.passages) for ground in proof.grounds] == [
        ("", (PREFIXES["gmf"] + "47-64",))
    ]


def test_all_proofs_stop_at_the_limit_and_say_so(ask):
    explanation = ask("id:japan a owl:Thing", every=True, depth=2, proofs=1)

    assert ([p.steps for p in explanation.proofs], explanation.more) == ([2], True)
    assert "There are more proofs" in write_answer(explanation, "text")


def test_json_holds_the_triple_the_rule_and_the_claim(ask):
    written = json.loads(write_answer(ask("id:ccdcoe ent:hasMember id:japan"), "json"))

    leaf = written["proofs"][0]["premises"][1]
    assert written["holds"] is True
    assert written["triple"] == [f"<{ID}ccdcoe>", f"<{ENT}hasMember>", f"<{ID}japan>"]
    assert written["proofs"][0]["rule"] == "prp-inv2"
    assert leaf["grounds"][0]["claim"]["claim"].endswith("/gmf-2023-001-japan")


def test_turtle_leads_by_prov_from_the_triple_to_the_passage(ask):
    store = ox.Store()
    written = write_answer(ask("id:ccdcoe ent:hasMember id:japan"), "turtle")
    store.load(written.encode(), ox.RdfFormat.TURTLE)

    found = store.query(
        f"PREFIX prov: <{PREFIXES['prov']}> PREFIX rdf: <{PREFIXES['rdf']}>"
        f"SELECT ?passage ?source WHERE {{ ?t rdf:predicate <{ENT}hasMember> ;"
        " prov:wasDerivedFrom+/prov:hadPrimarySource ?passage ."
        " ?passage prov:wasQuotedFrom ?source }"
    )
    assert [(row[0].value, row[1].value) for row in found] == [
        (PREFIXES["gmf"] + "0-45", PREFIXES["src"] + "gmf-2023")
    ]


def test_html_escapes_what_claims_say(ask):
    written = write_answer(ask("id:nato ent:cooperatesWith id:japan"), "html")

    assert "Japan &lt;b&gt;plans&lt;/b&gt; to work with NATO" in written
    assert "<b>plans" not in written


def test_html_links_to_the_web_only():
    world = world_of("<javascript:alert(1)> a :C .")

    written = write_answer(explain(world, triple("<javascript:alert(1)> a :C")), "html")

    assert 'href="http://example.org/C"' in written
    assert 'href="javascript' not in written


def test_text_does_not_steer_the_terminal():
    world = world_of(r':a :p "\u001b[2J" .')

    written = write_answer(explain(world, triple(r':a :p "\u001b[2J"')), "text")

    assert "\ufffd[2J" in written
    assert "\x1b" not in written


@pytest.mark.parametrize("form", WRITERS)
def test_what_holds_and_what_does_not_can_be_written_in_every_form(ask, form):
    assert write_answer(ask("id:japan a ent:Actor"), form)
    assert isinstance(write_answer(ask("id:japan a ent:Alliance"), form), str)


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("a", ox.NamedNode(PREFIXES["rdf"] + "type")),
        ("id:japan", ox.NamedNode(ID + "japan")),
        ("<http://example.org/a>", ox.NamedNode("http://example.org/a")),
        ("http://example.org/a", ox.NamedNode("http://example.org/a")),
        ("_:c1", ox.BlankNode("c1")),
        ("39", ox.Literal(39)),
        ('"NATO"@en', ox.Literal("NATO", language="en")),
        ('"a \\"b\\""', ox.Literal('a "b"')),
        (
            '"2022-01-01"^^xsd:date',
            ox.Literal("2022-01-01", datatype=ox.NamedNode(PREFIXES["xsd"] + "date")),
        ),
    ],
)
def test_terms_are_read_as_in_a_query(text, term):
    assert parse_term(text) == term
