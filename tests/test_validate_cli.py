"""`entente validate`, run as a person runs it."""

import json
import subprocess
import sys

import pytest

import small_graph

SHAPES = """PREFIX sh: <http://www.w3.org/ns/shacl#>
<urn:named> a sh:PropertyShape ; sh:targetClass <urn:Thing> ; sh:path <urn:name> ;
  sh:minCount 1 ; sh:name "name" ; sh:message "a thing has a name; give one" ;
  sh:severity sh:Violation .
"""


@pytest.fixture
def run(tmp_path):
    """Run `entente validate` in a folder of its own."""

    def run_validate(*args):
        return subprocess.run(
            [sys.executable, "-c", "from entente.cli.main import main; main()", "validate", *args],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=120,
        )

    (tmp_path / "shapes.ttl").write_text(SHAPES)
    return run_validate


def test_the_files_of_the_graph_are_checked_when_no_data_are_named(run, tmp_path):
    folder = small_graph.write_small_graph(tmp_path / "files")

    done = run("--files", str(folder))

    assert (done.returncode, done.stderr) == (0, "")
    assert "0 violations" in done.stdout
    assert "warning: gmf:0-45 ent:sha256: this passage has no SHA-256 yet" in done.stdout


def test_a_violation_in_the_files_is_told_with_its_line_and_near_names(run, tmp_path):
    claims = small_graph.CLAIMS.replace("id:ccdcoe ;", "id:ccdco ;")
    folder = small_graph.write_small_graph(tmp_path / "files", claims=claims)

    done = run("--files", str(folder), "--quiet")

    assert done.returncode == 1
    assert done.stderr == "entente: 2 violations; mend the data as the messages say\n"
    first, second = done.stdout.splitlines()
    assert first.startswith(
        "violation: data/claims/gmf-2023.trig:14: claim:gmf-2023-001-australia:"
    )
    assert second.endswith("(id:ccdco; did you mean id:ccdcoe?)")


def test_data_are_checked_against_shapes_of_ones_own(run, tmp_path):
    (tmp_path / "data.ttl").write_text("<urn:one> a <urn:Thing> .")

    done = run("data.ttl", "--shapes", "shapes.ttl")

    assert done.returncode == 1
    assert done.stdout.splitlines()[0] == (
        "violation: urn:one urn:name: a thing has a name; give one"
    )
    assert done.stdout.splitlines()[1].startswith("checked 1 shapes on 1 nodes in ")


def test_data_that_conform_exit_with_zero(run, tmp_path):
    (tmp_path / "data.ttl").write_text('<urn:one> a <urn:Thing> ; <urn:name> "one" .')

    done = run("data.ttl", "--shapes", "shapes.ttl", "--quiet")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_shipped_shapes_check_data_with_the_shipped_ontology_behind_them(run, tmp_path):
    (tmp_path / "data.ttl").write_text(
        small_graph.PREFIXES + 'id:x a ent:Alliance ; skos:prefLabel "X"@en .'
    )

    folder = small_graph.write_small_graph(tmp_path / "files")

    done = run("data.ttl", "--files", str(folder), "--quiet")

    assert done.returncode == 1
    assert done.stdout.startswith("violation: id:x skos:definition: an entity has exactly one")


def test_the_report_as_json_holds_what_was_checked_and_found(run, tmp_path):
    (tmp_path / "data.ttl").write_text("<urn:one> a <urn:Thing> .")

    done = run("data.ttl", "--shapes", "shapes.ttl", "--format", "json")

    report = json.loads(done.stdout)
    assert (report["conforms"], report["shapes"], report["focus_nodes"]) == (False, 1, 1)
    assert report["checked"] == [{"shape": "urn:named", "name": "name", "focus_nodes": 1}]
    assert report["results"] == [
        {
            "focus": "urn:one",
            "path": "urn:name",
            "value": "",
            "message": "a thing has a name; give one",
            "severity": "Violation",
            "shape": "urn:named",
        }
    ]


def test_data_that_no_shape_speaks_of_exit_with_three(run, tmp_path):
    (tmp_path / "data.ttl").write_text("<urn:one> a <urn:Other> .")

    done = run("data.ttl", "--shapes", "shapes.ttl")

    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("entente: none of the 1 shapes has anything to check")


def test_malformed_data_exit_with_two_and_name_the_place(run, tmp_path):
    (tmp_path / "data.ttl").write_text("<urn:one> a ;")

    done = run("data.ttl", "--shapes", "shapes.ttl")

    assert done.returncode == 2
    assert done.stderr.startswith("entente: data.ttl:1:")
