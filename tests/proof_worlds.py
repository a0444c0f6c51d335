"""Small closed graphs for tests of proofs, and the checker's view of the same graphs."""

import pyoxigraph as ox

from entente import vocab
from entente.files import graph_files
from entente.provenance.checker import open_checker
from entente.provenance.proof_json import to_object
from entente.provenance.rulebook import read_rulebook
from entente.provenance.search import Search
from entente.provenance.terms import show_term
from entente.provenance.world import open_world
from entente.reason import close

QUERIES = graph_files() / "queries"
RULEBOOK = read_rulebook(QUERIES)
EX = "http://example.org/"
PREFIXES = f"""
@prefix : <{EX}> .
@prefix owl: <{vocab.OWL}> .
@prefix rdfs: <{vocab.RDFS}> .
"""


def read(text):
    return [quad.triple for quad in ox.parse(PREFIXES + text, ox.RdfFormat.TURTLE)]


def triple(text):
    (found,) = read(f"{text} .")
    return found


def close_dataset(given):
    """Make a data set as a build does: the given graph, what follows, and both merged."""
    store = ox.Store()
    inferred = close(given, QUERIES / "rules/owl2rl").inferred
    for graph, triples in ((vocab.GRAPH_ONTOLOGY, given), (vocab.GRAPH_INFERRED, inferred)):
        for t in triples:
            store.add(ox.Quad(t.subject, t.predicate, t.object, ox.NamedNode(graph)))
            store.add(ox.Quad(t.subject, t.predicate, t.object))
    return store


def open_dataset(path):
    """Load N-Quads, blank nodes named as in the file."""
    store = ox.Store()
    store.bulk_extend(ox.parse(path=str(path), format=ox.RdfFormat.N_QUADS))
    return store


def world_of(text):
    return open_world(close_dataset(read(text)), RULEBOOK)


def inferred_of(store):
    graph = ox.NamedNode(vocab.GRAPH_INFERRED)
    return sorted((q.triple for q in store.quads_for_pattern(None, None, None, graph)), key=str)


def checker_of(store):
    return open_checker(store.dump(format=ox.RdfFormat.N_QUADS).decode().splitlines())


def prove(world, text):
    return Search(world).prove(triple(text))


def prove_and_check(world, triples, checker=None):
    """Prove triples and return what the checker says against the proofs."""
    search, checker = Search(world), checker or checker_of(world.store)
    return [fault for t in triples for fault in checker.check(to_object(search.prove(t)))]


def outline(proof):
    """A proof in short: its triple and rule, and its premises below."""
    parts = (proof.triple.subject, proof.triple.predicate, proof.triple.object)
    name = " ".join(show_term(part).removeprefix(f"<{EX}").removesuffix(">") for part in parts)
    return (name, proof.rule, *map(outline, proof.premises)) if proof.rule else name
