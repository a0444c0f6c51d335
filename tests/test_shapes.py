"""Each file of shapes accepts its PASS file and finds in its XFAIL file what that file expects."""

from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse
from rdflib import SH, Graph

import owlapi_profile
from entente import vocab
from entente.errors import InputError, NothingChecked
from entente.shacl.cases import find_untested, read_topics, run_topic
from entente.shacl.sources import read_source
from entente.shacl.validate import validate

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "tests" / "shapes"
TOPICS = sorted(path.stem for path in (ROOT / "shapes").glob("*.ttl"))
LIBRARY = sorted(path.stem for path in (ROOT / "shapes/library").glob("*.ttl"))
ALL = [*TOPICS, *(f"library/{name}" for name in LIBRARY)]


@pytest.fixture(scope="module")
def outcomes():
    """What the cases gave, by topic and by kind."""
    shapes, ontology = (
        [read_source(str(file)) for file in files]
        for files in (sorted((ROOT / "shapes").glob("*.ttl")), ontology_files())
    )
    library = [read_source(str(file)) for file in sorted((ROOT / "shapes/library").glob("*.ttl"))]
    topics = read_topics(CASES, shapes, ontology)
    topics_of_all = read_topics(CASES / "library", library)
    return {
        **{topic.name: (topic, run_topic(topic)) for topic in topics},
        **{f"library/{topic.name}": (topic, run_topic(topic)) for topic in topics_of_all},
    }


def read_triples(*files):
    return [
        quad.triple
        for file in files
        for quad in parse(
            file.read_bytes(), format=RdfFormat.TURTLE, base_iri=vocab.BASE, rename_blank_nodes=True
        )
    ]


def ontology_files():
    folder = ROOT / "ontology"
    own = (path for path in (folder / "vocabulary").glob("*.ttl") if path.stem != "topics")
    return [*folder.glob("*.ttl"), *(folder / "imports").glob("*.ttl"), *own]


def check(topic, *files):
    data = read_triples(*ontology_files(), *files)
    return validate(data, read_triples(ROOT / "shapes" / f"{topic}.ttl"))


@pytest.mark.parametrize("name", ALL)
def test_good_data_pass_and_bad_data_give_the_results_that_the_file_expects(outcomes, name):
    topic, [good, bad] = outcomes[name]

    assert good.report.results == ()
    assert (bad.missing, bad.unexpected) == ((), ())
    assert len(bad.report.results) == len(topic.expected) > 0


@pytest.mark.parametrize("name", ALL)
def test_each_shape_is_seen_to_find_something(outcomes, name):
    assert find_untested(*outcomes[name]) == []


@pytest.mark.parametrize("topic", ALL)
def test_each_shape_has_a_name_a_message_and_a_severity(topic):
    graph = Graph().parse(ROOT / "shapes" / f"{topic}.ttl")
    named = {s for s in graph.subjects(SH.severity) if str(s).startswith(vocab.SHAPE)}
    targets = (SH.targetClass, SH.targetNode, SH.targetObjectsOf, SH.targetSubjectsOf)
    targeted = {s for target in targets for s in graph.subjects(target)}
    spoken = set(graph.subjects(SH.message))
    asked = {s for s in targeted if any(q in spoken for q in graph.objects(s, SH.sparql))}

    lacking = {s for s in targeted if graph.value(s, SH.name) is None or s not in spoken | asked}

    assert (targeted, lacking) == (named, set())


def test_a_violation_makes_a_report_not_conform_and_a_warning_does_not():
    passing = check("evidence", CASES / "evidence_PASS.ttl")
    failing = check("evidence", CASES / "evidence_PASS.ttl", CASES / "evidence_XFAIL.ttl")

    assert (passing.conforms, failing.conforms) == (True, False)
    assert {result.severity for result in failing.results} == {"Violation", "Warning"}


def test_a_message_names_terms_with_their_prefixes():
    report = check("claims", CASES / "claims_PASS.ttl", CASES / "claims_XFAIL.ttl")

    messages = [r.message for r in report.results if r.shape.endswith("/stance-by-an-actor")]

    assert messages == [
        "the claim gives a stance to id:paper, which is no actor; make its issuer the subject "
        "and name it with ent:inDocument"
    ]


def test_a_graph_of_rdflib_gives_the_same_report_as_triples():
    file = CASES / "queries_XFAIL.ttl"
    shapes = ROOT / "shapes" / "queries.ttl"

    ours = validate(read_triples(file), read_triples(shapes))
    theirs = validate(Graph().parse(file), Graph().parse(shapes))

    assert theirs.results == ours.results


def test_data_that_no_shape_speaks_of_are_refused_as_unchecked():
    data = read_triples(CASES / "queries_PASS.ttl")

    with pytest.raises(NothingChecked, match="has anything to check in the data"):
        validate(data, read_triples(ROOT / "shapes" / "evidence.ttl"))


def test_a_malformed_query_in_a_shape_is_refused_with_its_text():
    shapes = Graph().parse(
        format="turtle",
        data="""
        PREFIX sh: <http://www.w3.org/ns/shacl#>
        <urn:shape> a sh:NodeShape ; sh:targetNode <urn:node> ;
            sh:sparql [ sh:message "never said" ; sh:select "SELECT $this WHERE { $this }" ] .
        """,
    )

    with pytest.raises(InputError, match="a shape is malformed"):
        validate(read_triples(CASES / "queries_PASS.ttl"), shapes)


@pytest.mark.owlapi
def test_the_shapes_of_the_owl_2_rl_profile_find_what_the_checker_of_owlapi_finds(tmp_path):
    if missing := owlapi_profile.say_what_is_missing():
        pytest.skip(missing)
    good, bad = (CASES / "library" / f"owl2rl_{kind}.ttl" for kind in ("PASS", "XFAIL"))
    (tmp_path / "bad.ttl").write_text(
        bad.read_text("utf-8")
        + "<http://example.org/zoo> a owl:Ontology . :i a owl:NamedIndividual . "
        + ":A a owl:Class . :B a owl:Class . :p a owl:ObjectProperty ."
    )

    found = "\n".join(owlapi_profile.check_profile([tmp_path / "bad.ttl"]).violations)

    names = [*(f"X{number}" for number in range(1, 11)), "q1", "q2", "q3", "q5", "j"]
    assert [name for name in names if f"zoo#{name}>" not in found] == []
    assert owlapi_profile.check_profile([good]).violations == ()
