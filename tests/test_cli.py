import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from entente.cli.main import COMMANDS
from small_graph import CLAIMS, write_small_graph, write_texts

BIN = Path(sys.executable).parent / "entente"


def run(*args, cwd=None, stdin=""):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ENTENTE_")}
    return subprocess.run(
        [BIN, *map(str, args)],
        cwd=cwd,
        env=environment | {"COLUMNS": "100"},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def folder(tmp_path):
    return write_small_graph(tmp_path / "graph")


@pytest.fixture
def texts(tmp_path):
    return write_texts(tmp_path / "texts")


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_with_an_example(command):
    answer = run(command, "--help")

    assert answer.returncode == 0
    assert f"entente {command}" in answer.stdout or command == "new"
    assert command != "new" or "issue" in answer.stdout


def test_an_unknown_command_is_a_usage_error():
    answer = run("built")

    assert answer.returncode == 2
    assert "No such command 'built'" in answer.stderr


def test_build_prints_a_line_a_step_and_the_version(folder):
    answer = run("build", "--files", folder, "--snapshot", folder / "snapshot")

    assert answer.returncode == 0
    lines = answer.stderr.splitlines()
    assert [line.split()[0] for line in lines] == [
        *("load", "complete", "prepare", "project", "reason", "conclude", "agree", "describe"),
        *("validate", "view", "snapshot", "built"),
    ]
    assert answer.stdout.strip() == (folder / "snapshot/current").resolve().name


def test_build_says_nothing_when_told_to_be_quiet(folder):
    answer = run("build", "--quiet", "--files", folder, "--snapshot", folder / "snapshot")

    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


def test_build_refuses_bad_data_with_exit_2_and_one_line_a_problem(tmp_path):
    claims = CLAIMS.replace("ent:object id:japan ;", "ent:object id:japn ;")
    folder = write_small_graph(tmp_path / "bad", claims=claims)

    answer = run("build", "--files", folder, "--snapshot", folder / "snapshot")

    assert answer.returncode == 2
    assert "did you mean id:japan?" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_info_without_a_snapshot_says_what_to_do(tmp_path):
    answer = run("info", "--snapshot", tmp_path)

    assert answer.returncode == 2
    assert answer.stderr == f"entente: no snapshot in {tmp_path}; run `entente build` first\n"


def test_info_tells_version_and_graphs_as_json(folder):
    version = run("build", "--files", folder, "--snapshot", folder / "s").stdout.strip()

    answer = run("info", "--snapshot", folder / "s", "--format", "json")

    told = json.loads(answer.stdout)
    assert told["version"] == version
    assert told["graphs"]["https://w3id.org/entente/graph/asserted"] == 2


def test_cite_prints_the_passage_of_a_quotation(texts):
    answer = run("cite", "gmf-2023", "NATO counts Japan", "--texts", texts)

    assert (answer.returncode, answer.stdout) == (0, "gmf:47-64\n")


def test_cite_refuses_a_quotation_that_is_nowhere(texts):
    answer = run("cite", "gmf-2023", "NATO counts France", "--texts", texts)

    assert answer.returncode == 2
    assert "stands nowhere in gmf-2023; the text has there: NATO counts Japan." in answer.stderr


def test_cite_fills_a_draft_in_place(texts, tmp_path):
    draft = tmp_path / "draft.trig"
    draft.write_text('claim:gmf-2023-003 ent:evidence cite("Japan ... centre") .\n')

    answer = run("cite", "gmf-2023", "--fill", draft, "--texts", texts)

    assert answer.returncode == 0
    assert draft.read_text() == "claim:gmf-2023-003 ent:evidence gmf:0-37 .\n"


def test_evidence_demands_hashes_writes_them_and_then_holds(folder, texts):
    assert run("evidence", "--texts", texts, "--files", folder).returncode == 1

    written = run("evidence", "--texts", texts, "--files", folder, "--write")
    again = run("evidence", "--texts", texts, "--files", folder)

    assert written.stdout == "2 passages: 0 fail, 2 hashed now, 0 hashes dropped\n"
    assert (again.returncode, again.stdout) == (
        0,
        "2 passages: 0 fail, 0 without a hash, 0 hashes unused\n",
    )


def test_evidence_names_the_claim_whose_passage_changed(folder, texts):
    run("evidence", "--texts", texts, "--files", folder, "--write")
    text = texts / "gmf-2023.txt"
    text.write_text(text.read_text().replace("NATO counts", "NATO counted"))

    answer = run("evidence", "--texts", texts, "--files", folder)

    assert answer.returncode == 1
    assert "claim:gmf-2023-002: gmf:47-64 no longer fits its hash" in answer.stderr


def test_show_prints_a_claim_beside_its_passage(folder, texts):
    answer = run("show", "gmf-2023-002", "--files", folder, "--texts", texts)

    assert answer.stdout.splitlines() == [
        "claim:gmf-2023-002  id:nato ent:regardsAsPartner id:japan  [holder id:nato]",
        "  NATO takes Japan for a partner",
        "  gmf:47-64  NATO counts Japan",
    ]


def test_show_refuses_an_unknown_claim(folder):
    answer = run("show", "gmf-2023-999", "--files", folder)

    assert (answer.returncode, answer.stderr) == (
        2,
        "entente: there is no claim gmf-2023-999; `entente query` finds names\n",
    )


def test_format_check_fails_and_format_mends(tmp_path):
    path = tmp_path / "a.ttl"
    path.write_text("PREFIX a: <urn:a#>\na:b a:c a:e , a:d .")

    assert run("format", "--check", path).returncode == 1
    assert run("format", path).returncode == 0
    assert run("format", "--check", path).returncode == 0
    assert path.read_text() == "PREFIX a: <urn:a#>\n\na:b a:c a:d , a:e .\n"


def test_coverage_demands_a_claim_or_a_reason_for_each_sentence(folder, texts):
    answer = run("coverage", "--files", folder, "--texts", texts, "--write")

    assert answer.returncode == 1
    assert "spf:0-8 carries no claim; write one, or give the reason in the file" in answer.stderr
    assert "gmf:" not in answer.stderr


def test_coverage_is_content_when_each_sentence_is_accounted_for(folder, texts):
    run("coverage", "--files", folder, "--texts", texts, "--write")
    for path in (folder / "data/coverage").glob("*.csv"):
        path.write_text(path.read_text().replace("0,8,,", "0,8,rhetorical,says nothing"))
    run("evidence", "--texts", texts, "--files", folder, "--write")

    answer = run("coverage", "--files", folder, "--texts", texts)

    assert (answer.returncode, answer.stderr) == (0, "")


def test_coverage_notices_a_text_that_was_cut_anew(folder, texts):
    run("coverage", "--files", folder, "--texts", texts, "--write")
    (texts / "spf-2024.txt").write_text("Nothing. More.\n")

    answer = run("coverage", "--files", folder, "--texts", texts)

    assert answer.returncode == 2
    assert "spf-2024: the stored sentences are not those of the text" in answer.stderr


ISSUES = """
id:arms-race a ent:Development ; skos:prefLabel "Cyber arms race"@en ;
  skos:definition "A race."@en ; ent:about id:japan .
"""


def test_new_issue_lists_what_is_alike_before_it_writes(folder):
    from small_graph import PREFIXES

    issues = folder / "data/entities/issues.ttl"
    issues.write_text(PREFIXES + ISSUES)
    words = ("new", "issue", "Race of states", "--about", "id:japan", "--definition", "A race.")

    refused = run(*words, "--files", folder, stdin="n\n")
    written = run(*words, "--files", folder, "--yes")

    assert "id:arms-race  Cyber arms race" in refused.stdout
    assert refused.returncode == 130
    assert written.stdout.splitlines()[-1] == "id:race-of-states"
    assert "id:race-of-states a ent:Development ;" in issues.read_text()


def test_new_issue_refuses_an_unknown_entity_with_near_names(folder):
    answer = run(
        *("new", "issue", "Race", "--about", "id:japn", "--definition", "A race."),
        *("--files", folder),
    )

    assert answer.returncode == 2
    assert "id:japn is declared nowhere; did you mean id:japan" in answer.stderr
