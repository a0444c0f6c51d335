"""The checker refuses what is wrong: each test spoils a right proof in one way."""

import copy

import pytest

from entente.pipeline.build import BuildOptions, build
from entente.provenance.checker import open_checker
from entente.provenance.checker_rules import follows
from entente.provenance.proof_json import to_object
from entente.provenance.search import Search
from entente.provenance.world import open_world
from proof_worlds import RULEBOOK, checker_of, open_dataset, prove, triple, world_of
from small_graph import write_small_graph

GRAPH = ":C rdfs:subClassOf :D . :D rdfs:subClassOf :E . :a a :C ."
EX = "<http://example.org/"
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
SAME = "<http://www.w3.org/2002/07/owl#sameAs>"
ID = "https://w3id.org/entente/id/"


@pytest.fixture(scope="module")
def world():
    return world_of(GRAPH)


@pytest.fixture
def proof(world):
    return copy.deepcopy(to_object(prove(world, ":a a :E")))


@pytest.fixture
def check(world):
    return checker_of(world.store).check


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A plain fact of the small graph: its checker and its proof."""
    folder = tmp_path_factory.mktemp("small")
    files = write_small_graph(folder / "files")
    options = BuildOptions(checked=False)
    snapshot = build(files, folder / "snapshot", lambda *_step: None, options)
    store = open_dataset(snapshot.dataset)
    fact = triple(f"<{ID}japan> <https://w3id.org/entente/ontology/memberOf> <{ID}ccdcoe>")
    proved = to_object(Search(open_world(store, RULEBOOK)).prove(fact))
    with snapshot.dataset.open(encoding="utf-8") as lines:
        return open_checker(lines), proved


def test_a_right_proof_is_accepted(check, proof):
    assert check(proof) == []


def test_a_step_by_another_rule_is_refused(check, proof):
    proof["rule"] = "cax-eqc1"

    assert check(proof) == [
        f"{EX}a> {TYPE} {EX}E>: it does not follow by cax-eqc1 from its premises"
    ]


def test_a_rule_that_does_not_exist_is_refused(check, proof):
    proof["rule"] = "because"

    assert len(check(proof)) == 1


def test_a_step_without_one_of_its_premises_is_refused(check, proof):
    del proof["premises"][0]

    assert [fault.partition(": ")[2] for fault in check(proof)] == [
        "it does not follow by cax-sco from its premises"
    ]


def test_a_leaf_that_is_not_in_the_data_is_refused(check):
    invented = {
        "triple": [f"{EX}a>", TYPE, f"{EX}F>"],
        "rule": "",
        "premises": [],
        "graphs": ["https://w3id.org/entente/graph/ontology"],
        "grounds": [],
    }

    assert [fault.partition(": ")[2] for fault in check(invented)] == [
        "it is not in https://w3id.org/entente/graph/ontology"
    ]


def test_a_conclusion_that_is_passed_off_as_given_is_refused(check, proof):
    graph = "https://w3id.org/entente/graph/inferred"
    proof.update(rule="", premises=[], graphs=[graph])

    assert [fault.partition(": ")[2] for fault in check(proof)] == [f"{graph} gives nothing"]


def test_a_triple_that_proves_itself_is_refused():
    world = world_of(":p a owl:SymmetricProperty . :a :p :b .")
    there = to_object(prove(world, ":b :p :a"))
    back = {**there, "triple": [f"{EX}a>", f"{EX}p>", f"{EX}b>"]}
    axiom, _ = there["premises"]
    circle = {**there, "premises": [axiom, {**back, "premises": [axiom, there]}]}

    assert [fault.partition(": ")[2] for fault in checker_of(world.store).check(circle)] == [
        "it is used to prove itself"
    ]


def test_a_plain_fact_with_its_claim_is_accepted(plain):
    checker, proof = plain

    assert (checker.check(proof), proof["grounds"][0]["rule"]) == ([], "strict-record")


def test_a_plain_fact_without_a_claim_is_refused(plain):
    checker, proof = plain

    assert [f.partition(": ")[2] for f in checker.check({**proof, "grounds": []})] == [
        "no claim is behind it"
    ]


@pytest.mark.parametrize(
    ("part", "value", "fault"),
    [
        ("claim", "https://w3id.org/entente/claim/gmf-2023-002", "strict-record does not draw it"),
        ("passages", [], "has no passage"),
        ("passages", ["https://w3id.org/entente/source/gmf-2023/char/1-2"], "does not rest on"),
        ("source", "https://w3id.org/entente/source/spf-2024", "is not of"),
    ],
)
def test_a_claim_that_does_not_carry_the_fact_is_refused(plain, part, value, fault):
    checker, proof = plain
    spoilt = copy.deepcopy(proof)
    spoilt["grounds"][0]["claim"][part] = value

    assert any(fault in found for found in checker.check(spoilt))


def test_a_list_must_be_whole_where_the_rule_asks_for_all_members():
    rest, first = (f"<http://www.w3.org/1999/02/22-rdf-syntax-ns#{n}>" for n in ("rest", "first"))
    nil = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#nil>"
    premises = [
        ("C", "<http://www.w3.org/2002/07/owl#intersectionOf>", "l"),
        ("l", first, "D"),
        ("l", rest, "m"),
        ("m", first, "E"),
        ("m", rest, nil),
        ("a", TYPE, "D"),
        ("a", TYPE, "E"),
    ]

    without_end = [premise for premise in premises if premise[2] != nil]
    without_member = premises[:-1]

    assert follows("cls-int1", premises, ("a", TYPE, "C"))
    assert not follows("cls-int1", without_end, ("a", TYPE, "C"))
    assert not follows("cls-int1", without_member, ("a", TYPE, "C"))


def test_a_key_needs_every_property_of_its_list():
    first, rest, nil = (
        f"<http://www.w3.org/1999/02/22-rdf-syntax-ns#{n}>" for n in ("first", "rest", "nil")
    )
    key = [
        ("C", "<http://www.w3.org/2002/07/owl#hasKey>", "l"),
        ("l", first, "p"),
        ("l", rest, nil),
        ("a", TYPE, "C"),
        ("b", TYPE, "C"),
        ("a", "p", "1"),
    ]

    assert follows("prp-key", [*key, ("b", "p", "1")], ("a", SAME, "b"))
    assert not follows("prp-key", [*key, ("b", "p", "2")], ("a", SAME, "b"))


def test_a_line_that_is_no_quad_is_an_error():
    with pytest.raises(ValueError, match="no quad"):
        open_checker(["<a> <b> .\n"])
