"""`entente query`: on the snapshot, and on an endpoint."""

import json

import pytest

from entente.cli.query import find_query
from entente.errors import UsageError
from serving import free_port, make_snapshot, run_entente, serving, write_data

NQUADS = '<http://e/a> <http://e/p> "one [bold]x[/bold]" .\n<http://e/b> <http://e/p> "two" .\n'
QUERY = "SELECT ?o { ?s <http://e/p> ?o } ORDER BY ?o"


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("snapshot")
    make_snapshot(root, NQUADS, "one")
    return root


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    data = write_data(tmp_path_factory.mktemp("data"), NQUADS, "data.nq")
    with serving("--data", data, "--deadline-s", "1") as server:
        yield server


def test_a_query_is_a_file_a_name_or_itself(tmp_path):
    (tmp_path / "competency").mkdir()
    (tmp_path / "competency" / "things.rq").write_text("ASK { 'by name' }")
    (tmp_path / "mine.rq").write_text("ASK { 'by file' }")

    assert find_query("things", tmp_path) == "ASK { 'by name' }"
    assert find_query(str(tmp_path / "mine.rq"), tmp_path) == "ASK { 'by file' }"
    assert find_query("ASK {}", tmp_path) == "ASK {}"
    assert find_query("DESCRIBE <http://e/a>", tmp_path) == "DESCRIBE <http://e/a>"


def test_a_name_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UsageError, match=r"thongs: no such file, and no query of that name"):
        find_query("thongs", tmp_path)


def test_a_name_that_two_queries_have_is_told(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.rq").write_text("ASK {}")

    with pytest.raises(UsageError, match=r"a/same.rq, b/same.rq; name the file"):
        find_query("same", tmp_path)


def test_the_snapshot_answers_as_a_table(root):
    done = run_entente("query", QUERY, "--snapshot", root)

    assert (done.returncode, done.stderr) == (0, "")
    assert "│ one [bold]x[/bold] │" in done.stdout
    assert done.stdout.endswith("2 rows\n")
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize(
    ("query", "form", "expected"),
    [
        (QUERY, "csv", "o\none [bold]x[/bold]\ntwo\n"),
        ("CONSTRUCT { <a:b> <a:c> 1 } {}", "table", "<a:b> <a:c> 1 .\n"),
    ],
)
def test_the_snapshot_answers_in_other_formats(root, query, form, expected):
    done = run_entente("query", query, "--format", form, "--snapshot", root)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(expected)


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ("ASK { ?s a ent:Claim }", 2, "entente: 1:12: the prefix 'ent:' is not declared; add the"),
        ("ASK FROM <http://e/x> {}", 2, "entente: 1:10: FROM names the graph <http://e/x>"),
    ],
)
def test_the_snapshot_keeps_the_endpoints_rules(root, query, code, message):
    done = run_entente("query", query, "--snapshot", root)

    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith(message)


def test_the_snapshot_keeps_the_endpoints_limits(root):
    endless = " . ".join(f"?a{i} ?b{i} ?c{i}" for i in range(30))
    query = f"SELECT (COUNT(*) AS ?n) {{ {endless} FILTER(?a1 != ?c9) }}"
    done = run_entente("query", query, "--snapshot", root, ENTENTE_DEADLINE_S="0.3")

    assert done.returncode == 4
    assert done.stderr.startswith("entente: the query ran longer than 0.3 s; ")


def test_without_a_snapshot_the_build_is_named(tmp_path):
    done = run_entente("query", "ASK {}", "--snapshot", tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"entente: no snapshot in {tmp_path}; run `entente build` first\n"


def test_an_endpoint_answers_as_the_snapshot_does(root, served):
    here = run_entente("query", QUERY, "--snapshot", root)
    there = run_entente("query", QUERY, "--endpoint", served.sparql)
    as_json = run_entente("query", QUERY, "--endpoint", served.sparql, "--format", "json")

    assert (there.returncode, there.stderr) == (0, "")
    assert there.stdout == here.stdout
    assert len(json.loads(as_json.stdout)["results"]["bindings"]) == 2


def test_an_endpoints_graph_is_printed_as_turtle(served):
    query = "CONSTRUCT { <a:b> <a:c> 1 } {}"
    done = run_entente("query", query, "--endpoint", served.sparql)

    assert (done.returncode, done.stdout) == (0, "<a:b> <a:c> 1 .\n")


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ("ASK { ?s ?p x:y }", 2, "1:13: The prefix 'x:' is not declared. add a line PREFIX x:"),
        ("ASK { SERVICE <http://e> {} }", 2, "SERVICE asks another server"),
    ],
)
def test_an_endpoints_problem_is_told_in_its_words(served, query, code, message):
    done = run_entente("query", query, "--endpoint", served.sparql)

    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_endpoint_that_is_not_there_is_told():
    done = run_entente("query", "ASK {}", "--endpoint", f"http://127.0.0.1:{free_port()}/sparql")

    assert (done.returncode, done.stdout) == (2, "")
    assert "Connection refused" in done.stderr
