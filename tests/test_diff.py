"""What changed between two versions, told by claim and entity."""

import json

import pytest

from entente.pipeline.build import BuildOptions, build
from entente.vocab import CLAIM, ENT, ID, VOC
from serving import run_entente
from small_graph import CLAIMS, ENTITIES, write_small_graph

NEW_CLAIMS = (
    CLAIMS.replace("NATO takes Japan for a partner", "NATO counts Japan")
    .replace("ent:object id:japan ;\n", "ent:object id:japan ;\n    ent:polarity voc:denied ;\n")
    .replace("claim:gmf-2023-001", "claim:gmf-2023-003")
)
NEW_ENTITIES = (
    ENTITIES
    + """
id:estonia a ent:State ; skos:prefLabel "Estonia"@en ; skos:definition "A third state."@en .
"""
)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("snapshot")
    for claims, entities in ((CLAIMS, ENTITIES), (NEW_CLAIMS, NEW_ENTITIES)):
        folder = write_small_graph(
            tmp_path_factory.mktemp("graph"), claims=claims, entities=entities
        )
        build(folder, root, lambda *_: None, BuildOptions(checked=False))
    return root


@pytest.fixture(scope="module")
def told(root):
    done = run_entente("diff", "previous", "latest", "--format", "json", "--snapshot", root)
    assert (done.returncode, done.stderr) == (1, "")
    return json.loads(done.stdout)


def test_claims_are_added_removed_and_changed(told):
    statuses = {change["iri"].removeprefix(CLAIM): change["status"] for change in told["claims"]}

    assert statuses == {
        "gmf-2023-001-australia": "removed",
        "gmf-2023-001-japan": "removed",
        "gmf-2023-002": "changed",
        "gmf-2023-003-australia": "added",
        "gmf-2023-003-japan": "added",
    }


def test_of_a_changed_claim_each_statement_is_told(told):
    (change,) = (each for each in told["claims"] if each["status"] == "changed")

    removed = {(predicate, thing) for predicate, thing, _ in change["removed"]}
    added = {(predicate, thing) for predicate, thing, _ in change["added"]}
    assert (ENT + "polarity", f"<{VOC}affirmed>") in removed
    assert (ENT + "polarity", f"<{VOC}denied>") in added
    assert change["label"] == "NATO counts Japan"


def test_an_entity_tells_the_claims_about_it_that_changed(told):
    entities = {change["iri"].removeprefix(ID): change for change in told["entities"]}

    assert entities["estonia"]["status"] == "added"
    assert entities["japan"]["status"] == "changed"
    assert entities["japan"]["claims"] == {
        CLAIM + "gmf-2023-001-japan": "removed",
        CLAIM + "gmf-2023-002": "changed",
        CLAIM + "gmf-2023-003-japan": "added",
    }


def test_the_text_has_a_line_a_change(root):
    done = run_entente("diff", "previous", "--snapshot", root)

    lines = done.stdout.splitlines()
    assert done.returncode == 1
    assert "claims: 2 added, 2 removed, 1 changed" in lines
    assert "~ claim:gmf-2023-002  NATO counts Japan" in lines
    assert "    + ent:polarity voc:denied  (graph:gmf-2023)" in lines
    assert "+ id:estonia  Estonia" in lines


def test_a_version_does_not_differ_from_itself(root):
    done = run_entente("diff", "latest", "latest", "--snapshot", root)

    assert done.returncode == 0
    assert "claims: 0 added, 0 removed, 0 changed" in done.stdout


def test_a_version_that_never_was_is_told(root):
    done = run_entente("diff", "000000", "--snapshot", root)

    assert done.returncode == 2
    assert done.stderr.startswith("entente: 000000 names no version; there are ")
