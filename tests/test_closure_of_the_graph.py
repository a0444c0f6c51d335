"""The closure of the shipped graph, held against the reference reasoner."""

import pyoxigraph as ox
import pytest

from entente import vocab
from entente.files import graph_files
from entente.pipeline.project import source_graphs
from entente.reason import close, close_with_owlrl

RULES = graph_files() / "queries/rules/owl2rl"
GIVEN = [vocab.GRAPH_ONTOLOGY, vocab.GRAPH_ENTITIES, vocab.GRAPH_ASSERTED, *source_graphs()]


def read_graphs(snapshot, names):
    graphs = {ox.NamedNode(name) for name in names}
    quads = ox.parse(path=snapshot.dataset, format=ox.RdfFormat.N_QUADS)
    return [quad.triple for quad in quads if quad.graph_name in graphs]


@pytest.fixture(scope="module")
def given(snapshot):
    return read_graphs(snapshot, GIVEN)


def test_the_snapshot_holds_the_closure_less_its_input(snapshot, given):
    stored = set(read_graphs(snapshot, [vocab.GRAPH_INFERRED]))

    assert stored == set(close(given, RULES).inferred)
    assert not stored & set(given)


@pytest.mark.slow
def test_the_closure_equals_the_references(given):
    ours = set(close(given, RULES).inferred)

    theirs = set(close_with_owlrl(given).inferred)

    assert (ours - theirs, theirs - ours) == (set(), set())


def test_nothing_is_the_same_as_another(snapshot):
    same = ox.NamedNode(vocab.OWL + "sameAs")

    inferred = read_graphs(snapshot, [vocab.GRAPH_INFERRED])

    assert [t for t in inferred if t.predicate == same and t.subject != t.object] == []
