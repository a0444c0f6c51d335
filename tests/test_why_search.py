"""Proofs: which are found, that they are well-founded, and that the checker agrees."""

from itertools import groupby
from pathlib import Path

import pyoxigraph as ox
import pytest

from entente import vocab
from entente.errors import DataError
from entente.provenance.checker import open_checker
from entente.provenance.proof_json import to_object
from entente.provenance.search import Search
from entente.provenance.world import open_world
from proof_worlds import (
    RULEBOOK,
    checker_of,
    close_dataset,
    inferred_of,
    open_dataset,
    outline,
    prove,
    prove_and_check,
    read,
    triple,
    world_of,
)

HERE = Path(__file__).parent
CASES = sorted((HERE / "reason/cases").glob("*.trig"))
GRAPHS = sorted((HERE / "reason/graphs").glob("*.ttl"))
A = "a"
FIRES = ox.NamedNode("http://example.org/fires")


def shipped_world(snapshot, viewpoint=""):
    store = open_dataset(snapshot.dataset)
    with snapshot.dataset.open(encoding="utf-8") as lines:
        checker = open_checker(lines, viewpoint)
    return open_world(store, RULEBOOK, viewpoint), checker


def pick(triples, count):
    """Take some triples of each predicate and class: every kind of proof, few of each."""

    def kind(t):
        is_type = t.predicate.value.endswith("#type")
        return str((t.predicate, t.object if is_type else "", type(t.subject)))

    ordered = sorted(triples, key=lambda t: (kind(t), str(t)))
    return [t for _, group in groupby(ordered, kind) for t in list(group)[:count]]


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_whatever_a_rule_concludes_has_a_proof_that_the_checker_accepts(file):
    quads = ox.parse(path=str(file), rename_blank_nodes=False)
    store = close_dataset([quad.triple for quad in quads if quad.graph_name == FIRES])

    faults = prove_and_check(open_world(store, RULEBOOK), inferred_of(store))

    assert faults == []


@pytest.mark.parametrize("file", GRAPHS, ids=lambda file: file.stem)
def test_every_conclusion_of_a_graph_has_a_proof_that_the_checker_accepts(file):
    store = close_dataset([quad.triple for quad in ox.parse(path=str(file))])

    faults = prove_and_check(open_world(store, RULEBOOK), inferred_of(store))

    assert faults == []


def test_conclusions_of_every_kind_in_the_shipped_graph_have_proofs(snapshot):
    world, checker = shipped_world(snapshot)
    triples = pick(inferred_of(world.store), 2)

    faults = prove_and_check(world, triples, checker)

    assert (len(triples) > 30, faults) == (True, [])


@pytest.mark.slow
def test_every_conclusion_of_the_shipped_graph_has_a_proof(snapshot):
    world, checker = shipped_world(snapshot)

    assert prove_and_check(world, inferred_of(world.store), checker) == []


@pytest.mark.parametrize("viewpoint", [*vocab.SOURCES, "undisputed"])
def test_triples_of_every_kind_in_a_viewpoint_have_proofs(snapshot, viewpoint):
    world, checker = shipped_world(snapshot, viewpoint)
    quads = world.store.quads_for_pattern(None, None, None, world.closed)
    triples = pick((quad.triple for quad in quads), 1)

    faults = prove_and_check(world, triples, checker)

    assert (len(triples) > 30, faults) == (True, [])


def test_plain_facts_lead_to_claims_and_passages(snapshot):
    world, checker = shipped_world(snapshot)
    graph = ox.NamedNode(vocab.GRAPH_ASSERTED)
    facts = [q.triple for q in world.store.quads_for_pattern(None, None, None, graph)]

    assert prove_and_check(world, pick(facts, 2), checker) == []


def test_a_given_triple_is_its_own_proof():
    proof = prove(world_of(":a a :C ."), ":a a :C")

    assert (proof.rule, proof.steps, proof.graphs) == ("", 0, (vocab.GRAPH_ONTOLOGY,))


def test_the_proof_with_the_fewest_steps_is_found():
    world = world_of(
        ":C rdfs:subClassOf :D . :D rdfs:subClassOf :E , :F . :a a :C , :E .\n"
        ":E rdfs:subClassOf :F ."
    )

    assert outline(prove(world, ":a a :F")) == (
        f"a {A} F",
        "cax-sco",
        "E rdfs:subClassOf F",
        f"a {A} E",
    )


def test_two_inverse_properties_do_not_prove_each_other():
    world = world_of(
        ":p owl:inverseOf :q . :q owl:inverseOf :p . :r rdfs:subPropertyOf :p . :a :r :b ."
    )

    assert outline(prove(world, ":b :q :a")) == (
        "b q a",
        "prp-inv1",
        "p owl:inverseOf q",
        (
            "a p b",
            "prp-spo1",
            "r rdfs:subPropertyOf p",
            "a r b",
        ),
    )


def test_a_circle_of_equivalent_classes_is_proved_from_what_is_given():
    world = world_of(
        ":C owl:equivalentClass :D . :D owl:equivalentClass :E . :E owl:equivalentClass :C .\n"
        ":a a :C ."
    )

    assert prove_and_check(world, inferred_of(world.store)) == []


def test_a_conclusion_that_no_rule_draws_is_an_error():
    store = close_dataset(read(":a :p :b ."))
    strange = triple(":b :p :a")
    for graph in (ox.DefaultGraph(), ox.NamedNode(vocab.GRAPH_INFERRED)):
        store.add(ox.Quad(strange.subject, strange.predicate, strange.object, graph))

    with pytest.raises(DataError, match=r"no rule concludes .*; build the snapshot again"):
        Search(open_world(store, RULEBOOK)).prove(strange)


def test_all_proofs_come_with_the_shallow_ones_first_and_each_once():
    world = world_of(
        ":C rdfs:subClassOf :D , :E . :D rdfs:subClassOf :F . :E rdfs:subClassOf :F .\n"
        ":a a :C , :D ."
    )

    found = [outline(p) for p in Search(world).prove_all(triple(":a a :F"), 2)]

    premises = [proof[2:] for proof in found]
    below = "rdfs:subClassOf"
    assert premises[0] == (f"D {below} F", f"a {A} D")
    assert len(premises) == len(set(premises)) == 4


def test_all_proofs_of_a_circle_are_finite():
    world = world_of(":p a owl:SymmetricProperty . :p owl:inverseOf :q . :a :p :b .")

    proofs = list(Search(world).prove_all(triple(":b :q :a"), 6))

    checker = checker_of(world.store)
    assert proofs
    assert [fault for proof in proofs for fault in checker.check(to_object(proof))] == []
