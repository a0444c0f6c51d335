"""Each rule fires where it should and is silent where it should be.

A case is a TriG file `cases/<rule>.trig` or `cases/<rule>--<what is special>.trig` with
three graphs: what makes the rule fire, what it then concludes (or the messages of the
contradictions that it finds, as comments), and what leaves it silent.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyoxigraph
import pytest
import rdflib

from entente.bridge import from_rdflib_graph, to_rdflib_graph
from entente.errors import DataError
from entente.reason import Facts, close_facts, find_contradictions, load_rules, load_store
from entente.reason.rules import lengthen_chain, parse_rule

ROOT = Path(__file__).parent.parent
RULES = {rule.name: rule for rule in load_rules(ROOT / "queries" / "rules" / "owl2rl")}
CASES = sorted((Path(__file__).parent / "reason" / "cases").glob("*.trig"))

#: Rules that stand for the record, with the reason that their files give too.
NEVER_RUN = {
    "eq-ref": "adds a triple for each term and tells nobody anything",
    "dt-type2": "concludes a triple with a literal as subject",
    "dt-eq": "concludes a triple with a literal as subject",
}


#: The cases that a rule's file covers as it stands, without being lengthened.
PLAIN_CASES = [file for file in CASES if not file.stem.startswith("prp-spo2--")]


def read_case(file):
    graphs = {"fires": [], "expected": [], "silent": []}
    for quad in pyoxigraph.parse(path=file, format=pyoxigraph.RdfFormat.TRIG):
        graphs[quad.graph_name.value.rpartition("/")[2]].append(quad.triple)
    return graphs


def run(rule, triples):
    """Apply one rule alone; its conclusions as triples, its contradictions as messages."""
    if rule.message:
        return sorted(found.message for found in find_contradictions(Facts(triples), [rule]))
    return sorted(map(str, close_facts(Facts(triples), [rule]).inferred))


def run_in_rdflib(rule, triples):
    """Apply the plain text of a rule in another engine; its contradictions as a number."""
    given = to_rdflib_graph(triples)
    closed = given + rdflib.Graph()
    if rule.message:
        return len(closed.query(rule.text))
    while new := [triple for triple in closed.query(rule.text) if triple not in closed]:
        for triple in new:
            closed.add(triple)
    return sorted(map(str, from_rdflib_graph(closed - given)))


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_a_rule_fires_where_its_premises_hold(file):
    rule = RULES[file.stem.partition("--")[0]]
    case = read_case(file)

    found = run(rule, case["fires"])

    messages = [triple.object.value for triple in case["expected"]]
    assert found == sorted(messages if rule.message else map(str, case["expected"]))


@pytest.mark.parametrize("file", PLAIN_CASES, ids=lambda file: file.stem)
def test_a_rule_file_concludes_the_same_in_rdflib(file):
    rule = RULES[file.stem.partition("--")[0]]
    case = read_case(file)

    found = run_in_rdflib(rule, case["fires"])

    expected = case["expected"]
    assert found == (len(expected) if rule.message else sorted(map(str, expected)))
    assert not run_in_rdflib(rule, case["silent"])


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_a_rule_is_silent_where_a_premise_is_missing(file):
    rule = RULES[file.stem.partition("--")[0]]

    found = run(rule, read_case(file)["silent"])

    assert found == []


@pytest.mark.parametrize("rule", [r for r in RULES.values() if r.message], ids=lambda r: r.name)
def test_a_contradiction_is_what_the_engine_finds_with_the_same_file(rule):
    for file in CASES:
        for triples in (read_case(file)["fires"], read_case(file)["silent"]):
            rows = load_store(triples).query(rule.text)

            found = find_contradictions(Facts(triples), [rule])

            expected = {tuple(row[name] for name in rule.variables) for row in rows}
            assert {tuple(each.bindings[name] for name in rule.variables) for each in found} == (
                expected
            )


def test_every_rule_that_runs_has_a_case():
    tested = {file.stem.partition("--")[0] for file in CASES}

    assert tested == set(RULES) - set(NEVER_RUN)


def test_the_rules_that_never_run_are_those_with_a_reason():
    assert {name for name, rule in RULES.items() if not rule.runs} == set(NEVER_RUN)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_a_rule_file_is_described_and_parses_in_two_engines(rule):
    rdflib.Graph().query(rule.text)
    pyoxigraph.Store().query(rule.text)

    assert rule.summary.endswith(".")
    assert rule.tags[0] == "owl2rl"
    assert ("contradiction" in rule.tags) == bool(rule.message)
    assert "#+ source: https://www.w3.org/TR/owl2-profiles/ section 4.3, table " in rule.text


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_the_reader_sees_the_whole_of_a_rule(rule):
    body = rule.text.partition("\nWHERE {\n")[2].rstrip().removesuffix("}")

    read = [*(f"{premise.text} ." for premise in rule.premises), rule.conditions]

    assert Counter(" ".join(read).split()) == Counter(body.split())


def test_a_chain_rule_for_three_links_goes_on_with_the_third():
    rule = lengthen_chain(RULES["prp-spo2"], 3)

    assert rule.conclusions == ("?x0 ?property ?x3",)
    assert [premise.text for premise in rule.premises] == [
        "?property owl:propertyChainAxiom ?cell1",
        "?cell1 rdf:first ?link1",
        "?x0 ?link1 ?x1",
        "?cell1 rdf:rest ?cell2",
        "?cell2 rdf:first ?link2",
        "?x1 ?link2 ?x2",
        "?cell2 rdf:rest ?cell3",
        "?cell3 rdf:first ?link3",
        "?x2 ?link3 ?x3",
        "?cell3 rdf:rest rdf:nil",
    ]


def test_a_folder_without_rules_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"no rule files \(\*\.rq\) here; name a folder of rules"):
        load_rules(tmp_path)


def test_a_rule_without_a_where_block_of_its_own_lines_is_refused():
    with pytest.raises(DataError, match=r"odd\.rq: the rule has no WHERE block"):
        parse_rule("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", Path("odd.rq"))


def test_a_premise_that_is_no_triple_pattern_is_refused():
    text = "CONSTRUCT { ?s ?p ?o . }\nWHERE {\n  ?s ?p ?o ; ?q ?r .\n}\n"

    with pytest.raises(DataError, match=r"`\?s \?p \?o ; \?q \?r` is no triple pattern"):
        parse_rule(text, Path("odd.rq"))


def test_a_premise_with_an_unknown_prefix_is_refused():
    text = "CONSTRUCT { ?s ?p ?o . }\nWHERE {\n  ?s ex:p ?o .\n}\n"

    with pytest.raises(DataError, match=r"prefix 'ex' is not declared; add its PREFIX line"):
        parse_rule(text, Path("odd.rq"))
