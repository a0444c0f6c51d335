"""The ontology: its profile, its header, its terms, and what follows from it."""

import re
from functools import cache
from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, Quad, RdfFormat, Store, parse
from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, VANN, XSD, Graph, Literal, URIRef

import owlapi_profile
from entente import vocab
from entente.reason import Facts, close, find_contradictions, load_rules

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "ontology"
MODULES = sorted(FOLDER.glob("*.ttl"))
IMPORTS = sorted((FOLDER / "imports").glob("*.ttl"))
ALIGNMENTS = sorted((FOLDER / "alignments").glob("*.ttl"))
SCHEMES = sorted((FOLDER / "vocabulary").glob("*.ttl"))
ENTAILMENT = ROOT / "tests" / "entailment"
RULES = ROOT / "queries" / "rules" / "owl2rl"
ONTOLOGY = URIRef(vocab.ENT)


def read(files):
    graph = Graph()
    for file in files:
        graph.parse(file, format="turtle")
    return graph


def read_triples(files):
    return [
        quad.triple
        for file in files
        for quad in parse(file.read_bytes(), format=RdfFormat.TURTLE, rename_blank_nodes=True)
    ]


@cache
def close_world():
    given = read_triples([*MODULES, *IMPORTS, ENTAILMENT / "world.ttl"])
    store = Store()
    for triple in [*given, *close(given, RULES).inferred]:
        store.add(Quad(triple.subject, triple.predicate, triple.object, DefaultGraph()))
    return store


def find_rules_that_break(*kinds):
    types = " , ".join(f"<{vocab.ENT}{kind}>" for kind in kinds)
    thing = parse(f"<{vocab.ID}thing> a {types} .".encode(), format=RdfFormat.TURTLE)
    given = [*read_triples(MODULES), *(quad.triple for quad in thing)]
    found = find_contradictions(Facts([*given, *close(given, RULES).inferred]), load_rules(RULES))
    return {contradiction.rule for contradiction in found}


def own_terms(graph):
    kinds = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
    terms = {term for kind in kinds for term in graph.subjects(RDF.type, kind)}
    return {term for term in terms if str(term).startswith(vocab.ENT)}


@pytest.mark.parametrize(
    "query", sorted((ENTAILMENT / "completeness").glob("*.rq")), ids=lambda path: path.stem
)
def test_it_follows_that(query):
    assert bool(close_world().query(query.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "query", sorted((ENTAILMENT / "soundness").glob("*.rq")), ids=lambda path: path.stem
)
def test_it_does_not_follow_that(query):
    assert not bool(close_world().query(query.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("kinds", "rule"),
    [
        (("State", "Document"), "cax-adc"),
        (("Person", "Organisation"), "cax-adc"),
        (("Claim", "Issue"), "cax-adc"),
        (("Alliance", "Treaty"), "cax-adc"),
    ],
)
def test_nothing_is_of_two_kinds_that_exclude_each_other(kinds, rule):
    assert find_rules_that_break(*kinds) == {rule}


def test_a_place_may_be_an_actor_too():
    assert find_rules_that_break("Place", "Actor") == set()


def test_the_ontology_with_its_vocabulary_is_consistent():
    given = read_triples([*MODULES, *IMPORTS, *ALIGNMENTS, *SCHEMES])

    assert (
        find_contradictions(Facts([*given, *close(given, RULES).inferred]), load_rules(RULES)) == []
    )


@pytest.mark.owlapi
def test_the_ontology_is_within_owl_2_rl_by_the_checker_of_owlapi():
    if missing := owlapi_profile.say_what_is_missing():
        pytest.skip(missing)

    report = owlapi_profile.check_profile([*MODULES, *IMPORTS, *ALIGNMENTS])

    assert report.violations == ()
    assert report.axioms > 1000


@pytest.mark.owlapi
def test_the_checker_of_owlapi_finds_what_is_outside_owl_2_rl(tmp_path):
    if missing := owlapi_profile.say_what_is_missing():
        pytest.skip(missing)
    file = tmp_path / "outside.ttl"
    file.write_text(
        f"""
        PREFIX owl: <{OWL}>
        PREFIX rdfs: <{RDFS}>
        <urn:A> a owl:Class ; rdfs:subClassOf [ a owl:Class ; owl:unionOf ( <urn:A> <urn:B> ) ] .
        <urn:B> a owl:Class .
        """,
        encoding="utf-8",
    )

    assert len(owlapi_profile.check_profile([file]).violations) > 0


def test_the_header_says_what_others_look_for():
    graph = read([FOLDER / "entente.ttl"])
    version = graph.value(ONTOLOGY, OWL.versionInfo)
    wanted = [
        DCTERMS.title,
        DCTERMS.description,
        DCTERMS.abstract,
        DCTERMS.license,
        DCTERMS.creator,
        DCTERMS.publisher,
        DCTERMS.created,
        DCTERMS.issued,
        DCTERMS.modified,
        DCTERMS.bibliographicCitation,
        OWL.versionIRI,
        OWL.versionInfo,
        VANN.preferredNamespacePrefix,
        VANN.preferredNamespaceUri,
        RDFS.label,
        RDFS.comment,
    ]

    assert [term for term in wanted if graph.value(ONTOLOGY, term) is None] == []
    assert graph.value(ONTOLOGY, OWL.versionIRI) == URIRef(f"{vocab.ENT}{version}")
    assert graph.value(ONTOLOGY, DCTERMS.created) == Literal("2026-11-23", datatype=XSD.date)
    assert str(graph.value(ONTOLOGY, VANN.preferredNamespaceUri)) == vocab.ENT


def test_no_two_terms_have_the_same_label():
    graph = read(MODULES)
    labels = [str(label) for term in own_terms(graph) for label in graph.objects(term, RDFS.label)]

    assert sorted(label for label in set(labels) if labels.count(label) > 1) == []


def test_a_definition_of_a_property_begins_with_a_verb():
    graph = read(MODULES)
    properties = {
        *graph.subjects(RDF.type, OWL.ObjectProperty),
        *graph.subjects(RDF.type, OWL.DatatypeProperty),
    }
    odd = "Brought|Came|Can|Cannot|Gave|Led|Made|Put|Ran|Took|Went|Wrote"
    verbs = re.compile(rf"({odd}|\w+s|\w+ed)[ ,]")

    definitions = {str(graph.value(term, SKOS.definition)) for term in properties}

    assert sorted(text for text in definitions if not verbs.match(text)) == []


def test_each_module_defines_only_terms_of_its_own():
    defined = [term for file in MODULES for term in own_terms(read([file]))]

    assert len(defined) == len(set(defined))


def test_each_foreign_term_of_the_ontology_is_borrowed_by_name():
    graph = read([*MODULES, *IMPORTS, *SCHEMES])
    builtin = (str(RDF), str(RDFS), str(OWL), str(XSD))
    used = {p for p in graph.predicates() if not str(p).startswith(builtin)}

    undeclared = {p for p in used if (p, RDFS.isDefinedBy, None) not in graph}

    assert undeclared == set()


def test_the_alignments_speak_only_of_terms_that_exist_here():
    here = own_terms(read(MODULES))
    bridges = read(ALIGNMENTS)
    named = {s for s in bridges.subjects() if str(s).startswith(vocab.ENT)}

    assert named - here == set()


def test_no_concept_stands_in_two_schemes():
    graph = read(SCHEMES)
    schemes = set(graph.subjects(RDF.type, SKOS.ConceptScheme))
    concepts = set(graph.subjects(RDF.type, SKOS.Concept))

    crowded = {c for c in concepts if len(list(graph.objects(c, SKOS.inScheme))) != 1}

    assert (crowded, schemes & concepts) == (set(), set())
