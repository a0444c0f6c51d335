"""Mutants of shapes and data: what no case tests is named, and our own shapes leave none."""

import sys
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

from entente.cli.main import main
from entente.shacl.cases import read_topics
from entente.shacl.mutants import mutate_data, mutate_shapes
from entente.shacl.mutate import mutate_topic
from entente.shacl.mutate_query import mutate_query
from entente.shacl.sources import find_files, read_source

ROOT = Path(__file__).resolve().parent.parent
PREFIXES = "PREFIX : <urn:> PREFIX sh: <http://www.w3.org/ns/shacl#>\n"
SHAPES = PREFIXES + ":s sh:targetClass :Thing ; sh:property :p . :p sh:path :n ; sh:maxCount 1 .\n"
GOOD = "PREFIX : <urn:>\n:one a :Thing ; :n 1 .\n"
BAD = "PREFIX : <urn:>\n# expects: :two :n Violation\n:two a :Thing ; :n 1 , 2 .\n"


def read(text):
    return [quad.triple for quad in parse(text.encode(), format=RdfFormat.TURTLE)]


def test_each_constraint_and_target_is_dropped_and_flipped():
    assert [mutant.what for mutant in mutate_shapes(read(SHAPES))] == [
        "without sh:targetClass <urn:Thing>",
        "without sh:property <urn:p>",
        "not sh:property <urn:p>",
        "without sh:maxCount 1",
        "sh:maxCount 0 for sh:maxCount 1",
    ]


def test_each_triple_of_the_data_is_dropped_and_changed():
    assert [mutant.what for mutant in mutate_data(read("<urn:one> <urn:n> 1 ."))] == [
        "without <urn:one> <urn:n> 1",
        '"a mutant"^^<http://www.w3.org/2001/XMLSchema#integer> in <urn:one> <urn:n> 1',
    ]


def test_each_filter_and_alternative_of_a_query_is_dropped():
    query = "SELECT $this { { ?a ?b '}' } UNION { ?c ?d $this } FILTER NOT EXISTS { ?a ?b ?c } }"

    assert [text for _, text in mutate_query(query)] == [
        "SELECT $this { { ?a ?b '}' } UNION { ?c ?d $this }  }",
        "SELECT $this { { FILTER (false) } UNION { ?c ?d $this } FILTER NOT EXISTS { ?a ?b ?c } }",
        "SELECT $this { { ?a ?b '}' } UNION { FILTER (false) } FILTER NOT EXISTS { ?a ?b ?c } }",
    ]


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    def run_test(shapes, *args):
        (tmp_path / "thing.ttl").write_text(shapes)
        (tmp_path / "cases").mkdir(exist_ok=True)
        (tmp_path / "cases" / "thing_PASS.ttl").write_text(GOOD)
        (tmp_path / "cases" / "thing_XFAIL.ttl").write_text(BAD)
        arguments = ["cases", "--shapes", "thing.ttl", *args]
        monkeypatch.setattr(sys, "argv", ["entente", "shapes", "test", *arguments])
        try:
            main()
        except SystemExit as ended:
            assert not ended.code
        return capsys.readouterr().out

    monkeypatch.chdir(tmp_path)
    return run_test


def test_a_constraint_that_no_case_tests_is_named(run):
    out = run(SHAPES + ":p sh:nodeKind sh:Literal .", "--mutate", "shapes")

    assert out.endswith(
        "      thing, mutants of the shapes: 7, of which 1 survive\n"
        "        <urn:s>: without sh:nodeKind sh:Literal\n"
    )


def test_a_statement_that_no_shape_looks_at_is_named(run):
    out = run(SHAPES, "--mutate", "data")

    assert (
        "of the data: 4, of which 4 survive\n        <urn:one>: without <urn:one> rdf:type" in out
    )


@pytest.mark.slow
def test_no_mutant_of_our_own_shapes_survives():
    shapes = [read_source(name) for name in find_files([str(ROOT / "shapes" / "*.ttl")])]
    folders = ("ontology", "ontology/imports", "ontology/vocabulary")
    names = find_files([str(ROOT / folder / "*.ttl") for folder in folders])
    background = [read_source(name) for name in names]

    topics = read_topics(ROOT / "tests" / "shapes", shapes, background)
    survivors = [
        survivor
        for topic in topics
        for mutation in mutate_topic(topic, ["shapes"])
        for survivor in mutation.survivors
    ]

    assert survivors == []
