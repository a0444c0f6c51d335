"""`entente reason`, run as a person runs it."""

from __future__ import annotations

import subprocess
import sys

import pyoxigraph
import pytest

GRAPH = """@prefix : <http://example.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
:C rdfs:subClassOf :D .
:a a :C .
"""
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
INFERRED = f"<http://example.org/a> {TYPE} <http://example.org/D> .\n"


@pytest.fixture
def run(tmp_path):
    """Run `entente reason` in a folder of its own."""

    def run_reason(*args, stdin=""):
        return subprocess.run(
            [sys.executable, "-c", "from entente.cli.main import main; main()", "reason", *args],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            cwd=tmp_path,
            timeout=120,
        )

    (tmp_path / "graph.ttl").write_text(GRAPH)
    return run_reason


def test_the_conclusions_are_printed_and_counted(run):
    done = run("graph.ttl")

    assert (done.returncode, done.stdout.decode()) == (0, INFERRED)
    assert done.stderr.decode().startswith("2 triples, 1 inferred in ")


def test_quiet_says_nothing_but_the_conclusions(run):
    done = run("graph.ttl", "--quiet")

    assert (done.stdout.decode(), done.stderr) == (INFERRED, b"")


def test_owlrl_prints_the_same_conclusions(run):
    assert run("graph.ttl", "--reasoner", "owlrl").stdout.decode() == INFERRED


def test_standard_input_is_read_with_its_format_named(run):
    assert run("-", "--format", "ttl", stdin=GRAPH).stdout.decode() == INFERRED


def test_a_turtle_file_holds_input_and_conclusions_with_the_prefixes_of_the_input(run, tmp_path):
    done = run("graph.ttl", "--all", "--output", "closed.ttl", "--quiet")

    assert (done.returncode, done.stdout) == (0, b"")
    assert (tmp_path / "closed.ttl").read_text() == (
        "@prefix : <http://example.org/> .\n"
        "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n"
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        ":C rdfs:subClassOf :D .\n"
        ":a a :C , :D .\n"
    )


def test_blank_nodes_of_two_files_stay_apart(run, tmp_path):
    for name, class_ in (("one.nt", "C"), ("two.nt", "D")):
        (tmp_path / name).write_text(f"_:x {TYPE} <http://example.org/{class_}> .\n")

    lines = run("one.nt", "two.nt", "--all").stdout.decode().splitlines()

    assert len({line.split()[0] for line in lines}) == 2


@pytest.mark.parametrize("ending", ["nt", "nq", "trig", "rdf", "jsonld"])
def test_every_format_is_read_by_its_ending(run, tmp_path, ending):
    triples = [quad.triple for quad in pyoxigraph.parse(GRAPH, pyoxigraph.RdfFormat.TURTLE)]
    pyoxigraph.serialize(
        triples,
        output=tmp_path / f"data.{ending}",
        format=pyoxigraph.RdfFormat.from_extension(ending),
    )

    assert run(f"data.{ending}").stdout.decode() == INFERRED


def test_a_contradiction_ends_with_1_and_one_line_for_each(run, tmp_path):
    (tmp_path / "bad.ttl").write_text(
        GRAPH + ":C <http://www.w3.org/2002/07/owl#disjointWith> :D ."
    )

    done = run("bad.ttl")

    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode() == (
        "entente: the graph contradicts itself (1 contradiction); "
        "correct the statements or the axiom that each line names\n"
        "  cax-dw: <http://example.org/a> is a member of both <http://example.org/C> and "
        "<http://example.org/D>, which are disjoint (owl:disjointWith)\n"
    )


def test_a_malformed_file_ends_with_2_and_its_line_and_column(run, tmp_path):
    (tmp_path / "bad.ttl").write_text('@prefix : <http://example.org/> .\n:a :b "c .\n')

    done = run("graph.ttl", "bad.ttl")

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().startswith("entente: bad.ttl:2:7: the RDF is malformed: ")


def test_bytes_that_are_no_text_end_with_2(run):
    done = run("-", "--format", "ttl", stdin=b"<a> <b> \xff\xfe .")

    assert done.returncode == 2
    assert "standard input:1:" in done.stderr.decode()


@pytest.mark.parametrize("start", ["", "\ufeff", '<?xml version="1.0"?>\n<!-- note -->\n'])
def test_rdf_xml_with_a_doctype_is_refused(run, start):
    document = start + '<!DOCTYPE rdf:RDF [<!ENTITY a "b">]>\n<rdf:RDF/>'

    done = run("-", "--format", "rdf", stdin=document)

    assert done.returncode == 2
    assert "the RDF/XML has a DOCTYPE, which is not read" in done.stderr.decode()


def test_rdf_xml_that_is_not_utf_8_is_refused(run):
    done = run("-", "--format", "rdf", stdin="<!DOCTYPE a>".encode("utf-16"))

    assert done.returncode == 2
    assert "the RDF/XML is not UTF-8; convert it to UTF-8" in done.stderr.decode()


def test_an_unknown_format_asks_for_its_name(run, tmp_path):
    (tmp_path / "data.foo").write_text(GRAPH)

    done = run("data.foo")

    assert done.returncode == 2
    assert done.stderr.decode().startswith("entente: data.foo: the format is unknown; add --format")


def test_a_file_that_is_not_there_ends_with_2(run):
    done = run("nowhere.ttl")

    assert done.returncode == 2
    assert "'nowhere.ttl' does not exist" in done.stderr.decode()


def test_an_output_that_cannot_be_written_ends_with_2(run):
    done = run("graph.ttl", "--output", "no/such/folder.nt")

    assert done.returncode == 2
    assert "no/such/folder.nt: cannot be written" in done.stderr.decode()


def test_help_shows_examples(run):
    assert "entente reason ontology.ttl data.nt" in run("--help").stdout.decode()
