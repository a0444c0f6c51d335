"""Does a competency query use every class and property of the ontology?

`python tests/test_competency_coverage.py` prints the share. A term counts as used where a query
names it: a question that only reaches it through a variable does not ask for it.
"""

import re
import sys

import pyoxigraph as ox

from entente import vocab
from entente.files import graph_files

TERM = re.compile(r"(?<![\w?:-])ent:(\w+)")
KINDS = ("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty")
OWL = "http://www.w3.org/2002/07/owl#"

SERVICE = "describes a public endpoint in the service description, which no snapshot stores"
COMPARISON = "stands only in a comparison that is made on demand, which no snapshot stores"

EXCEPTIONS = {
    "deadlineSeconds": SERVICE,
    "maxAnswerBytes": SERVICE,
    "maxMemoryBytes": SERVICE,
    "maxNesting": SERVICE,
    "maxPatterns": SERVICE,
    "maxQueriesInFlight": SERVICE,
    "maxQueryBytes": SERVICE,
    "maxRows": SERVICE,
    "maxTokens": SERVICE,
    "disputedBy": COMPARISON,
    "holdsIn": COMPARISON,
    "verdict": COMPARISON,
}
"""Terms that no question over a snapshot can use, each with the reason."""


def ontology_terms():
    """The local names of the classes and properties that the ontology declares."""
    store = ox.Store()
    for path in sorted((graph_files() / "ontology").glob("*.ttl")):
        store.load(path=path, format=ox.RdfFormat.TURTLE)
    declared = (
        quad.subject.value
        for kind in KINDS
        for quad in store.quads_for_pattern(None, RDF_TYPE, ox.NamedNode(OWL + kind), None)
        if isinstance(quad.subject, ox.NamedNode)
    )
    return {iri.removeprefix(vocab.ENT) for iri in declared if iri.startswith(vocab.ENT)}


RDF_TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")


def used_terms():
    """The local names that the bodies of the competency queries use."""
    queries = (graph_files() / "queries" / "competency").glob("*.rq")
    return {
        name
        for path in queries
        for line in path.read_text(encoding="utf-8").splitlines()
        if not line.startswith(("#", "PREFIX"))
        for name in TERM.findall(line)
    }


def share_line(terms, used):
    """Say how many of the terms the queries use, in one line."""
    share = len(terms & used) / len(terms)
    return f"competency queries use {len(terms & used)} of {len(terms)} terms ({share:.0%})"


def test_every_class_and_property_is_used_by_a_competency_query(capsys):
    terms, used = ontology_terms(), used_terms()

    with capsys.disabled():
        sys.stdout.write(f"\n{share_line(terms, used)}\n")

    assert terms - used - EXCEPTIONS.keys() == set()


def test_no_competency_query_uses_a_term_that_the_ontology_lacks():
    assert used_terms() - ontology_terms() == set()


def test_every_exception_is_a_term_that_no_query_uses():
    assert EXCEPTIONS.keys() - (ontology_terms() - used_terms()) == set()


if __name__ == "__main__":
    sys.stdout.write(f"{share_line(ontology_terms(), used_terms())}\n")
