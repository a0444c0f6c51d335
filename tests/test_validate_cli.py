"""`entente validate`, run as a person runs it."""

import gzip
import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from types import ModuleType
from xml.etree import ElementTree as ET

import click
import pytest
from rdflib import SH, Graph, URIRef

import small_graph
from entente.cli.main import COMMANDS, main
from sarif import check_sarif

PREFIX = "PREFIX sh: <http://www.w3.org/ns/shacl#>\n"
SHAPES = (
    PREFIX
    + """<urn:named> a sh:PropertyShape ; sh:targetClass <urn:Thing> ; sh:path <urn:name> ;
  sh:minCount 1 ; sh:name "name" ; sh:message "a thing has a name; give one" ;
  sh:severity sh:Violation .
"""
)
AGES = (
    PREFIX
    + """<urn:aged> a sh:NodeShape ; sh:targetClass <urn:Thing> ; sh:property
  [ sh:path <urn:age> ; sh:maxInclusive 99 ; sh:severity sh:Warning ] .
"""
)


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run `entente validate` in a folder of its own."""

    def run_validate(*args):
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["entente", "validate", *args])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = ended.code or 0
        return Done(code, *capsys.readouterr())

    monkeypatch.chdir(tmp_path)
    (tmp_path / "shapes.ttl").write_text(SHAPES)
    return run_validate


def write(tmp_path, **files):
    for name, text in files.items():
        (tmp_path / f"{name}.ttl").write_text(text, newline="")


def test_the_files_of_the_graph_are_checked_when_no_data_are_named(run, tmp_path):
    folder = small_graph.write_small_graph(tmp_path / "files")

    done = run("--files", str(folder))

    assert (done.returncode, done.stderr) == (0, "")
    assert "0 violations" in done.stdout
    assert done.stdout.startswith(
        "warning: data/claims/gmf-2023.trig:17:18\n"
        "  focus    gmf:0-45\n"
        "  path     ent:sha256\n"
        "  message  this passage has no SHA-256 yet"
    )


def test_a_violation_in_the_files_is_told_with_its_place_and_near_names(run, tmp_path):
    claims = small_graph.CLAIMS.replace("id:ccdcoe ;", "id:ccdco ;")
    folder = small_graph.write_small_graph(tmp_path / "files", claims=claims)

    done = run("--files", str(folder), "--quiet")

    assert done.returncode == 1
    assert done.stderr == "entente: 2 violations; mend the data as the messages say\n"
    assert done.stdout.count("violation: data/claims/gmf-2023.trig:15:83\n") == 2
    assert done.stdout.count("  mend     did you mean id:ccdcoe?\n") == 2
    assert "  focus    claim:gmf-2023-001-australia\n" in done.stdout


def test_data_are_checked_against_shapes_of_ones_own(run, tmp_path):
    write(tmp_path, data="<urn:one> a <urn:Thing> .")

    done = run("data.ttl", "--shapes", "shapes.ttl")

    assert done.returncode == 1
    assert done.stdout.splitlines()[:-1] == [
        "violation: data.ttl:1:1",
        "  focus    <urn:one>",
        "  path     <urn:name>",
        "  message  a thing has a name; give one",
        "  shape    <urn:named>",
    ]
    assert done.stdout.splitlines()[-1].startswith("checked 1 shapes on 1 nodes in ")


def test_data_that_conform_exit_with_zero(run, tmp_path):
    write(tmp_path, data='<urn:one> a <urn:Thing> ; <urn:name> "one" .')

    done = run("data.ttl", "--shapes", "shapes.ttl", "--quiet")

    assert done == Done(0, "", "")


def test_the_shipped_shapes_check_data_with_the_shipped_ontology_behind_them(run, tmp_path):
    text = small_graph.PREFIXES + 'id:x a ent:Alliance ; skos:prefLabel "X"@en .'
    write(tmp_path, data=text)
    folder = small_graph.write_small_graph(tmp_path / "files")

    done = run("data.ttl", "--files", str(folder), "--quiet")

    assert done.returncode == 1
    assert "  path     skos:definition\n  message  an entity has exactly one" in done.stdout


def test_data_that_no_shipped_shape_speaks_of_exit_with_three(run, tmp_path):
    write(tmp_path, data="<urn:one> a <urn:Thing> .")
    folder = small_graph.write_small_graph(tmp_path / "files")

    done = run("data.ttl", "--files", str(folder))

    assert done.returncode == 3
    assert "none of the shipped shapes has anything to check in the data" in done.stderr


def test_the_report_as_json_holds_what_was_checked_and_found(run, tmp_path):
    write(tmp_path, data="<urn:one> a <urn:Thing> .")

    done = run("data.ttl", "--shapes", "shapes.ttl", "--format", "json")

    report = json.loads(done.stdout)
    assert (report["conforms"], report["shapes"], report["focus_nodes"]) == (False, 1, 1)
    assert report["checked"] == [
        {"shape": "urn:named", "name": "name", "focus_nodes": 1, "optional": False}
    ]
    assert report["results"] == [
        {
            "focus": "urn:one",
            "path": "urn:name",
            "value": "",
            "message": "a thing has a name; give one",
            "mend": "",
            "severity": "Violation",
            "shape": "urn:named",
            "component": "http://www.w3.org/ns/shacl#MinCountConstraintComponent",
            "inferred": [],
            "file": "data.ttl",
            "line": 1,
            "column": 1,
        }
    ]


def test_sarif_names_the_line_and_column_of_the_value_in_code_points(run, tmp_path):
    (tmp_path / "data.trig").write_text(
        '\ufeff<urn:g> {\r\n<urn:one> a <urn:Thing> ; <urn:label> "𝄞é" ; <urn:age> 100 . }\r\n'
    )
    (tmp_path / "shapes.ttl").write_text(AGES)

    done = run("data.trig", "--shapes", "shapes.ttl", "--format", "sarif", "--fail-on", "warning")

    assert done.returncode == 1
    log = json.loads(done.stdout)
    [result] = log["runs"][0]["results"]
    assert log["version"] == "2.1.0"
    assert [rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]] == ["urn:aged"]
    assert (result["ruleId"], result["ruleIndex"], result["level"]) == ("urn:aged", 0, "warning")
    assert result["message"]["text"].endswith("give a value of 99 or less")
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "data.trig"},
        "region": {"startLine": 2, "startColumn": 56},
    }


def test_sarif_is_valid_by_the_published_schema(run, tmp_path):
    path = "[ sh:alternativePath ( <urn:name> [ sh:inversePath <urn:of> ] ) ]"
    write(
        tmp_path,
        **{
            "a good one": "<urn:a> a <urn:Thing> ; <urn:name> 1 .",
            "bad é": "<urn:one> a <urn:Thing> . [] a <urn:Thing> ; <urn:age> 100 , 'x\\u0001' .",
            "more": PREFIX + "<urn:m> a sh:NodeShape ; sh:targetClass <urn:Thing> ; sh:property "
            f"[ sh:path {path} ; sh:minCount 1 ; sh:severity sh:Info ] , "
            "[ sh:path <urn:age> ; sh:maxInclusive 9 ; sh:severity <urn:grave> ] .",
        },
    )
    (tmp_path / "bad.jsonld").write_text('{"@id": "urn:one", "@type": "urn:Thing"}')
    args = ("--shapes", "shapes.ttl", "--shapes", "more.ttl", "--format", "sarif")

    logs = [run(name, *args).stdout for name in ("a good one.ttl", "bad é.ttl", "bad.jsonld")]

    assert [len(json.loads(log)["runs"][0]["results"]) for log in logs] == [0, 6, 2]
    for log in logs:
        check_sarif(log)


def test_annotations_of_github_name_file_line_and_column(run, tmp_path):
    write(tmp_path, data="<urn:one> a <urn:Thing> .")

    done = run("data.ttl", "--shapes", "shapes.ttl", "--format", "github")

    assert done.stdout.splitlines()[0] == (
        "::error file=data.ttl,line=1,col=1,title=<urn%3Anamed>"
        "::<urn:one>: a thing has a name; give one"
    )


def test_junit_holds_a_case_a_shape_and_the_violations_as_failure(run, tmp_path):
    write(tmp_path, data="<urn:one> a <urn:Thing> ; <urn:age> 100 .", ages=AGES)

    done = run("data.ttl", "--shapes", "shapes.ttl", "--shapes", "ages.ttl", "--format", "junit")

    [suite] = ET.fromstring(done.stdout)
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [(case.get("name"), [part.tag for part in case]) for case in suite] == [
        ("<urn:aged>", ["system-out"]),
        ("<urn:named>", ["failure"]),
    ]


def test_the_report_graph_is_the_standard_one(run, tmp_path):
    write(tmp_path, data="<urn:one> a <urn:Thing> .")

    done = run("data.ttl", "--shapes", "shapes.ttl", "--format", "turtle")

    graph = Graph().parse(data=done.stdout, format="turtle")
    [result] = graph.objects(None, SH.result)
    assert [bool(one) for one in graph.objects(None, SH.conforms)] == [False]
    assert graph.value(result, SH.focusNode) == URIRef("urn:one")
    assert graph.value(result, SH.resultPath) == URIRef("urn:name")
    assert graph.value(result, SH.sourceShape) == URIRef("urn:named")
    assert graph.value(result, SH.sourceConstraintComponent) == SH.MinCountConstraintComponent


def test_a_report_is_written_to_a_file(run, tmp_path):
    write(tmp_path, data="<urn:one> a <urn:Thing> .")

    done = run("data.ttl", "--shapes", "shapes.ttl", "--format", "junit", "-o", "report.xml")

    assert (done.returncode, done.stdout) == (1, "")
    assert ET.parse(tmp_path / "report.xml").getroot().tag == "testsuites"


@pytest.mark.parametrize(
    ("fail_on", "code"), [("violation", 0), ("warning", 1), ("info", 1), ("never", 0)]
)
def test_the_threshold_says_which_severity_fails(run, tmp_path, fail_on, code):
    write(tmp_path, data="<urn:one> a <urn:Thing> ; <urn:age> 100 .", ages=AGES)

    done = run("data.ttl", "--shapes", "ages.ttl", "--fail-on", fail_on)

    assert done.returncode == code


def test_a_baseline_lets_the_known_pass_and_fails_on_what_is_new(run, tmp_path):
    write(tmp_path, data="<urn:one> a <urn:Thing> .")
    args = ("data.ttl", "--shapes", "shapes.ttl", "--baseline", "known.json")

    first = run(*args, "--update-baseline")
    same = run(*args)
    write(tmp_path, data="<urn:two> a <urn:Thing> . <urn:one> a <urn:Thing> .")
    new = run(*args)

    assert (first.returncode, same.returncode, new.returncode) == (0, 0, 1)
    assert same.stderr == "1 known results are in known.json\n"
    assert "<urn:two>" in new.stdout
    assert "<urn:one>" not in new.stdout


def test_the_closure_is_checked_and_inferred_triples_are_named(run, tmp_path):
    rdfs = "http://www.w3.org/2000/01/rdf-schema#"
    write(
        tmp_path,
        data=f"<urn:one> a <urn:Sub> . <urn:Sub> <{rdfs}subClassOf> <urn:Mid> . "
        f"<urn:p> <{rdfs}domain> <urn:Thing> . <urn:two> <urn:p> 1 .",
    )

    plain = run("data.ttl", "--shapes", "shapes.ttl")
    reasoned = run("data.ttl", "--shapes", "shapes.ttl", "--reason")

    assert (plain.returncode, reasoned.returncode) == (3, 1)
    assert "  inferred <urn:two> rdf:type <urn:Thing>\n" in reasoned.stdout
    assert reasoned.stdout.startswith("violation: data.ttl:1:")


def test_advanced_features_run_when_asked_for(run, tmp_path):
    rule = PREFIX + (
        "<urn:rule> a sh:NodeShape ; sh:targetClass <urn:Thing> ; sh:rule [ a sh:TripleRule ; "
        'sh:subject sh:this ; sh:predicate <urn:name> ; sh:object "made" ] .'
    )
    write(tmp_path, data="<urn:one> a <urn:Thing> .", rule=rule)
    args = ("data.ttl", "--shapes", "shapes.ttl", "--shapes", "rule.ttl", "--quiet")

    assert (run(*args).returncode, run(*args, "--advanced").returncode) == (1, 0)


def test_files_may_be_named_by_a_pattern_and_be_gzipped(run, tmp_path):
    write(tmp_path, data_a='<urn:one> a <urn:Thing> ; <urn:name> "1" .')
    (tmp_path / "data_b.nt.gz").write_bytes(
        gzip.compress(
            b"<urn:two> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <urn:Thing> .\n"
        )
    )

    done = run("data_*", "--shapes", "shapes.ttl")

    assert done.returncode == 1
    assert done.stdout.startswith("violation: data_b.nt.gz:1:1\n  focus    <urn:two>\n")


def test_standard_input_is_read_as_the_format_named(tmp_path):
    (tmp_path / "shapes.ttl").write_text(SHAPES)

    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from entente.cli.main import main; main()",
            "validate",
            "-",
            "--input-format",
            "ttl",
            "--shapes",
            "shapes.ttl",
            "--quiet",
        ],
        input="\n<urn:one> a <urn:Thing> .",
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=120,
    )

    assert done.returncode == 1
    assert done.stdout.startswith("violation: standard input:2:1\n")


RDFXML = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "b">]><rdf:RDF/>'
SERVICE = "SELECT $this WHERE { SERVICE <http://127.0.0.1:9/> { $this ?p ?o } }"
BAD_SHAPES = {
    "recursive": (
        "<urn:a> sh:targetNode <urn:one> ; sh:property [ sh:path <urn:p> ; sh:node <urn:a> ] .",
        "a shape is malformed: ",
    ),
    "path": (
        "<urn:a> a sh:PropertyShape ; sh:targetNode <urn:one> ; sh:path [] ; sh:minCount 1 .",
        "a shape is malformed: ",
    ),
    "unknown": (
        '<urn:a> a sh:NodeShape ; sh:targetNode <urn:one> ; sh:patern "a" .',
        "sh:patern is no term of SHACL; did you mean sh:pattern?",
    ),
    "regex": (
        '<urn:a> a sh:NodeShape ; sh:targetNode <urn:one> ; sh:pattern "(" .',
        "a shape is malformed: '(' is no regular expression",
    ),
    "twice": (
        "<urn:a> a sh:PropertyShape ; sh:targetNode <urn:one> ; sh:path <urn:p> ; "
        "sh:minCount 1 , 2 .",
        "a shape is malformed: MinCountConstraintComponent must have at most one",
    ),
    "expression": (
        "<urn:a> a sh:NodeShape ; sh:targetNode <urn:one> ; sh:expression [] .",
        "sh:expression is an advanced feature; add --advanced",
    ),
    "service": (
        f'<urn:a> a sh:NodeShape ; sh:targetNode <urn:one> ; sh:sparql [ sh:select "{SERVICE}" ] .',
        "a shape asks another endpoint",
    ),
    "number": (
        "<urn:a> a sh:PropertyShape ; sh:targetNode <urn:one> ; sh:path <urn:p> ; sh:minCount -1 .",
        "a shape is malformed: MinCountConstraintComponent sh:minCount must be an integer >= 0",
    ),
    "deep": (
        "<urn:a> a sh:NodeShape ; sh:targetNode <urn:one> ; "
        + "sh:not [ " * 2000
        + "sh:nodeKind sh:IRI "
        + "] " * 2000
        + ".",
        "a shape is malformed: ",
    ),
    "query": (
        '<urn:a> a sh:NodeShape ; sh:targetNode <urn:one> ; sh:sparql [ sh:select "ASK {" ] .',
        "a shape is malformed: error at ",
    ),
    "kind": (
        "<urn:a> a sh:NodeShape ; sh:targetNode <urn:one> ; sh:nodeKind sh:Iri .",
        "bad.ttl:2:64: a shape is malformed: sh:Iri is no kind of node; use one of sh:BlankNode, ",
    ),
    "flags": (
        '<urn:a> a sh:NodeShape ; sh:targetNode <urn:one> ; sh:pattern "a" ; sh:flags "Q" .',
        "bad.ttl:2:78: a shape is malformed: sh:flags 'Q' are not known; use s, m, i, x and q",
    ),
    "boolean": (
        '<urn:a> a sh:NodeShape ; sh:targetNode <urn:one> ; sh:closed "true" .',
        "bad.ttl:2:62: a shape is malformed: sh:closed is no boolean; write true or false",
    ),
    "target": (
        '<urn:a> a sh:NodeShape ; sh:targetNode <urn:one> ; sh:targetClass "Thing" .',
        "bad.ttl:2:67: a shape is malformed: sh:targetClass has a literal; name an IRI",
    ),
    "absent": (
        "<urn:a> a sh:NodeShape ; sh:targetNode <urn:one> ; sh:node <urn:b> .",
        "bad.ttl:2:60: a shape is malformed: sh:node names <urn:b>, which is described nowhere",
    ),
    "absent choice": (
        "<urn:a> a sh:NodeShape ; sh:targetNode <urn:one> ; sh:or ( <urn:a> <urn:b> ) .",
        "bad.ttl:2:58: a shape is malformed: sh:or names <urn:b>, which is described nowhere",
    ),
    "circle": (
        "<urn:a> a sh:NodeShape ; sh:targetNode <urn:one> ; sh:in _:l . "
        "_:l <http://www.w3.org/1999/02/22-rdf-syntax-ns#first> 1 ; "
        "<http://www.w3.org/1999/02/22-rdf-syntax-ns#rest> _:l .",
        "bad.ttl:2:58: a shape is malformed: sh:in has no well-formed list",
    ),
    "no path": (
        "<urn:a> a sh:NodeShape ; sh:targetNode <urn:one> ; sh:property [ sh:minCount 1 ] .",
        "bad.ttl:2:64: a shape is malformed: a property shape has no sh:path",
    ),
    "script": (
        "<urn:a> a sh:NodeShape ; sh:targetNode <urn:one> ; sh:js [] .",
        "bad.ttl:2:58: a shape asks for JavaScript, which is not run; take sh:js out",
    ),
    "import": (
        "<urn:o> <http://www.w3.org/2002/07/owl#imports> <http://example.org/more> . "
        "<urn:a> a sh:NodeShape ; sh:targetNode <urn:one> .",
        "imports <http://example.org/more>, which is not among the files",
    ),
}


@pytest.mark.parametrize("name", BAD_SHAPES)
def test_bad_shapes_exit_with_two_and_say_why(run, tmp_path, name):
    text, message = BAD_SHAPES[name]
    write(tmp_path, data="<urn:one> a <urn:Thing> ; <urn:p> <urn:one> .", bad=PREFIX + text)

    done = run("data.ttl", "--shapes", "bad.ttl")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("entente: ")
    assert message in done.stderr


BAD_DATA = {
    "missing.ttl": (None, "missing.ttl: there is no such file; check the name"),
    "folder": ("", "folder: this is a folder; name its files, such as 'folder/*.ttl'"),
    "data.txt": (b"<urn:one> a <urn:Thing> .", "data.txt: the format is unknown"),
    "cut.ttl.gz": (gzip.compress(b"<urn:a> a <urn:b> ." * 99)[:-12], "the gzip file is cut off"),
    "bad.ttl": (b"<urn:a> a <urn:b> .\n<urn:a> a ;", "bad.ttl:2:11: the Turtle is malformed"),
    "a.rdf": (RDFXML.encode(), "a.rdf:1: the RDF/XML has a DOCTYPE"),
    "a.jsonld": (
        b'{"@context": "http://127.0.0.1:9/c", "p": 1}',
        "a.jsonld: the JSON-LD has a context on the network",
    ),
    "shapes.ttl": (SHAPES.encode(), "the data hold shapes and the shapes graph holds none"),
}


@pytest.mark.parametrize("name", BAD_DATA)
def test_bad_data_exit_with_two_and_say_why(run, tmp_path, name):
    content, message = BAD_DATA[name]
    if content == "":
        (tmp_path / name).mkdir()
    elif content is not None:
        (tmp_path / name).write_bytes(content)
    write(tmp_path, other="<urn:one> a <urn:Thing> .")

    done = run(name, "--shapes", "other.ttl" if name == "shapes.ttl" else "shapes.ttl")

    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_shapes_alone_are_refused_as_data(run, tmp_path):
    folder = small_graph.write_small_graph(tmp_path / "files")

    done = run("shapes.ttl", "--files", str(folder))

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "entente: these are shapes, and no data; give them with --shapes, and name the data\n"
    )


def test_an_update_without_a_file_is_refused(run):
    done = run("--update-baseline")

    assert (done.returncode, done.stdout) == (2, "")
    assert "--update-baseline needs a file; add --baseline FILE" in done.stderr


@pytest.mark.parametrize("content", ["{}", "[]", "no JSON"])
def test_a_file_that_is_no_baseline_is_refused(run, tmp_path, content):
    write(tmp_path, data="<urn:one> a <urn:Thing> .")
    (tmp_path / "known.json").write_text(content)

    done = run("data.ttl", "--shapes", "shapes.ttl", "--baseline", "known.json")

    assert (done.returncode, done.stdout) == (2, "")
    assert "known.json: this is no baseline" in done.stderr


VACUOUS = {
    "a target that matches nothing": ("<urn:one> a <urn:Other> .", SHAPES, "has anything to check"),
    "data without triples": ("# nothing\n", SHAPES, "the data graph has no triple"),
    "no shape": ("<urn:one> a <urn:Thing> .", "<urn:a> <urn:b> 1 .", "has no shape"),
    "a shape without a target": (
        "<urn:one> a <urn:Thing> .",
        PREFIX + "<urn:a> a sh:NodeShape .",
        "has no shape with a target",
    ),
    "one target of two": (
        '<urn:one> a <urn:Thing> ; <urn:name> "1" .',
        SHAPES + "<urn:misspelt> a sh:NodeShape ; sh:targetClass <urn:Thin> .",
        "the targets of 1 of 2 shapes match nothing: <urn:misspelt>",
    ),
    "a node that is nowhere": (
        "<urn:one> a <urn:Thing> .",
        PREFIX + "<urn:a> a sh:NodeShape ; sh:targetNode <urn:on> ; sh:nodeKind sh:IRI .",
        "has anything to check",
    ),
}


@pytest.mark.parametrize("name", VACUOUS)
def test_a_check_of_nothing_exits_with_three(run, tmp_path, name):
    data, shapes, message = VACUOUS[name]
    write(tmp_path, data=data, mine=shapes)

    done = run("data.ttl", "--shapes", "mine.ttl", "--quiet")

    assert (done.returncode, done.stdout) == (3, "")
    assert message in done.stderr


def test_a_shape_may_say_that_its_target_is_optional(run, tmp_path):
    optional = "<https://w3id.org/entente/ontology/targetOptional> true"
    shapes = SHAPES + f"<urn:rare> a sh:NodeShape ; sh:targetClass <urn:Rare> ; {optional} ."
    write(tmp_path, data='<urn:one> a <urn:Thing> ; <urn:name> "1" .', mine=shapes)

    done = run("data.ttl", "--shapes", "mine.ttl", "--quiet")

    assert done == Done(0, "", "")


def test_unmatched_targets_may_be_allowed(run, tmp_path):
    shapes = SHAPES + "<urn:misspelt> a sh:NodeShape ; sh:targetClass <urn:Thin> ."
    write(tmp_path, data='<urn:one> a <urn:Thing> ; <urn:name> "1" .', mine=shapes)

    done = run("data.ttl", "--shapes", "mine.ttl", "--quiet", "--allow-unmatched")

    assert done == Done(0, "", "")


NEVER = (
    PREFIX
    + """<urn:s> a sh:NodeShape ; sh:targetClass <urn:Thing> ;
  sh:property [ sh:path <urn:p> ; sh:pattern "^(a+)+$" ] .
"""
)


ONTOLOGY = """PREFIX : <http://example.org/zoo#> PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
<http://example.org/zoo> a owl:Ontology .
:Cat a owl:Class ; rdfs:label "cat"@en ; rdfs:comment "It purrs."@en ;
  rdfs:subClassOf :Animl , [ a owl:Class ; owl:unionOf ( :Cat :Dog ) ] .
:Dog a owl:Class ; owl:disjointWith :Cat .
:tom a :Cat , :Dog .
"""


def test_an_ontology_is_checked_against_shipped_shapes_by_their_names(run, tmp_path):
    write(tmp_path, zoo=ONTOLOGY)
    args = ("zoo.ttl", "--shapes", "ontology-style", "--shapes", "owl2rl")

    done = run(*args, "--format", "json")
    reasoned = run(*args, "--reason")

    found = [(r["line"], r["column"], r["shape"][32:]) for r in json.loads(done.stdout)["results"]]
    assert (done.returncode, found[:2]) == (
        1,
        [(5, 19, "style-reference-declared"), (5, 28, "rl-superclass")],
    )
    assert {"style-label", "style-definition", "style-header"} < {name for *_, name in found}
    assert reasoned.returncode == 1
    assert "cax-dw" in reasoned.stderr


def test_a_name_of_no_shipped_shapes_is_a_file_that_does_not_exist(run, tmp_path):
    write(tmp_path, zoo=ONTOLOGY)

    done = run("zoo.ttl", "--shapes", "ontology-stile")

    assert done.returncode == 2
    assert "ontology-stile: there is no such file; check the name" in done.stderr


def test_a_shape_that_never_ends_is_ended(run, tmp_path):
    write(tmp_path, data=f'<urn:one> a <urn:Thing> ; <urn:p> "{"a" * 50}!" .', never=NEVER)
    began = time.monotonic()

    done = run("data.ttl", "--shapes", "never.ttl", "--timeout-s", "1")

    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("entente: the check takes longer than 1 s; raise --timeout-s, ")
    assert time.monotonic() - began < 30


def test_a_check_that_ends_in_time_is_the_same_as_one_without_a_limit(run, tmp_path):
    write(tmp_path, data="<urn:one> a <urn:Thing> .")
    args = ("data.ttl", "--shapes", "shapes.ttl", "--format", "junit")

    done, limited = run(*args), run(*args, "--timeout-s", "60")

    assert limited.returncode == 1
    assert re.sub('time=".*?"', "", limited.stdout) == re.sub('time=".*?"', "", done.stdout)
    write(tmp_path, data="<urn:one> a <urn:Thin> .")
    assert run(*args, "--timeout-s", "60").returncode == 3


@pytest.mark.parametrize("packed", [False, True])
def test_data_beyond_a_size_are_refused_before_they_are_parsed(run, tmp_path, packed):
    content = b"<urn:one> a <urn:Thing> .\n" * 1000
    name = "data.ttl.gz" if packed else "data.ttl"
    (tmp_path / name).write_bytes(gzip.compress(content) if packed else content)
    args = (name, "--shapes", "shapes.ttl", "--quiet", "--max-data-bytes")

    assert run(*args, str(len(content))).returncode == 1
    done = run(*args, str(len(content) - 1))

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(
        f"entente: {name}: the data have more than {len(content) - 1:,} bytes, "
    )


def test_the_size_is_that_of_all_files_together(run, tmp_path):
    write(tmp_path, data_a="<urn:one> a <urn:Thing> .", data_b="<urn:two> a <urn:Thing> .")

    done = run("data_*.ttl", "--shapes", "shapes.ttl", "--max-data-bytes", "40")

    assert done.returncode == 2
    assert "data_b.ttl: the data have more than 15 bytes" in done.stderr


def test_a_bug_is_no_violation(monkeypatch, capsys):
    def bug():
        raise ValueError("a bug")

    broken = ModuleType("entente.cli.broken")
    broken.broken = click.Command("broken", callback=bug)
    monkeypatch.setitem(sys.modules, "entente.cli.broken", broken)
    monkeypatch.setitem(COMMANDS, "broken", "")
    monkeypatch.setattr(sys, "argv", ["entente", "broken"])

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 4
    assert "ValueError: a bug" in capsys.readouterr().err


def test_coverage_says_what_each_constraint_was_tried_on(run, tmp_path):
    shapes = SHAPES + AGES.removeprefix(PREFIX)
    write(tmp_path, data='<urn:one> a <urn:Thing> ; <urn:name> "one" .', mine=shapes)

    done = run("data.ttl", "--shapes", "mine.ttl", "--coverage")

    head, shown = done.stdout.split("coverage\n")
    assert (done.returncode, "0 violations" in head) == (0, True)
    assert [" ".join(line.split()) for line in shown.splitlines()] == [
        "<urn:aged>: 1 focus nodes",
        "Property - 1 different values, never failed",
        "MaxInclusive <urn:age> saw no value, never failed",
        "<urn:named>: 1 focus nodes",
        "MinCount <urn:name> 1 different values, never failed",
        "3 constraints: 1 saw no value, 3 never failed (entente shapes test shows that they can)",
    ]


def test_coverage_is_told_by_the_compiled_engine_only(run):
    done = run("data.ttl", "--shapes", "shapes.ttl", "--coverage", "--engine", "pyshacl")

    assert (done.returncode, done.stdout) == (2, "")
    assert "--coverage is told by the compiled engine, as text or json" in done.stderr
