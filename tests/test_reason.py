"""The closure: its API, its contradictions, and its equality with owlrl."""

from __future__ import annotations

import re
from pathlib import Path

import pyoxigraph
import pytest

from entente.errors import InconsistentGraph
from entente.reason import (
    Facts,
    close,
    close_facts,
    close_with_owlrl,
    extend_facts,
    find_contradictions,
    load_rules,
    load_store,
    require_consistency,
)

ROOT = Path(__file__).parent.parent
RULES = ROOT / "queries" / "rules" / "owl2rl"
GRAPHS = sorted((Path(__file__).parent / "reason" / "graphs").glob("*.ttl"))
PREFIXES = """
@prefix : <http://example.org/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""

#: Where the two reasoners differ, by reason; anything else fails. What owlrl adds to every
#: graph alike is left out by `entente.reason.reference`.
DIFFERENCES = {
    "owlrl's scm-sco and scm-spo leave out what is below itself, unless it is declared": re.compile(
        r"ours: (\S+) <\S+#(subClassOf|equivalentClass|subPropertyOf|equivalentProperty)> \1"
    ),
    "owlrl's prp-key does not compare the last property of a key": re.compile(
        r"owlrl: <http://example.org/keys/[ab]> <\S+(#sameAs|keys/country)> .*"
    ),
}


def read(text):
    return [quad.triple for quad in pyoxigraph.parse(PREFIXES + text, pyoxigraph.RdfFormat.TURTLE)]


def read_file(file):
    return [quad.triple for quad in pyoxigraph.parse(path=file, rename_blank_nodes=True)]


def write(triples):
    return sorted(str(quad.triple) for quad in load_store(triples))


def contradictions_of(triples):
    return find_contradictions(Facts(triples), load_rules(RULES))


def close_text(text):
    return write(close(read(text), RULES).inferred)


def compare(file):
    """List what one reasoner infers and the other does not."""
    triples = read_file(file)
    ours = set(write(close(triples, RULES).inferred))
    reference = set(write(close_with_owlrl(triples).inferred))
    assert ours
    return [
        *(f"ours: {line}" for line in sorted(ours - reference)),
        *(f"owlrl: {line}" for line in sorted(reference - ours)),
    ]


@pytest.mark.parametrize("file", GRAPHS, ids=lambda file: file.stem)
def test_the_closure_equals_that_of_owlrl_but_for_known_differences(file):
    found = compare(file)

    known = [line for line in found if any(d.fullmatch(line) for d in DIFFERENCES.values())]
    assert found == known


def test_the_closure_of_the_ontology_of_the_project_equals_that_of_owlrl():
    triples = {
        triple for file in sorted((ROOT / "ontology").glob("*.ttl")) for triple in read_file(file)
    }

    ours = set(write(close(triples, RULES).inferred))

    assert len(ours) > 100
    assert ours == set(write(close_with_owlrl(triples).inferred))


@pytest.mark.parametrize("reason", DIFFERENCES)
def test_a_known_difference_is_still_there(reason):
    assert any(DIFFERENCES[reason].fullmatch(line) for file in GRAPHS for line in compare(file))


@pytest.mark.parametrize("file", GRAPHS, ids=lambda file: file.stem)
def test_a_closure_is_closed(file):
    triples = read_file(file)

    again = close([*triples, *close(triples, RULES).inferred], RULES)

    assert write(again.inferred) == []
    assert again.counts == {}


def test_an_empty_graph_has_an_empty_closure():
    assert close([], RULES).inferred == []


def test_owlrl_too_gives_an_empty_graph_an_empty_closure():
    assert close_with_owlrl([]).inferred == []


def test_the_counts_of_the_rules_add_up_to_the_conclusions():
    closure = close(read(":C rdfs:subClassOf :D . :D rdfs:subClassOf :E . :a a :C ."), RULES)

    assert closure.counts == {"scm-sco": 1, "cax-sco": 2}
    assert len(closure.inferred) == 3


def test_nothing_is_inferred_that_was_given():
    assert close_text(":C rdfs:subClassOf :D . :a a :C , :D .") == []


def test_nothing_is_the_same_as_itself():
    inferred = close_text(
        ":p a owl:FunctionalProperty ; rdfs:subPropertyOf owl:sameAs . :a :p :a , :b ."
    )

    same = [line for line in inferred if "sameAs" in line]
    a, b, sameas = (
        "<http://example.org/a>",
        "<http://example.org/b>",
        "<http://www.w3.org/2002/07/owl#sameAs>",
    )
    assert same == [f"{a} {sameas} {b}", f"{b} {sameas} {a}"]


def test_a_conclusion_of_one_round_is_a_premise_of_the_next_in_any_place_of_a_rule():
    inferred = close_text("""
        :q rdfs:subPropertyOf :p . :r rdfs:subPropertyOf :q . :p a owl:TransitiveProperty .
        :b :p :c . :a :r :b . :c :r :d .
        :C owl:intersectionOf ( :D :E ) . :a a :D . :F rdfs:subClassOf :E . :s rdfs:domain :F .
        :t owl:inverseOf :s . :x :t :a .
    """)

    def line(subject, predicate, object_):
        return " ".join(f"<http://example.org/{name}>" for name in (subject, predicate, object_))

    type_ = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
    assert {line("a", "p", "d"), line("b", "p", "d"), line("a", "p", "c")} <= set(inferred)
    assert f"<http://example.org/a> {type_} <http://example.org/C>" in inferred


def test_axioms_that_are_themselves_inferred_take_effect():
    inferred = close_text("""
        :Linking rdfs:subClassOf owl:TransitiveProperty . :p a :Linking .
        :a :p :b . :b :p :c .
    """)

    assert "<http://example.org/a> <http://example.org/p> <http://example.org/c>" in inferred


def test_a_list_that_is_completed_by_an_inference_takes_effect():
    inferred = close_text("""
        @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
        :C owl:unionOf _:head . _:head rdf:first :D ; rdf:rest _:tail .
        _:tail :item :E ; rdf:rest rdf:nil . :item rdfs:subPropertyOf rdf:first .
        :a a :E .
    """)

    type_ = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
    assert f"<http://example.org/a> {type_} <http://example.org/C>" in inferred


def test_blank_nodes_keep_their_labels():
    triples = [
        pyoxigraph.Triple(pyoxigraph.BlankNode("x"), triple.predicate, triple.object)
        for triple in read(":a a :C .")
    ]

    closure = close([*triples, *read(":C rdfs:subClassOf :D .")], RULES)

    assert [triple.subject for triple in closure.inferred] == [pyoxigraph.BlankNode("x")]


def test_a_contradiction_names_rule_axiom_and_culprits():
    triples = read(":C owl:disjointWith :D . :a a :C , :D .")

    (found,) = contradictions_of(triples)

    a, c, d = (pyoxigraph.NamedNode(f"http://example.org/{name}") for name in "aCD")
    assert str(found) == (
        "cax-dw: <http://example.org/a> is a member of both <http://example.org/C> and "
        "<http://example.org/D>, which are disjoint (owl:disjointWith)"
    )
    assert found.bindings == {"x": a, "class1": c, "class2": d}
    assert set(found.triples) == set(triples)


def test_a_contradiction_that_only_follows_is_found_in_the_closure():
    given = read(":C owl:disjointWith :D . :p rdfs:domain :C . :a a :D ; :p :b .")

    found = contradictions_of([*given, *close(given, RULES).inferred])

    assert [contradiction.rule for contradiction in found] == ["cax-dw"]
    assert contradictions_of(given) == []


def test_consistency_is_required_with_one_line_a_contradiction():
    found = contradictions_of(read(":a a owl:Nothing . :b a owl:Nothing ."))

    with pytest.raises(InconsistentGraph, match=r"contradicts itself \(2 contradictions\)") as info:
        require_consistency(found)

    assert sorted(info.value.explanations) == [
        f"cls-nothing2: <http://example.org/{name}> is a member of owl:Nothing, "
        "which has no members"
        for name in "ab"
    ]
    assert info.value.exit_code == 1


def test_a_consistent_graph_passes():
    require_consistency(contradictions_of(read(":C owl:disjointWith :D . :a a :C .")))


def test_a_rule_of_ones_own_may_ask_whatever_sparql_can(tmp_path):
    (tmp_path / "ex-adult.rq").write_text("""PREFIX : <http://example.org/>

CONSTRUCT { ?x a :Adult . }
WHERE {
  ?x :age ?age .
  FILTER(?age >= 18)
}
""")
    for name in ("cax-sco", "prp-dom"):
        (tmp_path / f"{name}.rq").write_text((RULES / f"{name}.rq").read_text())

    inferred = close(
        read(":Adult rdfs:subClassOf :P . :age rdfs:domain :Aged . :a :age 18 . :b :age 17 ."),
        tmp_path,
    ).inferred

    types = {(t.subject.value[-1], t.object.value.rpartition("/")[2]) for t in inferred}
    assert types == {("a", "Adult"), ("a", "P"), ("a", "Aged"), ("b", "Aged")}


@pytest.mark.parametrize(
    "where",
    [
        "?x :age ?age .\n  BIND(?age + 1 AS ?next)\n  FILTER(?next < 18)",
        "?x :age ?age .\n  FILTER(?age < 17)\n  FILTER NOT EXISTS { ?x :guardian ?other }",
        "?x :age ?age .\n  FILTER NOT EXISTS { ?x :guardian* ?g . ?g :age ?old FILTER(?old > 17) }",
        "?x :age ?age .\n  ?x :guardian* ?last .\n  ?last a :Child .",
        "?x :age ?age .\n  ?x :guardian? ?y .\n  FILTER(?age < 17 && !EXISTS { ?y a :Adult })",
        '?start :guardian* ?x .\n  ?x :age ?age .\n  FILTER(REGEX(STR(?age), "^[0-9]{1}$"))',
    ],
)
def test_a_contradiction_of_ones_own_may_ask_whatever_sparql_can(tmp_path, where):
    file = tmp_path / "ex-minor.rq"
    file.write_text(f"""#+ message: {{x}} is {{age}} years old

PREFIX : <http://example.org/>

SELECT ?x ?age
WHERE {{
  {where}
}}
""")
    triples = read("""
        :a :age 7 ; :guardian :b ; a :Child . :b :age 40 ; a :Adult .
        :c :age 8 ; a :Child . :d :age 16 ; :guardian :c .
    """)
    rows = load_store(triples).query(file.read_text())

    found = find_contradictions(Facts(triples), load_rules(tmp_path))

    expected = {(row["x"], row["age"]) for row in rows}
    assert expected
    assert {(each.bindings["x"], each.bindings["age"]) for each in found} == expected


def test_numbers_count_by_value():
    inferred = close_text("""
        :C owl:hasValue "01"^^xsd:int ; owl:onProperty :p . :a :p 1 . :b a :C .
    """)

    type_ = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
    one = '"1"^^<http://www.w3.org/2001/XMLSchema#integer>'
    assert f"<http://example.org/a> {type_} <http://example.org/C>" in inferred
    assert f"<http://example.org/b> <http://example.org/p> {one}" in inferred


def test_what_is_added_to_closed_facts_gives_what_all_together_give():
    ontology = read("""
        :D rdfs:subClassOf :E . :p owl:inverseOf :q . :q rdfs:range :D .
        :E owl:unionOf ( :F :G ) .
    """)
    data = read(":a :p :b . :b a :F . :r rdfs:subPropertyOf :p . :c :r :a . :a a :G .")
    rules = load_rules(RULES)
    facts = Facts(ontology)
    closed = [*ontology, *close_facts(facts, rules).inferred]
    before = write(facts.triples(facts.relations))

    added = extend_facts(facts.copy(), data, rules)

    together = {*data, *ontology, *close([*ontology, *data], RULES).inferred}
    assert {*closed, *data, *added.inferred} == together
    assert write(facts.triples(facts.relations)) == before
